//! Logs on stderr, above the progress bar where there is one.

use std::io::{self, IsTerminal, Write, stderr};

use indicatif::ProgressBar;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::MakeWriter;

use crate::{output, surroundings};

/// Begins to log. Lines are written above `bar`.
pub(crate) fn begin(bar: &ProgressBar) {
    let filter = match surroundings::log_filter().map(EnvFilter::try_new) {
        None => EnvFilter::new("info"),
        Some(Ok(filter)) => filter,
        Some(Err(error)) => {
            output::error(&format!("`HRFLOW_CONNECTORS_LOG` is not a filter: {error}"));
            EnvFilter::new("info")
        }
    };
    let subscriber = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_ansi(stderr().is_terminal())
        .with_writer(AboveBar(bar.clone()))
        .finish();
    // Logging is set up once a process; a second time changes nothing.
    let _ = tracing::subscriber::set_global_default(subscriber);
}

#[derive(Clone)]
struct AboveBar(ProgressBar);

impl<'a> MakeWriter<'a> for AboveBar {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

impl Write for AboveBar {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.suspend(|| stderr().write(bytes))
    }

    fn flush(&mut self) -> io::Result<()> {
        stderr().flush()
    }
}
