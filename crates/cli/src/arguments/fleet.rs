//! Commands on a folder of workflow files.

use std::path::PathBuf;

use clap::Args;
use hrflow_connectors::{Problem, Selection};

use super::OutputFormat;

/// Which workflows of a folder are meant, and how many run at once.
#[derive(Args, Clone, Debug)]
pub(crate) struct FleetArguments {
    /// Only the workflows of the folder whose file names match, without `.toml`; `!GLOB` excludes.
    #[arg(long, value_name = "GLOB")]
    pub(crate) select: Vec<String>,
    /// Only the workflows of the folder whose last run did not succeed.
    #[arg(long)]
    pub(crate) failed: bool,
    /// Maximum number of workflows that run at once [default: 8].
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=256))]
    pub(crate) jobs: Option<u16>,
}

impl FleetArguments {
    pub(crate) fn selection(&self) -> Result<Selection, Problem> {
        Selection::parse(&self.select)
    }

    /// What was typed that only a folder of workflows gives a meaning.
    pub(crate) fn first_flag(&self) -> Option<&'static str> {
        let flags = [
            (!self.select.is_empty(), "--select"),
            (self.failed, "--failed"),
            (self.jobs.is_some(), "--jobs"),
        ];
        flags.into_iter().find(|(is_given, _)| *is_given).map(|(_, flag)| flag)
    }
}

#[derive(Args, Debug)]
pub(crate) struct StatusArguments {
    /// A folder of workflow files.
    #[arg(default_value = ".")]
    pub(crate) folder: PathBuf,
    /// Only the workflows whose file names match, without `.toml`; `!GLOB` excludes.
    #[arg(long, value_name = "GLOB")]
    pub(crate) select: Vec<String>,
    /// Output format.
    #[arg(long, value_enum, default_value_t = OutputFormat::Text)]
    pub(crate) output: OutputFormat,
}
