//! What can be typed.

mod catalogue;
mod display;
mod fleet;
mod look;
mod recorded;
mod repair;
mod sandbox;
mod start;
mod stored;
mod workflow;

use std::path::PathBuf;

use clap::{Parser, Subcommand, ValueEnum};
use hrflow_connectors::{Given, Place, Section, SettingKey, Settings};

pub(crate) use catalogue::{
    CompletionsArguments, DescribeArguments, DescribeFormat, ManArguments, ReferentialArguments,
};
pub(crate) use display::DisplayArguments;
pub(crate) use fleet::{
    FleetArguments, NotifyArguments, NotifyCommand, NotifyTestArguments, ServeArguments,
    StatusArguments,
};
pub(crate) use look::{AccessArguments, ConsoleArguments, PrintedReport, ReportArguments};
pub(crate) use recorded::{ApplyArguments, RecordedArguments, ResumeArguments, RetryArguments};
pub(crate) use repair::{
    ChangeStateArguments, DoctorArguments, OneStateArguments, StateCommand, StateCommandArguments,
    UndoArguments,
};
pub(crate) use sandbox::SandboxArguments;
pub(crate) use start::{InitArguments, SchemaArguments, SchemaOf};
pub(crate) use stored::{
    ItemsArguments, RunsArguments, RunsCommand, RunsListArguments, RunsShowArguments,
};
pub(crate) use workflow::{CheckArguments, PlanArguments, RunArguments, WorkflowArguments};

/// Sync France Travail job offers to HrFlow boards.
#[derive(Debug, Parser)]
#[command(name = "hrflow-connectors", version, long_version = crate::version::LONG)]
#[command(max_term_width = 100)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    pub(crate) command: Command,
    #[command(flatten)]
    pub(crate) display: DisplayArguments,
    /// Read variables from this file, such as `.env`; those of the environment win.
    #[arg(long, global = true, value_name = "FILE", help_heading = "Global options")]
    pub(crate) env_file: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Write a commented workflow file, or a folder of them.
    Init(InitArguments),
    /// Run an action, a workflow file, or every workflow file of a folder, once.
    Run(Box<RunArguments>),
    /// Resume an interrupted or stopped run.
    Resume(Box<ResumeArguments>),
    /// Show the changes a run would make, without making them.
    Plan(Box<PlanArguments>),
    /// Apply a saved plan; refused if it is out of date.
    Apply(Box<ApplyArguments>),
    /// Retry the failed items of a run.
    Retry(Box<RetryArguments>),
    /// List past runs, or show one.
    Runs(RunsArguments),
    /// List the result of every item of a run.
    Items(ItemsArguments),
    /// Take the jobs that a run has archived out of the archive.
    Undo(Box<UndoArguments>),
    /// Show, unlock or forget the state of a workflow.
    State(StateCommandArguments),
    /// Validate a workflow and test both connections, without writing.
    Check(Box<CheckArguments>),
    /// Show the health of every workflow of a folder.
    Status(StatusArguments),
    /// Write a report of a run, a workflow, a folder of them, or a plan.
    Report(ReportArguments),
    /// Show the workflows and runs of a store in a browser, until stopped.
    Console(ConsoleArguments),
    /// Run the workflows of a folder on their schedules, until stopped.
    Serve(ServeArguments),
    /// Test the channels that are notified.
    Notify(NotifyArguments),
    /// Check this machine: network, clock, store and credentials; needs no workflow.
    Doctor(DoctorArguments),
    /// List the actions, or the parameters of one.
    Describe(DescribeArguments),
    /// Print the JSON Schema of a workflow file or of `fleet.toml`.
    Schema(SchemaArguments),
    /// List the codes accepted as search filters: occupations, communes, types of contract.
    Referential(ReferentialArguments),
    /// Start a local mock server of both APIs, for trials.
    Sandbox(SandboxArguments),
    /// Print the completion script of a shell.
    Completions(CompletionsArguments),
    /// Write the man pages.
    Man(ManArguments),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum OutputFormat {
    Text,
    Json,
}

/// `KEY=VALUE`.
#[derive(Clone)]
pub(crate) struct KeyValue(String, String);

impl KeyValue {
    /// Both of them.
    pub(crate) fn into_pair(self) -> (String, String) {
        (self.0, self.1)
    }
}

/// The key only: the value may be a secret.
impl std::fmt::Debug for KeyValue {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "{}=****", self.0)
    }
}

/// The text is not repeated in the error: it may be a secret.
fn key_value(text: &str) -> Result<KeyValue, &'static str> {
    match text.split_once('=') {
        Some((key, value)) if !key.is_empty() => Ok(KeyValue(key.to_owned(), value.to_owned())),
        _ => Err("must be KEY=VALUE"),
    }
}

/// The settings, of a run that writes nothing where that was asked for.
pub(crate) fn dry_run(settings: Settings, is_asked_for: bool) -> Settings {
    if !is_asked_for {
        return settings;
    }
    let place = Place::Flag("--dry-run".to_owned());
    settings.with(SettingKey::Persist, Given::json(false, place))
}

/// Fills a section with what was typed for it.
fn fill(section: &mut Section, flag: &str, pairs: &[KeyValue]) {
    for KeyValue(key, value) in pairs {
        section.push(key, Given::text(value, Place::Flag(format!("{flag} {key}"))));
    }
}
