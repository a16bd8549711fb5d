//! Commands that put things right: `state`, `undo` and `doctor`.

use clap::{Args, Subcommand};
use hrflow_connectors::Settings;

use super::stored::StateArguments;
use super::{KeyValue, fill, key_value};

#[derive(Args, Debug)]
pub(crate) struct StateCommandArguments {
    #[command(subcommand)]
    pub(crate) command: StateCommand,
}

#[derive(Debug, Subcommand)]
pub(crate) enum StateCommand {
    /// Show what a workflow has delivered, and who has locked it.
    Show(OneStateArguments),
    /// Take the lock from a run that no longer exists.
    Unlock(ChangeStateArguments),
    /// Forget what a workflow has delivered; its next run begins from the start.
    Forget(ChangeStateArguments),
}

#[derive(Args, Debug)]
pub(crate) struct OneStateArguments {
    /// The workflow's name, as `workflow_id` says.
    #[arg(value_name = "WORKFLOW_ID")]
    pub(crate) workflow_id: String,
    #[command(flatten)]
    pub(crate) state: StateArguments,
}

#[derive(Args, Debug)]
pub(crate) struct ChangeStateArguments {
    #[command(flatten)]
    pub(crate) of: OneStateArguments,
    /// Do not ask for confirmation. Scripts are never asked.
    #[arg(short, long)]
    pub(crate) yes: bool,
}

#[derive(Args, Debug)]
pub(crate) struct DoctorArguments {
    #[command(flatten)]
    pub(crate) state: StateArguments,
}

#[derive(Args, Debug)]
pub(crate) struct UndoArguments {
    /// The run: its id, the start or end of it, or `latest`.
    pub(crate) run: String,
    /// HrFlow credentials (prefer the environment or a file) [default: from the workflow file or
    /// the environment].
    #[arg(long, value_name = "KEY=VALUE", value_parser = key_value, num_args = 1..)]
    hrflow_auth: Vec<KeyValue>,
    /// Count the jobs, but change nothing.
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Do not ask for confirmation. Scripts are never asked.
    #[arg(short, long)]
    pub(crate) yes: bool,
    #[command(flatten)]
    pub(crate) state: StateArguments,
}

impl UndoArguments {
    /// What was typed, over what the run's record says.
    pub(crate) fn over(&self, recorded: Settings) -> Settings {
        let mut settings = Settings::default();
        fill(&mut settings.sections.hrflow_auth, "--hrflow-auth", &self.hrflow_auth);
        settings.over(recorded)
    }
}
