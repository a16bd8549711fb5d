//! Commands that show what there is: `describe`, `referential`, `completions` and `man`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use clap_complete::Shell;

use super::OutputFormat;
use crate::setting_flags::{OfMethod, SettingFlags};

#[derive(Args, Debug)]
pub(crate) struct DescribeArguments {
    /// The action [default: list all actions].
    pub(crate) action: Option<String>,
    /// Print how offers are modified, as a Markdown document to publish.
    #[arg(long, conflicts_with_all = ["action", "output"])]
    pub(crate) method: bool,
    /// Print a workflow file to begin with [default action: `francetravail.sync_jobs_in_hrflow`].
    #[arg(long, conflicts_with_all = ["method", "output"])]
    pub(crate) example: bool,
    #[command(flatten)]
    pub(crate) terms: SettingFlags<OfMethod>,
    /// Output format.
    #[arg(long, value_enum, default_value_t = DescribeFormat::Text)]
    pub(crate) output: DescribeFormat,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum DescribeFormat {
    Text,
    Json,
    Markdown,
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
pub(crate) struct CompletionsArguments {
    /// The shell.
    #[arg(value_enum)]
    pub(crate) shell: Shell,
}

#[derive(Args, Debug)]
pub(crate) struct ManArguments {
    /// The folder to write to; created if it is missing.
    #[arg(long, value_name = "DIR")]
    pub(crate) out: PathBuf,
}
