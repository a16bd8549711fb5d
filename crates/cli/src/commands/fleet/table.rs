//! The closing table of a fleet's runs.

use std::fmt::Write;

use hrflow_connectors::{Outcome, RunResult, Status};

use super::Finished;
use crate::hints;
use crate::printable::{line, paragraph};
use crate::units::{counted, duration, grouped};

/// What is told of every run, in columns.
const COLUMNS: [(&str, Outcome); 5] = [
    ("created", Outcome::Created),
    ("updated", Outcome::Updated),
    ("archived", Outcome::Archived),
    ("unchanged", Outcome::Unchanged),
    ("failed", Outcome::Failed),
];

/// One line a workflow, and beneath it what a person should know of its run.
pub(super) fn table(finished: &[Finished]) -> String {
    let mut heading = vec!["workflow".to_owned(), "result".to_owned()];
    heading.extend(COLUMNS.map(|(title, _)| title.to_owned()));
    heading.push("time".to_owned());
    let mut rows = vec![heading];
    rows.extend(finished.iter().map(cells));
    let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max();
    let widths: Vec<_> =
        (0..rows[0].len()).map(|column| width(column).unwrap_or_default()).collect();
    let mut text = String::new();
    for (index, row) in rows.iter().enumerate() {
        let padded = row.iter().zip(&widths).enumerate().map(|(column, (cell, width))| {
            // Words begin where their heading does, numbers end there.
            if column < 2 { format!("{cell:<width$}") } else { format!("{cell:>width$}") }
        });
        text.push_str(padded.collect::<Vec<_>>().join("  ").trim_end());
        text.push('\n');
        if let Some(finished) = index.checked_sub(1).map(|index| &finished[index]) {
            text.push_str(&notes(&finished.result));
        }
    }
    let failed = finished.iter().filter(|it| it.result.status != Status::Success).count() as u64;
    let all = counted(finished.len() as u64, "workflow");
    let how = match failed {
        0 => "all succeeded".to_owned(),
        failed => format!("{} did not succeed", grouped(failed)),
    };
    let _ = writeln!(text, "\n{all}: {how}");
    text
}

fn cells(finished: &Finished) -> Vec<String> {
    let Finished { name, result } = finished;
    let mut cells = vec![line(name).to_string(), how(result).to_owned()];
    cells.extend(COLUMNS.map(|(_, outcome)| grouped(result.outcomes.count(outcome))));
    cells.push(duration(result.duration_ms));
    cells
}

fn how(result: &RunResult) -> &'static str {
    match result.status {
        _ if result.interrupted => "interrupted",
        Status::Success => "done",
        Status::SuccessWithFailures => "with failures",
        Status::Fatal => "failed",
    }
}

/// The message of a run, and what to do about it.
fn notes(result: &RunResult) -> String {
    let message = result.message.iter().map(|message| format!("  {}\n", paragraph(message)));
    let hints = hints::of(result).into_iter().map(|hint| format!("  hint: {}\n", paragraph(&hint)));
    message.chain(hints).collect()
}
