//! The one place through which every event goes: counted, logged, then shown to the watchers.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use tokio::time::Instant;

use crate::spent::Stopwatch;
use crate::{Counts, Ending, Event, Outcome, RunResult, Spent, StepError};

/// Is told of every event, in order. It is called where the work is done, so it must be quick.
pub type Watcher = Box<dyn FnMut(&Event) + Send>;

/// So many different reasons of failures are logged as warnings; the rest only at debug.
const LOGGED_REASONS: usize = 50;

/// Takes events; clones share the counters and the watchers.
#[derive(Clone)]
pub struct Observer(Arc<Mutex<State>>);

struct State {
    counts: Counts,
    stopwatch: Stopwatch,
    watchers: Vec<Watcher>,
    /// Why items have failed, each reason once.
    reasons: HashSet<String>,
}

impl Observer {
    /// An observer without counters for the action's outcomes and without watchers.
    pub fn new() -> Self {
        Self(Arc::new(Mutex::new(State {
            counts: Counts::of(&[]),
            stopwatch: Stopwatch::default(),
            watchers: Vec::new(),
            reasons: HashSet::new(),
        })))
    }

    /// Begins to count for an action with these outcomes.
    pub(crate) fn begin(&self, outcomes: &[Outcome]) {
        self.0.lock().counts = Counts::of(outcomes);
    }

    /// Adds somebody who is told of every event.
    pub fn watch(&self, watcher: impl FnMut(&Event) + Send + 'static) {
        self.0.lock().watchers.push(Box::new(watcher));
    }

    /// Counts the event, logs it and shows it to the watchers.
    pub fn record(&self, event: &Event) {
        let mut state = self.0.lock();
        state.log(event);
        state.counts.record(event);
        if let Event::Waiting(wait) = event {
            state.stopwatch.wait(wait, Instant::now());
        }
        state.watchers.iter_mut().for_each(|watcher| watcher(event));
    }

    /// A service was called, and it took so long.
    pub fn called(&self, service: &'static str, took: Duration) {
        self.0.lock().stopwatch.call(service, took, Instant::now());
    }

    /// The functions of the user took so long.
    pub(crate) fn functions_took(&self, took: Duration) {
        self.0.lock().stopwatch.functions(took);
    }

    /// Where the time went so far.
    pub(crate) fn spent(&self) -> Spent {
        self.0.lock().stopwatch.spent()
    }

    /// The counters so far.
    pub fn counts(&self) -> Counts {
        self.0.lock().counts.clone()
    }
}

impl Default for Observer {
    fn default() -> Self {
        Self::new()
    }
}

impl std::fmt::Debug for Observer {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "Observer({:?})", self.counts())
    }
}

impl State {
    /// Logs what is worth a line: a failure of items once for each reason.
    fn log(&mut self, event: &Event) {
        match event {
            Event::ReadFailed { message } => tracing::error!(error = message, "reading failed"),
            Event::Ended { reference, ending: Ending::Failed(error), .. } => {
                self.log_failure(reference.as_deref().unwrap_or_default(), error);
            }
            Event::StateNotSaved { message } => {
                tracing::error!(error = message, "could not save state");
            }
            Event::Withheld(withheld) => {
                tracing::warn!(reason = withheld.message, "archiving withheld");
            }
            Event::CallbackFailed { message } => {
                tracing::error!(error = message, "the callback failed");
            }
            Event::Waiting(wait) => tracing::debug!(
                service = wait.service,
                cause = ?wait.cause,
                duration_ms = u64::try_from(wait.duration.as_millis()).unwrap_or(u64::MAX),
                "waiting"
            ),
            Event::Listed { total } => tracing::info!(total, "items listed"),
            Event::Drifted(drifted) => {
                tracing::warn!(
                    archived = drifted.archived,
                    edited = drifted.edited,
                    deleted = drifted.deleted,
                    "items were changed at the target"
                );
            }
            Event::Phase { .. }
            | Event::Read { .. }
            | Event::Checked
            | Event::Formatted { .. }
            | Event::Ended { .. }
            | Event::Unsent { .. }
            | Event::Pending { .. }
            | Event::CallbackExecuted => {}
        }
    }

    fn log_failure(&mut self, reference: &str, StepError { stage, error }: &StepError) {
        let reason = format!("{stage}: {error}");
        let is_new = self.reasons.len() < LOGGED_REASONS && self.reasons.insert(reason);
        if is_new {
            tracing::warn!(item.reference = reference, %stage, %error, "an item failed");
        } else {
            tracing::debug!(item.reference = reference, %stage, %error, "an item failed");
        }
    }
}

/// Logs how a run ended.
pub(crate) fn log_end(result: &RunResult) {
    tracing::info!(
        status = ?result.status,
        read = result.events.read_success,
        complete = result.complete,
        duration_ms = result.duration_ms,
        "run ended"
    );
}
