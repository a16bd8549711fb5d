//! Commands on a workflow: `run`, `plan` and `check`.

use std::path::{Path, PathBuf};

use clap::Args;
use hrflow_connectors::{Environment, Given, Place, Problem, SettingKey, Settings};

use super::{FleetArguments, KeyValue, OutputFormat, dry_run, fill, key_value};
use crate::setting_flags::{OfCheck, OfPlan, OfRun, SettingFlags};

#[derive(Args, Debug)]
pub(crate) struct RunArguments {
    #[command(flatten)]
    pub(crate) workflow: WorkflowArguments,
    #[command(flatten)]
    pub(crate) settings: SettingFlags<OfRun>,
    /// Read, transform and compare, but write nothing.
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// With `--dry-run`: print the first N jobs as they would be sent.
    #[arg(
        long,
        value_name = "N",
        requires = "dry_run",
        default_value_t = 0,
        hide_default_value = true
    )]
    pub(crate) show: usize,
    /// Do not ask for confirmation. Scripts are never asked.
    #[arg(short, long)]
    pub(crate) yes: bool,
    /// Write metrics to this file in Prometheus' text format, for the textfile collector of the
    /// node exporter.
    #[arg(long, value_name = "FILE.prom")]
    pub(crate) metrics_file: Option<PathBuf>,
    /// Write one line of JSON for each item to this file (`-` for stdout): reference, outcome,
    /// reason.
    #[arg(long, value_name = "FILE.jsonl")]
    pub(crate) items: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) fleet: FleetArguments,
}

#[derive(Args, Debug)]
pub(crate) struct PlanArguments {
    #[command(flatten)]
    pub(crate) workflow: WorkflowArguments,
    #[command(flatten)]
    pub(crate) settings: SettingFlags<OfPlan>,
    /// Only print the counts.
    #[arg(long)]
    pub(crate) summary: bool,
    /// Save the plan to this file, for `apply`; the plans of a folder to this folder.
    #[arg(long, value_name = "PLAN.json | FOLDER")]
    pub(crate) out: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) fleet: FleetArguments,
}

#[derive(Args, Debug)]
pub(crate) struct CheckArguments {
    #[command(flatten)]
    pub(crate) workflow: WorkflowArguments,
    #[command(flatten)]
    pub(crate) settings: SettingFlags<OfCheck>,
    #[command(flatten)]
    pub(crate) fleet: FleetArguments,
}

#[derive(Args, Debug)]
pub(crate) struct WorkflowArguments {
    /// The name of an action (see `describe`), a workflow file, or a folder of workflow files.
    #[arg(value_name = "ACTION | WORKFLOW.toml | FOLDER")]
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

impl WorkflowArguments {
    /// Everything that was typed, over the workflow file where one was named.
    pub(crate) fn settings(
        &self,
        flags: Settings,
        environment: &Environment,
    ) -> Result<Settings, Problem> {
        let flags = self.over(flags);
        if !self.names_a_file() {
            let place = Place::Argument("ACTION".to_owned());
            return Ok(flags.with(SettingKey::Action, Given::text(&self.subject, place)));
        }
        Ok(flags.over(Settings::from_file(Path::new(&self.subject), environment)?))
    }

    fn names_a_file(&self) -> bool {
        let path = Path::new(&self.subject);
        path.extension().is_some_and(|extension| extension == "toml") || path.is_file()
    }

    /// What was typed, over these settings.
    pub(crate) fn over(&self, mut settings: Settings) -> Settings {
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
