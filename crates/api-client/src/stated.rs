//! Times and rates that come from outside, cut to what can be believed and computed with.
//!
//! Everything that a service or a user says about time enters through this file, so that no sum
//! of times can overflow. The rest of the crate computes with [`later`] and with saturating
//! operations; `clippy::arithmetic_side_effects` and `clippy.toml` see to it.

use std::time::{Duration, SystemTime};

use tokio::time::Instant;

/// A length of time that a service stated, at most [`StatedDuration::LONGEST`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct StatedDuration(Duration);

impl StatedDuration {
    /// A year. What is longer is a slip of the service, not a statement.
    pub const LONGEST: Duration = Duration::from_hours(365 * 24);

    /// A number of seconds; more than a year is taken for a year.
    pub fn from_secs(seconds: u64) -> Self {
        Self::from(Duration::from_secs(seconds))
    }

    /// Seconds as a header writes them. Nothing where the text is no length of time, or a longer
    /// one than a year: then the service has said nothing.
    pub fn parse(text: &str) -> Option<Self> {
        let seconds = text.trim().parse().ok()?;
        Duration::try_from_secs_f64(seconds).ok().and_then(Self::believed)
    }

    /// The time from one moment to another, none where it has passed. Nothing where that is longer
    /// than a year.
    pub fn between(from: SystemTime, until: SystemTime) -> Option<Self> {
        Self::believed(until.duration_since(from).unwrap_or_default())
    }

    /// The time, which can be added to any moment of this process.
    pub fn get(self) -> Duration {
        self.0
    }

    fn believed(duration: Duration) -> Option<Self> {
        (duration <= Self::LONGEST).then_some(Self(duration))
    }
}

/// More than a year is taken for a year.
impl From<Duration> for StatedDuration {
    fn from(duration: Duration) -> Self {
        Self(duration.min(Self::LONGEST))
    }
}

/// A number of calls a second that a service stated.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd)]
pub struct StatedRate(f64);

impl StatedRate {
    /// One call in five seconds. A service that states less has made a slip; if it has not, its
    /// refusals will tell.
    pub const SLOWEST: f64 = 0.2;
    /// More than any account of a job board is given.
    pub const FASTEST: f64 = 10_000.0;

    /// Calls a second as a header writes them. Nothing where the text is no such number, or
    /// one that cannot be meant.
    pub fn parse(text: &str) -> Option<Self> {
        let rate = text.trim().parse().ok()?;
        (Self::SLOWEST..=Self::FASTEST).contains(&rate).then_some(Self(rate))
    }

    /// Calls a second.
    pub fn get(self) -> f64 {
        self.0
    }
}

/// The time from one call to the next at so many calls a second, at most a year.
pub(crate) fn interval(calls_per_second: f64) -> Duration {
    let longest = StatedDuration::LONGEST;
    Duration::try_from_secs_f64(1.0 / calls_per_second).map_or(longest, |time| time.min(longest))
}

/// A share of a time, from 0 to 1.
pub(crate) fn share(of: Duration, share: f64) -> Duration {
    Duration::try_from_secs_f64(of.as_secs_f64() * share).map_or(of, |time| time.min(of))
}

/// The moment so much later. More than a year is taken for a year, which every clock can hold.
pub(crate) fn later(moment: Instant, by: Duration) -> Instant {
    moment.checked_add(by.min(StatedDuration::LONGEST)).unwrap_or(moment)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[track_caller]
    fn check(text: &str, expected: Option<f64>) {
        let found = StatedDuration::parse(text).map(|stated| stated.get().as_secs_f64());
        assert_eq!(found, expected, "{text}");
    }

    #[test]
    fn a_length_of_time_is_believed_up_to_a_year() {
        check("0", Some(0.0));
        check(" 2 ", Some(2.0));
        check("0.5", Some(0.5));
        check("3600", Some(3600.0));
        check("31536000", Some(31_536_000.0));
        check("1e-19", Some(0.0));
        for slip in [
            "31536001",
            "999999999999",
            "15000000000000000000",
            "1e300",
            "inf",
            "NaN",
            "-1",
            "-0.1",
        ] {
            check(slip, None);
        }
        for not_a_number in ["", "soon", "2 s", "0x10", "1_000"] {
            check(not_a_number, None);
        }
        assert_eq!(StatedDuration::from_secs(u64::MAX).get(), StatedDuration::LONGEST);
    }

    #[test]
    fn a_rate_is_believed_where_it_can_be_meant() {
        let rate = |text| StatedRate::parse(text).map(StatedRate::get);
        assert_eq!((rate("10"), rate("0.2"), rate(" 4.5 ")), (Some(10.0), Some(0.2), Some(4.5)));
        for slip in ["0", "-1", "0.00001", "1e-19", "1e300", "inf", "NaN", "many", ""] {
            assert_eq!(rate(slip), None, "{slip}");
        }
    }

    #[test]
    fn shares_and_intervals_have_bounds() {
        assert_eq!(interval(4.0), Duration::from_millis(250));
        for rate in [0.0, -1.0, 1e-300, f64::NAN] {
            assert_eq!(interval(rate), StatedDuration::LONGEST, "{rate}");
        }
        assert_eq!(interval(f64::INFINITY), Duration::ZERO);
        let second = Duration::from_secs(1);
        assert_eq!(share(second, 0.5), Duration::from_millis(500));
        for too_much in [2.0, -1.0, f64::NAN, f64::INFINITY] {
            assert_eq!(share(second, too_much), second, "{too_much}");
        }
    }

    proptest! {
        #[test]
        fn any_text_gives_a_time_that_can_be_added(text in ".*", number in any::<f64>()) {
            for text in [text, number.to_string(), format!("{number:e}")] {
                if let Some(stated) = StatedDuration::parse(&text) {
                    prop_assert!(later(Instant::now(), stated.get()) >= Instant::now() || stated.get() < Duration::from_secs(1));
                }
                if let Some(rate) = StatedRate::parse(&text) {
                    prop_assert!(interval(rate.get()) <= Duration::from_secs(5));
                }
            }
        }

        #[test]
        fn any_time_can_be_added_and_any_rate_has_an_interval(
            seconds in any::<u64>(), nanos in 0..1_000_000_000_u32, rate in any::<f64>(),
        ) {
            let now = Instant::now();
            prop_assert!(later(now, Duration::new(seconds, nanos)) >= now);
            prop_assert!(later(now, interval(rate)) >= now);
            prop_assert!(share(Duration::new(seconds, nanos), rate) <= Duration::new(seconds, nanos));
        }
    }
}
