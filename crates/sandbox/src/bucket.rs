//! A token bucket, as the services' gateways keep one for each caller.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use tokio::time::Instant;

/// As many calls at once as in a second, and so many a second after.
#[derive(Debug)]
pub(crate) struct Buckets {
    rate: f64,
    levels: Mutex<HashMap<String, (f64, Instant)>>,
}

impl Buckets {
    pub(crate) fn new(rate: f64) -> Self {
        Self { rate, levels: Mutex::default() }
    }

    pub(crate) fn rate(&self) -> f64 {
        self.rate
    }

    /// What is left after this call; none where it is one too many.
    pub(crate) fn take(&self, caller: &str) -> Option<f64> {
        let now = Instant::now();
        let capacity = self.rate.max(1.0);
        let mut levels = self.levels.lock().unwrap_or_else(PoisonError::into_inner);
        let (level, since) = levels.entry(caller.to_owned()).or_insert((capacity, now));
        let filled = *level + now.duration_since(*since).as_secs_f64() * self.rate;
        (*level, *since) = (filled.min(capacity), now);
        if *level < 1.0 {
            return None;
        }
        *level -= 1.0;
        Some(*level)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_bucket_empties_and_fills() {
        let buckets = Buckets::new(10.0);
        assert_eq!((0..20).filter_map(|_| buckets.take("a")).count(), 10);
        assert!(buckets.take("b").is_some());
        tokio::time::advance(Duration::from_millis(500)).await;
        assert_eq!((0..20).filter_map(|_| buckets.take("a")).count(), 5);
    }
}
