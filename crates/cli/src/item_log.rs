//! `--items`: one line of JSON for each item, as it ends.

use std::io::{self, ErrorKind, Write};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use hrflow_connectors::{Event, ItemReport, RunResult};

use crate::files::LineFile;
use crate::output;
use crate::printable::gate_json;

/// What stands for stdout in place of a file.
const STDOUT: &str = "-";

/// Where the lines go, shared between the run and the end of the command.
#[derive(Clone)]
pub(crate) struct ItemLog(Arc<Mutex<State>>);

struct State {
    /// None once it was given back.
    sink: Option<Sink>,
    /// The first failure to write; nothing is written after it.
    failure: Option<io::Error>,
}

enum Sink {
    File(LineFile),
    Stdout,
}

/// Whether the lines go to stdout.
pub(crate) fn is_stdout(path: &Path) -> bool {
    path == Path::new(STDOUT)
}

impl ItemLog {
    /// Makes sure that the lines can be written. What stands in the file stays for now.
    pub(crate) fn open(path: &Path) -> io::Result<Self> {
        let sink = if is_stdout(path) { Sink::Stdout } else { Sink::File(LineFile::open(path)?) };
        Ok(Self(Arc::new(Mutex::new(State { sink: Some(sink), failure: None }))))
    }

    /// What follows the events of the run.
    pub(crate) fn watcher(&self) -> impl FnMut(&Event) + Send + 'static {
        let log = self.clone();
        move |event| log.note(event)
    }

    /// Says whether everything was written. A run that was refused leaves the file as it was.
    pub(crate) fn close(self, result: &RunResult) -> io::Result<()> {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match (state.failure.take(), state.sink.take()) {
            (Some(error), _) => Err(error),
            (None, Some(Sink::File(file))) if result.reason.is_refusal() => file.withdraw(),
            (None, Some(Sink::File(mut file))) => file.begin(),
            (None, Some(Sink::Stdout) | None) => Ok(()),
        }
    }

    fn note(&self, event: &Event) {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let State { sink: Some(sink), failure } = &mut *state else { return };
        if failure.is_none()
            && let Some(report) = ItemReport::of(event)
            && let Err(error) = sink.write(&report)
        {
            *failure = Some(error);
        }
    }
}

impl Sink {
    fn write(&mut self, report: &ItemReport) -> io::Result<()> {
        let mut line = serde_json::to_string(report)?;
        line.push('\n');
        match self {
            Self::File(file) => file.line(line.as_bytes()),
            // A reader that has gone away wants no more. Any other failure of stdout is kept there.
            Self::Stdout => match output::stream().write_all(gate_json(&line).as_bytes()) {
                Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
                written => written,
            },
        }
    }
}
