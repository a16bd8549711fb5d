//! A run: what became of its items, where its time went, what failed, and the next step.

use std::collections::BTreeMap;

use askama::Template;
use axum::extract::{Path, State};
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Redirect, Response};
use hrflow_connectors::{DeadLetter, ListedRun, Outcome, RunDigest, RunId, RunKind, Runs};
use jiff::Timestamp;
use serde_json::Value;

use super::ask::{Offer, offers_of_run};
use super::workflow::settings;
use super::{Titled, Trouble, run_address, when, workflow_address};
use crate::chart::{Branch, flow, meter};
use crate::site::Console;
use crate::{Shelf, Words};

/// So many reasons of failures are shown, and so many items of each.
const REASONS: usize = 20;
const EXAMPLES: usize = 5;
/// So much of what was sent is shown.
const SENT: usize = 20_000;

#[allow(clippy::struct_excessive_bools, reason = "each is one plain fact of the page")]
#[derive(Template)]
#[template(path = "run.html")]
pub(crate) struct RunBody {
    pub(crate) words: &'static Words,
    pub(crate) title: String,
    pub(crate) workflow_id: String,
    pub(crate) workflow_address: String,
    pub(crate) address: String,
    pub(crate) class: &'static str,
    pub(crate) status: String,
    pub(crate) facts: Vec<(&'static str, String)>,
    pub(crate) message: Vec<String>,
    pub(crate) flow: String,
    pub(crate) counts: Vec<(String, String)>,
    pub(crate) spent: Vec<Share>,
    pub(crate) failures: Vec<Failure>,
    pub(crate) commands: Vec<(&'static str, String)>,
    pub(crate) settings: Vec<(String, String)>,
    pub(crate) has_settings: bool,
    pub(crate) is_live: bool,
    pub(crate) has_links: bool,
    pub(crate) offers: Vec<Offer>,
    /// Whether something that failed can be sent again.
    pub(crate) can_retry: bool,
}

/// Where a part of the time went.
pub(crate) struct Share {
    pub(crate) name: String,
    pub(crate) cause: &'static str,
    pub(crate) calls: String,
    pub(crate) time: String,
    pub(crate) percent: String,
    pub(crate) bar: String,
}

/// Items that failed for one reason.
pub(crate) struct Failure {
    pub(crate) reason: String,
    pub(crate) count: String,
    pub(crate) examples: Vec<Example>,
}

/// One of them.
pub(crate) struct Example {
    pub(crate) key: String,
    pub(crate) stage: String,
    pub(crate) why: String,
    pub(crate) is_retryable: &'static str,
    pub(crate) sent: String,
}

/// The page of a run.
pub(crate) async fn run(
    State(console): State<Console>,
    headers: HeaderMap,
    Path((workflow_id, run_id)): Path<(String, String)>,
) -> Response {
    let words = Words::preferred(&headers);
    match console.find_run(&workflow_id, &run_id).await {
        Ok((shelf, run)) => match RunBody::of(&shelf, &run, words).await {
            Ok(mut body) => {
                let can_retry = body.can_retry;
                body.offers = offers_of_run(&console, &run, can_retry, is_withheld(&run), words);
                let titled = Titled::new(body.title.clone(), "workflows");
                console.page(words, Titled { is_live: body.is_live, ..titled }, &body)
            }
            Err(error) => console.trouble(words, &error.into()),
        },
        Err(Trouble::NotFound) if workflow_id == "-" => Redirect::to("/").into_response(),
        Err(trouble) => console.trouble(words, &trouble),
    }
}

impl Console {
    /// A run, and the store in which it is.
    pub(crate) async fn find_run(
        &self,
        workflow_id: &str,
        run_id: &str,
    ) -> Result<(Shelf, ListedRun), Trouble> {
        let run_id = RunId::from(run_id);
        // What is no id could be the name of something else in the store.
        run_id.began().ok_or(Trouble::NotFound)?;
        for shelf in self.catalog.shelves_of(workflow_id) {
            if let Some(run) = shelf.runs().await?.get(workflow_id, &run_id).await? {
                return Ok((shelf, run));
            }
        }
        Err(Trouble::NotFound)
    }
}

impl RunBody {
    /// Of a run that a store remembers.
    pub(crate) async fn of(
        shelf: &Shelf,
        run: &ListedRun,
        words: &'static Words,
    ) -> Result<Self, store::StoreError> {
        let digest = RunDigest::of(run);
        let record = &run.record;
        let runs = shelf.runs().await?;
        let has_failures = record.result.as_ref().is_none_or(has_failures);
        let letters =
            if has_failures { runs.dead_letters(&record.run_id).await? } else { Vec::new() };
        let empty = Value::Null;
        let result = record.result.as_ref().unwrap_or(&empty);
        let mut body = Self::of_result(result, words);
        let can_retry = letters.iter().any(|letter| letter.can_be_retried);
        body.can_retry = can_retry;
        body.commands = commands(run, &digest, can_retry, &shelf.url, words);
        body.failures = failures(&letters, words);
        body.has_settings = true;
        body.settings = record.workflow.as_ref().map(settings).unwrap_or_default();
        body.workflow_id.clone_from(&record.workflow_id);
        body.workflow_address = workflow_address(&record.workflow_id);
        body.address = run_address(&record.workflow_id, record.run_id.as_str());
        body.title = format!("{} {}", words.run, words.time(record.started_at));
        body.class = digest.word();
        body.status = words.status_of(digest.word()).to_owned();
        body.is_live = digest.is_alive;
        body.facts = facts(run, &digest, shelf, words);
        if digest.is_alive {
            body.counts = counted(&runs, &record.run_id, words).await?;
        }
        Ok(body)
    }

    /// Of a result alone, as `run --output json` prints it.
    pub(crate) fn of_result(result: &Value, words: &'static Words) -> Self {
        let text = |name: &str| result[name].as_str().unwrap_or_default().to_owned();
        let number = |value: &Value| value.as_u64().unwrap_or_default();
        let started = result["started_at"].as_str().and_then(|at| at.parse().ok());
        let facts = [
            (words.action, Some(text("action"))),
            (words.started, started.map(|at: Timestamp| words.time(at))),
            (words.took, Some(words.duration(number(&result["duration_ms"])))),
        ];
        let facts = facts.into_iter().filter_map(|(name, value)| Some((name, value?)));
        let status = text("status");
        let workflow_id = text("workflow_id");
        let sources = sources(result, words);
        Self {
            title: format!("{} {}", words.run, started.map_or(String::new(), |at| words.time(at))),
            workflow_address: workflow_address(&workflow_id),
            address: String::new(),
            class: class_of(&status),
            status: words.status_of(&status).to_owned(),
            facts: facts.collect(),
            message: text("message").lines().map(str::to_owned).collect(),
            flow: flow(&sources, words),
            counts: counts(&sources, words),
            spent: spent(result, words),
            failures: Vec::new(),
            commands: Vec::new(),
            settings: Vec::new(),
            has_settings: false,
            is_live: false,
            has_links: true,
            offers: Vec::new(),
            can_retry: false,
            workflow_id,
            words,
        }
    }
}

fn class_of(status: &str) -> &'static str {
    ["success", "success_with_failures", "fatal"]
        .into_iter()
        .find(|known| *known == status)
        .unwrap_or("stopped")
}

fn has_failures(result: &Value) -> bool {
    let events = ["logics_failure", "format_failure", "write_failure"];
    events.iter().any(|name| result["events"][*name] != 0)
}

fn facts(
    run: &ListedRun,
    digest: &RunDigest,
    shelf: &Shelf,
    words: &Words,
) -> Vec<(&'static str, String)> {
    let record = &run.record;
    let kind = match &record.kind {
        RunKind::Whole => None,
        RunKind::Retry { of } => Some(format!("retry of {of}")),
        RunKind::Apply { plan } => Some(format!("apply of plan {plan}")),
    };
    let whole = if digest.is_complete { words.whole } else { words.partial };
    let reads = digest.is_whole && digest.ended_at.is_some();
    let facts = [
        (words.action, Some(record.action.clone())),
        (
            words.run,
            Some(kind.map_or_else(
                || record.run_id.to_string(),
                |kind| format!("{} ({kind})", record.run_id),
            )),
        ),
        (words.started, Some(when(words, record.started_at, Timestamp::now()))),
        (words.took, digest.ended_at.map(|_| words.duration(digest.duration_ms))),
        (words.read, reads.then(|| whole.to_owned())),
        (words.store, Some(shelf.url.clone())),
    ];
    facts.into_iter().filter_map(|(name, value)| Some((name, value?))).collect()
}

/// What there was, and what became of it.
fn sources(result: &Value, words: &'static Words) -> Vec<(String, Vec<Branch>)> {
    let number = |value: &Value| value.as_u64().unwrap_or_default();
    let branch = |label: &str, count: u64, class| Branch { label: label.to_owned(), count, class };
    let event =
        |name: &str, label: &str, class| branch(label, number(&result["events"][name]), class);
    let outcome = |outcome: Outcome, class| {
        branch(words.outcome_of(outcome), number(&result["outcomes"][outcome.name()]), class)
    };
    // A mirror archives what it no longer finds; the other actions archive what they read.
    let outcomes = &result["outcomes"];
    let is_mirror = outcomes["created"].is_u64() && outcomes["archived"].is_u64();
    let mut read = vec![
        event("logics_discard", words.discarded, "discarded"),
        event("logics_failure", words.failed_logic, "failed"),
        event("format_failure", words.failed_format, "failed"),
        outcome(Outcome::Created, "created"),
        outcome(Outcome::Updated, "updated"),
        outcome(Outcome::Unchanged, "unchanged"),
        outcome(Outcome::Outdated, "discarded"),
        outcome(Outcome::Failed, "failed"),
        branch(words.not_sent, number(&result["unsent"]), "discarded"),
    ];
    let gone = vec![
        outcome(Outcome::Archived, "archived"),
        outcome(Outcome::Missing, "unchanged"),
        outcome(Outcome::Released, "unchanged"),
        branch(words.pending, number(&result["pending"]), "discarded"),
    ];
    if is_mirror {
        vec![(words.read.to_owned(), read), (words.no_longer_listed.to_owned(), gone)]
    } else {
        read.extend(gone);
        vec![(words.read.to_owned(), read)]
    }
}

fn counts(sources: &[(String, Vec<Branch>)], words: &Words) -> Vec<(String, String)> {
    let mut counts = Vec::new();
    for (source, branches) in sources {
        for branch in branches.iter().filter(|branch| branch.count > 0) {
            counts.push((format!("{source}: {}", branch.label), words.number(branch.count)));
        }
    }
    counts
}

/// How items of a run that goes on have ended so far.
pub(crate) async fn counted(
    runs: &Runs,
    run_id: &RunId,
    words: &Words,
) -> Result<Vec<(String, String)>, store::StoreError> {
    let mut counts: BTreeMap<String, u64> = BTreeMap::new();
    for page in runs.outcome_pages(run_id).await? {
        for report in runs.outcomes_on(&page).await? {
            *counts.entry(report.outcome).or_default() += 1;
        }
    }
    Ok(shown(&counts, words))
}

/// Counts of outcomes by the names that journals give them.
pub(crate) fn shown(counts: &BTreeMap<String, u64>, words: &Words) -> Vec<(String, String)> {
    let label = |name: &String| {
        name.parse().map_or_else(|_| name.clone(), |it| words.outcome_of(it).to_owned())
    };
    counts.iter().map(|(name, count)| (label(name), words.number(*count))).collect()
}

fn spent(result: &Value, words: &'static Words) -> Vec<Share> {
    let whole = result["duration_ms"].as_u64().unwrap_or_default();
    let share = |name: String, cause, calls, time: u64| Share {
        name,
        cause,
        calls,
        time: words.duration(time),
        percent: words.percent(time, whole),
        bar: meter(time, whole),
    };
    let of = |name: &str| result["spent"][name].as_array().into_iter().flatten();
    let mut shares: Vec<_> = of("calls")
        .chain(of("waits"))
        .map(|total| {
            let calls = words.number(total["calls"].as_u64().unwrap_or_default());
            let time = total["duration_ms"].as_u64().unwrap_or_default();
            let cause = total["cause"].as_str().map_or(words.answers, |it| words.cause_of(it));
            share(total["service"].as_str().unwrap_or_default().to_owned(), cause, calls, time)
        })
        .collect();
    if let Some(time) = result["spent"]["functions_ms"].as_u64().filter(|time| *time > 0) {
        shares.push(share(words.your_functions.to_owned(), "", String::new(), time));
    }
    shares
}

/// Failed items by their reason, the most frequent first.
fn failures(letters: &[DeadLetter], words: &'static Words) -> Vec<Failure> {
    let mut reasons: BTreeMap<String, Vec<&DeadLetter>> = BTreeMap::new();
    for letter in letters {
        let key = letter.key.to_string();
        let reason =
            if key.is_empty() { letter.why.clone() } else { letter.why.replace(&key, "…") };
        reasons.entry(format!("{}: {reason}", letter.stage)).or_default().push(letter);
    }
    let mut reasons: Vec<_> = reasons.into_iter().collect();
    reasons.sort_by_key(|(_, letters)| std::cmp::Reverse(letters.len()));
    let failure = |(reason, letters): (String, Vec<&DeadLetter>)| Failure {
        reason,
        count: words.number(letters.len() as u64),
        examples: letters.iter().take(EXAMPLES).map(|letter| example(letter, words)).collect(),
    };
    reasons.into_iter().take(REASONS).map(failure).collect()
}

fn example(letter: &DeadLetter, words: &'static Words) -> Example {
    let sent = letter.item.as_ref().and_then(|item| serde_json::to_string_pretty(item).ok());
    Example {
        key: letter.key.to_string(),
        stage: letter.stage.clone(),
        why: letter.why.clone(),
        is_retryable: if letter.can_be_retried { words.yes } else { words.no },
        sent: shortened(&sent.unwrap_or_default(), SENT),
    }
}

/// The beginning of a text that is too long to be shown.
pub(crate) fn shortened(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

/// What a person may do next, ready to be copied.
fn commands(
    run: &ListedRun,
    digest: &RunDigest,
    can_retry: bool,
    store: &str,
    words: &'static Words,
) -> Vec<(&'static str, String)> {
    let id = &run.record.run_id;
    let command = |what: &str| format!("hrflow-connectors {what} --store {}", quoted(store));
    let file = run.record.workflow.as_ref().and_then(|told| told["file"].as_str());
    let steps = [
        (run.is_unfinished() && !digest.is_alive)
            .then(|| (words.resume_with, command(&format!("resume {id}")))),
        (can_retry && !digest.is_alive)
            .then(|| (words.retry_with, command(&format!("retry {id}")))),
        is_withheld(run).then(|| {
            let subject = file.map_or_else(|| "WORKFLOW.toml".to_owned(), quoted);
            (words.allow_with, format!("hrflow-connectors run {subject} --allow-mass-archive"))
        }),
    ];
    steps.into_iter().flatten().collect()
}

/// Whether archiving was withheld, and may be allowed.
fn is_withheld(run: &ListedRun) -> bool {
    let hints = run.record.result.as_ref().and_then(|result| result["hints"].as_array());
    hints.into_iter().flatten().any(|hint| hint == "allow_mass_archive")
}

/// A word for a shell, in quotes where it needs them.
pub(crate) fn quoted(word: &str) -> String {
    let is_plain =
        |sign: char| sign.is_ascii_alphanumeric() || matches!(sign, '-' | '_' | '.' | '/' | ':');
    if !word.is_empty() && word.chars().all(is_plain) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', "'\\''"))
}

#[cfg(test)]
mod tests {
    use super::quoted;

    #[test]
    fn a_word_stays_one_word_in_a_shell() {
        assert_eq!(quoted("sqlite:/var/lib/state.sqlite"), "sqlite:/var/lib/state.sqlite");
        assert_eq!(quoted("it's; rm -rf $HOME"), r"'it'\''s; rm -rf $HOME'");
        assert_eq!(quoted(""), "''");
    }
}
