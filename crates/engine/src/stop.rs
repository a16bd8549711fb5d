//! How a run is asked to end early.

use std::sync::{Arc, OnceLock};

use tokio_util::sync::CancellationToken;

use crate::Hint;

/// Ends a run early: reading stops, requests in flight finish, and what was read and not yet sent
/// stays to be sent by a resumed run. Clones stop the same run.
#[derive(Clone, Debug, Default)]
pub struct Stop {
    token: CancellationToken,
    reason: Arc<OnceLock<StopReason>>,
}

/// Why a run ends early.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StopReason {
    /// Why, in a sentence.
    pub message: String,
    /// What to do about it.
    pub hint: Option<Hint>,
    /// What stopped it.
    pub cause: StopCause,
    /// Who did, where somebody asked for it: only somebody resumes it then, and no schedule.
    pub by: Option<String>,
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
        Self { message: message.into(), hint: None, cause: StopCause::Failure, by: None }
    }
}

impl Stop {
    /// A run that goes on.
    pub fn new() -> Self {
        Self::default()
    }

    /// Asks for the end, and says why. The first reason stays.
    pub fn interrupt(&self, why: impl Into<String>) {
        let message = why.into();
        self.now(StopReason { message, hint: None, cause: StopCause::Interrupt, by: None });
    }

    /// Asks for the end in somebody's name: no schedule resumes the run.
    pub fn interrupt_for(&self, person: impl Into<String>) {
        let person = person.into();
        let message = format!("stopped by {person}");
        let by = Some(person);
        self.now(StopReason { message, hint: None, cause: StopCause::Interrupt, by });
    }

    pub(crate) fn now(&self, why: StopReason) {
        // A second reason is no news.
        let _ = self.reason.set(why);
        self.token.cancel();
    }

    /// Whether the run is to end.
    pub fn is_asked(&self) -> bool {
        self.reason.get().is_some()
    }

    /// Why the run is to end, if it is.
    pub fn reason(&self) -> Option<StopReason> {
        self.reason.get().cloned()
    }

    /// Waits until the end is asked for.
    pub async fn asked(&self) {
        self.token.cancelled().await;
    }

    /// What is cancelled when the end is asked for, for whoever waits and need not know why. Who
    /// cancels it ends the waits, and not the run.
    pub fn token(&self) -> CancellationToken {
        self.token.child_token()
    }
}
