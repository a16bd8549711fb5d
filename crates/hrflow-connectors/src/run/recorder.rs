//! The one place through which every event goes: counted, logged, then shown to the watchers.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::run::log::log;
use crate::{Counts, Event, Outcome};

/// Is told of every event, in order. It is called where the work is done, so it must be quick.
pub type Watcher = Box<dyn FnMut(&Event) + Send>;

/// Takes events; clones share the counters and the watchers.
#[derive(Clone)]
pub struct Recorder(Arc<Mutex<State>>);

struct State {
    counts: Counts,
    watchers: Vec<Watcher>,
}

impl Recorder {
    /// A recorder for an action with these outcomes.
    pub fn new(outcomes: &[Outcome], watchers: Vec<Watcher>) -> Self {
        Self(Arc::new(Mutex::new(State { counts: Counts::of(outcomes), watchers })))
    }

    /// Counts the event, logs it and shows it to the watchers.
    pub fn record(&self, event: &Event) {
        log(event);
        let mut state = self.state();
        state.counts.record(event);
        state.watchers.iter_mut().for_each(|watcher| watcher(event));
    }

    /// The counters so far.
    pub fn counts(&self) -> Counts {
        self.state().counts.clone()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl std::fmt::Debug for Recorder {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "Recorder({:?})", self.counts())
    }
}
