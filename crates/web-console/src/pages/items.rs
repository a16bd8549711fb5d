//! The items of a run, page by page.

use askama::Template;
use axum::extract::{Path, Query, State};
use axum::http::HeaderMap;
use axum::response::Response;
use hrflow_connectors::{ItemReport, ListedRun};
use serde::Deserialize;

use super::{Paging, Titled, Trouble, part, run_address};
use crate::site::Console;
use crate::{Shelf, Words};

/// How many items are on a page.
const ON_A_PAGE: usize = 500;

#[derive(Default, Deserialize)]
pub(crate) struct Asked {
    #[serde(default)]
    outcome: String,
    page: Option<usize>,
}

#[derive(Template)]
#[template(path = "items.html")]
struct ItemsBody {
    words: &'static Words,
    run_address: String,
    started: String,
    items: Vec<Line>,
    outcomes: Vec<(String, String, bool)>,
    paging: Paging,
}

struct Line {
    reference: String,
    address: String,
    class: String,
    outcome: String,
    stage: String,
    why: String,
}

/// The items of a run.
pub(crate) async fn items(
    State(console): State<Console>,
    headers: HeaderMap,
    Path((workflow_id, run_id)): Path<(String, String)>,
    Query(asked): Query<Asked>,
) -> Response {
    let words = Words::preferred(&headers);
    let body = match console.find_run(&workflow_id, &run_id).await {
        Ok((shelf, run)) => ItemsBody::of(&shelf, &run, &asked, words).await,
        Err(trouble) => Err(trouble),
    };
    match body {
        Ok(body) => {
            let title = format!("{}, {} {}", words.items, words.run, body.started);
            console.page(words, Titled::new(title, "workflows"), &body)
        }
        Err(trouble) => console.trouble(words, &trouble),
    }
}

impl ItemsBody {
    /// Keeps what is shown and no more: a run may have a million items.
    async fn of(
        shelf: &Shelf,
        run: &ListedRun,
        asked: &Asked,
        words: &'static Words,
    ) -> Result<Self, Trouble> {
        let record = &run.record;
        let start = asked.page.unwrap_or(1).max(1).saturating_sub(1) * ON_A_PAGE;
        let (mut count, mut items) = (0, Vec::new());
        let mut names: Vec<String> = Vec::new();
        let hear = |report: ItemReport| {
            if !names.contains(&report.outcome) {
                names.push(report.outcome.clone());
            }
            if !asked.outcome.is_empty() && report.outcome != asked.outcome {
                return;
            }
            if (start..start + ON_A_PAGE).contains(&count) {
                items.push(line(report, words));
            }
            count += 1;
        };
        shelf.runs().await?.items(&record.run_id, hear).await?;
        let run_address = run_address(&record.workflow_id, record.run_id.as_str());
        names.sort();
        let tab = |name: &str, label: &str| {
            let address = format!("{run_address}/items?outcome={}", part(name));
            (label.to_owned(), address, name == asked.outcome)
        };
        let mut outcomes = vec![tab("", words.all)];
        outcomes.extend(names.iter().map(|name| tab(name, &label(name, words))));
        let address = format!("{run_address}/items?outcome={}&", part(&asked.outcome));
        let (paging, _) = Paging::of(count, ON_A_PAGE, asked.page, address);
        let started = words.time(record.started_at);
        Ok(Self { words, run_address, started, items, outcomes, paging })
    }
}

fn label(name: &str, words: &Words) -> String {
    name.parse().map_or_else(|_| name.to_owned(), |it| words.outcome_of(it).to_owned())
}

fn line(report: ItemReport, words: &Words) -> Line {
    let reference = report.reference.unwrap_or_default();
    Line {
        address: format!("/find?id={}", part(&reference)),
        reference,
        outcome: label(&report.outcome, words),
        class: report.outcome,
        stage: report.stage.unwrap_or_default(),
        why: report.why.unwrap_or_default(),
    }
}
