//! Where the time of a run went.

use std::time::Duration;

use serde::Serialize;
use tokio::time::Instant;

use crate::{Wait, WaitCause};

/// What a run waited for.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Spent {
    /// Services, in the order in which they were first waited for.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub waits: Vec<WaitTotal>,
    /// How long the logics and the format took, in milliseconds.
    pub functions_ms: u64,
}

/// How long a service was waited for, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct WaitTotal {
    /// The service.
    pub service: &'static str,
    /// Why.
    pub cause: WaitCause,
    /// How many calls waited.
    pub calls: u64,
    /// How long at least one call waited, in milliseconds: calls that wait at the same time count
    /// once.
    pub duration_ms: u64,
}

/// Adds waits up.
#[derive(Debug, Default)]
pub(crate) struct Stopwatch {
    waits: Vec<(WaitTotal, Duration, Instant)>,
    functions: Duration,
}

impl Stopwatch {
    /// A call begins to wait.
    pub(crate) fn wait(&mut self, wait: &Wait, now: Instant) {
        let Wait { service, cause, duration, asked: _ } = *wait;
        let is_same = |(total, ..): &&mut (WaitTotal, Duration, Instant)| {
            (total.service, total.cause) == (service, cause)
        };
        let end = now + duration;
        if let Some((total, sum, until)) = self.waits.iter_mut().find(is_same) {
            total.calls += 1;
            *sum += end.saturating_duration_since(now.max(*until));
            *until = end.max(*until);
        } else {
            let total = WaitTotal { service, cause, calls: 1, duration_ms: 0 };
            self.waits.push((total, duration, end));
        }
    }

    /// The functions of the user took so long.
    pub(crate) fn functions(&mut self, took: Duration) {
        self.functions += took;
    }

    /// The sums.
    pub(crate) fn spent(&self) -> Spent {
        let in_ms = |time: Duration| u64::try_from(time.as_millis()).unwrap_or(u64::MAX);
        let waits = self
            .waits
            .iter()
            .map(|(total, sum, _)| WaitTotal { duration_ms: in_ms(*sum), ..total.clone() });
        Spent { waits: waits.collect(), functions_ms: in_ms(self.functions) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calls_that_wait_at_the_same_time_count_once() {
        let now = Instant::now();
        let mut watch = Stopwatch::default();
        let mut wait = |cause, at: u64, seconds: u64| {
            let duration = Duration::from_secs(seconds);
            let wait = Wait { service: "HrFlow", cause, duration, asked: None };
            watch.wait(&wait, now + Duration::from_secs(at));
        };
        wait(WaitCause::RateLimit, 0, 10);
        wait(WaitCause::RateLimit, 4, 2);
        wait(WaitCause::RateLimit, 8, 5);
        wait(WaitCause::Retry, 9, 1);
        wait(WaitCause::RateLimit, 20, 1);
        let waits = watch.spent().waits;
        let sums = waits.iter().map(|wait| (wait.cause, wait.calls, wait.duration_ms));
        let expected = [(WaitCause::RateLimit, 4, 14_000), (WaitCause::Retry, 1, 1_000)];
        assert_eq!(sums.collect::<Vec<_>>(), expected);
    }
}
