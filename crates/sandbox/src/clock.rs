//! The sandbox's clock: the machine's, or one that was set when it started.

use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use tokio::time::Instant;

#[derive(Debug)]
pub(crate) struct Clock {
    set: Timestamp,
    at: Instant,
}

impl Clock {
    pub(crate) fn set_to(now: Timestamp) -> Self {
        Self { set: now, at: Instant::now() }
    }

    pub(crate) fn now(&self) -> Timestamp {
        let passed = SignedDuration::try_from(self.at.elapsed()).unwrap_or_default();
        self.set.saturating_add(passed).unwrap_or(self.set)
    }

    /// The wall clock of Paris.
    pub(crate) fn in_paris(&self) -> DateTime {
        in_paris(self.now())
    }
}

pub(crate) fn in_paris(instant: Timestamp) -> DateTime {
    let paris = TimeZone::get("Europe/Paris").unwrap_or(TimeZone::UTC);
    paris.to_datetime(instant)
}
