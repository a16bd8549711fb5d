//! Logs on stderr, above the progress bar where there is one.

use std::io::{self, Write, stderr};

use indicatif::ProgressBar;
use tracing_subscriber::{EnvFilter, Layer};

use tracing_subscriber::filter::LevelFilter;
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::layer::SubscriberExt;

use crate::display::{Display, LogFormat, Verbosity};
use crate::printable::{Colours, gate_json, gate_log};
use crate::progress::Shown;
use crate::telemetry::Telemetry;
use crate::{output, surroundings};

/// The crates of this project. A level without the name of a crate is meant for them.
const OURS: [&str; 10] = [
    "api_client",
    "engine",
    "francetravail_api",
    "hrflow_api",
    "hrflow_connectors",
    "hrflow_connectors_cli",
    "hrflow_connectors_python",
    "sandbox",
    "serve",
    "store",
];
/// What is logged beside a bar: warnings that neither the bar nor the summary repeats.
const BESIDE_BAR: &str = "warn,api_client=error,engine::observer=off,francetravail_api=error";

/// Starts logging, above the display's bar and to the telemetry layers.
pub(crate) fn begin(display: &Display, telemetry: &Telemetry) {
    let Display { log_format: format, colours, .. } = *display;
    let filter = filter(display);
    let writer = AboveBar { bar: display.bar.clone(), format, colours };
    let layer =
        tracing_subscriber::fmt::layer().with_ansi(colours == Colours::Shown).with_writer(writer);
    let layer = match format {
        LogFormat::Text => layer.with_filter(filter).boxed(),
        LogFormat::Json => {
            layer.json().flatten_event(true).with_span_list(false).with_filter(filter).boxed()
        }
    };
    let mut layers = telemetry.layers();
    layers.push(layer);
    // Logging is set up once a process; a second time changes nothing.
    let _ = tracing::subscriber::set_global_default(tracing_subscriber::registry().with(layers));
}

/// What a flag says, or the environment, or else what is usual where it is shown.
fn filter(display: &Display) -> EnvFilter {
    let directives = match display.verbosity {
        Verbosity::Quiet => of_level(LevelFilter::ERROR),
        Verbosity::Requests => of_level(LevelFilter::DEBUG),
        Verbosity::Everything => of_level(LevelFilter::TRACE),
        Verbosity::Usual => {
            let usual = || match display.shown {
                Shown::Bar => BESIDE_BAR.to_owned(),
                Shown::Lines | Shown::Nothing => of_level(LevelFilter::INFO),
            };
            surroundings::log_filter().map_or_else(usual, |text| {
                read(&text).unwrap_or_else(|why| {
                    output::warning(
                        &format!("`HRFLOW_CONNECTORS_LOG`: {why}; using the default"),
                        Some("use `debug`, or `info,engine=debug`"),
                    );
                    usual()
                })
            })
        }
    };
    EnvFilter::new(directives)
}

/// A level for this project: of other crates only warnings are of use, and they are asked for by
/// their names.
fn of_level(level: LevelFilter) -> String {
    let others = level.min(LevelFilter::WARN);
    format!("{others},{}", of_ours(level))
}

/// A level for the crates of this project alone.
pub(crate) fn of_ours(level: LevelFilter) -> String {
    OURS.map(|ours| format!("{ours}={level}")).join(",")
}

/// A filter whose words are levels. Any other word would be taken for the name of a crate, and
/// everything else would be silent.
fn read(text: &str) -> Result<String, String> {
    let mut all = Vec::new();
    for part in text.split(',').map(str::trim).filter(|part| !part.is_empty()) {
        let is_word = part.chars().all(|sign| sign.is_ascii_alphanumeric() || sign == '-');
        all.push(match part.parse::<LevelFilter>() {
            Ok(level) => of_level(level),
            Err(_) if is_word => return Err(format!("`{part}` is not a level")),
            Err(_) => part.to_owned(),
        });
    }
    let directives = all.join(",");
    let read = EnvFilter::try_new(&directives);
    read.map(|_| directives).map_err(|error| error.to_string())
}

#[derive(Clone)]
struct AboveBar {
    bar: ProgressBar,
    format: LogFormat,
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
        let text = String::from_utf8_lossy(bytes);
        let line = match self.format {
            LogFormat::Text => gate_log(&text, self.colours),
            LogFormat::Json => gate_json(&text),
        };
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
    use super::*;

    #[test]
    fn a_level_is_meant_for_this_project() {
        let filter = read("debug,hyper=info").unwrap();
        let parts: Vec<_> = filter.split(',').collect();
        assert!(parts.contains(&"engine=debug") && parts.contains(&"hyper=info"), "{filter}");
        assert!(parts.contains(&"warn"), "other crates are not asked for: {filter}");
        assert!(of_level(LevelFilter::OFF).split(',').any(|part| part == "off"));
        assert!(EnvFilter::try_new(BESIDE_BAR).is_ok());
    }

    #[test]
    fn a_word_that_is_no_level_is_refused() {
        for text in
            ["info", "DEBUG", "off", "warn,hrflow_api=trace", "hyper::proto", "", "engine=debug"]
        {
            assert!(read(text).is_ok(), "{text}");
        }
        for text in ["verbose", "info,loud", "garbage=x=y", "hrflow_api=loud"] {
            assert!(read(text).is_err(), "{text}");
        }
    }
}
