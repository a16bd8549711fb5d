//! What people asked for, and what came of it.

use askama::Template;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use jiff::Timestamp;

use super::{Titled, run_address, when, workflow_address};
use crate::site::Console;
use crate::{Words, audit as log};

#[derive(Template)]
#[template(path = "audit.html")]
struct AuditBody {
    words: &'static Words,
    lines: Vec<Line>,
}

struct Line {
    at: String,
    user: String,
    action: &'static str,
    workflow_id: String,
    address: String,
    subject: String,
    outcome: String,
}

/// The newest entries of the audit log.
pub(crate) async fn audit(State(console): State<Console>, headers: HeaderMap) -> Response {
    let words = Words::preferred(&headers);
    let now = Timestamp::now();
    let mut entries = Vec::new();
    for shelf in console.catalog.shelves() {
        match log::newest(&shelf).await {
            Ok(newest) => entries.extend(newest),
            Err(error) => return console.trouble(words, &error.into()),
        }
    }
    entries.sort_by_key(|entry| std::cmp::Reverse(entry.at));
    let line = |entry: log::Entry| {
        let subject = entry.subject.unwrap_or_default();
        let is_run = matches!(entry.action.as_str(), "resume" | "retry" | "allow-mass-archive");
        Line {
            at: when(words, entry.at, now),
            user: entry.user,
            action: words.action_of(&entry.action).0,
            address: if is_run {
                run_address(&entry.workflow_id, &subject)
            } else {
                workflow_address(&entry.workflow_id)
            },
            workflow_id: entry.workflow_id,
            subject,
            outcome: match entry.outcome.as_deref() {
                Some("begun") => words.begun.to_owned(),
                Some(why) => words.denial_of(why).to_owned(),
                None => words.unknown.to_owned(),
            },
        }
    };
    let body = AuditBody { words, lines: entries.into_iter().map(line).collect() };
    console.page(words, Titled::new(words.audit, "audit"), &body)
}
