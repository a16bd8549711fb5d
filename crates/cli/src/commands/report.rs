//! `report`: what a run did, how a workflow or a fleet is, or what a plan would do, as one file.

use std::fs;
use std::path::Path;

use hrflow_connectors::{
    Environment, Fleet, FleetStatus, Live, Runs, SavedPlan, SettingKey, StateStore, Stores,
};
use jiff::Timestamp;
use serde_json::Value;
use web_console::{Report, ReportError, ReportFormat, Shelf, Words};

use crate::arguments::{OutputFormat, PrintedReport, ReportArguments};
use crate::commands::refusal::Refusal;
use crate::commands::status;
use crate::commands::stored::{address, at, find, only_read, unreadable};
use crate::exit::Exit;
use crate::files::NewFile;
use crate::{output, surroundings};

pub(crate) async fn report(arguments: ReportArguments) -> Exit {
    let written = write(arguments).await;
    written.map_or_else(|refusal| refusal.print(OutputFormat::Text), |()| Exit::Success)
}

async fn write(arguments: ReportArguments) -> Result<(), Refusal> {
    let environment = surroundings::environment();
    // A file that cannot be written is found before anything is read.
    let file = match &arguments.html {
        Some(path) => {
            Some((path, NewFile::create(path).map_err(|error| unwritable(path, &error))?))
        }
        None => None,
    };
    let language = arguments.language.as_deref().or_else(|| environment.get("LANG"));
    let words = Words::of(language.unwrap_or_default());
    let report = of_subject(&arguments, &environment, words).await?;
    match (file, arguments.format) {
        (Some((path, file)), _) => {
            let html = report.write(ReportFormat::Html).map_err(failed)?;
            file.finish(html.as_bytes()).map_err(|error| unwritable(path, &error))?;
            output::note(&format!("Report written to {}", path.display()));
        }
        (None, Some(PrintedReport::Markdown) | None) => {
            output::text(report.write(ReportFormat::Markdown).map_err(failed)?.trim_end());
        }
    }
    Ok(())
}

/// Reads what is meant: a folder, a file, a run, or a workflow.
async fn of_subject(
    arguments: &ReportArguments,
    environment: &Environment,
    words: &'static Words,
) -> Result<Report, Refusal> {
    let path = Path::new(&arguments.subject);
    if path.is_dir() {
        return of_folder(arguments, environment, words).await;
    }
    if path.is_file() {
        return of_file(path, words);
    }
    let given = arguments.store();
    let url = address(given.as_ref(), environment)?;
    let store = only_read(at(given.as_ref(), environment)?).open().await.map_err(unreadable)?;
    let shelf = Shelf { url: url.to_string(), store };
    let of_workflow = Report::of_workflow(&shelf, &arguments.subject, words).await;
    if let Some(report) = of_workflow.map_err(failed)? {
        return Ok(report);
    }
    let state = StateStore::Opened(shelf.store.clone());
    let runs = Runs::open(&state).await.map_err(unreadable)?;
    let run = find(&runs, &arguments.subject).await.map_err(|_| {
        Refusal::because(format!(
            "`{}` is not a run, a workflow, a folder or a file",
            arguments.subject
        ))
        .with_hint(format!("looked in {url}; `hrflow-connectors runs` lists the runs"))
    })?;
    Report::of_run(&shelf, &run, words).await.map_err(failed)
}

async fn of_folder(
    arguments: &ReportArguments,
    environment: &Environment,
    words: &'static Words,
) -> Result<Report, Refusal> {
    let mut fleet = Fleet::read(Path::new(&arguments.subject), environment)?;
    fleet.check_files()?;
    if let Some(store) = arguments.store() {
        fleet.keep_state_in(&store);
    }
    let stores = Stores::new(environment);
    let history = status::history(&fleet, &stores).await?;
    let mut shelves = Vec::new();
    for workflow in &fleet.workflows {
        let url = stores.url(workflow.settings.get(SettingKey::Store))?;
        if let Some(store) = stores.existing(&url).await.map_err(unreadable)? {
            shelves.push((workflow.workflow_id(), Shelf { url: url.to_string(), store }));
        }
    }
    let of_workflow =
        |id: &str| shelves.iter().find(|(own, _)| own == id).map(|(_, shelf)| shelf.clone());
    let status = FleetStatus::of(&fleet, &history, &Live::default(), Timestamp::now());
    Report::of_fleet(&fleet.name, status, of_workflow, words).await.map_err(failed)
}

/// A saved plan, or the result of a run.
fn of_file(path: &Path, words: &'static Words) -> Result<Report, Refusal> {
    let because = |why: String| Refusal::because(format!("`{}` {why}", path.display()));
    let text = fs::read(path).map_err(|error| because(format!("could not be read: {error}")))?;
    let json: Value = serde_json::from_slice(&text).map_err(|_| {
        because("is neither a saved plan nor a result".to_owned())
            .with_hint("name a file of `plan --out FILE`, or of `run --output json > FILE`")
    })?;
    if json["steps"].is_array() {
        let plan: SavedPlan = serde_json::from_value(json)
            .map_err(|error| because(format!("is not a plan: {error}")))?;
        if !plan.is_known() {
            return Err(because("was saved by a later version".to_owned()));
        }
        return Ok(Report::of_plan(&plan, words));
    }
    if json["events"].is_object() && json["outcomes"].is_object() {
        return Ok(Report::of_result(&json, words));
    }
    Err(because("is neither a saved plan nor a result".to_owned()))
}

fn failed(error: ReportError) -> Refusal {
    super::stored::unreadable(error)
}

fn unwritable(path: &Path, error: &std::io::Error) -> Refusal {
    Refusal::because(format!("`--html`: could not write to `{}`: {error}", path.display()))
}
