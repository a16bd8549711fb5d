//! Bounds on the time at which an offer was created, on the wall clock of Paris.

use jiff::civil::{Date, DateTime, Time};
use jiff::{Timestamp, ToSpan};

use super::value::not_empty;
use super::{Form, ParameterValue, Rejection};
use crate::paris::{ParisSecond, paris, second_of};

/// Declares the two ends of a window; they differ in how what is finer or coarser than a second
/// is understood.
macro_rules! creation_bounds {
    ($($(#[$about:meta])+ $name:ident: $end:ident)+) => {$(
        $(#[$about])+
        ///
        /// Four ways to write it:
        ///
        /// - `2025-01-31T08:00:00Z`, the service's own form, means eight o'clock in Paris and is
        ///   sent unchanged;
        /// - `2025-01-31T08:00:00` means the same;
        /// - `2025-01-31` is a whole day in Paris;
        /// - `2025-01-31T08:00:00+02:00`, with an offset in digits, is an instant; it is converted
        ///   to the wall clock of Paris. Write `+00:00` for UTC.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub(crate) ParisSecond);

        impl ParameterValue for $name {
            const FORM: Form = Form::Text;

            fn parse(text: &str) -> Result<Self, Rejection> {
                read(not_empty(text)?, End::$end).map(ParisSecond).map(Self)
            }

            fn wire(&self) -> String {
                self.0.to_string()
            }
        }
    )+};
}

creation_bounds! {
    /// The first second of the window. A day is its first second, and a fraction is cut off.
    EarliestCreation: Earliest
    /// The last second of the window. A day is its last second, and a fraction is rounded up.
    LatestCreation: Latest
}

#[derive(Clone, Copy)]
enum End {
    Earliest,
    Latest,
}

fn read(text: &str, end: End) -> Result<DateTime, Rejection> {
    let (day, rest) = text.split_at_checked(10).ok_or_else(|| malformed(text))?;
    let day = day_of(day).ok_or_else(|| malformed(text))?;
    if rest.is_empty() {
        return Ok(whole_day(day, end));
    }
    let (clock, zone) = rest.split_at_checked(9).ok_or_else(|| malformed(text))?;
    let (fraction, zone) = fraction_and_zone(zone);
    let time = time_of(clock, fraction).ok_or_else(|| malformed(text))?;
    let local = in_paris(day.to_datetime(time), zone).ok_or_else(|| malformed(text))?;
    whole_second(local, end).ok_or_else(|| malformed(text))
}

/// jiff alone reads more forms than are promised here, so the shape is checked first.
fn has_shape(text: &str, shape: &str) -> bool {
    text.len() == shape.len()
        && text.bytes().zip(shape.bytes()).all(|(byte, wanted)| match wanted {
            b'9' => byte.is_ascii_digit(),
            _ => byte == wanted,
        })
}

fn day_of(text: &str) -> Option<Date> {
    has_shape(text, "9999-99-99").then(|| text.parse().ok())?
}

fn whole_day(day: Date, end: End) -> DateTime {
    match end {
        End::Earliest => day.at(0, 0, 0, 0),
        End::Latest => day.at(23, 59, 59, 0),
    }
}

/// Splits what follows the seconds into `.123` and `Z`, `+02:00` or nothing.
fn fraction_and_zone(text: &str) -> (&str, &str) {
    let end = text
        .find(|character: char| character != '.' && !character.is_ascii_digit())
        .unwrap_or(text.len());
    text.split_at(end)
}

fn time_of(clock: &str, fraction: &str) -> Option<Time> {
    let digits = fraction.strip_prefix('.').unwrap_or(fraction);
    let plain = fraction.is_empty()
        || (fraction.starts_with('.') && (1..=9).contains(&digits.len()) && !digits.contains('.'));
    if !plain || !has_shape(clock, "T99:99:99") {
        return None;
    }
    format!("{}{fraction}", &clock[1..]).parse().ok()
}

fn in_paris(local: DateTime, zone: &str) -> Option<DateTime> {
    if matches!(zone, "" | "Z") {
        return Some(local);
    }
    if !has_shape(zone, "+99:99") && !has_shape(zone, "-99:99") {
        return None;
    }
    let instant: Timestamp = format!("{local}{zone}").parse().ok()?;
    Some(paris().to_datetime(instant))
}

fn whole_second(time: DateTime, end: End) -> Option<DateTime> {
    let cut = second_of(time);
    match end {
        End::Latest if cut != time => cut.checked_add(1.second()).ok(),
        End::Latest | End::Earliest => Some(cut),
    }
    .filter(|time| (0..=9999).contains(&time.year()))
}

fn malformed(text: &str) -> Rejection {
    Rejection::new(format!("`{text}` is not a time that can be read"))
        .with_hint("write `2025-01-31`, or `2025-01-31T08:00:00Z` for eight o'clock in Paris")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, earliest: &str, latest: &str) {
        let found = (EarliestCreation::parse(text), LatestCreation::parse(text));
        let found = (found.0.unwrap().wire(), found.1.unwrap().wire());
        assert_eq!(found, (earliest.to_owned(), latest.to_owned()), "{text}");
    }

    #[track_caller]
    fn check_refused(text: &str) {
        assert!(EarliestCreation::parse(text).is_err(), "{text}");
        assert!(LatestCreation::parse(text).is_err(), "{text}");
    }

    #[test]
    fn the_services_own_form_is_paris_time_and_unchanged() {
        let same = "2025-07-01T08:00:00Z";
        check(same, same, same);
        check("2025-07-01T08:00:00", same, same);
        check(" 2025-07-01T08:00:00.000Z ", same, same);
    }

    #[test]
    fn a_day_is_whole() {
        check("2025-01-31", "2025-01-31T00:00:00Z", "2025-01-31T23:59:59Z");
    }

    #[test]
    fn a_fraction_widens_the_window() {
        check("2025-12-31T23:59:59.5Z", "2025-12-31T23:59:59Z", "2026-01-01T00:00:00Z");
    }

    #[test]
    fn an_offset_makes_an_instant() {
        let eight = "2025-07-01T08:00:00Z";
        check("2025-07-01T08:00:00+02:00", eight, eight);
        check("2025-07-01T06:00:00+00:00", eight, eight);
        check("2025-07-01T01:00:00-05:00", eight, eight);
        check("2025-01-01T07:00:00+00:00", "2025-01-01T08:00:00Z", "2025-01-01T08:00:00Z");
        check("2025-10-26T00:30:00+00:00", "2025-10-26T02:30:00Z", "2025-10-26T02:30:00Z");
        check("2025-10-26T01:30:00+00:00", "2025-10-26T02:30:00Z", "2025-10-26T02:30:00Z");
    }

    #[test]
    fn what_is_not_one_of_the_four_forms_is_refused() {
        for text in [
            "",
            "2025",
            "2025-13-01",
            "2025-02-30",
            "2025-01-01T",
            "2025-01-01 08:00:00",
            "2025-01-01T08:00Z",
            "2025-01-01T25:00:00Z",
            "2025-01-01T08:00:00z",
            "2025-01-01T08:00:00+0200",
            "2025-01-01T08:00:00.Z",
            "2025-01-01T08:00:00+02:00[Europe/Paris]",
            "01/02/2025",
            "+025-01-01",
            "2025-01-01T08:00:00.1234567890Z",
            "é025-01-01T08:00:00Z",
        ] {
            check_refused(text);
        }
    }
}
