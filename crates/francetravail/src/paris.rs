//! The clock by which the service reckons: whole seconds on the walls of Paris.

use std::fmt;

use jiff::civil::DateTime;
use jiff::tz::TimeZone;

const WIRE: &str = "%Y-%m-%dT%H:%M:%SZ";

/// A whole second on the wall clock of Paris.
///
/// The service writes and reads its times with a `Z`, but they are the local time of Paris, in
/// summer and in winter (measured). In the hour that is lived twice in October, one second on the
/// wall stands for two instants; the service cannot tell them apart, and neither does this.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct ParisSecond(pub(crate) DateTime);

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
