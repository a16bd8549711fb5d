//! The table of a closing summary: how many items ended in which way.

use hrflow_connectors::{Drifted, Grace, Outcome, Persist, RunResult, WaitCause, WaitTotal};

use crate::failures::Collected;
use crate::subject::Subject;
use crate::units::{counted, duration};

/// Waits that took less in all are not told.
const WORTH_A_LINE_MS: u64 = 10_000;

/// A line of the table: a name, a count, and what it means.
pub(crate) type Row = (&'static str, u64, String);

/// What became of the items, a row for each way.
pub(crate) fn rows(result: &RunResult, collected: &Collected, subject: &Subject) -> Vec<Row> {
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
    rows.extend(result.spent.waits.iter().filter_map(waited));
    rows
}

/// How long a service was waited for, where that is worth a line.
fn waited(wait: &WaitTotal) -> Option<Row> {
    let cause = match wait.cause {
        WaitCause::Pace => "to stay within the allowance",
        WaitCause::RateLimit => "asked to slow down",
        WaitCause::Retry => "before another try",
    };
    let is_told = wait.duration_ms >= WORTH_A_LINE_MS;
    is_told.then(|| {
        let note = format!("{} in all: {}, {cause}", duration(wait.duration_ms), wait.service);
        ("waits", wait.calls, note)
    })
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

#[cfg(test)]
mod tests {
    use hrflow_connectors::{Grace, WaitCause, WaitTotal};

    use super::{awaited, waited};

    #[test]
    fn long_waits_are_told_and_short_ones_are_not() {
        let wait = |duration_ms| WaitTotal {
            service: "HrFlow",
            cause: WaitCause::RateLimit,
            calls: 1_203,
            duration_ms,
        };
        assert_eq!(waited(&wait(9_999)), None);
        let told = "2 min 5 s in all: HrFlow, asked to slow down".to_owned();
        assert_eq!(waited(&wait(125_000)), Some(("waits", 1_203, told)));
    }

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
