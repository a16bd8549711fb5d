//! The calls of the last hour: how many, how many were refused, and how long they took.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::time::{Duration, Instant};

use api_client::{AnswerHook, Answered};
use parking_lot::Mutex;

use crate::chart::Minute;

/// So many minutes are remembered.
const MINUTES: u64 = 60;
/// Latencies are told apart by these bounds, in milliseconds.
const BOUNDS: [u64; 14] =
    [5, 10, 20, 35, 50, 75, 100, 150, 250, 500, 1_000, 2_500, 10_000, u64::MAX];

/// Counts the calls of a process. Clones are the same.
#[derive(Clone)]
pub struct Calls(Arc<Mutex<Counted>>);

struct Counted {
    began: Instant,
    services: BTreeMap<&'static str, VecDeque<(u64, Counts)>>,
}

#[derive(Clone, Copy, Default)]
struct Counts {
    minute: Minute,
    latencies: [u64; BOUNDS.len()],
}

/// A service in the last hour.
pub(crate) struct ServiceCalls {
    pub(crate) service: &'static str,
    pub(crate) minutes: Vec<Minute>,
    pub(crate) calls: u64,
    pub(crate) refused: u64,
    pub(crate) failed: u64,
    /// In milliseconds, not exact.
    pub(crate) median: u64,
    pub(crate) slow: u64,
}

impl Calls {
    /// None yet.
    pub fn new() -> Self {
        Self(Arc::new(Mutex::new(Counted { began: Instant::now(), services: BTreeMap::new() })))
    }

    /// Is called after every request.
    pub fn hook(&self) -> AnswerHook {
        let calls = self.clone();
        Arc::new(move |Answered { service, status, duration }| {
            calls.note(service, status, duration, Instant::now());
        })
    }

    fn note(&self, service: &'static str, status: Option<u16>, took: Duration, now: Instant) {
        let mut counted = self.0.lock();
        let minute = now.duration_since(counted.began).as_secs() / 60;
        let minutes = counted.services.entry(service).or_default();
        if minutes.back().is_none_or(|(last, _)| *last != minute) {
            minutes.push_back((minute, Counts::default()));
        }
        while minutes.front().is_some_and(|(first, _)| first + MINUTES <= minute) {
            minutes.pop_front();
        }
        let Some((_, counts)) = minutes.back_mut() else { return };
        match status {
            Some(429) => counts.minute.refused += 1,
            Some(status) if status < 500 => counts.minute.good += 1,
            _ => counts.minute.failed += 1,
        }
        let took = u64::try_from(took.as_millis()).unwrap_or(u64::MAX);
        let place = BOUNDS.iter().position(|bound| took <= *bound).unwrap_or_default();
        counts.latencies[place] += 1;
    }

    /// Each service that was called.
    pub(crate) fn last_hour(&self, now: Instant) -> Vec<ServiceCalls> {
        let counted = self.0.lock();
        let current = now.duration_since(counted.began).as_secs() / 60;
        let first = (current + 1).saturating_sub(MINUTES);
        let services = counted.services.iter().map(|(service, minutes)| {
            let mut shown = vec![Minute::default(); usize::try_from(MINUTES).unwrap_or_default()];
            let mut latencies = [0; BOUNDS.len()];
            for (minute, counts) in minutes.iter().filter(|(minute, _)| *minute >= first) {
                let place = usize::try_from(MINUTES - 1 - (current - minute)).unwrap_or_default();
                shown[place] = counts.minute;
                for (sum, count) in latencies.iter_mut().zip(counts.latencies) {
                    *sum += count;
                }
            }
            ServiceCalls {
                service,
                calls: latencies.iter().sum(),
                refused: shown.iter().map(|it| it.refused).sum(),
                failed: shown.iter().map(|it| it.failed).sum(),
                median: quantile(&latencies, 50),
                slow: quantile(&latencies, 95),
                minutes: shown,
            }
        });
        services.filter(|service| service.calls > 0).collect()
    }
}

impl Default for Calls {
    fn default() -> Self {
        Self::new()
    }
}

impl std::fmt::Debug for Calls {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Calls")
    }
}

/// The bound below which so many percent of the calls were.
fn quantile(latencies: &[u64; BOUNDS.len()], percent: u64) -> u64 {
    let wanted = (latencies.iter().sum::<u64>() * percent).div_ceil(100);
    let mut seen = 0;
    for (count, bound) in latencies.iter().zip(BOUNDS) {
        seen += count;
        if seen >= wanted {
            return bound;
        }
    }
    0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_hour_is_remembered_and_no_more() {
        let calls = Calls::new();
        let began = calls.0.lock().began;
        let after = |minutes: u64| began + Duration::from_secs(minutes * 60);
        for minute in 0..90 {
            calls.note("HrFlow", Some(200), Duration::from_millis(30), after(minute));
        }
        calls.note("HrFlow", Some(429), Duration::from_millis(3), after(90));
        calls.note("HrFlow", None, Duration::from_secs(20), after(90));
        let hour = calls.last_hour(after(90));
        assert_eq!((hour[0].calls, hour[0].refused, hour[0].failed), (61, 1, 1));
        assert_eq!((hour[0].median, hour[0].slow), (35, 35));
        assert_eq!(calls.last_hour(after(300)).len(), 0);
    }
}
