//! `--items`: one line of JSON for each item, as it ends.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use hrflow_connectors::{Event, Outcome};
use serde::Serialize;

/// The file, shared between the run and the end of the command.
#[derive(Clone)]
pub(crate) struct ItemLog(Arc<Mutex<State>>);

struct State {
    file: BufWriter<File>,
    /// The first failure to write; nothing is written after it.
    failure: Option<io::Error>,
}

#[derive(Serialize)]
struct Line<'a> {
    reference: Option<&'a str>,
    outcome: &'static str,
    why: Option<&'a str>,
}

impl ItemLog {
    /// Creates the file, over one that stands there.
    pub(crate) fn create(path: &Path) -> io::Result<Self> {
        let file = BufWriter::new(File::create(path)?);
        Ok(Self(Arc::new(Mutex::new(State { file, failure: None }))))
    }

    /// What follows the events of the run.
    pub(crate) fn watcher(&self) -> impl FnMut(&Event) + Send + 'static {
        let log = self.clone();
        move |event| log.note(event)
    }

    /// Writes what is left.
    pub(crate) fn close(self) -> io::Result<()> {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match state.failure.take() {
            Some(error) => Err(error),
            None => state.file.flush(),
        }
    }

    fn note(&self, event: &Event) {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(line) = Line::of(event).filter(|_| state.failure.is_none()) else { return };
        if let Err(error) = line.write(&mut state.file) {
            state.failure = Some(error);
        }
    }
}

impl<'a> Line<'a> {
    fn of(event: &'a Event) -> Option<Self> {
        match event {
            Event::Discarded { reference, .. } => {
                Some(Self { reference: reference.as_deref(), outcome: "discarded", why: None })
            }
            Event::Written { reference, outcome } => {
                Some(Self { reference: reference.as_deref(), outcome: outcome.name(), why: None })
            }
            Event::ItemFailed { reference, why, .. } => Some(Self {
                reference: reference.as_deref(),
                outcome: Outcome::Failed.name(),
                why: Some(why),
            }),
            Event::Listed { .. }
            | Event::Read { .. }
            | Event::ReadFailed { .. }
            | Event::CallbackExecuted
            | Event::StateNotSaved { .. }
            | Event::Withheld { .. }
            | Event::CallbackFailed { .. }
            | Event::Waiting(_) => None,
        }
    }

    fn write(&self, file: &mut BufWriter<File>) -> io::Result<()> {
        serde_json::to_writer(&mut *file, self)?;
        file.write_all(b"\n")
    }
}
