//! How everything that waits is asked to give up.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::{Instant, sleep_until};

use crate::stated::later;

/// Asks for an early end. Clones ask the same; whoever waits holds one of them.
///
/// What waits between two tries gives up at once, what waits for its turn within
/// [`Stop::SETTLING`], and a call in flight within [`Stop::GRACE`].
#[derive(Clone, Debug)]
pub struct Stop(Arc<watch::Sender<Option<Asked>>>);

#[derive(Clone, Debug)]
struct Asked {
    why: String,
    at: Instant,
}

impl Stop {
    /// How long a call that has not left may still wait for its turn. An item that takes several
    /// calls is thus finished where nothing holds it up.
    pub const SETTLING: Duration = Duration::from_millis(500);
    /// How long a call in flight may still take. After that, nobody knows whether it was done.
    pub const GRACE: Duration = Duration::from_secs(5);

    /// Nothing is to end.
    pub fn new() -> Self {
        Self(Arc::new(watch::Sender::new(None)))
    }

    /// Asks for the end, and says why. The first reason stays.
    pub fn now(&self, why: impl Into<String>) {
        self.0.send_if_modified(|asked| {
            let is_first = asked.is_none();
            if is_first {
                *asked = Some(Asked { why: why.into(), at: Instant::now() });
            }
            is_first
        });
    }

    /// Why the end was asked for, if it was.
    pub fn reason(&self) -> Option<String> {
        self.0.borrow().as_ref().map(|asked| asked.why.clone())
    }

    /// Waits until the end is asked for.
    pub async fn asked(&self) {
        // The sender lives as long as `self`, so waiting cannot fail.
        let _ = self.0.subscribe().wait_for(Option::is_some).await;
    }

    /// Whether the end was asked for so long ago.
    pub(crate) fn is_past(&self, grace: Duration) -> bool {
        self.0.borrow().as_ref().is_some_and(|asked| asked.at.elapsed() >= grace)
    }

    /// Waits until the end was asked for so long ago.
    pub(crate) async fn past(&self, grace: Duration) {
        self.asked().await;
        let asked = self.0.borrow().as_ref().map(|asked| asked.at);
        if let Some(at) = asked {
            sleep_until(later(at, grace)).await;
        }
    }
}

impl Default for Stop {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn the_first_reason_stays_and_the_grace_is_counted_from_it() {
        let stop = Stop::new();
        assert_eq!((stop.reason(), stop.is_past(Duration::ZERO)), (None, false));
        stop.now("interrupted");
        stop.now("too late");
        let began = Instant::now();
        stop.past(Duration::from_secs(3)).await;
        assert_eq!(began.elapsed(), Duration::from_secs(3));
        assert!(stop.is_past(Duration::from_secs(3)));
        assert_eq!(stop.reason().as_deref(), Some("interrupted"));
    }
}
