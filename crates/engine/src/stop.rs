//! How a run is asked to end early.

use std::sync::Arc;

use tokio::sync::watch;

use crate::Hint;

/// Ends a run early: reading stops, requests in flight finish, and what was read and not yet sent
/// stays to be sent by a resumed run. Clones stop the same run.
#[derive(Clone, Debug)]
pub struct Stop(Arc<watch::Sender<Option<StopReason>>>);

/// Why a run ends early.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StopReason {
    /// Why, in a sentence.
    pub message: String,
    /// What to do about it.
    pub hint: Option<Hint>,
    /// What stopped it.
    pub cause: StopCause,
}

/// What stopped a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StopCause {
    /// A person, a signal, or the program that began it.
    Interrupt,
    /// A failure that every further item would meet, or too many failures.
    Failure,
    /// A step of a saved plan that no longer holds.
    PlanOutdated,
}

impl StopReason {
    /// A failure that ends the run.
    pub(crate) fn failure(message: impl Into<String>) -> Self {
        Self { message: message.into(), hint: None, cause: StopCause::Failure }
    }
}

impl Stop {
    /// A run that goes on.
    pub fn new() -> Self {
        Self(Arc::new(watch::Sender::new(None)))
    }

    /// Asks for the end, and says why. The first reason stays.
    pub fn interrupt(&self, why: impl Into<String>) {
        self.now(StopReason { message: why.into(), hint: None, cause: StopCause::Interrupt });
    }

    pub(crate) fn now(&self, why: StopReason) {
        self.0.send_if_modified(|reason| {
            let is_first = reason.is_none();
            if is_first {
                *reason = Some(why);
            }
            is_first
        });
    }

    /// Whether the run is to end.
    pub fn is_asked(&self) -> bool {
        self.0.borrow().is_some()
    }

    /// Why the run is to end, if it is.
    pub fn reason(&self) -> Option<StopReason> {
        self.0.borrow().clone()
    }

    /// Waits until the end is asked for.
    pub async fn asked(&self) {
        // The sender lives as long as `self`, so waiting cannot fail.
        let _ = self.0.subscribe().wait_for(Option::is_some).await;
    }
}

impl Default for Stop {
    fn default() -> Self {
        Self::new()
    }
}
