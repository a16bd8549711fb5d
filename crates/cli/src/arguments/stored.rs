//! Commands that look at the store: `runs` and `items`.

use clap::{Args, Subcommand};
use hrflow_connectors::{Given, Place};

use super::OutputFormat;

#[derive(Args, Debug)]
#[command(args_conflicts_with_subcommands = true)]
pub(crate) struct RunsArguments {
    #[command(subcommand)]
    pub(crate) command: Option<RunsCommand>,
    #[command(flatten)]
    pub(crate) list: RunsListArguments,
}

#[derive(Debug, Subcommand)]
pub(crate) enum RunsCommand {
    /// List every run, newest first (the default).
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
    /// The run: its id, the start or end of it, or `latest`.
    pub(crate) run: String,
    /// Show the failed items, with their reasons and what was sent.
    #[arg(long)]
    pub(crate) failed: bool,
    #[command(flatten)]
    pub(crate) state: StateArguments,
}

#[derive(Args, Debug)]
pub(crate) struct ItemsArguments {
    /// The run: its id, the start or end of it, or `latest`.
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

impl StateArguments {
    /// Where state is kept, as far as that was typed.
    pub(crate) fn store(&self) -> Option<Given> {
        let place = || Place::Flag("--store".to_owned());
        self.store.as_ref().map(|url| Given::text(url, place()))
    }
}
