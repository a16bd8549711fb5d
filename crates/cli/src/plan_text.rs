//! A plan as people read it: its summary first, then what is archived, changed and created.

use std::fmt::Write;
use std::path::Path;

use hrflow_connectors::{Outcome, PlannedStep, RunResult, SavedPlan};

use crate::hints;
use crate::printable::{line, paragraph};
use crate::units::grouped;

/// How many new jobs, and how many changed ones, are listed.
const LISTED: usize = 100;

/// How much of a plan is printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Detail {
    /// Its counts.
    Summary,
    /// Its steps, too.
    Steps,
}

/// The plan.
pub(crate) fn text(
    result: &RunResult,
    plan: &SavedPlan,
    saved_at: Option<&Path>,
    detail: Detail,
) -> String {
    let mut text = summary(result);
    if detail == Detail::Steps {
        // What is hard to take back is never left out.
        text.push_str(&group(plan, Outcome::Archived, usize::MAX));
        text.push_str(&group(plan, Outcome::Updated, LISTED));
        text.push_str(&group(plan, Outcome::Created, LISTED));
    }
    if let Some(path) = saved_at {
        let _ = writeln!(text, "\nTo apply: hrflow-connectors apply {}", path.display());
    }
    text
}

fn summary(result: &RunResult) -> String {
    let counts =
        result.outcomes.iter().filter(|(outcome, count)| *count > 0 || outcome.is_change());
    let counts: Vec<_> = counts
        .map(|(outcome, count)| format!("{} {}", grouped(count), in_a_plan(outcome)))
        .collect();
    let mut text = format!("Plan: {}.\n", counts.join(", "));
    let events = &result.events;
    for (count, what) in [
        (events.logics_discard, "discarded by a logic"),
        (events.logics_failure, "failed in a logic"),
        (events.format_failure, "failed in the format"),
    ] {
        if count > 0 {
            let _ = writeln!(text, "{} {what}.", grouped(count));
        }
    }
    if let Some(message) = &result.message {
        let _ = writeln!(text, "{}", paragraph(message));
    }
    for hint in hints::of(result) {
        let _ = writeln!(text, "hint: {}", paragraph(&hint));
    }
    text
}

/// The steps that would end so, under a heading of their own.
fn group(plan: &SavedPlan, outcome: Outcome, most: usize) -> String {
    let steps: Vec<_> = plan.steps.iter().filter(|step| step.outcome == outcome.name()).collect();
    if steps.is_empty() {
        return String::new();
    }
    let mut text = format!("\n{} {}:\n", grouped(steps.len() as u64), in_a_plan(outcome));
    for step in steps.iter().take(most) {
        text.push_str(&change(step));
    }
    if steps.len() > most {
        let more = grouped((steps.len() - most) as u64);
        let _ = writeln!(text, "  … and {more} more; `--output json` lists all");
    }
    text
}

/// An outcome that is still to come.
fn in_a_plan(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Created => "to create",
        Outcome::Updated => "to update",
        Outcome::Archived => "to archive",
        Outcome::Missing => "not on the board",
        Outcome::Failed => "would fail",
        Outcome::Unchanged | Outcome::Released | Outcome::Outdated => outcome.name(),
    }
}

/// `+` for a job that is new, `~` for one that changes, `-` for one that is archived.
fn change(step: &PlannedStep) -> String {
    let sign = match step.outcome.as_str() {
        "created" => '+',
        "archived" => '-',
        _ => '~',
    };
    let name = line(step.name.as_deref().unwrap_or_default());
    let mut text = format!("{sign} {} {name}", line(&step.reference)).trim_end().to_owned();
    text.push('\n');
    for change in step.changes.changes() {
        let _ = writeln!(text, "    {}", line(&change.to_string()));
    }
    text
}

#[cfg(test)]
mod tests {
    use hrflow_connectors::{Reason, RunResult, SavedPlan};
    use serde_json::json;

    use super::{Detail, text};

    #[test]
    fn what_is_archived_stands_before_what_is_created() {
        let step = |outcome: &str, reference: &str| {
            json!({"outcome": outcome, "reference": reference, "name": "A job", "key": reference,
                "item": null, "changes": [], "held": null, "print": null, "requires": "nothing"})
        };
        let steps = [step("created", "1"), step("archived", "2"), step("updated", "3")];
        let plan = json!({"version": 1, "made_at": "2026-11-25T07:39:56Z", "workflow_id": "x",
            "action": "a", "fingerprint": "0", "workflow": {}, "complete": true, "steps": steps});
        let plan: SavedPlan = serde_json::from_value(plan).unwrap();
        let (id, action) = ("x".to_owned(), "a".to_owned());
        let result = RunResult::refused(id, action, Reason::None, "partly".to_owned());
        let steps = "\n1 to archive:\n- 2 A job\n\n1 to update:\n~ 3 A job\n\n1 to create:\n\
                     + 1 A job\n";
        assert!(text(&result, &plan, None, Detail::Steps).ends_with(&format!("partly\n{steps}")));
        assert!(text(&result, &plan, None, Detail::Summary).ends_with("partly\n"));
    }
}
