//! `status`: how each workflow of a folder is, in a word and with its reasons.

use std::fmt::Write;

use hrflow_connectors::{
    Assessment, Environment, Fleet, Health, History, HistoryError, Selection, assess,
};
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::arguments::{OutputFormat, StatusArguments};
use crate::commands::refusal::Refusal;
use crate::exit::Exit;
use crate::printable::{line, paragraph};
use crate::units::{counted, grouped, short_time};
use crate::{output, surroundings};

/// A workflow, and how it is.
struct Row {
    name: String,
    workflow_id: String,
    path: String,
    assessment: Assessment,
}

pub(crate) async fn status(arguments: StatusArguments) -> Exit {
    let format = arguments.output;
    match rows(&arguments).await {
        Ok(rows) => {
            match format {
                OutputFormat::Json => output::json(&as_json(&rows).to_string()),
                OutputFormat::Text => output::text(&text(&rows)),
            }
            let is_well = |row: &Row| row.assessment.health == Health::Healthy;
            if rows.iter().all(is_well) { Exit::Success } else { Exit::Fatal }
        }
        // What is listed is no run's result, so a refusal is none either.
        Err(refusal) => refusal.print(OutputFormat::Text),
    }
}

async fn rows(arguments: &StatusArguments) -> Result<Vec<Row>, Refusal> {
    let environment = surroundings::environment();
    let selection = Selection::parse(&arguments.select)?;
    let mut fleet = Fleet::read(&arguments.folder, &environment)?;
    fleet.check()?;
    fleet.select(&selection);
    let history = history(&fleet, &environment).await?;
    let now = Timestamp::now();
    let mut rows: Vec<_> = fleet
        .workflows
        .iter()
        .map(|workflow| {
            let (workflow_id, _) = workflow.settings.names();
            Row {
                name: workflow.name.clone(),
                path: workflow.path.display().to_string(),
                assessment: assess(history.runs(&workflow_id), &fleet.thresholds, now),
                workflow_id,
            }
        })
        .collect();
    // What needs somebody stands first.
    rows.sort_by_key(|row| row.assessment.health);
    Ok(rows)
}

/// What the workflows of a fleet have done.
pub(crate) async fn history(fleet: &Fleet, environment: &Environment) -> Result<History, Refusal> {
    History::of(fleet, environment).await.map_err(|error| match error {
        HistoryError::Problem(problem) => problem.into(),
        HistoryError::Store(error) => super::stored::unreadable(error),
    })
}

fn as_json(rows: &[Row]) -> Value {
    let worst = rows.iter().map(|row| row.assessment.health).min();
    let workflows: Vec<Value> = rows
        .iter()
        .map(|Row { name, workflow_id, path, assessment }| {
            // An assessment is names, numbers and text: there is nothing that JSON could not hold.
            let mut json = serde_json::to_value(assessment).unwrap_or_default();
            json["name"] = name.as_str().into();
            json["workflow_id"] = workflow_id.as_str().into();
            json["path"] = path.as_str().into();
            json
        })
        .collect();
    json!({"workflows": workflows, "health": worst.map(Health::name)})
}

fn text(rows: &[Row]) -> String {
    let heading = ["workflow", "health", "last run", "last complete success", "jobs"];
    let mut cells = vec![heading.map(str::to_owned)];
    cells.extend(rows.iter().map(row_cells));
    let width = |column: usize| {
        cells.iter().map(|row| row[column].chars().count()).max().unwrap_or_default()
    };
    let widths: [usize; 5] = std::array::from_fn(width);
    let mut text = String::new();
    for (index, row) in cells.iter().enumerate() {
        let padded: Vec<_> =
            row.iter().zip(widths).map(|(cell, width)| format!("{cell:<width$}")).collect();
        text.push_str(padded.join("  ").trim_end());
        text.push('\n');
        for reason in index.checked_sub(1).map_or(&[][..], |row| &rows[row].assessment.reasons) {
            let _ = writeln!(text, "  {}", paragraph(reason));
        }
    }
    let _ = writeln!(text, "\n{}", totals(rows));
    text
}

fn row_cells(row: &Row) -> [String; 5] {
    let Assessment { health, last_run, last_whole_success, jobs, .. } = &row.assessment;
    let time = |time: &Option<Timestamp>| time.map_or_else(|| "-".to_owned(), short_time);
    [
        line(&row.name).to_string(),
        health.to_string(),
        time(last_run),
        time(last_whole_success),
        jobs.map_or_else(|| "-".to_owned(), grouped),
    ]
}

/// `12 workflows: 1 failing, 11 healthy`.
fn totals(rows: &[Row]) -> String {
    let count = |health: Health| rows.iter().filter(|row| row.assessment.health == health).count();
    let parts: Vec<_> = Health::ALL
        .into_iter()
        .map(|health| (count(health), health))
        .filter(|(count, _)| *count > 0)
        .map(|(count, health)| format!("{} {health}", grouped(count as u64)))
        .collect();
    format!("{}: {}", counted(rows.len() as u64, "workflow"), parts.join(", "))
}
