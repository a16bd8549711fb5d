//! How every command shows what it does: logs, colours and progress.

use clap::{ArgAction, Args};

use crate::display::{ColourMode, Display, LogFormat, Verbosity};
use crate::progress::ProgressMode;

/// The flags that every command takes.
#[derive(Args, Debug)]
#[command(next_help_heading = "Global options")]
pub(crate) struct DisplayArguments {
    /// Log more: requests (`-v`), everything (`-vv`).
    #[arg(short, long, global = true, action = ArgAction::Count)]
    verbose: u8,
    /// Only log errors, and show no progress.
    #[arg(short, long, global = true, conflicts_with = "verbose")]
    quiet: bool,
    /// Format of log lines: `text` or `json`.
    #[arg(
        long,
        global = true,
        value_enum,
        default_value_t,
        hide_possible_values = true,
        hide_default_value = true
    )]
    log_format: LogFormat,
    /// When to use colours: `auto`, `always` or `never`.
    #[arg(
        long,
        global = true,
        value_enum,
        value_name = "WHEN",
        default_value_t,
        hide_possible_values = true,
        hide_default_value = true
    )]
    color: ColourMode,
    /// How to show progress: a bar on a terminal and a line every 30 s elsewhere (`auto`), a line
    /// every 30 s (`plain`), or nothing (`none`).
    #[arg(
        long,
        global = true,
        value_enum,
        value_name = "HOW",
        default_value_t,
        hide_possible_values = true,
        hide_default_value = true
    )]
    progress: ProgressMode,
}

impl DisplayArguments {
    /// What was chosen.
    pub(crate) fn display(&self) -> Display {
        let verbosity = match (self.quiet, self.verbose) {
            (true, _) => Verbosity::Quiet,
            (false, 0) => Verbosity::Usual,
            (false, 1) => Verbosity::Requests,
            (false, _) => Verbosity::Everything,
        };
        Display::new(verbosity, self.log_format, self.color, self.progress)
    }
}
