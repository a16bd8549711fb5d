//! `run FOLDER`: every workflow of a folder, so many at once, with one view of them all.

mod board;
mod table;

use std::path::Path;
use std::sync::Arc;

use hrflow_connectors::{
    Environment, Fleet, Health, PlannedWorkflow, RunResult, SettingKey, Status, assess,
};
use jiff::Timestamp;
use serde_json::{Value, json};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use crate::arguments::{FleetArguments, OutputFormat, RunArguments};
use crate::commands::refusal::Refusal;
use crate::commands::run::client_options;
use crate::commands::{embedded, status};
use crate::display::Display;
use crate::exit::Exit;
use crate::hints;
use crate::signals::Interruption;
use crate::{output, surroundings};

use board::Board;

/// A workflow, and how its run has ended.
pub(crate) struct Finished {
    pub(crate) name: String,
    pub(crate) result: RunResult,
}

/// Runs the workflows of the folder that is named in place of a workflow.
pub(crate) async fn run(arguments: RunArguments, display: Display) -> Exit {
    let format = arguments.workflow.output;
    let mut environment = surroundings::environment();
    let sandbox = if arguments.workflow.sandbox {
        match embedded::start().await {
            Ok(sandbox) => {
                embedded::turn_to(&sandbox, &mut environment);
                Some(sandbox)
            }
            Err(why) => return Refusal::because(why).print(format),
        }
    } else {
        None
    };
    let exit = match plan(&arguments, &environment).await {
        Ok((planned, jobs)) => {
            let (finished, interruption) = execute(planned, jobs, &display).await;
            print(&finished, format);
            exit_of(&finished).after(interruption.signal())
        }
        Err(refusal) => refusal.print(format),
    };
    if let Some(sandbox) = sandbox {
        sandbox.stop().await;
    }
    exit
}

/// Checks everything before anything is called.
async fn plan(
    arguments: &RunArguments,
    environment: &Environment,
) -> Result<(Vec<PlannedWorkflow>, usize), Refusal> {
    refuse_what_is_for_one_run(arguments)?;
    let folder = Path::new(&arguments.workflow.subject);
    let FleetArguments { failed, jobs, .. } = &arguments.fleet;
    let selection = arguments.fleet.selection()?;
    let mut fleet = Fleet::read(folder, environment)?;
    fleet.select(&selection);
    if arguments.workflow.sandbox {
        fleet.fill_from(&embedded::settings(environment));
    }
    let jobs = jobs.map_or(fleet.jobs, usize::from);
    let history = status::history(&fleet, environment).await?;
    if *failed {
        let (now, thresholds) = (Timestamp::now(), fleet.thresholds.clone());
        fleet.workflows.retain(|workflow| {
            let (workflow_id, _) = workflow.settings.names();
            let health = assess(history.runs(&workflow_id), &thresholds, now).health;
            matches!(health, Health::Failing | Health::NeverRan)
        });
    }
    let flags = arguments.workflow.over(arguments.flags());
    let mut planned = fleet.plan(&flags, environment, &client_options()?)?;
    // The small ones are not to wait for the large; those of unknown size go between.
    planned.sort_by_key(|planned| history.size(&planned.workflow_id).unwrap_or(UNKNOWN_SIZE));
    for PlannedWorkflow { run, .. } in &planned {
        output::warnings(&run.warnings());
    }
    Ok((planned, jobs))
}

/// How large a workflow is taken to be that has never run.
const UNKNOWN_SIZE: u64 = 1_000;

fn refuse_what_is_for_one_run(arguments: &RunArguments) -> Result<(), Refusal> {
    let refused = |flag: &str| {
        let why = format!("`{flag}` is for one workflow, and a folder of them was given");
        Err(Refusal::because(why).with_hint("name a workflow file"))
    };
    if arguments.items.is_some() {
        return refused("--items");
    }
    if arguments.settings.settings().get(SettingKey::WorkflowId).is_some() {
        return refused("--workflow-id");
    }
    Ok(())
}

/// Runs all of them, so many at once.
async fn execute(
    planned: Vec<PlannedWorkflow>,
    jobs: usize,
    display: &Display,
) -> (Vec<Finished>, Interruption) {
    let board = Board::new(display, planned.iter().map(|planned| planned.workflow.name.clone()));
    let stops = planned.iter().map(|planned| planned.run.stop()).collect();
    let interruption = Interruption::of_all(stops, &display.bar);
    let slots = Arc::new(Semaphore::new(jobs));
    let mut runs = JoinSet::new();
    for PlannedWorkflow { workflow, mut run, .. } in planned {
        run.watch(board.watcher(&workflow.name, run.outcomes()));
        let (slots, board) = (slots.clone(), board.clone());
        runs.spawn(async move {
            // Nobody closes the semaphore.
            let _slot = slots.acquire().await;
            let result = run.run().await;
            board.finish(&workflow.name);
            Finished { name: workflow.name, result }
        });
    }
    let mut finished = runs.join_all().await;
    board.clear();
    finished.sort_by(|left, right| left.name.cmp(&right.name));
    (finished, interruption)
}

/// That of the worst.
fn exit_of(finished: &[Finished]) -> Exit {
    let exits = finished.iter().map(|it| Exit::of(it.result.status, it.result.reason));
    exits.max_by_key(|exit| exit.severity()).unwrap_or(Exit::Success)
}

fn print(finished: &[Finished], format: OutputFormat) {
    match format {
        OutputFormat::Json => {
            let runs: Vec<Value> = finished.iter().map(|it| hints::value(&it.result)).collect();
            let worst = [Status::Fatal, Status::SuccessWithFailures, Status::Success]
                .into_iter()
                .find(|status| finished.iter().any(|it| it.result.status == *status));
            output::json(&json!({"runs": runs, "status": worst}).to_string());
        }
        OutputFormat::Text => output::text(&table::table(finished)),
    }
}

/// Whether a folder of workflows is meant.
pub(crate) fn is_folder(subject: &str) -> bool {
    Path::new(subject).is_dir()
}

/// A flag that only a folder gives a meaning, given with one workflow.
pub(crate) fn refusal_of_one(arguments: &FleetArguments, subject: &str) -> Option<Refusal> {
    let flag = arguments.first_flag()?;
    let why = format!("`{flag}` chooses among the workflows of a folder, and `{subject}` is none");
    Some(Refusal::because(why).with_hint("name a folder of workflow files, or leave it out"))
}
