//! The clock by which the service reckons: whole seconds on the walls of Paris.

use std::fmt;

use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use jiff::{SpanRound, Timestamp, ToSpan, Unit};

/// The service reckons by the clock of Paris, and this clock may be wrong: a window without an end
/// of its own ends a day ahead, which is accepted (measured).
pub(crate) const AHEAD_S: i64 = 86_400;

const WIRE: &str = "%Y-%m-%dT%H:%M:%SZ";

/// A whole second on the wall clock of Paris.
///
/// The service writes and reads its times with a `Z`, but they are the local time of Paris, in
/// summer and in winter (measured). In the hour that is lived twice in October, one second on the
/// wall stands for two instants; the service cannot tell them apart, and neither does this.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct ParisSecond(pub(crate) DateTime);

impl ParisSecond {
    /// The second in which an instant falls in Paris.
    pub(crate) fn at(instant: Timestamp) -> Self {
        Self(second_of(paris().to_datetime(instant)))
    }

    /// Midnight at the beginning of a year.
    pub(crate) const fn new_year(year: i16) -> Self {
        Self(DateTime::constant(year, 1, 1, 0, 0, 0, 0))
    }

    /// The second that lies so many seconds later, or the last or first that can be written.
    pub(crate) fn plus(self, seconds: i64) -> Self {
        Self(self.0.saturating_add(seconds.seconds()))
    }

    /// The last second of its day.
    pub(crate) fn end_of_day(self) -> Self {
        Self(self.0.date().at(23, 59, 59, 0))
    }

    /// How many seconds lie between an earlier one and this one.
    pub(crate) fn seconds_since(self, earlier: Self) -> i64 {
        let rounding = SpanRound::new().largest(Unit::Second).days_are_24_hours();
        let span = (self.0 - earlier.0).round(rounding);
        span.map_or(0, |span| span.get_seconds())
    }

    /// The time as an offer carries it, `2026-07-20T08:28:24.218Z`, cut to its second.
    pub(crate) fn of_offer(text: &str) -> Option<Self> {
        text.strip_suffix('Z').unwrap_or(text).parse().ok().map(second_of).map(Self)
    }
}

impl fmt::Display for ParisSecond {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}", self.0.strftime(WIRE))
    }
}

/// Cuts the fraction of a second off.
pub(crate) fn second_of(time: DateTime) -> DateTime {
    time.with().subsec_nanosecond(0).build().unwrap_or(time)
}

/// The zone. It is compiled in, so that it is always found.
pub(crate) fn paris() -> TimeZone {
    TimeZone::get("Europe/Paris").unwrap_or(TimeZone::UTC)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seconds_are_counted_across_months() {
        let start = ParisSecond::new_year(2024);
        assert_eq!(start.plus(366 * 86_400), ParisSecond::new_year(2025));
        assert_eq!(ParisSecond::new_year(2025).seconds_since(start), 366 * 86_400);
        let offer = ParisSecond::of_offer("2024-01-01T00:00:07.218Z").unwrap();
        assert_eq!(offer.seconds_since(start), 7);
    }
}
