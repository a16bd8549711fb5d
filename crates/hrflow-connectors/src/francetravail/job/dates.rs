//! The times of an offer, as instants.

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use serde_json::Value;

const WALL: &str = "%Y-%m-%dT%H:%M:%S%.f";
const UTC: &str = "%Y-%m-%dT%H:%M:%S+0000";

/// An offer's time, in the form in which HrFlow writes its own: `2025-08-05T18:03:51+0000`.
///
/// The offer's `Z` is not true: before it stands the time on the wall clocks of Paris. In the hour
/// that is lived twice in October, the first of the two instants is taken; in the hour that is left
/// out in March, the time counts on from the last second before it.
pub(super) fn utc(time: &Value) -> Option<String> {
    let instant = instant(time.as_str()?)?;
    Some(instant.strftime(UTC).to_string())
}

/// The time as an offer has it: on the wall clocks of Paris, under a `Z`.
pub(super) fn in_paris(utc: &Value) -> Option<String> {
    let instant = Timestamp::strptime("%Y-%m-%dT%H:%M:%S%z", utc.as_str()?).ok()?;
    let paris = instant.to_zoned(TimeZone::get("Europe/Paris").ok()?);
    Some(paris.strftime("%Y-%m-%dT%H:%M:%S.000Z").to_string())
}

/// A day without a time, a year that is not of four digits, or an offset is not such a time.
fn instant(text: &str) -> Option<Timestamp> {
    let wall = DateTime::strptime(WALL, text.strip_suffix('Z')?).ok()?;
    let is_default = text.as_bytes().get(4) == Some(&b'-') && (0..).contains(&wall.year());
    if !is_default {
        return None;
    }
    let paris = TimeZone::get("Europe/Paris").ok()?;
    Some(wall.to_zoned(paris).ok()?.timestamp())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(cases: &[(&str, Option<&str>)]) {
        for (time, expected) in cases {
            assert_eq!(utc(&Value::from(*time)).as_deref(), *expected, "{time}");
        }
    }

    #[test]
    fn the_wall_clock_of_paris_becomes_utc() {
        check(&[
            ("2025-08-05T20:03:51.892Z", Some("2025-08-05T18:03:51+0000")),
            ("2022-11-01T09:38:37.000Z", Some("2022-11-01T08:38:37+0000")),
            ("2025-01-01T00:30:00.000Z", Some("2024-12-31T23:30:00+0000")),
        ]);
    }

    #[test]
    fn a_time_is_given_back_to_the_second() {
        for time in ["2025-08-05T20:03:51.000Z", "2022-11-01T09:38:37.000Z"] {
            let utc = Value::from(utc(&time.into()).unwrap());
            assert_eq!(in_paris(&utc).as_deref(), Some(time));
        }
        assert_eq!(in_paris(&Value::from("hier")), None);
    }

    #[test]
    fn the_two_odd_hours_of_a_year_have_an_instant() {
        check(&[
            ("2025-03-30T02:30:00.000Z", Some("2025-03-30T01:30:00+0000")),
            ("2025-10-26T02:30:00.000Z", Some("2025-10-26T00:30:00+0000")),
        ]);
    }

    #[test]
    fn what_is_not_such_a_time_is_no_time() {
        check(&[
            ("", None),
            ("hier", None),
            ("2025-02-30T10:00:00.000Z", None),
            ("2025-08-05", None),
            ("2025-08-05Z", None),
            ("2025-08-05T20:03:51+02:00", None),
            ("2025-08-05T20:03:51+02:00Z", None),
            ("-002025-08-05T20:03:51Z", None),
            ("2025-08-05T24:00:00Z", None),
        ]);
        assert_eq!(utc(&Value::Null), None);
        assert_eq!(utc(&Value::from(1_754_416_800)), None);
    }
}
