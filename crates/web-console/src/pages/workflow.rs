//! A workflow: how it is, what it has delivered, what it was told, and its runs.

use askama::Template;
use axum::extract::{Path, Query, State};
use axum::http::HeaderMap;
use axum::response::Response;
use hrflow_connectors::{Outcome, RunDigest, WorkflowState};
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::Value;

use super::ask::Offer;
use super::overview::{Known, Row};
use super::{Paging, Titled, Trouble, row, run_address, when, workflow_address};
use crate::catalog::Shelf;
use crate::site::Console;
use crate::{Notified, Words, chart};

/// How many runs are on a page.
const ON_A_PAGE: usize = 50;
/// So many runs are drawn.
const DRAWN: usize = 60;

#[derive(Default, Deserialize)]
pub(crate) struct Asked {
    page: Option<usize>,
    /// What was asked for just now.
    #[serde(default)]
    asked: String,
}

#[derive(Template)]
#[template(path = "workflow.html")]
pub(crate) struct WorkflowBody {
    pub(crate) words: &'static Words,
    pub(crate) workflow_id: String,
    pub(crate) action: String,
    pub(crate) row: Row,
    pub(crate) facts: Vec<(&'static str, String)>,
    pub(crate) settings: Vec<(String, String)>,
    pub(crate) has_settings: bool,
    pub(crate) chart: String,
    pub(crate) runs: Vec<RunLine>,
    pub(crate) paging: Paging,
    pub(crate) has_links: bool,
    pub(crate) offers: Vec<Offer>,
    /// When, over which channel, and what people were told.
    pub(crate) told: Vec<(String, String, String)>,
    pub(crate) notice: Option<&'static str>,
}

/// A run in a line.
pub(crate) struct RunLine {
    pub(crate) address: String,
    pub(crate) started: String,
    pub(crate) took: String,
    pub(crate) class: &'static str,
    pub(crate) status: String,
    pub(crate) whole: &'static str,
    pub(crate) read: String,
    pub(crate) counts: [String; 4],
}

/// The page of a workflow.
pub(crate) async fn workflow(
    State(console): State<Console>,
    headers: HeaderMap,
    Path(workflow_id): Path<String>,
    Query(asked): Query<Asked>,
) -> Response {
    let words = Words::preferred(&headers);
    let now = Timestamp::now();
    let Some(known) = console.known_workflow(&workflow_id, now) else {
        return console.trouble(words, &Trouble::NotFound);
    };
    let shelves = console.catalog.shelves_of(&workflow_id);
    let Some(shelf) = shelves.first() else {
        return console.trouble(words, &Trouble::NotFound);
    };
    match WorkflowBody::of(shelf, &workflow_id, &known, (words, now), asked.page).await {
        Ok(mut body) => {
            let is_alive = known.is_alive();
            let offer = if is_alive { "stop" } else { "run" };
            body.offers = console.offers(&workflow_id, [Some((offer, String::new()))], words);
            body.row.progress = console.progress.of(&workflow_id, words);
            let told = console.notifications.as_ref().map(|told| told(&workflow_id));
            let line = |told: Notified| {
                (when(words, told.at, now), told.channel, words.change_of(&told.change).to_owned())
            };
            body.told = told.unwrap_or_default().into_iter().map(line).collect();
            body.notice = (!asked.asked.is_empty()).then_some(words.asked_for);
            console.page(words, Titled::new(workflow_id, "workflows"), &body)
        }
        Err(error) => console.trouble(words, &error.into()),
    }
}

impl WorkflowBody {
    pub(crate) async fn of(
        shelf: &Shelf,
        workflow_id: &str,
        known: &Known,
        (words, now): (&'static Words, Timestamp),
        page: Option<usize>,
    ) -> Result<Self, store::StoreError> {
        let runs = shelf.runs().await?;
        let count = runs.count_of_workflow(workflow_id).await?;
        let address = format!("{}?", workflow_address(workflow_id));
        let (paging, range) = Paging::of(count, ON_A_PAGE, page, address);
        let listed = runs.of_workflow(workflow_id, range.end.max(DRAWN)).await?;
        let digests: Vec<_> = listed.iter().map(RunDigest::of).collect();
        let shown = digests.get(range.start..range.end.min(digests.len())).unwrap_or_default();
        let newest = listed.first();
        let told = newest.and_then(|run| run.record.workflow.as_ref());
        let drawn = &digests[..digests.len().min(DRAWN)];
        Ok(Self {
            words,
            action: newest.map(|run| run.record.action.clone()).unwrap_or_default(),
            row: row(known, words, now),
            facts: facts(shelf, workflow_id, (words, now)).await?,
            has_settings: newest.is_some(),
            settings: told.map(settings).unwrap_or_default(),
            chart: if drawn.is_empty() { String::new() } else { chart::bars(drawn, words) },
            runs: shown.iter().map(|run| run_line(run, workflow_id, words, now)).collect(),
            paging,
            has_links: true,
            offers: Vec::new(),
            told: Vec::new(),
            notice: None,
            workflow_id: workflow_id.to_owned(),
        })
    }
}

/// What the store remembers beside runs.
async fn facts(
    shelf: &Shelf,
    workflow_id: &str,
    (words, now): (&'static Words, Timestamp),
) -> Result<Vec<(&'static str, String)>, store::StoreError> {
    let report = WorkflowState::open(&shelf.state(), workflow_id).await?.report().await?;
    let token = report.token.as_ref();
    let in_sync = token.and_then(|token| token.last_complete_reading);
    let delivered = token.map(|token| words.number(token.delivered));
    let holder = report.holder.map(|holder| holder.to_string());
    let facts = [
        (words.delivered, delivered),
        (words.in_sync_since, in_sync.map(|at| when(words, at, now))),
        (words.missed, (report.missing > 0).then(|| words.number(report.missing))),
        (words.locked_by, holder),
        (words.store, Some(shelf.url.clone())),
    ];
    Ok(facts.into_iter().filter_map(|(name, value)| Some((name, value?))).collect())
}

fn run_line(run: &RunDigest, workflow_id: &str, words: &Words, now: Timestamp) -> RunLine {
    let count =
        |outcome| run.outcome(outcome).map_or_else(|| "–".to_owned(), |it| words.number(it));
    let [created, updated, archived] =
        [Outcome::Created, Outcome::Updated, Outcome::Archived].map(count);
    RunLine {
        address: run_address(workflow_id, run.run_id.as_str()),
        started: when(words, run.started_at, now),
        took: run.ended_at.map_or_else(String::new, |_| words.duration(run.duration_ms)),
        class: run.word(),
        status: words.status_of(run.word()).to_owned(),
        whole: if run.is_complete { words.yes } else { words.no },
        read: words.number(run.read),
        counts: [created, updated, archived, words.number(run.failed)],
    }
}

/// What a workflow was told, a line each. Credentials are never among it.
pub(crate) fn settings(told: &Value) -> Vec<(String, String)> {
    let mut lines = Vec::new();
    for (name, value) in told.as_object().into_iter().flatten() {
        match value {
            Value::Array(pairs) if pairs.iter().any(|pair| pair[0].is_string()) => {
                for pair in pairs {
                    let key = pair[0].as_str().unwrap_or_default();
                    lines.push((format!("{name}.{key}"), plain(&pair[1])));
                }
            }
            value => lines.push((name.clone(), plain(value))),
        }
    }
    lines.retain(|(_, value)| !value.is_empty());
    lines
}

/// A setting as people write it.
fn plain(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        Value::Object(form) => {
            let inner = form.get("text").or_else(|| form.get("json"));
            inner.map_or_else(|| value.to_string(), plain)
        }
        Value::Array(values) => {
            values.iter().map(plain).filter(|it| !it.is_empty()).collect::<Vec<_>>().join("\n")
        }
        value => value.to_string(),
    }
}
