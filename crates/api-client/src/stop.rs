//! How everything that waits is asked to give up.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use tokio::time::{Instant, sleep_until};
use tokio_util::sync::CancellationToken;

use crate::stated::later;

/// An early end, as a caller sees it.
///
/// What waits between two tries gives up at once, what waits for its turn within
/// [`Stop::SETTLING`], and a call in flight within [`Stop::GRACE`].
#[derive(Clone, Debug, Default)]
pub(crate) struct Stop {
    token: CancellationToken,
    /// When this was first seen.
    seen_at: Arc<OnceLock<Instant>>,
}

impl Stop {
    /// How long a call that has not left may still wait for its turn. An item that takes several
    /// calls is thus finished where nothing holds it up.
    pub(crate) const SETTLING: Duration = Duration::from_millis(500);
    /// How long a call in flight may still take. After that, nobody knows whether it was done.
    pub(crate) const GRACE: Duration = Duration::from_secs(5);

    /// The end that somebody asks for with this token.
    pub(crate) fn on(token: CancellationToken) -> Self {
        Self { token, seen_at: Arc::default() }
    }

    /// Waits until the end is asked for.
    pub(crate) async fn asked(&self) {
        self.token.cancelled().await;
    }

    /// Whether the end was asked for so long ago.
    pub(crate) fn is_past(&self, grace: Duration) -> bool {
        self.token.is_cancelled() && self.seen_at().elapsed() >= grace
    }

    /// Waits until the end was asked for so long ago.
    pub(crate) async fn past(&self, grace: Duration) {
        self.asked().await;
        sleep_until(later(self.seen_at(), grace)).await;
    }

    fn seen_at(&self) -> Instant {
        *self.seen_at.get_or_init(Instant::now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn the_grace_is_counted_from_the_first_look() {
        let token = CancellationToken::new();
        let stop = Stop::on(token.clone());
        assert!(!stop.is_past(Duration::ZERO));
        token.cancel();
        let began = Instant::now();
        stop.past(Duration::from_secs(3)).await;
        assert_eq!(began.elapsed(), Duration::from_secs(3));
        assert!(stop.clone().is_past(Duration::from_secs(3)));
        stop.past(Duration::from_secs(3)).await;
        assert_eq!(began.elapsed(), Duration::from_secs(3));
    }
}
