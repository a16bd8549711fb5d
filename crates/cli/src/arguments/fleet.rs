//! Commands on a folder of workflow files.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args, Subcommand};
use jiff::SignedDuration;

use super::OutputFormat;
use super::look::AccessArguments;

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
pub(crate) struct ServeArguments {
    /// A folder of workflow files.
    pub(crate) folder: PathBuf,
    /// Only the workflows whose file names match, without `.toml`; `!GLOB` excludes.
    #[arg(long, value_name = "GLOB")]
    pub(crate) select: Vec<String>,
    /// Address to listen on: the console, health checks and metrics.
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8090")]
    pub(crate) listen: SocketAddr,
    /// How long runs may take to end after SIGTERM, before they are interrupted.
    #[arg(long, value_name = "TIME", default_value = "30s")]
    pub(crate) drain: SignedDuration,
    /// Maximum number of workflows that run at once [default: 8].
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=256))]
    pub(crate) jobs: Option<u16>,
    #[command(flatten)]
    pub(crate) access: AccessArguments,
    /// Let whoever opens the console run, stop, resume and retry workflows, apply saved plans and
    /// allow a mass archive. Each is confirmed, and written to the audit log.
    #[arg(long)]
    pub(crate) allow_actions: bool,
}

#[derive(Args, Debug)]
pub(crate) struct NotifyArguments {
    #[command(subcommand)]
    pub(crate) command: NotifyCommand,
}

#[derive(Debug, Subcommand)]
pub(crate) enum NotifyCommand {
    /// Send a test message to every channel of a folder.
    Test(NotifyTestArguments),
}

#[derive(Args, Debug)]
pub(crate) struct NotifyTestArguments {
    /// A folder of workflow files.
    #[arg(default_value = ".")]
    pub(crate) folder: PathBuf,
    /// Only the channels with this name.
    #[arg(long, value_name = "NAME")]
    pub(crate) channel: Option<String>,
}

#[derive(Args, Debug)]
pub(crate) struct StatusArguments {
    /// A folder of workflow files.
    #[arg(default_value = ".")]
    pub(crate) folder: PathBuf,
    /// Only the workflows whose file names match, without `.toml`; `!GLOB` excludes.
    #[arg(long, value_name = "GLOB")]
    pub(crate) select: Vec<String>,
    /// Where state is kept, in place of what the files say.
    #[arg(long, value_name = "URL")]
    pub(crate) store: Option<String>,
    /// Output format.
    #[arg(long, value_enum, default_value_t = OutputFormat::Text)]
    pub(crate) output: OutputFormat,
}
