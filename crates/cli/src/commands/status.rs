//! `status`: how each workflow of a folder is, in a word and with its reasons.

use std::fmt::Write;

use hrflow_connectors::{
    Assessment, Fleet, FleetStatus, Given, Health, History, HistoryError, Live, Place, Selection,
    Stores, WorkflowStatus,
};
use jiff::Timestamp;

use crate::arguments::{OutputFormat, StatusArguments};
use crate::commands::refusal::Refusal;
use crate::exit::Exit;
use crate::printable::{line, paragraph};
use crate::units::{counted, grouped, short_time};
use crate::{output, surroundings};

pub(crate) async fn status(arguments: StatusArguments) -> Exit {
    match fleet_status(&arguments).await {
        Ok(status) => {
            match arguments.output {
                OutputFormat::Json => output::json(&as_json(&status)),
                OutputFormat::Text => output::text(&text(&status)),
            }
            if status.healthy { Exit::Success } else { Exit::Fatal }
        }
        // What is listed is no run's result, so a refusal is none either.
        Err(refusal) => refusal.print(OutputFormat::Text),
    }
}

async fn fleet_status(arguments: &StatusArguments) -> Result<FleetStatus, Refusal> {
    let environment = surroundings::environment();
    let selection = Selection::parse(&arguments.select)?;
    let mut fleet = Fleet::read(&arguments.folder, &environment)?;
    fleet.check_files()?;
    fleet.select(&selection);
    if let Some(store) = &arguments.store {
        fleet.keep_state_in(&Given::text(store, Place::Flag("--store".to_owned())));
    }
    let history = history(&fleet, &Stores::new(&environment)).await?;
    Ok(FleetStatus::of(&fleet, &history, &Live::default(), Timestamp::now()))
}

/// What the workflows of a fleet have done.
pub(crate) async fn history(fleet: &Fleet, stores: &Stores) -> Result<History, Refusal> {
    History::of(fleet, stores).await.map_err(|error| match error {
        HistoryError::Problem(problem) => problem.into(),
        HistoryError::Store(error) => super::stored::unreadable(error),
    })
}

fn as_json(status: &FleetStatus) -> String {
    // A status is names, numbers and text: there is nothing that JSON could not hold.
    serde_json::to_string(status).unwrap_or_default()
}

fn text(status: &FleetStatus) -> String {
    let rows = &status.workflows;
    let heading = ["workflow", "health", "last run", "last complete success", "jobs", "next run"];
    let mut cells = vec![heading.map(str::to_owned)];
    cells.extend(rows.iter().map(row_cells));
    let width = |column: usize| {
        cells.iter().map(|row| row[column].chars().count()).max().unwrap_or_default()
    };
    let widths: [usize; 6] = std::array::from_fn(width);
    let mut text = String::new();
    for (index, row) in cells.iter().enumerate() {
        let padded: Vec<_> =
            row.iter().zip(widths).map(|(cell, width)| format!("{cell:<width$}")).collect();
        text.push_str(padded.join("  ").trim_end());
        text.push('\n');
        for reason in index.checked_sub(1).map_or(&[][..], |row| &rows[row].assessment.reasons) {
            let _ = writeln!(text, "  {}", paragraph(&reason.to_string()));
        }
    }
    let _ = writeln!(text, "\n{}", totals(rows));
    text
}

fn row_cells(row: &WorkflowStatus) -> [String; 6] {
    let Assessment { health, last_run, last_success_at, jobs, .. } = &row.assessment;
    let time = |time: Option<Timestamp>| time.map_or_else(|| "-".to_owned(), short_time);
    [
        line(&row.name).to_string(),
        health.to_string(),
        time(last_run.as_ref().map(|run| run.started_at)),
        time(*last_success_at),
        jobs.map_or_else(|| "-".to_owned(), grouped),
        time(row.next_run_at),
    ]
}

/// `12 workflows: 1 failing, 11 healthy`.
fn totals(rows: &[WorkflowStatus]) -> String {
    let count = |health: Health| rows.iter().filter(|row| row.assessment.health == health).count();
    let parts: Vec<_> = Health::ALL
        .into_iter()
        .map(|health| (count(health), health))
        .filter(|(count, _)| *count > 0)
        .map(|(count, health)| format!("{} {health}", grouped(count as u64)))
        .collect();
    format!("{}: {}", counted(rows.len() as u64, "workflow"), parts.join(", "))
}
