//! What a person reads when a run has ended: what it did, and the next step when something failed.

use std::fmt::Write;
use std::sync::{Arc, Mutex, PoisonError};

use hrflow_connectors::{
    Ending, Event, Outcome, Persist, Reason, Run, RunResult, Stage, Status, StepError,
};

use crate::hints;
use crate::printable::{line, paragraph};
use crate::units::{duration, grouped};

/// How many failures are shown one by one.
const SHOWN: usize = 5;

/// The first failures of a run, kept for the end.
#[derive(Clone, Default)]
pub(crate) struct Failures(Arc<Mutex<Vec<String>>>);

impl Failures {
    /// Begins to collect from a run.
    pub(crate) fn of(run: &mut Run) -> Self {
        let failures = Self::default();
        let collected = failures.clone();
        run.watch(move |event| collected.note(event));
        failures
    }

    fn note(&self, event: &Event) {
        let Event::Ended { reference, ending: Ending::Failed(failure), .. } = event else { return };
        let StepError { stage, error } = failure;
        let mut lines = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if lines.len() < SHOWN {
            let reference = line(reference.as_deref().unwrap_or("(no reference)"));
            let why = paragraph(&error.message);
            lines.push(match stage {
                Stage::Write => format!("{reference}: {why}"),
                Stage::Read | Stage::Logic(_) | Stage::Format => {
                    format!("{reference}: {stage}: {why}")
                }
            });
        }
    }

    fn lines(&self) -> Vec<String> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// What a summary must know of a run beside its result.
pub(crate) struct Subject {
    persist: Persist,
    /// What would become of an item that a dry run did not write.
    would_be: &'static str,
    /// Whether jobs may be archived that a dry run does not look for.
    is_mirror: bool,
}

impl Subject {
    pub(crate) fn of(run: &Run) -> Self {
        let can = |outcome| run.outcomes().contains(&outcome);
        let would_be = match (can(Outcome::Created), can(Outcome::Updated)) {
            (true, true) => "would be created or updated",
            (true, false) => "would be created",
            (false, true) => "would be updated",
            (false, false) => "would be archived",
        };
        Self { persist: run.persist(), would_be, is_mirror: run.is_mirror() }
    }
}

/// The closing summary.
pub(crate) fn text(result: &RunResult, failures: &Failures, subject: &Subject) -> String {
    let mut text = headline(result, subject.persist);
    text.push('\n');
    // A run that was refused has read nothing, and says so by its reason.
    if !result.reason.is_refusal() {
        for (name, count, note) in rows(result, subject) {
            let _ = write!(text, "\n  {name:<12}{:>10}", grouped(count));
            if !note.is_empty() {
                let _ = write!(text, "   {note}");
            }
        }
        text.push('\n');
    }
    if let Some(message) = &result.message {
        let _ = writeln!(text, "\n{}", paragraph(message));
    }
    for hint in hints::of(result) {
        let _ = writeln!(text, "hint: {}", paragraph(&hint));
    }
    text.push_str(&failed(result, &failures.lines()));
    if subject.persist == Persist::DryRun && subject.is_mirror {
        text.push_str("\nhint: `plan` with the same arguments shows what would be archived\n");
    }
    text
}

fn headline(result: &RunResult, persist: Persist) -> String {
    let changed = result.outcomes.iter().filter(|(outcome, _)| outcome.is_change());
    let changed = changed
        .map(|(outcome, count)| format!("{} {outcome}", grouped(count)))
        .collect::<Vec<_>>()
        .join(", ");
    let what = match (result.status, persist) {
        (Status::Fatal, Persist::DryRun) if result.reason == Reason::WriteFailure => {
            "Dry run: every write would fail".to_owned()
        }
        (Status::Fatal, _) => format!("Failed: {}", because(result.reason)),
        (_, Persist::DryRun) => "Dry run: nothing was written".to_owned(),
        (Status::Success, Persist::Write) => format!("Done: {changed}"),
        (Status::SuccessWithFailures, Persist::Write) => format!("Done with failures: {changed}"),
    };
    format!("{what}, in {}.", duration(result.duration_ms))
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

fn rows(result: &RunResult, subject: &Subject) -> Vec<(&'static str, u64, &'static str)> {
    let events = &result.events;
    // A retry and a plan read nothing that could be complete.
    let whole = match (result.complete, &result.message) {
        (true, _) => "complete",
        (false, Some(_)) => "incomplete",
        (false, None) => "",
    };
    let mut rows = vec![("read", events.read_success, whole)];
    let stages = [
        ("discarded", events.logics_discard, "by a logic"),
        ("failed", events.logics_failure, "in a logic"),
        ("failed", events.format_failure, "in the format"),
    ];
    rows.extend(stages.into_iter().filter(|(_, count, _)| *count > 0));
    if subject.persist == Persist::DryRun {
        rows.extend(rehearsed(result, subject));
        return rows;
    }
    let shown = result.outcomes.iter().filter(|(outcome, count)| outcome.is_change() || *count > 0);
    rows.extend(shown.map(|(outcome, count)| (outcome.name(), count, note(outcome))));
    rows
}

/// What would become of the items that a dry run has formatted.
fn rehearsed(
    result: &RunResult,
    subject: &Subject,
) -> impl Iterator<Item = (&'static str, u64, &'static str)> {
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
    rows.into_iter().filter(|(name, count, _)| *count > 0 || *name == "formatted")
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

fn failed(result: &RunResult, lines: &[String]) -> String {
    let events = &result.events;
    let count = events.logics_failure + events.format_failure + events.write_failure;
    if count == 0 {
        return String::new();
    }
    let mut text = String::from("\nWhat failed:\n");
    for failure in lines {
        let _ = writeln!(text, "  {failure}");
    }
    let more = count.saturating_sub(lines.len() as u64);
    if more > 0 {
        let _ = writeln!(text, "  and {} more", grouped(more));
    }
    text.push_str("hint: `--items FILE.jsonl` lists every item with its reason\n");
    text
}
