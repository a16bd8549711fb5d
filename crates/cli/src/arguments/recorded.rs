//! Commands on what was recorded: `resume`, `apply` and `retry`.

use std::path::PathBuf;

use clap::Args;
use hrflow_connectors::{Given, SettingKey, Settings};

use super::{KeyValue, OutputFormat, fill, key_value};
use crate::setting_flags::{OfRecorded, SettingFlags};

#[derive(Args, Debug)]
pub(crate) struct ResumeArguments {
    /// The run: its id, the start or end of it, or `latest` [default: the newest unfinished run].
    pub(crate) run: Option<String>,
    #[command(flatten)]
    pub(crate) recorded: RecordedArguments,
}

#[derive(Args, Debug)]
pub(crate) struct ApplyArguments {
    /// The saved plan, or a folder of them.
    #[arg(value_name = "PLAN.json | FOLDER")]
    pub(crate) plan: PathBuf,
    /// Skip the steps whose job has changed since the plan was made, instead of stopping.
    #[arg(long)]
    pub(crate) skip_changed: bool,
    /// Refuse a plan that was made longer ago than this, such as `2h`.
    #[arg(long, value_name = "TIME")]
    pub(crate) max_age: Option<String>,
    /// Do not ask for confirmation. Scripts are never asked.
    #[arg(short, long)]
    pub(crate) yes: bool,
    #[command(flatten)]
    pub(crate) recorded: RecordedArguments,
}

#[derive(Args, Debug)]
pub(crate) struct RetryArguments {
    /// The run: its id, the start or end of it, or `latest`.
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
    /// Write one line of JSON for each item of the run to this file (`-` for stdout): reference,
    /// outcome, reason.
    #[arg(long, value_name = "FILE.jsonl")]
    pub(crate) items: Option<PathBuf>,
    /// Output format of the result.
    #[arg(long, value_enum, default_value_t = OutputFormat::Text)]
    pub(crate) output: OutputFormat,
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
