//! How often, how long and how much in all a call is tried again.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

/// The bounds on one call.
#[derive(Clone, Debug)]
pub struct RetryPolicy {
    /// The most tries, the first included; waits that the service asked for do not count.
    pub tries: u32,
    /// No new try begins after this time, whatever the reason for it.
    pub patience: Duration,
    /// The longest wait after the first failure; it doubles with each further one.
    pub first_wait: Duration,
    /// The longest wait of all, where the service names none itself.
    pub longest_wait: Duration,
}

/// Twelve tries: where three answers in ten fail, less than one call in a million is given up.
/// They take about 16 seconds.
impl Default for RetryPolicy {
    fn default() -> Self {
        Self {
            tries: 12,
            patience: Duration::from_mins(10),
            first_wait: Duration::from_millis(100),
            longest_wait: Duration::from_secs(5),
        }
    }
}

impl RetryPolicy {
    /// A random time up to a bound that doubles with each failure ("full jitter"): callers that
    /// failed together do not come back together.
    fn jittered_wait(&self, failures: u32, jitter: f64) -> Duration {
        let doubled = self.first_wait.saturating_mul(1_u32 << failures.saturating_sub(1).min(20));
        doubled.min(self.longest_wait).mul_f64(jitter)
    }
}

/// The tries of one call.
#[derive(Debug)]
pub(crate) struct Tries<'a> {
    policy: &'a RetryPolicy,
    began: Instant,
    failures: u32,
    slowdowns: u32,
}

impl<'a> Tries<'a> {
    pub(crate) fn begin(policy: &'a RetryPolicy) -> Self {
        Self { policy, began: Instant::now(), failures: 0, slowdowns: 0 }
    }

    /// The wait before the next try, or nothing where the bounds are reached.
    pub(crate) fn after_failure(&mut self, jitter: f64) -> Option<Duration> {
        self.failures += 1;
        let wait = self.policy.jittered_wait(self.failures, jitter);
        (self.failures < self.policy.tries && self.has_patience_for(wait)).then_some(wait)
    }

    /// The same when the service said that it is too much: bounded by time alone.
    pub(crate) fn after_slowdown(
        &mut self,
        asked: Option<Duration>,
        jitter: f64,
    ) -> Option<Duration> {
        self.slowdowns += 1;
        let wait = asked.unwrap_or_else(|| self.policy.jittered_wait(self.slowdowns + 2, jitter));
        self.has_patience_for(wait).then_some(wait)
    }

    fn has_patience_for(&self, wait: Duration) -> bool {
        self.began.elapsed() + wait <= self.policy.patience
    }
}

/// What all calls together may spend on repeating: each answer earns one repetition, each
/// repetition costs one. A service that is down is noticed within seconds, because nothing earns
/// any more.
#[derive(Debug)]
pub struct RetryBudget {
    most: f64,
    left: Mutex<f64>,
}

impl RetryBudget {
    /// A full budget of so many repetitions.
    pub fn new(most: u32) -> Self {
        Self { most: f64::from(most), left: Mutex::new(f64::from(most)) }
    }

    pub(crate) fn earn(&self) {
        let mut left = self.left.lock().unwrap_or_else(PoisonError::into_inner);
        *left = (*left + 1.0).min(self.most);
    }

    pub(crate) fn spend(&self) -> bool {
        let mut left = self.left.lock().unwrap_or_else(PoisonError::into_inner);
        let affordable = *left >= 1.0;
        if affordable {
            *left -= 1.0;
        }
        affordable
    }

    /// Whether nothing is left: the service has failed more often than it answered.
    pub fn is_spent(&self) -> bool {
        *self.left.lock().unwrap_or_else(PoisonError::into_inner) < 1.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_the_longest() {
        let policy = RetryPolicy::default();
        let waits: Vec<u128> =
            (1..=8).map(|failures| policy.jittered_wait(failures, 1.0).as_millis()).collect();
        assert_eq!(waits, [100, 200, 400, 800, 1600, 3200, 5000, 5000]);
        assert_eq!(policy.jittered_wait(u32::MAX, 0.5), Duration::from_millis(2500));
    }

    #[tokio::test(start_paused = true)]
    async fn the_last_try_is_followed_by_nothing() {
        let policy = RetryPolicy { tries: 3, ..RetryPolicy::default() };
        let mut tries = Tries::begin(&policy);
        assert!(tries.after_failure(0.5).is_some());
        assert!(tries.after_failure(0.5).is_some());
        assert!(tries.after_failure(0.5).is_none());
    }

    #[tokio::test(start_paused = true)]
    async fn a_wait_longer_than_the_patience_is_not_begun() {
        let policy = RetryPolicy::default();
        let mut tries = Tries::begin(&policy);
        assert!(tries.after_slowdown(Some(Duration::from_hours(1)), 0.5).is_none());
        assert_eq!(
            tries.after_slowdown(Some(Duration::from_secs(2)), 0.5),
            Some(Duration::from_secs(2))
        );
    }

    #[test]
    fn a_dead_service_spends_the_budget_and_an_answer_earns_it_back() {
        let budget = RetryBudget::new(2);
        assert!(budget.spend() && budget.spend() && !budget.spend());
        assert!(budget.is_spent());
        budget.earn();
        assert!(budget.spend());
    }
}
