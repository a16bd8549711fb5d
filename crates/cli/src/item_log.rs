//! `--items`: one line of JSON for each item, as it ends.

use std::fs::File;
use std::io::{self, Write};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use hrflow_connectors::{Event, Report};

/// The file, shared between the run and the end of the command.
#[derive(Clone)]
pub(crate) struct ItemLog(Arc<Mutex<State>>);

struct State {
    file: File,
    /// The first failure to write; nothing is written after it.
    failure: Option<io::Error>,
}

impl ItemLog {
    /// Creates the file, over one that stands there.
    pub(crate) fn create(path: &Path) -> io::Result<Self> {
        let file = File::create(path)?;
        Ok(Self(Arc::new(Mutex::new(State { file, failure: None }))))
    }

    /// What follows the events of the run.
    pub(crate) fn watcher(&self) -> impl FnMut(&Event) + Send + 'static {
        let log = self.clone();
        move |event| log.note(event)
    }

    /// Says whether everything was written.
    pub(crate) fn close(self) -> io::Result<()> {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match state.failure.take() {
            Some(error) => Err(error),
            None => Ok(()),
        }
    }

    fn note(&self, event: &Event) {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(report) = Report::of(event).filter(|_| state.failure.is_none()) else { return };
        if let Err(error) = write(&mut state.file, &report) {
            state.failure = Some(error);
        }
    }
}

/// One write a line: whoever kills the process finds whole lines.
fn write(file: &mut File, report: &Report) -> io::Result<()> {
    let mut line = serde_json::to_vec(report)?;
    line.push(b'\n');
    file.write_all(&line)
}
