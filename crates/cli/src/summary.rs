//! What a person reads when a run has ended: what it did, and the next step.

use std::fmt::Write;

use hrflow_connectors::{Hint, Persist, Reason, RunResult, Status};

use crate::failures::Collected;
use crate::hints;
use crate::printable::{line, paragraph};
use crate::signals::INTERRUPTED;
use crate::subject::Subject;
use crate::summary_rows::rows;
use crate::units::{duration, grouped};

/// How many reasons are shown one by one.
const SHOWN: usize = 5;

/// The closing summary.
pub(crate) fn text(result: &RunResult, collected: &Collected, subject: &Subject) -> String {
    let mut text = headline(result, subject.persist);
    text.push('\n');
    if let Some(continuation) = continuation(result, subject) {
        let _ = writeln!(text, "{continuation}");
    }
    // A run that was refused has read nothing, and says so by its reason.
    if !result.reason.is_refusal() {
        text.push('\n');
        for (name, count, note) in rows(result, collected, subject) {
            let _ = writeln!(
                text,
                "{}",
                format!("  {name:<12}{:>10}   {note}", grouped(count)).trim_end()
            );
        }
    }
    text.push_str(&about(result, subject));
    if let Some(message) = message(result) {
        let _ = writeln!(text, "\n{}", paragraph(&message));
    }
    for hint in result.hints.iter().filter(|hint| !matches!(hint, Hint::Resume(_))) {
        let _ = writeln!(text, "hint: {}", paragraph(&hints::in_words(hint)));
    }
    text.push_str(&failed(result, collected, subject));
    if subject.persist == Persist::DryRun && subject.is_mirror {
        text.push_str("\nhint: `plan` with the same arguments shows what would be archived\n");
    }
    text
}

/// How to go on where there is something left to do.
fn continuation(result: &RunResult, subject: &Subject) -> Option<String> {
    let is_left = result.hints.iter().any(|hint| matches!(hint, Hint::Resume(_)));
    let command = is_left.then(|| subject.command(&format!("resume {}", result.run_id)))?;
    Some(match command {
        Some(command) => format!("Continue: {command}"),
        None => "The run cannot be resumed: its state was kept in memory.".to_owned(),
    })
}

/// What the result says beside its headline.
fn message(result: &RunResult) -> Option<String> {
    let message = result.message.as_ref()?;
    let lines = message.lines().filter(|line| !result.interrupted || *line != INTERRUPTED);
    let text = lines.collect::<Vec<_>>().join("\n");
    (!text.is_empty()).then_some(text)
}

/// Which run it was, of which workflow, to which board, and where its state is.
fn about(result: &RunResult, subject: &Subject) -> String {
    let store = subject.store.as_ref().map(ToString::to_string);
    // No store knows a dry run, or what was refused before it began.
    let is_known = subject.persist == Persist::Write
        && (!result.reason.is_refusal() || result.reason == Reason::PlanOutdated);
    let of = [
        ("run", is_known.then(|| result.run_id.to_string())),
        ("workflow", Some(result.workflow_id.clone())),
        ("board", subject.board.clone()),
        ("store", store),
    ];
    let mut text = String::from("\n");
    for (name, value) in of {
        if let Some(value) = value {
            let _ = writeln!(text, "  {name:<12}{}", line(&value));
        }
    }
    text
}

fn headline(result: &RunResult, persist: Persist) -> String {
    let what = match (result.status, persist) {
        (_, Persist::Write) if result.interrupted => {
            let unsent = (result.unsent > 0)
                .then(|| format!("{} read and not sent", grouped(result.unsent)));
            let parts: Vec<_> = changed(result).into_iter().chain(unsent).collect();
            format!("Interrupted: {}", parts.join(", "))
        }
        (_, Persist::DryRun) if result.interrupted => "Interrupted: nothing was written".to_owned(),
        (Status::Fatal, Persist::DryRun) if result.reason == Reason::WriteFailure => {
            "Dry run: every write would fail".to_owned()
        }
        (Status::Fatal, _) => format!("Failed: {}", because(result.reason)),
        (_, Persist::DryRun) => "Dry run: nothing was written".to_owned(),
        (Status::Success, Persist::Write) => format!("Done: {}", changed(result).join(", ")),
        (Status::SuccessWithFailures, Persist::Write) => {
            format!("Done with failures: {}", changed(result).join(", "))
        }
    };
    format!("{what}, in {}.", duration(result.duration_ms))
}

/// What has changed at the target.
fn changed(result: &RunResult) -> Vec<String> {
    let changed: Vec<_> =
        result.outcomes.iter().filter(|(outcome, _)| outcome.is_change()).collect();
    if changed.iter().all(|(_, count)| *count == 0) {
        return vec!["no changes".to_owned()];
    }
    let changed = changed.into_iter();
    changed.map(|(outcome, count)| format!("{} {outcome}", grouped(count))).collect()
}

fn because(reason: Reason) -> &'static str {
    match reason {
        Reason::None => "something went wrong",
        Reason::BadOriginParameters => "invalid pull parameters",
        Reason::BadTargetParameters => "invalid push parameters",
        Reason::BadWorkflow => "invalid workflow",
        Reason::ReadFailure => "nothing could be read",
        Reason::LogicsFailure => "a logic failed on every item",
        Reason::FormatFailure => "the format failed on every item",
        Reason::WriteFailure => "every write failed",
        Reason::WorkflowBusy => "another run of this workflow is in progress",
        Reason::FilterChanged => "the search, action or board has changed",
        Reason::StoreFailure => "the store could not be opened",
        Reason::PlanOutdated => "the plan is out of date",
    }
}

/// What failed, by reason, and what to do about it.
fn failed(result: &RunResult, collected: &Collected, subject: &Subject) -> String {
    let events = &result.events;
    let count = events.logics_failure + events.format_failure + events.write_failure;
    if count == 0 {
        return String::new();
    }
    let mut text = String::from("\nFailures:\n");
    let groups = collected.most_frequent();
    let shown = groups.iter().take(SHOWN);
    for group in shown.clone() {
        let reason = paragraph(&group.reason);
        let _ =
            writeln!(text, "  {:>6}  {reason} (such as {})", grouped(group.count), group.example);
    }
    let more = count.saturating_sub(shown.map(|group| group.count).sum());
    if more > 0 {
        let _ = writeln!(text, "  {:>6}  for other reasons", grouped(more));
    }
    let _ = writeln!(text, "hint: {}", next_step(result, collected, subject));
    text
}

/// What to do about failures.
fn next_step(result: &RunResult, collected: &Collected, subject: &Subject) -> String {
    let of_this_run = |words: &str| subject.command(&words.replace("RUN", result.run_id.as_str()));
    let is_recorded = subject.persist == Persist::Write;
    match of_this_run("retry RUN").filter(|_| is_recorded && collected.retryable > 0) {
        Some(retry) => format!("`{retry}` retries them"),
        None => match of_this_run("items RUN --outcome failed").filter(|_| is_recorded) {
            Some(items) => format!("`{items}` lists them"),
            None => "`--items FILE.jsonl` lists every item with its reason".to_owned(),
        },
    }
}
