//! `--items`: one line of JSON for each item, as it ends.

use std::fs::File;
use std::io::{self, Write};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use hrflow_connectors::{Event, Report};

use crate::private_file::PrivateFile;

/// The file, shared between the run and the end of the command.
#[derive(Clone)]
pub(crate) struct ItemLog(Arc<Mutex<State>>);

enum State {
    /// No item has ended: what stands in the file's place is still there.
    Waiting(PrivateFile),
    Writing(File),
    /// The first failure to write; nothing is written after it.
    Failed(io::Error),
    Closed,
}

impl ItemLog {
    /// Makes sure that the file can be written. One that stands there is replaced when the first
    /// item ends, so a run that is refused leaves it as it was.
    pub(crate) fn create(path: &Path) -> io::Result<Self> {
        let file = PrivateFile::beside(path)?;
        Ok(Self(Arc::new(Mutex::new(State::Waiting(file)))))
    }

    /// What follows the events of the run.
    pub(crate) fn watcher(&self) -> impl FnMut(&Event) + Send + 'static {
        let log = self.clone();
        move |event| log.note(event)
    }

    /// Says whether everything was written. A run without an item leaves an empty file.
    pub(crate) fn close(self) -> io::Result<()> {
        match self.take() {
            State::Waiting(file) => file.persist().map(drop),
            State::Writing(file) if file.metadata().is_ok_and(|metadata| metadata.is_file()) => {
                file.sync_all()
            }
            State::Failed(error) => Err(error),
            State::Writing(_) | State::Closed => Ok(()),
        }
    }

    fn take(&self) -> State {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        std::mem::replace(&mut state, State::Closed)
    }

    fn note(&self, event: &Event) {
        let Some(report) = Report::of(event) else { return };
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let file = match std::mem::replace(&mut *state, State::Closed) {
            State::Waiting(file) => file.persist(),
            State::Writing(file) => Ok(file),
            ended @ (State::Failed(_) | State::Closed) => {
                *state = ended;
                return;
            }
        };
        let written = file.and_then(|mut file| write(&mut file, &report).map(|()| file));
        *state = written.map_or_else(State::Failed, State::Writing);
    }
}

/// One write a line: whoever kills the process finds whole lines.
fn write(file: &mut File, report: &Report) -> io::Result<()> {
    let mut line = serde_json::to_vec(report)?;
    line.push(b'\n');
    file.write_all(&line)
}
