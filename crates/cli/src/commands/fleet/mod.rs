//! Commands on a folder: every workflow of it, so many at once, with one view of them all.

mod apply;
mod board;
mod check;
mod plan;
mod table;
mod together;

use std::path::{Path, PathBuf};

use futures::future::join_all;
use hrflow_connectors::{
    CheckedWorkflow, Environment, Fleet, FleetStatus, Health, History, Live, Run, RunResult,
    Selection, SettingKey, Settings, Status, assess, error_chain,
};
use jiff::Timestamp;
use serde_json::{Value, json};
use serve::{Launcher, Notifier, Sender, Sizes};

use crate::arguments::{FleetArguments, OutputFormat, RunArguments, WorkflowArguments};
use crate::commands::refusal::Refusal;
use crate::commands::run::client_options;
use crate::commands::{embedded, status};
use crate::display::Display;
use crate::exit::Exit;
use crate::hints;
use crate::signals::Interruption;
use crate::units::counted;
use crate::{metrics_file, output};

pub(crate) use apply::apply;
pub(crate) use check::check;
pub(crate) use plan::plan;
use together::{Together, so_many_at_once};

/// A workflow, and how its run has ended.
pub(crate) struct Finished {
    pub(crate) name: String,
    pub(crate) result: RunResult,
}

/// Runs the workflows of the folder that is named in place of a workflow.
pub(crate) async fn run(arguments: RunArguments, display: Display) -> Exit {
    let format = arguments.workflow.output;
    in_its_place(&arguments.workflow, async |environment| {
        refuse_what_is_for_one_run(&arguments)?;
        let flags = arguments.workflow.over(arguments.flags());
        let opened = open(&arguments.workflow, &arguments.fleet, flags, environment).await?;
        let opened = opened.small_first().await;
        let (fleet, launcher) = (opened.fleet.clone(), opened.launcher.clone());
        let metrics_file = arguments.metrics_file.clone();
        let (finished, interruption) = execute(opened, metrics_file, &display).await;
        if !arguments.workflow.sandbox && !arguments.dry_run && interruption.signal().is_none() {
            notify(&fleet, &launcher, &finished).await;
        }
        print(&finished, format);
        Ok(exit_of(finished.iter().map(|it| &it.result)).after(interruption.signal()))
    })
    .await
}

/// Does something where the services are: the real ones, or an embedded sandbox.
async fn in_its_place(
    arguments: &WorkflowArguments,
    what: impl AsyncFnOnce(Environment) -> Result<Exit, Refusal>,
) -> Exit {
    let (environment, sandbox) = match embedded::place(arguments.sandbox).await {
        Ok(place) => place,
        Err(why) => return Refusal::because(why).print(arguments.output),
    };
    let exit = what(environment).await.unwrap_or_else(|refusal| refusal.print(arguments.output));
    if let Some(sandbox) = sandbox {
        sandbox.stop().await;
    }
    exit
}

/// Workflows that were checked.
struct Opened {
    /// All of the folder, also what was not chosen.
    fleet: Fleet,
    workflows: Vec<CheckedWorkflow>,
    jobs: usize,
    launcher: Launcher,
    history: History,
}

impl Opened {
    /// The small ones first, so that they do not wait for the large.
    async fn small_first(mut self) -> Self {
        let due = self.workflows.iter();
        let unknown = Sizes::default().to_ask(&self.history, due, self.jobs);
        let sizes = match unknown.len() as u64 {
            0 => Sizes::default(),
            count => {
                let what = counted(count, "workflow");
                output::note(&format!("{what} without a history: asking how much each reads"));
                Sizes::ask(&self.launcher, unknown).await
            }
        };
        self.workflows.sort_by_key(|it| sizes.of(&self.history, &it.workflow_id));
        self
    }
}

/// Checks everything before anything is called.
async fn open(
    arguments: &WorkflowArguments,
    FleetArguments { failed, jobs, select }: &FleetArguments,
    flags: Settings,
    environment: Environment,
) -> Result<Opened, Refusal> {
    if flags.get(SettingKey::WorkflowId).is_some() {
        return Err(for_one_workflow("--workflow-id"));
    }
    let selection = Selection::parse(select)?;
    let mut fleet = Fleet::read(Path::new(&arguments.subject), &environment)?;
    let whole = fleet.clone();
    fleet.select(&selection);
    if arguments.sandbox {
        fleet.fill_from(&embedded::settings(&environment));
    }
    let jobs = jobs.map_or(fleet.jobs, usize::from);
    let metrics = metrics_file::metrics()?;
    let launcher = Launcher::new(environment, client_options()?, metrics);
    let history = status::history(&fleet, launcher.stores()).await?;
    if *failed {
        let now = Timestamp::now();
        fleet.workflows.retain(|workflow| {
            let runs = history.runs(&workflow.workflow_id());
            let health = assess(runs, &workflow.thresholds, now).health;
            matches!(health, Health::Failing | Health::NeverRan)
        });
    }
    let workflows = fleet.check(&flags, launcher.environment(), launcher.client_options())?;
    for workflow in &workflows {
        output::warnings(&workflow.warnings);
    }
    Ok(Opened { fleet: whole, workflows, jobs, launcher, history })
}

fn refuse_what_is_for_one_run(arguments: &RunArguments) -> Result<(), Refusal> {
    if arguments.items.is_some() { Err(for_one_workflow("--items")) } else { Ok(()) }
}

fn for_one_workflow(flag: &str) -> Refusal {
    let why = format!("`{flag}` is for one workflow, and a folder of them was given");
    Refusal::because(why).with_hint("name a workflow file")
}

/// Sends notifications of health changes. A failed delivery is a warning.
async fn notify(fleet: &Fleet, launcher: &Launcher, finished: &[Finished]) {
    let (stores, environment) = (launcher.stores(), launcher.environment());
    if fleet.channels(environment).0.is_empty() {
        return;
    }
    let mut live = Live::default();
    for Finished { result, .. } in finished {
        live.note(result);
    }
    let history = match History::of(fleet, stores).await {
        Ok(history) => history,
        Err(error) => {
            return output::warning(&format!("nobody was notified: {}", error_chain(&error)), None);
        }
    };
    let store = match stores.url(fleet.store.as_ref()) {
        Ok(url) => stores.open(&url).await.ok(),
        Err(_) => None,
    };
    let now = Timestamp::now();
    let status = FleetStatus::of(fleet, &history, &live, now);
    let sender = Sender::new(launcher.client_options().transport.clone());
    let metrics = launcher.metrics().clone();
    let mut notifier = Notifier::load(sender, metrics, store, &fleet.name).await;
    notifier.tell(fleet, environment, &status, now).await;
}

/// Runs all of them, so many at once. Those that read the same go together.
async fn execute(
    opened: Opened,
    metrics_file: Option<PathBuf>,
    display: &Display,
) -> (Vec<Finished>, Interruption) {
    let Opened { workflows, jobs, launcher, .. } = opened;
    let together = Together::begin(display, workflows.iter().map(|it| it.workflow.name.clone()));
    let metrics = launcher.metrics().clone();
    let writing = metrics_file.map(|path| metrics_file::keep(path, metrics));
    let groups = CheckedWorkflow::by_reading(workflows, |workflow| workflow).into_iter();
    let runs = groups.map(|group| {
        let (together, launcher) = (together.clone(), launcher.clone());
        async move {
            let reading = launcher.share(&group);
            let run = async |workflow: &CheckedWorkflow| {
                let name = workflow.workflow.name.clone();
                let prepare = |run: &mut Run| together.watch(&name, run);
                let result = launcher.launch(workflow, reading.clone(), prepare).await;
                together.finish(&name);
                Finished { name, result }
            };
            join_all(group.iter().map(run)).await
        }
    });
    let mut finished: Vec<_> = so_many_at_once(jobs, runs).await.into_iter().flatten().collect();
    let interruption = together.end();
    if let Some(writing) = writing {
        writing.finish();
    }
    finished.sort_by(|left, right| left.name.cmp(&right.name));
    (finished, interruption)
}

/// That of the worst.
fn exit_of<'a>(results: impl Iterator<Item = &'a RunResult>) -> Exit {
    let exits = results.map(|result| Exit::of(result.status, result.reason));
    exits.max_by_key(|exit| exit.severity()).unwrap_or(Exit::Success)
}

/// The worst status of several runs; none of no run.
fn worst<'a>(results: impl Iterator<Item = &'a RunResult>) -> Option<Status> {
    let statuses: Vec<_> = results.map(|result| result.status).collect();
    [Status::Fatal, Status::SuccessWithFailures, Status::Success]
        .into_iter()
        .find(|status| statuses.contains(status))
}

fn print(finished: &[Finished], format: OutputFormat) {
    match format {
        OutputFormat::Json => {
            let runs: Vec<Value> = finished.iter().map(|it| hints::value(&it.result)).collect();
            let status = worst(finished.iter().map(|it| &it.result));
            output::json(&json!({"runs": runs, "status": status}).to_string());
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
