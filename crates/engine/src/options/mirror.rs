//! How careful a mirror is.

use std::fmt;
use std::str::FromStr;

use jiff::{SignedDuration, Timestamp};
use serde::{Serialize, Serializer};

use super::Share;

/// How careful a mirror is.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct MirrorRules {
    /// The greatest share of its jobs that one run may archive.
    pub max_archive: Share,
    /// For how long an offer must be missed before its job is archived.
    pub grace: Grace,
    /// How it is confirmed that an offer is gone.
    pub confirm: Confirm,
    /// What becomes of the job of an offer that left the search and is still open.
    pub left_search: LeftSearch,
    /// How often the target's own list is compared with what was delivered.
    pub verify: Verify,
    /// What becomes of jobs that somebody else has changed.
    pub on_drift: OnDrift,
    /// Whether a person has confirmed that many offers are gone.
    pub allow_mass_archive: bool,
}

impl Default for MirrorRules {
    fn default() -> Self {
        Self {
            max_archive: Share::percent(20),
            grace: Grace::default(),
            confirm: Confirm::default(),
            left_search: LeftSearch::default(),
            verify: Verify::default(),
            on_drift: OnDrift::default(),
            allow_mass_archive: false,
        }
    }
}

/// For how long an offer must be missed before its job is archived: some are gone for a day and
/// come back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Grace {
    /// By so many complete readings in a row.
    Readings(u32),
    /// By every complete reading of so many hours.
    Hours(u32),
}

impl Default for Grace {
    fn default() -> Self {
        Self::Readings(2)
    }
}

/// `2` readings, or `36h`, or `2d`.
impl FromStr for Grace {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let number = |text: &str| text.trim().parse::<u32>().ok().filter(|number| *number > 0);
        let text = text.trim();
        let grace = if let Some(hours) = text.strip_suffix('h') {
            number(hours).map(Self::Hours)
        } else if let Some(days) = text.strip_suffix('d') {
            number(days).and_then(|days| days.checked_mul(24)).map(Self::Hours)
        } else {
            number(text).map(Self::Readings)
        };
        grace.ok_or_else(|| {
            "must be a number of readings such as `2`, or a time such as `36h` or `2d`".to_owned()
        })
    }
}

impl fmt::Display for Grace {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Readings(readings) => write!(formatter, "{readings}"),
            Self::Hours(hours) => write!(formatter, "{hours}h"),
        }
    }
}

impl Serialize for Grace {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// How it is confirmed that an offer is gone.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Confirm {
    /// The origin is asked for the offer itself.
    #[default]
    Detail,
    /// That a complete reading did not list it is enough.
    Listing,
}

/// What becomes of the job of an offer that left the search and is still open.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum LeftSearch {
    /// It stays until the offer is gone.
    #[default]
    Keep,
    /// It is archived.
    Archive,
}

/// How often the target's own list is compared with what was delivered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Verify {
    /// In each run.
    #[default]
    Always,
    /// In the first run after a day.
    Daily,
    /// Never.
    Never,
}

impl Verify {
    /// Whether a run compares, given when that was done last.
    pub(crate) fn is_due(self, last: Option<Timestamp>, now: Timestamp) -> bool {
        match self {
            Self::Always => true,
            Self::Daily => {
                last.is_none_or(|last| now.duration_since(last) >= SignedDuration::from_hours(24))
            }
            Self::Never => false,
        }
    }
}

/// What becomes of jobs that somebody else has changed, archived or deleted at the target.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum OnDrift {
    /// They are made as they should be.
    #[default]
    Repair,
    /// They are counted and left as they are.
    Report,
}

/// How old a mirror is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Staleness {
    /// How long ago it was last in sync; none where it never was.
    pub age: Option<SignedDuration>,
    /// How old it may be, where there is a limit.
    pub limit: Option<SignedDuration>,
}

impl Staleness {
    /// At a moment, of a mirror that was last in sync at another.
    pub fn at(now: Timestamp, last: Option<Timestamp>, limit: Option<SignedDuration>) -> Self {
        Self { age: last.map(|last| now.duration_since(last)), limit }
    }

    /// Whether it is older than it may be.
    pub fn is_stale(self) -> bool {
        match (self.age, self.limit) {
            (Some(age), Some(limit)) => age > limit,
            _ => false,
        }
    }
}

impl fmt::Display for Staleness {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.age.map(|age| age.as_hours()) {
            None => return formatter.write_str("never in sync yet"),
            Some(hours) if hours < 1 => {
                formatter.write_str("last in sync less than an hour ago")?;
            }
            Some(hours) => write!(formatter, "last in sync {hours} h ago")?,
        }
        match self.limit.filter(|_| self.is_stale()) {
            Some(limit) => write!(formatter, " (limit {} h)", limit.as_hours()),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mirror_is_fresh_for_as_long_as_the_origin_says() {
        let now = Timestamp::now();
        let hours = SignedDuration::from_hours;
        let staleness = |age| Staleness::at(now, Some(now - hours(age)), Some(hours(24)));
        let never = Staleness::at(now, None, Some(hours(24)));
        assert_eq!((never.to_string().as_str(), never.is_stale()), ("never in sync yet", false));
        assert_eq!(staleness(0).to_string(), "last in sync less than an hour ago");
        assert_eq!(staleness(24).to_string(), "last in sync 24 h ago");
        assert_eq!(staleness(31).to_string(), "last in sync 31 h ago (limit 24 h)");
        assert!(staleness(31).is_stale() && !staleness(24).is_stale());
    }

    #[test]
    fn grace_is_counted_in_readings_or_in_time() {
        let grace = |text: &str| text.parse::<Grace>();
        assert_eq!(grace("2"), Ok(Grace::Readings(2)));
        assert_eq!(grace("36h"), Ok(Grace::Hours(36)));
        assert_eq!(grace("2d"), Ok(Grace::Hours(48)));
        for text in ["0", "0h", "-1", "1.5", "h", "d", "999999999d"] {
            assert!(grace(text).is_err(), "{text}");
        }
    }
}
