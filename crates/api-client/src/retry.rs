//! How often, how long and how much in all a call is tried again.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use crate::stated::share;

/// How often one call is tried, and what it waits in between. How long it may take in all is a
/// matter of [`Patience`](crate::Patience).
#[derive(Clone, Debug)]
pub struct RetryPolicy {
    /// The most tries, the first included; waits that the service asked for do not count.
    pub tries: u32,
    /// The most tries where nobody can be reached, and nobody was before: then the address is
    /// wrong or the network is not there, and whoever has begun the run is still looking.
    pub first_tries: u32,
    /// The most tries that end with an answer beyond all measure: each may cost as much as the
    /// measure allows.
    pub costly_tries: u32,
    /// The longest wait after the first failure; it doubles with each further one.
    pub first_wait: Duration,
    /// The longest wait of all, where the service names none itself.
    pub longest_wait: Duration,
}

/// Twelve tries: where three answers in ten fail, less than one call in a million is given up.
/// They take about 16 seconds; six take one or two.
impl Default for RetryPolicy {
    fn default() -> Self {
        Self {
            tries: 12,
            first_tries: 6,
            costly_tries: 3,
            first_wait: Duration::from_millis(100),
            longest_wait: Duration::from_secs(5),
        }
    }
}

/// So many refusals in a row may be followed by just the wait that the service asks for, be it
/// none at all. After that a wait of one's own is added.
const REFUSALS_TAKEN_AT_THEIR_WORD: u32 = 4;

impl RetryPolicy {
    /// A random time up to a bound that doubles with each failure ("full jitter"): callers that
    /// failed together do not come back together.
    fn jittered_wait(&self, failures: u32, jitter: f64) -> Duration {
        let doublings = failures.saturating_sub(1).min(20);
        let doubled = self.first_wait.saturating_mul(2_u32.saturating_pow(doublings));
        share(doubled.min(self.longest_wait), jitter)
    }
}

/// The tries of one call.
#[derive(Debug)]
pub(crate) struct Tries<'a> {
    policy: &'a RetryPolicy,
    failures: u32,
    slowdowns: u32,
}

impl<'a> Tries<'a> {
    pub(crate) fn begin(policy: &'a RetryPolicy) -> Self {
        Self { policy, failures: 0, slowdowns: 0 }
    }

    /// The wait before the next try, or nothing where there were as many as there may be.
    pub(crate) fn after_failure(&mut self, most: u32, jitter: f64) -> Option<Duration> {
        self.failures = self.failures.saturating_add(1);
        let wait = self.policy.jittered_wait(self.failures, jitter);
        (self.failures < most).then_some(wait)
    }

    /// The same when the service said that it is too much: bounded by the patience alone.
    pub(crate) fn after_slowdown(&mut self, asked: Option<Duration>, jitter: f64) -> Duration {
        self.slowdowns = self.slowdowns.saturating_add(1);
        let Some(asked) = asked else {
            return self.policy.jittered_wait(self.slowdowns.saturating_add(2), jitter);
        };
        match self.slowdowns.saturating_sub(REFUSALS_TAKEN_AT_THEIR_WORD) {
            0 => asked,
            beyond => asked.max(self.policy.jittered_wait(beyond, jitter)),
        }
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

    #[test]
    fn the_last_try_is_followed_by_nothing() {
        let policy = RetryPolicy::default();
        let mut tries = Tries::begin(&policy);
        assert!(tries.after_failure(3, 0.5).is_some());
        assert!(tries.after_failure(3, 0.5).is_some());
        assert!(tries.after_failure(3, 0.5).is_none());
    }

    #[test]
    fn a_service_that_refuses_and_asks_for_no_wait_is_not_called_without_one() {
        let policy = RetryPolicy::default();
        let mut tries = Tries::begin(&policy);
        let mut waits = (0..7).map(|_| tries.after_slowdown(Some(Duration::ZERO), 1.0).as_millis());
        assert_eq!(waits.by_ref().take(4).collect::<Vec<_>>(), [0; 4]);
        assert_eq!(waits.collect::<Vec<_>>(), [100, 200, 400]);
        let minute = Duration::from_mins(1);
        assert_eq!(tries.after_slowdown(Some(minute), 1.0), minute);
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
