//! Commands by which one begins: `init` and `schema`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::{KeyValue, key_value};

#[derive(Args, Debug)]
pub(crate) struct InitArguments {
    /// The file to write, or a folder for a fleet [default: `workflow.toml`].
    pub(crate) path: Option<PathBuf>,
    /// The action [default: `francetravail.sync_jobs_in_hrflow`].
    #[arg(long, value_name = "ACTION")]
    pub(crate) action: Option<String>,
    /// The name of the workflow's state.
    #[arg(long, value_name = "ID")]
    pub(crate) workflow_id: Option<String>,
    /// The key of the HrFlow board.
    #[arg(long, value_name = "KEY")]
    pub(crate) board_key: Option<String>,
    /// A search filter.
    #[arg(long, value_name = "KEY=VALUE", value_parser = key_value)]
    pub(crate) pull: Vec<KeyValue>,
    /// When `serve` runs the workflow, such as `15 4 * * *`.
    #[arg(long, value_name = "CRON")]
    pub(crate) schedule: Option<String>,
    /// Overwrite files that exist.
    #[arg(long)]
    pub(crate) force: bool,
    /// Ask nothing; what no flag says is left to be filled in.
    #[arg(short, long)]
    pub(crate) yes: bool,
}

#[derive(Args, Debug)]
pub(crate) struct SchemaArguments {
    /// The file that it describes.
    #[arg(value_enum, default_value_t = SchemaOf::Workflow)]
    pub(crate) of: SchemaOf,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum SchemaOf {
    Workflow,
    Fleet,
}
