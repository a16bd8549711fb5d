//! Why a workflow is not healthy.

use std::fmt;

use jiff::SignedDuration;
use serde::{Serialize, Serializer};

use crate::Share;

/// Why a workflow is not healthy, as data. Written as a sentence in English, also in JSON.
#[derive(Clone, Debug, PartialEq)]
pub enum HealthReason {
    /// The last run failed, for this reason.
    Failed(String),
    /// The last run did not come to its end.
    Interrupted,
    /// The last run was refused before it began.
    Refused(String),
    /// The last complete success is too long ago.
    Late {
        /// How long ago.
        age: SignedDuration,
        /// How long it may be.
        limit: SignedDuration,
    },
    /// There has been no complete success for too long.
    NoSuccess {
        /// For how long.
        age: SignedDuration,
        /// For how long there may be none.
        limit: SignedDuration,
    },
    /// The last run may not have read everything.
    Incomplete,
    /// Archiving was withheld.
    Withheld,
    /// Too many items failed.
    Failures {
        /// How many.
        failed: u64,
        /// Of how many.
        of: u64,
        /// The share that may fail.
        limit: Share,
    },
    /// Nothing is listed where there was something.
    Empty {
        /// How many items there were.
        before: u64,
    },
    /// Far more or fewer items are listed than usual.
    Volume {
        /// How many.
        read: u64,
        /// How many usually.
        usual: u64,
        /// The share by which they may differ.
        limit: Share,
    },
    /// The last run took far longer than usual.
    Slow {
        /// How many minutes.
        took: u64,
        /// How many usually.
        usual: u64,
        /// How many times as long it may take.
        limit: f64,
    },
}

impl fmt::Display for HealthReason {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Failed(why) => write!(formatter, "the last run failed: {why}"),
            Self::Interrupted => formatter.write_str("the last run was interrupted"),
            Self::Refused(why) => write!(formatter, "the last run was refused: {why}"),
            Self::Late { age, limit } => {
                let (age, limit) = (Hours(*age), Hours(*limit));
                write!(formatter, "last complete success {age} ago (limit {limit})")
            }
            Self::NoSuccess { age, limit } => {
                let (age, limit) = (Hours(*age), Hours(*limit));
                write!(formatter, "no complete success in {age} (limit {limit})")
            }
            Self::Incomplete => formatter.write_str("the last run may not have read everything"),
            Self::Withheld => {
                formatter.write_str("archiving was withheld: too many offers disappeared at once")
            }
            Self::Failures { failed, of, limit } => {
                write!(formatter, "{failed} of {of} items failed (limit {limit})")
            }
            Self::Empty { before } => {
                write!(formatter, "nothing is listed; there were {before} items")
            }
            Self::Volume { read, usual, limit } => {
                write!(formatter, "{read} items listed; usually {usual} (limit ±{limit})")
            }
            Self::Slow { took, usual, limit } => {
                write!(formatter, "the last run took {took} min; usually {usual} (limit {limit}×)")
            }
        }
    }
}

impl Serialize for HealthReason {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// A time in whole hours, or in minutes where it is shorter.
#[derive(Clone, Copy, Debug)]
pub struct Hours(pub SignedDuration);

impl fmt::Display for Hours {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.as_hours() {
            0 => write!(formatter, "{} min", self.0.as_mins()),
            hours => write!(formatter, "{hours} h"),
        }
    }
}
