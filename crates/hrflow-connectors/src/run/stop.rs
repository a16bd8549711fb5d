//! How a run is asked to end early.

use std::sync::Arc;

use tokio::sync::watch;

/// Ends a run early: reading stops, what is in flight finishes, what was read and not yet sent is
/// reported as not sent. Clones stop the same run.
#[derive(Clone, Debug)]
pub struct Stop(Arc<watch::Sender<Option<String>>>);

impl Stop {
    /// A run that goes on.
    pub fn new() -> Self {
        Self(Arc::new(watch::Sender::new(None)))
    }

    /// Asks for the end, and says why. The first reason stays.
    pub fn now(&self, why: impl Into<String>) {
        self.0.send_if_modified(|reason| {
            let is_first = reason.is_none();
            if is_first {
                *reason = Some(why.into());
            }
            is_first
        });
    }

    /// Why the run is to end, if it is.
    pub fn reason(&self) -> Option<String> {
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
