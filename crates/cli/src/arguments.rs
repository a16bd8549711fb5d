//! What can be typed.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;
use hrflow_connectors::{
    Environment, Given, NotAShare, Place, Section, SettingKey, Settings, Share,
};

use crate::setting_flags::{OfCheck, OfMethod, OfPlan, OfRecorded, OfRun, SettingFlags};

/// Moves job offers into HrFlow boards, and loses none.
#[derive(Debug, Parser)]
#[command(name = "hrflow-connectors", version, max_term_width = 100)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Runs an action once.
    Run(Box<RunArguments>),
    /// Goes on with a run that was broken off or stopped, as if nothing had happened.
    Resume(Box<ResumeArguments>),
    /// Shows what a run would do, job by job, and does nothing.
    Plan(Box<PlanArguments>),
    /// Does just what a saved plan says, unless the world has moved since.
    Apply(Box<ApplyArguments>),
    /// Sends again what failed in a run.
    Retry(Box<RetryArguments>),
    /// Lists the runs that the store remembers, or shows one.
    Runs(RunsArguments),
    /// Lists how each item of a run ended.
    Items(ItemsArguments),
    /// Checks a workflow and asks both services whether they would answer; moves nothing.
    Check(Box<CheckArguments>),
    /// Lists the actions, or what one takes.
    Describe(DescribeArguments),
    /// Lists the codes that a search takes: occupations, communes, types of contract.
    Referential(ReferentialArguments),
    /// Serves both APIs from this machine, for trying things out.
    Sandbox(SandboxArguments),
    /// Prints the completions of a shell.
    Completions(CompletionsArguments),
}

#[derive(Args, Debug)]
pub(crate) struct RunArguments {
    #[command(flatten)]
    pub(crate) workflow: WorkflowArguments,
    #[command(flatten)]
    pub(crate) settings: SettingFlags<OfRun>,
    /// Read, look and format, but write nothing.
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Write one line of JSON for each item to this file: reference, outcome, why.
    #[arg(long, value_name = "FILE.jsonl")]
    pub(crate) items: Option<PathBuf>,
}

#[derive(Args, Debug)]
pub(crate) struct ResumeArguments {
    /// The run, or the beginning or the end of its id; without it, the newest.
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
    /// Save the plan in this file, for `apply`.
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
    /// The run, or the beginning or the end of its id.
    pub(crate) run: String,
    /// Count what would be sent, but write nothing.
    #[arg(long)]
    pub(crate) dry_run: bool,
    #[command(flatten)]
    pub(crate) recorded: RecordedArguments,
}

/// What a run that the store remembers cannot say itself, or may be told anew.
#[derive(Args, Debug)]
pub(crate) struct RecordedArguments {
    /// How the origin knows you; without it, as the workflow file or the environment says.
    #[arg(long, value_name = "KEY=VALUE", value_parser = key_value, num_args = 1..)]
    connector_auth: Vec<KeyValue>,
    /// How HrFlow knows you. The same holds.
    #[arg(long, value_name = "KEY=VALUE", value_parser = key_value, num_args = 1..)]
    hrflow_auth: Vec<KeyValue>,
    #[command(flatten)]
    settings: SettingFlags<OfRecorded>,
    /// Write one line of JSON for each item of the run to this file: reference, outcome, why.
    #[arg(long, value_name = "FILE.jsonl")]
    pub(crate) items: Option<PathBuf>,
    /// How to print the result.
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
    /// Lists every run, the newest first.
    List(RunsListArguments),
    /// Shows one run.
    Show(RunsShowArguments),
}

#[derive(Args, Debug)]
pub(crate) struct RunsListArguments {
    /// Only the runs of this workflow.
    #[arg(long, value_name = "ID")]
    pub(crate) workflow_id: Option<String>,
    #[command(flatten)]
    pub(crate) state: StateArguments,
}

#[derive(Args, Debug)]
pub(crate) struct RunsShowArguments {
    /// The run, or the beginning or the end of its id.
    pub(crate) run: String,
    /// Show the items that failed, with their reasons and the form in which they were sent.
    #[arg(long)]
    pub(crate) failed: bool,
    #[command(flatten)]
    pub(crate) state: StateArguments,
}

#[derive(Args, Debug)]
pub(crate) struct ItemsArguments {
    /// The run, or the beginning or the end of its id.
    pub(crate) run: String,
    /// Only the items that ended so, such as `failed`.
    #[arg(long)]
    pub(crate) outcome: Option<String>,
    #[command(flatten)]
    pub(crate) state: StateArguments,
}

/// Where to look, and how to print it.
#[derive(Args, Debug)]
pub(crate) struct StateArguments {
    /// Where state is kept. Without it, as for `run`.
    #[arg(long, value_name = "URL")]
    store: Option<String>,
    /// How to print it.
    #[arg(long, value_enum, default_value_t = OutputFormat::Text)]
    pub(crate) output: OutputFormat,
}

#[derive(Args, Debug)]
pub(crate) struct WorkflowArguments {
    /// The name of an action (see `describe`), or a workflow file.
    #[arg(value_name = "ACTION | WORKFLOW.toml")]
    pub(crate) subject: String,
    /// How the origin knows you. A flag can be seen in the list of processes: prefer the
    /// environment or a workflow file for secrets.
    #[arg(long, value_name = "KEY=VALUE", value_parser = key_value, num_args = 1..)]
    connector_auth: Vec<KeyValue>,
    /// How HrFlow knows you. The same advice holds.
    #[arg(long, value_name = "KEY=VALUE", value_parser = key_value, num_args = 1..)]
    hrflow_auth: Vec<KeyValue>,
    /// What to read.
    #[arg(long, value_name = "KEY=VALUE", value_parser = key_value, num_args = 1..)]
    pull: Vec<KeyValue>,
    /// Where to write.
    #[arg(long, value_name = "KEY=VALUE", value_parser = key_value, num_args = 1..)]
    push: Vec<KeyValue>,
    /// A jq program that keeps, changes or discards each item. May be given several times.
    #[arg(long, value_name = "JQ", allow_hyphen_values = true)]
    logic: Vec<String>,
    /// Against an embedded sandbox of both services; needs no credentials.
    #[arg(long)]
    pub(crate) sandbox: bool,
    /// How to print the result.
    #[arg(long, value_enum, default_value_t = OutputFormat::Text)]
    pub(crate) output: OutputFormat,
}

#[derive(Args, Debug)]
pub(crate) struct ReferentialArguments {
    /// The list; without it, the lists are listed.
    pub(crate) name: Option<String>,
    /// Only the lines with all of these words.
    #[arg(long, value_name = "TEXT", default_value = "")]
    pub(crate) search: String,
    /// Where lists are kept for a day. Without it, as for `run`.
    #[arg(long, value_name = "URL")]
    pub(crate) store: Option<String>,
    /// From an embedded sandbox; needs no credentials.
    #[arg(long)]
    pub(crate) sandbox: bool,
    /// How to print it.
    #[arg(long, value_enum, default_value_t = OutputFormat::Text)]
    pub(crate) output: OutputFormat,
}

#[derive(Args, Debug)]
pub(crate) struct DescribeArguments {
    /// The action; without it, all are listed.
    pub(crate) action: Option<String>,
    /// Print how offers are modified on their way, as a document in Markdown to publish.
    #[arg(long, conflicts_with_all = ["action", "output"])]
    pub(crate) method: bool,
    #[command(flatten)]
    pub(crate) terms: SettingFlags<OfMethod>,
    /// How to print it.
    #[arg(long, value_enum, default_value_t = DescribeFormat::Text)]
    pub(crate) output: DescribeFormat,
}

#[derive(Args, Debug)]
pub(crate) struct SandboxArguments {
    /// The port; 0 takes any that is free.
    #[arg(long, default_value_t = 0)]
    pub(crate) port: u16,
    /// How many offers to make up.
    #[arg(
        long,
        default_value_t = 3_000,
        conflicts_with = "offers_file",
        allow_negative_numbers = true
    )]
    pub(crate) offers: usize,
    /// How many of them come from one partner in one second, at the most.
    #[arg(
        long,
        default_value_t = 0,
        value_name = "N",
        conflicts_with = "offers_file",
        allow_negative_numbers = true
    )]
    pub(crate) burst: usize,
    /// Offers to serve instead: a JSON array, or a recorded answer with `resultats`.
    #[arg(long, value_name = "FILE.json")]
    pub(crate) offers_file: Option<PathBuf>,
    /// The number from which offers, boards and faults are drawn.
    #[arg(long, default_value_t = 1, allow_negative_numbers = true)]
    pub(crate) seed: u64,
    /// How many of the offers a board holds as jobs, such as `0.5` or `50%`.
    #[arg(long, default_value = "1", value_name = "SHARE", value_parser = share,
        allow_negative_numbers = true)]
    pub(crate) board_holds: Share,
    /// Calls a second that France Travail allows; 0 for as many as come.
    #[arg(long, default_value_t = 10.0, value_name = "N", allow_negative_numbers = true)]
    pub(crate) francetravail_rate: f64,
    /// Calls a second that HrFlow allows; 0 for as many as come.
    #[arg(long, default_value_t = 0.0, value_name = "N", allow_negative_numbers = true)]
    pub(crate) hrflow_rate: f64,
    /// How long France Travail takes to answer, in milliseconds.
    #[arg(long, default_value_t = 0, value_name = "MS", allow_negative_numbers = true)]
    pub(crate) francetravail_latency: u64,
    /// How long HrFlow takes to answer, in milliseconds.
    #[arg(long, default_value_t = 0, value_name = "MS", allow_negative_numbers = true)]
    pub(crate) hrflow_latency: u64,
    /// How many calls go wrong, such as `0.05` or `5%`, in every way that there is.
    #[arg(long, default_value = "0", value_name = "SHARE", value_parser = share,
        allow_negative_numbers = true)]
    pub(crate) faults: Share,
    /// After every tenth search, so many offers leave and as many new ones come.
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
