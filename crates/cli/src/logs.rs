//! Logs on stderr, above the progress bar where there is one.

use std::io::{self, IsTerminal, Write, stderr};

use indicatif::ProgressBar;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::filter::LevelFilter;
use tracing_subscriber::fmt::MakeWriter;

use crate::printable::{Colours, gate_log};
use crate::{output, surroundings};

/// Begins to log. Lines are written above `bar`.
pub(crate) fn begin(bar: &ProgressBar) {
    let filter = surroundings::log_filter().map(|text| read(&text)).transpose();
    let filter = filter.unwrap_or_else(|why| {
        output::warning(
            &format!("`HRFLOW_CONNECTORS_LOG`: {why}; using `info`"),
            Some("use `debug`, or `info,engine=debug`"),
        );
        None
    });
    let is_terminal = stderr().is_terminal();
    let colours = if is_terminal { Colours::Shown } else { Colours::None };
    let subscriber = tracing_subscriber::fmt()
        .with_env_filter(filter.unwrap_or_else(|| EnvFilter::new("info")))
        .with_ansi(is_terminal)
        .with_writer(AboveBar { bar: bar.clone(), colours })
        .finish();
    // Logging is set up once a process; a second time changes nothing.
    let _ = tracing::subscriber::set_global_default(subscriber);
}

/// A filter whose words are levels. Any other word would be taken for the name of a crate, and
/// everything else would be silent.
fn read(text: &str) -> Result<EnvFilter, String> {
    let is_meant = |part: &str| {
        let is_word = part.chars().all(|sign| sign.is_ascii_alphanumeric() || sign == '-');
        !is_word || part.is_empty() || part.parse::<LevelFilter>().is_ok()
    };
    if let Some(other) = text.split(',').map(str::trim).find(|part| !is_meant(part)) {
        return Err(format!("`{other}` is not a level"));
    }
    EnvFilter::try_new(text).map_err(|error| error.to_string())
}

#[derive(Clone)]
struct AboveBar {
    bar: ProgressBar,
    colours: Colours,
}

impl<'a> MakeWriter<'a> for AboveBar {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

/// A line of the log comes in one write. Where it cannot be written, nobody can be told.
impl Write for AboveBar {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let line = gate_log(&String::from_utf8_lossy(bytes), self.colours);
        let _ = self.bar.suspend(|| stderr().write_all(line.as_bytes()));
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        let _ = stderr().flush();
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::read;

    #[test]
    fn a_word_that_is_no_level_is_refused() {
        for text in ["info", "DEBUG", "off", "warn,hrflow=trace", "hyper::proto", "", "api_client"]
        {
            assert!(read(text).is_ok(), "{text}");
        }
        for text in ["verbose", "info,loud", "garbage=x=y", "hrflow=loud"] {
            assert!(read(text).is_err(), "{text}");
        }
    }
}
