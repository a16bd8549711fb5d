//! How a workflow uses what it has delivered.

use jiff::{SignedDuration, Timestamp};

/// How a workflow uses what it has delivered.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Incremental {
    /// What becomes of what was delivered, where action, origin, filter or target have changed.
    pub reset: Reset,
    /// What a run reads to find what it has not delivered.
    pub since: Since,
}

/// What becomes of what was delivered before.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Reset {
    /// It counts. A run whose action, origin, filter or target have changed is refused.
    #[default]
    No,
    /// It is forgotten, and its jobs are left as they are.
    Keep,
    /// A mirror archives what of it the filter, as it is now, does not list.
    Archive,
}

/// What an incremental run reads.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Since {
    /// Everything; what was delivered as it is ends as unchanged. The only way that finds what was
    /// re-opened, published late or changed.
    #[default]
    Delivered,
    /// What was created since the last complete reading began. A fifth to two fifths of the offers
    /// that newly appear carry an older date (measured) and are never found this way.
    CreationDate {
        /// How far before that the reading begins.
        overlap: SignedDuration,
    },
}

impl Since {
    /// The overlap where the user does not say.
    pub const DEFAULT_OVERLAP: SignedDuration = SignedDuration::from_hours(48);

    /// From when on a run reads; none for everything, also where nothing was read whole before.
    pub(crate) fn after(self, last_complete_reading: Option<Timestamp>) -> Option<Timestamp> {
        match self {
            Self::Delivered => None,
            Self::CreationDate { overlap } => last_complete_reading?.checked_sub(overlap).ok(),
        }
    }
}
