//! What a person reads when a run has ended: what it did, and the next step.

use std::fmt::Write;

use hrflow_connectors::{Drifted, Grace, Hint, Outcome, Persist, Reason, RunResult, Status};

use crate::failures::Collected;
use crate::hints;
use crate::printable::{line, paragraph};
use crate::signals::INTERRUPTED;
use crate::subject::Subject;
use crate::units::{counted, duration, grouped};

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

/// A line of the table: a name, a count, and what it means.
type Row = (&'static str, u64, String);

fn rows(result: &RunResult, collected: &Collected, subject: &Subject) -> Vec<Row> {
    let events = &result.events;
    // A retry and a plan read nothing that could be complete.
    let whole = match (result.complete, &result.message) {
        (true, _) => "complete",
        (false, Some(_)) => "incomplete",
        (false, None) => "",
    };
    let stages = [
        ("discarded", events.logics_discard, "by a logic"),
        ("failed", events.logics_failure, "in a logic"),
        ("failed", events.format_failure, "in the format"),
    ];
    let stages = stages.into_iter().filter(|(_, count, _)| *count > 0);
    let first = std::iter::once(("read", events.read_success, whole)).chain(stages);
    let mut rows: Vec<Row> =
        first.map(|(name, count, note)| (name, count, note.to_owned())).collect();
    match subject.persist {
        Persist::DryRun => rows.extend(rehearsed(result, subject)),
        Persist::Write => rows.extend(written(result)),
    }
    rows.extend(left(result, collected, subject));
    rows
}

/// How the items have ended at the target.
fn written(result: &RunResult) -> impl Iterator<Item = Row> {
    let shown = result.outcomes.iter().filter(|(outcome, count)| outcome.is_change() || *count > 0);
    shown.map(|(outcome, count)| (outcome.name(), count, note(outcome).to_owned()))
}

/// What is still to come, and what was not as usual.
fn left(result: &RunResult, collected: &Collected, subject: &Subject) -> impl Iterator<Item = Row> {
    let drifted = result.drifted.unwrap_or_default();
    let Drifted { archived, edited, deleted } = drifted;
    let drift = format!("{edited} edited, {archived} archived, {deleted} deleted by somebody else");
    let pending = subject.grace.map(awaited).unwrap_or_default();
    let rows = [
        ("unsent", result.unsent, "read and not sent".to_owned()),
        ("pending", result.pending, pending),
        ("drifted", archived + edited + deleted, drift),
        ("retries", collected.repeated_calls, "requests repeated".to_owned()),
    ];
    rows.into_iter().filter(|(_, count, _)| *count > 0)
}

/// What has to happen before the job of an offer that is missing is archived.
fn awaited(grace: Grace) -> String {
    match grace {
        Grace::Readings(2) => "missed once; archived after 1 more complete run".to_owned(),
        Grace::Readings(runs) => {
            let more = counted(u64::from(runs.saturating_sub(1)), "more complete run");
            format!("missed fewer than {runs} times; archived after up to {more}")
        }
        Grace::Hours(hours) => {
            format!("archived by a complete run {hours} h after they were first missed")
        }
    }
}

/// What would happen to the items that a dry run has formatted.
fn rehearsed(result: &RunResult, subject: &Subject) -> impl Iterator<Item = Row> {
    let events = &result.events;
    let unchanged = result.outcomes.count(Outcome::Unchanged);
    let failed = events.write_failure;
    let ended =
        events.logics_discard + events.logics_failure + events.format_failure + unchanged + failed;
    let formatted = events.read_success.saturating_sub(ended);
    let rows = [
        ("failed", failed, "would be rejected by the target"),
        ("unchanged", unchanged, note(Outcome::Unchanged)),
        ("formatted", formatted, subject.would_be),
    ];
    let shown = rows.into_iter().filter(|(name, count, _)| *count > 0 || *name == "formatted");
    shown.map(|(name, count, note)| (name, count, note.to_owned()))
}

fn note(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Created | Outcome::Updated | Outcome::Archived => "",
        Outcome::Missing => "no such job on the board",
        Outcome::Unchanged => "already up to date",
        Outcome::Released => "also delivered by another workflow",
        Outcome::Outdated => "changed since the plan was made",
        Outcome::Failed => "rejected by the target",
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

#[cfg(test)]
mod tests {
    use hrflow_connectors::Grace;

    use super::awaited;

    #[test]
    fn what_is_pending_says_when_it_is_archived() {
        assert_eq!(awaited(Grace::Readings(2)), "missed once; archived after 1 more complete run");
        assert_eq!(
            awaited(Grace::Readings(4)),
            "missed fewer than 4 times; archived after up to 3 more complete runs"
        );
        assert_eq!(
            awaited(Grace::Hours(36)),
            "archived by a complete run 36 h after they were first missed"
        );
    }
}
