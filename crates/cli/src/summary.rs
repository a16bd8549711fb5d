//! What a person reads when a run has ended: what it did, and the next step when something failed.

use std::fmt::Write;
use std::sync::{Arc, Mutex, PoisonError};

use hrflow_connectors::{Event, Outcome, Persist, Plan, Reason, RunResult, Stage, Status};

use crate::output::grouped;

/// How many failures are shown one by one.
const SHOWN: usize = 5;

/// The first failures of a run, kept for the end.
#[derive(Clone, Default)]
pub(crate) struct Failures(Arc<Mutex<Vec<String>>>);

impl Failures {
    /// Begins to collect from a plan's run.
    pub(crate) fn of(plan: &mut Plan) -> Self {
        let failures = Self::default();
        let collected = failures.clone();
        plan.watch(move |event| collected.note(event));
        failures
    }

    fn note(&self, event: &Event) {
        let Event::ItemFailed { reference, stage, why, .. } = event else { return };
        let mut lines = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if lines.len() < SHOWN {
            let reference = reference.as_deref().unwrap_or("(no reference)");
            lines.push(match stage {
                Stage::Write => format!("{reference}: {why}"),
                Stage::Logic(_) | Stage::Format => format!("{reference}: {stage}: {why}"),
            });
        }
    }

    fn lines(&self) -> Vec<String> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// The closing summary.
pub(crate) fn text(result: &RunResult, failures: &Failures, persist: Persist) -> String {
    let mut text = headline(result, persist);
    text.push('\n');
    for (name, count, note) in rows(result, persist) {
        let _ = write!(text, "\n  {name:<12}{:>10}", grouped(count));
        if !note.is_empty() {
            let _ = write!(text, "   {note}");
        }
    }
    text.push('\n');
    if let Some(message) = &result.message {
        let _ = writeln!(text, "\n{message}");
    }
    text.push_str(&failed(result, &failures.lines()));
    text
}

fn headline(result: &RunResult, persist: Persist) -> String {
    let changed = result.outcomes.iter().filter(|(outcome, _)| outcome.is_change());
    let changed = changed
        .map(|(outcome, count)| format!("{} {outcome}", grouped(count)))
        .collect::<Vec<_>>()
        .join(", ");
    let what = match (result.status, persist) {
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
        Reason::BadOriginParameters => "the origin's parameters are wrong",
        Reason::BadTargetParameters => "the target's parameters are wrong",
        Reason::BadWorkflow => "the workflow is wrong",
        Reason::ReadFailure => "nothing could be read",
        Reason::LogicsFailure => "the logics failed on every item",
        Reason::FormatFailure => "the format failed on every item",
        Reason::WriteFailure => "every write failed",
        Reason::WorkflowBusy => "another run of this workflow is under way",
        Reason::FilterChanged => "the workflow is not what it was",
        Reason::StoreFailure => "the store could not be opened",
        Reason::PlanOutdated => "the plan no longer fits the world",
    }
}

fn duration(milliseconds: u64) -> String {
    match milliseconds {
        0..1_000 => format!("{milliseconds} ms"),
        1_000..60_000 => format!("{}.{} s", milliseconds / 1_000, milliseconds % 1_000 / 100),
        _ => format!("{} min {} s", milliseconds / 60_000, milliseconds % 60_000 / 1_000),
    }
}

fn rows(result: &RunResult, persist: Persist) -> Vec<(&'static str, u64, &'static str)> {
    let events = &result.events;
    // What is sent again, or by a plan, is no reading that could be whole.
    let whole = match (result.complete, &result.message) {
        (true, _) => "all that is listed",
        (false, Some(_)) => "not all that is listed",
        (false, None) => "",
    };
    let mut rows = vec![("read", events.read_success, whole)];
    let mut add = |name, count, note| {
        if count > 0 {
            rows.push((name, count, note));
        }
    };
    add("discarded", events.logics_discard, "by the logics");
    add("failed", events.logics_failure, "in the logics");
    add("failed", events.format_failure, "in the format");
    if persist == Persist::DryRun {
        let left = events.read_success
            - events.logics_discard
            - events.logics_failure
            - events.format_failure;
        add("formatted", left, "would be written");
        return rows;
    }
    for (outcome, count) in result.outcomes.iter() {
        let note = match outcome {
            Outcome::Created | Outcome::Updated | Outcome::Archived => "",
            Outcome::Missing => "the board holds no such job",
            Outcome::Unchanged => "there already",
            Outcome::Failed => "not taken by the target",
        };
        if outcome.is_change() || count > 0 {
            rows.push((outcome.name(), count, note));
        }
    }
    rows
}

fn failed(result: &RunResult, lines: &[String]) -> String {
    let events = &result.events;
    let count = events.logics_failure + events.format_failure + events.write_failure;
    if count == 0 {
        return String::new();
    }
    let mut text = String::from("\nWhat failed:\n");
    for line in lines {
        let _ = writeln!(text, "  {line}");
    }
    let more = count.saturating_sub(lines.len() as u64);
    if more > 0 {
        let _ = writeln!(text, "  and {} more", grouped(more));
    }
    text.push_str("hint: `--items FILE.jsonl` lists every item with its reason\n");
    text
}
