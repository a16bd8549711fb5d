//! What is shown on stderr beside messages: how much is logged, in which form, and how progress is
//! shown.

use std::ffi::OsString;
use std::io::{IsTerminal, stderr};

use clap::{ColorChoice, ValueEnum};
use indicatif::ProgressBar;

use crate::printable::Colours;
use crate::progress::{ProgressMode, Shown};
use crate::surroundings;

/// The form of a line of the log.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum LogFormat {
    #[default]
    Text,
    Json,
}

/// When colours are used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum ColourMode {
    /// On a terminal that shows them, unless `NO_COLOR` is set.
    #[default]
    Auto,
    Always,
    Never,
}

/// How much is logged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verbosity {
    /// `--quiet`.
    Quiet,
    /// No flag says.
    Usual,
    /// `--verbose`: every request.
    Requests,
    /// `--verbose` twice.
    Everything,
}

/// All of it, and the bar above which lines are written.
#[derive(Clone, Debug)]
pub(crate) struct Display {
    pub(crate) verbosity: Verbosity,
    pub(crate) log_format: LogFormat,
    pub(crate) colours: Colours,
    pub(crate) shown: Shown,
    pub(crate) bar: ProgressBar,
}

impl Display {
    /// What was chosen, as far as the terminal can show it.
    pub(crate) fn new(
        verbosity: Verbosity,
        log_format: LogFormat,
        colours: ColourMode,
        progress: ProgressMode,
    ) -> Self {
        let terminal = Terminal::of_stderr();
        let shown = match (verbosity, progress, terminal) {
            (Verbosity::Quiet, ..) | (_, ProgressMode::None, _) => Shown::Nothing,
            (_, ProgressMode::Auto, Terminal::Full) => Shown::Bar,
            (_, ProgressMode::Auto | ProgressMode::Plain, _) => Shown::Lines,
        };
        let colours = colours.on(terminal);
        Self { verbosity, log_format, colours, shown, bar: ProgressBar::hidden() }
    }
}

impl ColourMode {
    fn on(self, terminal: Terminal) -> Colours {
        match self {
            Self::Always => Colours::Shown,
            Self::Auto if terminal == Terminal::Full && !surroundings::refuses_colours() => {
                Colours::Shown
            }
            Self::Auto | Self::Never => Colours::None,
        }
    }
}

/// The colours of help and of errors in what was typed, which are shown before that is read.
pub(crate) fn help_colours(arguments: &[OsString]) -> ColorChoice {
    let typed = |text: &str| match text {
        "always" => Some(ColorChoice::Always),
        "never" => Some(ColorChoice::Never),
        _ => None,
    };
    let texts: Vec<_> = arguments.iter().filter_map(|argument| argument.to_str()).collect();
    let joined = texts.iter().find_map(|text| typed(text.strip_prefix("--color=")?));
    let apart = texts.windows(2).find_map(|pair| match pair {
        ["--color", when] => typed(when),
        _ => None,
    });
    joined.or(apart).unwrap_or(ColorChoice::Auto)
}

/// What stderr is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Terminal {
    /// It moves its cursor and shows colours.
    Full,
    /// It prints lines, as `TERM=dumb` says.
    Dumb,
    /// A file or a pipe.
    None,
}

impl Terminal {
    fn of_stderr() -> Self {
        match (stderr().is_terminal(), surroundings::has_dumb_terminal()) {
            (true, false) => Self::Full,
            (true, true) => Self::Dumb,
            (false, _) => Self::None,
        }
    }
}
