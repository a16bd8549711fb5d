//! Where the time of a run went.

use std::time::Duration;

use serde::Serialize;
use tokio::time::Instant;

use crate::{Wait, WaitCause};

/// What a run spent its time on. What happens at the same time counts once in each sum, so the sums
/// of several services may be more than the run took.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Spent {
    /// Calls to services, in the order in which they were first called.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub calls: Vec<CallTotal>,
    /// Waits for services, in the order in which they were first waited for.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub waits: Vec<WaitTotal>,
    /// How long the logics and the format took, in milliseconds.
    pub functions_ms: u64,
}

/// How long the answers of a service took.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CallTotal {
    /// The service.
    pub service: &'static str,
    /// How many calls were sent, each try included.
    pub calls: u64,
    /// How long at least one call was under way, in milliseconds.
    pub duration_ms: u64,
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
    /// How long at least one call waited, in milliseconds.
    pub duration_ms: u64,
}

/// Adds up what takes time.
#[derive(Debug, Default)]
pub(crate) struct Stopwatch {
    calls: Vec<(&'static str, Covered)>,
    waits: Vec<((&'static str, WaitCause), Covered)>,
    functions: Duration,
}

/// How much of the time is covered by intervals, and how many there were.
#[derive(Debug, Default)]
struct Covered {
    count: u64,
    sum: Duration,
    until: Option<Instant>,
}

impl Stopwatch {
    /// A call waits from now on, or has waited until now where it could not be told before.
    pub(crate) fn wait(&mut self, wait: &Wait, now: Instant) {
        let Wait { service, cause, duration, asked: _ } = *wait;
        let began = match cause {
            WaitCause::RateLimit | WaitCause::Retry => now,
            WaitCause::Pace => now.checked_sub(duration).unwrap_or(now),
        };
        covered(&mut self.waits, (service, cause)).add(began, began + duration);
    }

    /// A call was answered, or was not, after so long.
    pub(crate) fn call(&mut self, service: &'static str, took: Duration, now: Instant) {
        covered(&mut self.calls, service).add(now.checked_sub(took).unwrap_or(now), now);
    }

    /// The functions of the user took so long.
    pub(crate) fn functions(&mut self, took: Duration) {
        self.functions += took;
    }

    /// The sums.
    pub(crate) fn spent(&self) -> Spent {
        let call = |&(service, ref covered): &(&'static str, Covered)| CallTotal {
            service,
            calls: covered.count,
            duration_ms: in_ms(covered.sum),
        };
        let wait = |&((service, cause), ref covered): &((&'static str, WaitCause), Covered)| {
            WaitTotal { service, cause, calls: covered.count, duration_ms: in_ms(covered.sum) }
        };
        Spent {
            calls: self.calls.iter().map(call).collect(),
            waits: self.waits.iter().map(wait).collect(),
            functions_ms: in_ms(self.functions),
        }
    }
}

fn covered<K: PartialEq>(all: &mut Vec<(K, Covered)>, key: K) -> &mut Covered {
    let place = all.iter().position(|(own, _)| *own == key).unwrap_or_else(|| {
        all.push((key, Covered::default()));
        all.len() - 1
    });
    &mut all[place].1
}

impl Covered {
    /// What was covered before the interval is not counted again.
    fn add(&mut self, start: Instant, end: Instant) {
        let new = self.until.map_or(start, |until| start.max(until));
        self.count += 1;
        self.sum += end.saturating_duration_since(new);
        self.until = Some(self.until.map_or(end, |until| end.max(until)));
    }
}

fn in_ms(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_happens_at_the_same_time_counts_once() {
        let start = Instant::now() + Duration::from_secs(1_000);
        let after = |seconds: u64| start + Duration::from_secs(seconds);
        let mut watch = Stopwatch::default();
        let mut wait = |cause, at: u64, seconds: u64| {
            let duration = Duration::from_secs(seconds);
            watch.wait(&Wait { service: "HrFlow", cause, duration, asked: None }, after(at));
        };
        wait(WaitCause::RateLimit, 0, 10);
        wait(WaitCause::RateLimit, 4, 2);
        wait(WaitCause::RateLimit, 8, 5);
        wait(WaitCause::Retry, 9, 1);
        wait(WaitCause::RateLimit, 20, 1);
        // Told when it was over: from 30 to 33, and from 32 to 34.
        wait(WaitCause::Pace, 33, 3);
        wait(WaitCause::Pace, 34, 2);
        watch.call("HrFlow", Duration::from_secs(2), after(2));
        watch.call("HrFlow", Duration::from_secs(2), after(3));
        let spent = watch.spent();
        let sums = spent.waits.iter().map(|wait| (wait.cause, wait.calls, wait.duration_ms));
        let expected = [
            (WaitCause::RateLimit, 4, 14_000),
            (WaitCause::Retry, 1, 1_000),
            (WaitCause::Pace, 2, 4_000),
        ];
        assert_eq!(sums.collect::<Vec<_>>(), expected);
        assert_eq!((spent.calls[0].calls, spent.calls[0].duration_ms), (2, 3_000));
    }
}
