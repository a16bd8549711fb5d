//! An offer: what happened to it, in every run that the stores remember.

use std::time::{Duration, Instant};

use askama::Template;
use axum::extract::{Query, State};
use axum::http::HeaderMap;
use axum::response::Response;
use hrflow_connectors::{RunId, Runs};
use serde::Deserialize;

use super::{Titled, Trouble, part, run_address, workflow_address};
use crate::Words;
use crate::site::Console;

/// A search gives what it has found by then, and where to go on.
const BUDGET: Duration = Duration::from_millis(150);

#[derive(Default, Deserialize)]
pub(crate) struct Asked {
    #[serde(default)]
    id: String,
    /// The run after which, towards the past, the search goes on.
    before: Option<String>,
}

#[derive(Template)]
#[template(path = "find.html")]
struct FindBody {
    words: &'static Words,
    id: String,
    found: Vec<Found>,
    searched: String,
    older: Option<String>,
}

struct Found {
    workflow_id: String,
    workflow_address: String,
    run_address: String,
    started: String,
    class: String,
    outcome: String,
    stage: String,
    why: String,
}

/// What became of an offer.
pub(crate) async fn find(
    State(console): State<Console>,
    headers: HeaderMap,
    Query(asked): Query<Asked>,
) -> Response {
    let words = Words::preferred(&headers);
    let id = asked.id.trim();
    match FindBody::of(&console, id, asked.before.as_deref(), words).await {
        Ok(body) => {
            let title = format!("{} {id}", words.item);
            console.page(words, Titled::new(title, "workflows").searched(id), &body)
        }
        Err(trouble) => console.trouble(words, &trouble),
    }
}

impl FindBody {
    /// Searches the journals, the newest first, for as long as a page may take.
    async fn of(
        console: &Console,
        id: &str,
        before: Option<&str>,
        words: &'static Words,
    ) -> Result<Self, Trouble> {
        let began = Instant::now();
        let mut candidates: Vec<(RunId, String, usize)> = Vec::new();
        let mut stores: Vec<Runs> = Vec::new();
        for shelf in console.catalog.shelves() {
            let runs = shelf.runs().await?;
            let all = runs.ids().await?.into_iter();
            candidates.extend(all.map(|(run_id, folder)| (run_id, folder, stores.len())));
            stores.push(runs);
        }
        candidates.sort_by(|left, right| right.0.cmp(&left.0));
        if let Some(before) = before {
            candidates.retain(|(run_id, ..)| run_id.as_str() < before);
        }
        let mut body = Self {
            words,
            id: id.to_owned(),
            found: Vec::new(),
            searched: String::new(),
            older: None,
        };
        let mut searched = 0_u64;
        for (run_id, folder, place) in candidates {
            if id.is_empty() {
                break;
            }
            if searched > 0 && began.elapsed() > BUDGET {
                body.older = Some(format!("/find?id={}&before={run_id}z", part(id)));
                break;
            }
            searched += 1;
            let reports = stores[place].find_item(&run_id, id).await?;
            if reports.is_empty() {
                continue;
            }
            let Some(run) = stores[place].in_folder(&folder, &run_id).await? else { continue };
            let record = run.record;
            for report in reports {
                let label = report.outcome.parse().map_or_else(
                    |_| report.outcome.clone(),
                    |outcome| words.outcome_of(outcome).to_owned(),
                );
                body.found.push(Found {
                    workflow_address: workflow_address(&record.workflow_id),
                    run_address: run_address(&record.workflow_id, run_id.as_str()),
                    workflow_id: record.workflow_id.clone(),
                    started: words.time(record.started_at),
                    outcome: label,
                    class: report.outcome,
                    stage: report.stage.unwrap_or_default(),
                    why: report.why.unwrap_or_default(),
                });
            }
        }
        body.searched = words.number(searched);
        Ok(body)
    }
}
