//! The runs of a store as a table that fits a terminal of 80 columns.

use hrflow_connectors::{ListedRun, RunKind, Status};
use serde_json::Value;

use crate::commands::stored::{short_length, tail};
use crate::printable::line;
use crate::units::{grouped, short_time};

/// How much of the name of a workflow is shown.
const WORKFLOW: usize = 14;
/// How many columns the last column may take.
const RESULT: usize = 28;

/// One line a run, under a heading.
pub(crate) fn table(runs: &[ListedRun]) -> String {
    let ids: Vec<_> = runs.iter().map(|run| &run.record.run_id).collect();
    let length = short_length(&ids);
    let heading = ["run", "started", "workflow", "kind", "result"].map(str::to_owned);
    let rows: Vec<_> =
        std::iter::once(heading).chain(runs.iter().map(|run| row(run, length))).collect();
    let width = |column: usize| {
        let widths = rows.iter().map(|row| row[column].chars().count());
        widths.max().unwrap_or_default()
    };
    let widths: [usize; 5] = std::array::from_fn(width);
    let lines = rows.iter().map(|row| {
        let cells = row.iter().zip(widths).map(|(cell, width)| format!("{cell:<width$}"));
        cells.collect::<Vec<_>>().join("  ").trim_end().to_owned()
    });
    lines.collect::<Vec<_>>().join("\n")
}

fn row(run: &ListedRun, length: usize) -> [String; 5] {
    let record = &run.record;
    [
        tail(record.run_id.as_str(), length).to_owned(),
        short_time(record.started_at),
        cut(&line(&record.workflow_id).to_string(), WORKFLOW),
        kind(&record.kind).to_owned(),
        outcome(run),
    ]
}

/// What a run was.
pub(crate) fn kind(kind: &RunKind) -> &'static str {
    match kind {
        RunKind::Whole => "run",
        RunKind::Retry { .. } => "retry",
        RunKind::Apply { .. } => "apply",
    }
}

/// How a run has ended, or where it is, and what it has changed.
fn outcome(run: &ListedRun) -> String {
    let verdict = run.record.verdict().filter(|_| !run.is_unfinished());
    let how = match verdict {
        Some((Status::Success | Status::SuccessWithFailures, _)) => None,
        Some((Status::Fatal, _)) => Some("failed".to_owned()),
        None => Some(run.state().to_owned()),
    };
    let counts = run.record.result.as_ref().map(changes).unwrap_or_default();
    let parts: Vec<_> = how.into_iter().chain(counts).collect();
    if parts.is_empty() { "no changes".to_owned() } else { fitting(parts) }
}

/// The counts of what was changed and of what failed.
fn changes(result: &Value) -> Vec<String> {
    let outcomes = ["created", "updated", "archived", "failed"];
    let counts = outcomes.into_iter().filter_map(|name| {
        let count = result["outcomes"][name].as_u64().filter(|count| *count > 0)?;
        Some(format!("{} {name}", grouped(count)))
    });
    counts.collect()
}

/// As many parts as fit, from the first.
fn fitting(mut parts: Vec<String>) -> String {
    let whole = parts.join(", ");
    if whole.chars().count() <= RESULT {
        return whole;
    }
    while parts.len() > 1 && parts.join(", ").chars().count() + ", …".len() > RESULT {
        parts.pop();
    }
    format!("{}, …", parts.join(", "))
}

fn cut(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        Some(_) => {
            let kept: String = text.chars().take(most - 1).collect();
            format!("{kept}…")
        }
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_does_not_fit_is_left_out_from_the_end() {
        let parts = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect();
        assert_eq!(fitting(parts(&["12 created", "3 failed"])), "12 created, 3 failed");
        let many = parts(&["12,000 created", "3,000 updated", "1,000 archived"]);
        assert_eq!(fitting(many), "12,000 created, …");
        assert_eq!(cut("paris-and-around-it", 14), "paris-and-aro…");
        assert_eq!(cut("paris", 14), "paris");
    }
}
