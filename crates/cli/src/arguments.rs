//! What can be typed.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;
use hrflow_connectors::{
    Environment, Given, NotAShare, Place, Section, SettingKey, Settings, Share,
};

use crate::progress::ProgressMode;
use crate::setting_flags::{OfCheck, OfMethod, OfPlan, OfRecorded, OfRun, SettingFlags};

/// Sync France Travail job offers to HrFlow boards.
#[derive(Debug, Parser)]
#[command(name = "hrflow-connectors", version, max_term_width = 100)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Run an action or a workflow file once.
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
    /// Validate a workflow and test both connections, without writing.
    Check(Box<CheckArguments>),
    /// List the actions, or the parameters of one.
    Describe(DescribeArguments),
    /// List the codes accepted as search filters: occupations, communes, types of contract.
    Referential(ReferentialArguments),
    /// Start a local mock server of both APIs, for trials.
    Sandbox(SandboxArguments),
    /// Print the completion script of a shell.
    Completions(CompletionsArguments),
}

#[derive(Args, Debug)]
pub(crate) struct RunArguments {
    #[command(flatten)]
    pub(crate) workflow: WorkflowArguments,
    #[command(flatten)]
    pub(crate) settings: SettingFlags<OfRun>,
    /// How to show progress: a bar on a terminal and a line every 30 s elsewhere (`auto`), a line
    /// every 30 s (`plain`), or nothing (`none`).
    #[arg(long, value_enum, default_value_t = ProgressMode::Auto, hide_possible_values = true)]
    pub(crate) progress: ProgressMode,
    /// Read, transform and compare, but write nothing.
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Write one line of JSON for each item to this file (`-` for stdout): reference, outcome,
    /// reason.
    #[arg(long, value_name = "FILE.jsonl")]
    pub(crate) items: Option<PathBuf>,
}

#[derive(Args, Debug)]
pub(crate) struct ResumeArguments {
    /// The run: its id, or the start or end of it [default: the newest unfinished run].
    pub(crate) run: Option<String>,
    #[command(flatten)]
    pub(crate) recorded: RecordedArguments,
}

#[derive(Args, Debug)]
pub(crate) struct PlanArguments {
    #[command(flatten)]
    pub(crate) workflow: WorkflowArguments,
    #[command(flatten)]
    pub(crate) settings: SettingFlags<OfPlan>,
    /// How to show progress: a bar on a terminal and a line every 30 s elsewhere (`auto`), a line
    /// every 30 s (`plain`), or nothing (`none`).
    #[arg(long, value_enum, default_value_t = ProgressMode::Auto, hide_possible_values = true)]
    pub(crate) progress: ProgressMode,
    /// Save the plan to this file, for `apply`.
    #[arg(long, value_name = "PLAN.json")]
    pub(crate) out: Option<PathBuf>,
}

#[derive(Args, Debug)]
pub(crate) struct CheckArguments {
    #[command(flatten)]
    pub(crate) workflow: WorkflowArguments,
    #[command(flatten)]
    pub(crate) settings: SettingFlags<OfCheck>,
}

#[derive(Args, Debug)]
pub(crate) struct ApplyArguments {
    /// The saved plan.
    #[arg(value_name = "PLAN.json")]
    pub(crate) plan: PathBuf,
    /// Skip the steps whose job has changed since the plan was made, instead of stopping.
    #[arg(long)]
    pub(crate) skip_changed: bool,
    #[command(flatten)]
    pub(crate) recorded: RecordedArguments,
}

#[derive(Args, Debug)]
pub(crate) struct RetryArguments {
    /// The run: its id, or the start or end of it.
    pub(crate) run: String,
    /// Count what would be sent, but write nothing.
    #[arg(long)]
    pub(crate) dry_run: bool,
    #[command(flatten)]
    pub(crate) recorded: RecordedArguments,
}

/// What the record of a run does not hold, or what may be overridden.
#[derive(Args, Debug)]
pub(crate) struct RecordedArguments {
    /// France Travail credentials (prefer the environment or a file) [default: from the workflow
    /// file or the environment].
    #[arg(long, value_name = "KEY=VALUE", value_parser = key_value, num_args = 1..)]
    connector_auth: Vec<KeyValue>,
    /// HrFlow credentials (prefer the environment or a file) [default: from the workflow file or
    /// the environment].
    #[arg(long, value_name = "KEY=VALUE", value_parser = key_value, num_args = 1..)]
    hrflow_auth: Vec<KeyValue>,
    #[command(flatten)]
    settings: SettingFlags<OfRecorded>,
    /// How to show progress: a bar on a terminal and a line every 30 s elsewhere (`auto`), a line
    /// every 30 s (`plain`), or nothing (`none`).
    #[arg(long, value_enum, default_value_t = ProgressMode::Auto, hide_possible_values = true)]
    pub(crate) progress: ProgressMode,
    /// Write one line of JSON for each item of the run to this file (`-` for stdout): reference,
    /// outcome, reason.
    #[arg(long, value_name = "FILE.jsonl")]
    pub(crate) items: Option<PathBuf>,
    /// Output format of the result.
    #[arg(long, value_enum, default_value_t = OutputFormat::Text)]
    pub(crate) output: OutputFormat,
}

#[derive(Args, Debug)]
pub(crate) struct RunsArguments {
    #[command(subcommand)]
    pub(crate) command: RunsCommand,
}

#[derive(Debug, Subcommand)]
pub(crate) enum RunsCommand {
    /// List every run, newest first.
    List(RunsListArguments),
    /// Show one run.
    Show(RunsShowArguments),
}

#[derive(Args, Debug)]
pub(crate) struct RunsListArguments {
    /// Only list the runs of this workflow.
    #[arg(long, value_name = "ID")]
    pub(crate) workflow_id: Option<String>,
    #[command(flatten)]
    pub(crate) state: StateArguments,
}

#[derive(Args, Debug)]
pub(crate) struct RunsShowArguments {
    /// The run: its id, or the start or end of it.
    pub(crate) run: String,
    /// Show the failed items, with their reasons and what was sent.
    #[arg(long)]
    pub(crate) failed: bool,
    #[command(flatten)]
    pub(crate) state: StateArguments,
}

#[derive(Args, Debug)]
pub(crate) struct ItemsArguments {
    /// The run: its id, or the start or end of it.
    pub(crate) run: String,
    /// Only list the items with this outcome, such as `failed`.
    #[arg(long)]
    pub(crate) outcome: Option<String>,
    #[command(flatten)]
    pub(crate) state: StateArguments,
}

/// Where to look, and how to print it.
#[derive(Args, Debug)]
pub(crate) struct StateArguments {
    /// Where state is kept [default: as for `run`].
    #[arg(long, value_name = "URL")]
    store: Option<String>,
    /// Output format.
    #[arg(long, value_enum, default_value_t = OutputFormat::Text)]
    pub(crate) output: OutputFormat,
}

#[derive(Args, Debug)]
pub(crate) struct WorkflowArguments {
    /// The name of an action (see `describe`), or a workflow file.
    #[arg(value_name = "ACTION | WORKFLOW.toml")]
    pub(crate) subject: String,
    /// France Travail credentials. Flags show up in the process list: prefer the environment or a
    /// workflow file for secrets.
    #[arg(long, value_name = "KEY=VALUE", value_parser = key_value, num_args = 1..)]
    connector_auth: Vec<KeyValue>,
    /// HrFlow credentials (prefer the environment or a workflow file).
    #[arg(long, value_name = "KEY=VALUE", value_parser = key_value, num_args = 1..)]
    hrflow_auth: Vec<KeyValue>,
    /// Search filters (see `describe`).
    #[arg(long, value_name = "KEY=VALUE", value_parser = key_value, num_args = 1..)]
    pull: Vec<KeyValue>,
    /// Target settings, such as `board_key` (see `describe`).
    #[arg(long, value_name = "KEY=VALUE", value_parser = key_value, num_args = 1..)]
    push: Vec<KeyValue>,
    /// A jq program that keeps, changes or discards each item; can be repeated.
    #[arg(long, value_name = "JQ", allow_hyphen_values = true)]
    logic: Vec<String>,
    /// Use an embedded sandbox of both services; no credentials needed.
    #[arg(long)]
    pub(crate) sandbox: bool,
    /// Output format of the result.
    #[arg(long, value_enum, default_value_t = OutputFormat::Text)]
    pub(crate) output: OutputFormat,
}

#[derive(Args, Debug)]
pub(crate) struct ReferentialArguments {
    /// The list [default: show all lists].
    pub(crate) name: Option<String>,
    /// Only show the lines with all of these words.
    #[arg(long, value_name = "TEXT", default_value = "")]
    pub(crate) search: String,
    /// Where lists are cached for a day [default: as for `run`].
    #[arg(long, value_name = "URL")]
    pub(crate) store: Option<String>,
    /// Use an embedded sandbox; no credentials needed.
    #[arg(long)]
    pub(crate) sandbox: bool,
    /// Output format.
    #[arg(long, value_enum, default_value_t = OutputFormat::Text)]
    pub(crate) output: OutputFormat,
}

#[derive(Args, Debug)]
pub(crate) struct DescribeArguments {
    /// The action [default: list all actions].
    pub(crate) action: Option<String>,
    /// Print how offers are modified, as a Markdown document to publish.
    #[arg(long, conflicts_with_all = ["action", "output"])]
    pub(crate) method: bool,
    #[command(flatten)]
    pub(crate) terms: SettingFlags<OfMethod>,
    /// Output format.
    #[arg(long, value_enum, default_value_t = DescribeFormat::Text)]
    pub(crate) output: DescribeFormat,
}

#[derive(Args, Debug)]
pub(crate) struct SandboxArguments {
    /// The port; 0 picks a free one.
    #[arg(long, default_value_t = 0)]
    pub(crate) port: u16,
    /// Number of generated offers.
    #[arg(
        long,
        default_value_t = 3_000,
        conflicts_with = "offers_file",
        allow_negative_numbers = true
    )]
    pub(crate) offers: usize,
    /// Maximum offers created by one partner in the same second.
    #[arg(
        long,
        default_value_t = 0,
        value_name = "N",
        conflicts_with = "offers_file",
        allow_negative_numbers = true
    )]
    pub(crate) burst: usize,
    /// Serve the offers of this file instead: a JSON array, or a recorded answer with
    /// `resultats`.
    #[arg(long, value_name = "FILE.json")]
    pub(crate) offers_file: Option<PathBuf>,
    /// Random seed of offers, boards and faults.
    #[arg(long, default_value_t = 1, allow_negative_numbers = true)]
    pub(crate) seed: u64,
    /// Share of the offers that a board holds as jobs, such as `0.5` or `50%`.
    #[arg(long, default_value = "1", value_name = "SHARE", value_parser = share,
        allow_negative_numbers = true)]
    pub(crate) board_holds: Share,
    /// Requests per second that France Travail allows; 0 = unlimited.
    #[arg(long, default_value_t = 10.0, value_name = "N", allow_negative_numbers = true)]
    pub(crate) francetravail_rate: f64,
    /// Requests per second that HrFlow allows; 0 = unlimited.
    #[arg(long, default_value_t = 0.0, value_name = "N", allow_negative_numbers = true)]
    pub(crate) hrflow_rate: f64,
    /// Response time of France Travail, in milliseconds.
    #[arg(long, default_value_t = 0, value_name = "MS", allow_negative_numbers = true)]
    pub(crate) francetravail_latency: u64,
    /// Response time of HrFlow, in milliseconds.
    #[arg(long, default_value_t = 0, value_name = "MS", allow_negative_numbers = true)]
    pub(crate) hrflow_latency: u64,
    /// Share of requests that fail, such as `0.05` or `5%`, with every kind of fault.
    #[arg(long, default_value = "0", value_name = "SHARE", value_parser = share,
        allow_negative_numbers = true)]
    pub(crate) faults: Share,
    /// Number of offers replaced after every tenth search.
    #[arg(long, default_value_t = 0, value_name = "N", allow_negative_numbers = true)]
    pub(crate) churn: usize,
}

#[derive(Args, Debug)]
pub(crate) struct CompletionsArguments {
    /// The shell.
    #[arg(value_enum)]
    pub(crate) shell: Shell,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum OutputFormat {
    Text,
    Json,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum DescribeFormat {
    Text,
    Json,
    Markdown,
}

/// `KEY=VALUE`.
#[derive(Clone)]
pub(crate) struct KeyValue(String, String);

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

/// A share, or what is wrong with it and what was probably meant.
fn share(text: &str) -> Result<Share, String> {
    text.parse().map_err(|error: NotAShare| match error.meant() {
        Some(meant) => format!("{error}; did you mean `{}` or `{meant}`?", meant.as_f64()),
        None => error.to_string(),
    })
}

impl WorkflowArguments {
    /// Everything that was typed, over the workflow file where one was named.
    pub(crate) fn settings(
        &self,
        flags: Settings,
        environment: &Environment,
    ) -> Result<Settings, String> {
        let flags = self.over(flags);
        if !self.names_a_file() {
            let place = Place::Argument("ACTION".to_owned());
            return Ok(flags.with(SettingKey::Action, Given::text(&self.subject, place)));
        }
        let text = std::fs::read_to_string(&self.subject)
            .map_err(|error| format!("could not read `{}`: {error}", self.subject))?;
        Ok(flags.over(Settings::from_toml(&text, &self.subject, environment)))
    }

    fn names_a_file(&self) -> bool {
        let path = std::path::Path::new(&self.subject);
        path.extension().is_some_and(|extension| extension == "toml") || path.is_file()
    }

    fn over(&self, mut settings: Settings) -> Settings {
        for logic in &self.logic {
            settings.push_logic(Given::text(logic, Place::Flag("--logic".to_owned())));
        }
        let sections = &mut settings.sections;
        fill(&mut sections.connector_auth, "--connector-auth", &self.connector_auth);
        fill(&mut sections.hrflow_auth, "--hrflow-auth", &self.hrflow_auth);
        fill(&mut sections.pull_parameters, "--pull", &self.pull);
        fill(&mut sections.push_parameters, "--push", &self.push);
        settings
    }
}

impl RunArguments {
    /// The settings that were typed as flags.
    pub(crate) fn flags(&self) -> Settings {
        dry_run(self.settings.settings(), self.dry_run)
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

impl StateArguments {
    /// Where state is kept, as far as that was typed.
    pub(crate) fn store(&self) -> Option<Given> {
        let place = || Place::Flag("--store".to_owned());
        self.store.as_ref().map(|url| Given::text(url, place()))
    }
}

impl RecordedArguments {
    /// What was typed, over what the run's record says.
    pub(crate) fn over(&self, recorded: Settings) -> Settings {
        let mut settings = self.settings.settings();
        let sections = &mut settings.sections;
        fill(&mut sections.connector_auth, "--connector-auth", &self.connector_auth);
        fill(&mut sections.hrflow_auth, "--hrflow-auth", &self.hrflow_auth);
        settings.over(recorded)
    }

    /// Where state is kept, as far as that was typed.
    pub(crate) fn store(&self) -> Option<Given> {
        self.settings.settings().take(SettingKey::Store)
    }
}

fn fill(section: &mut Section, flag: &str, pairs: &[KeyValue]) {
    for KeyValue(key, value) in pairs {
        section.push(key, Given::text(value, Place::Flag(format!("{flag} {key}"))));
    }
}
