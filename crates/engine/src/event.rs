//! Everything that can happen in a run, as those who watch it see it.

use std::fmt;
use std::time::Duration;

use serde::Serialize;
use strum::{EnumString, IntoStaticStr, VariantArray};

use crate::{Ending, Item, Key, OpKind};

/// How an item can end at its target.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    Hash,
    PartialOrd,
    Ord,
    EnumString,
    IntoStaticStr,
    VariantArray,
)]
#[strum(serialize_all = "snake_case")]
pub enum Outcome {
    /// The target has a new item.
    Created,
    /// The target's item is replaced by what was sent.
    Updated,
    /// The target's item is archived.
    Archived,
    /// The target holds no such item.
    Missing,
    /// The target has the item already as it should be.
    Unchanged,
    /// The item stays at the target because another workflow delivers it too.
    Released,
    /// A step of a saved plan no longer holds and was skipped.
    Outdated,
    /// The target did not take the item.
    Failed,
}

impl Outcome {
    /// Whether an item that ends so has changed the target.
    pub fn is_change(self) -> bool {
        match self {
            Self::Created | Self::Updated | Self::Archived => true,
            Self::Missing | Self::Unchanged | Self::Released | Self::Outdated | Self::Failed => {
                false
            }
        }
    }

    /// Whether the target has acknowledged that it has the item as it was sent.
    pub fn is_acknowledged(self) -> bool {
        self.is_change() || self == Self::Unchanged
    }

    /// Every way.
    pub fn all() -> impl Iterator<Item = Self> {
        Self::VARIANTS.iter().copied()
    }

    /// The name in results and reports.
    pub fn name(self) -> &'static str {
        self.into()
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

/// Where an item was when it ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// At the origin: it could not be read.
    Read,
    /// In a logic, by its number from 1.
    Logic(usize),
    /// In the format.
    Format,
    /// At the target.
    Write,
}

impl Stage {
    /// The stage that [`Display`](fmt::Display) names so.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        match text.split_once(' ') {
            Some(("logic", number)) => number.parse().ok().map(Self::Logic),
            None if text == "read" => Some(Self::Read),
            None if text == "format" => Some(Self::Format),
            None if text == "write" => Some(Self::Write),
            _ => None,
        }
    }
}

impl fmt::Display for Stage {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Read => formatter.write_str("read"),
            Self::Logic(number) => write!(formatter, "logic {number}"),
            Self::Format => formatter.write_str("format"),
            Self::Write => formatter.write_str("write"),
        }
    }
}

/// A service is waited for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wait {
    /// The service.
    pub service: &'static str,
    /// Why.
    pub cause: WaitCause,
    /// How long at most.
    pub duration: Duration,
    /// How long the service asked to wait, where it did.
    pub asked: Option<Duration>,
}

/// Why a service is waited for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum WaitCause {
    /// Its rate limit allows no more calls for now.
    RateLimit,
    /// A call failed and is about to be repeated.
    Retry,
    /// Calls leave spaced out, so that they stay within the rate limit. Told when the call leaves.
    Pace,
}

/// What a run is busy with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// Comparing what was delivered with what the target lists.
    Verifying,
    /// Reading, and writing what was read.
    Moving,
    /// Asking the origin for the items that it no longer lists.
    Confirming,
    /// Archiving what is gone.
    Archiving,
}

/// One thing that happened.
#[derive(Clone, Debug, PartialEq)]
pub enum Event {
    /// Another phase begins.
    Phase {
        /// Which.
        phase: Phase,
        /// How many items it is about, where that is known.
        items: Option<u64>,
    },
    /// The origin says how many items there are to read.
    Listed {
        /// The count, as the origin gave it.
        total: u64,
    },
    /// Items arrived.
    Read {
        /// How many.
        items: u64,
    },
    /// One item more of a phase without writes is done.
    Checked,
    /// The reading failed; what had been read goes on.
    ReadFailed {
        /// Why.
        message: String,
    },
    /// An item came to its end.
    Ended {
        /// What was done, or was to be done.
        op: OpKind,
        /// What the item is known by at the origin.
        key: Key,
        /// The reference at the target, or the id at the origin where it ended before.
        reference: Option<String>,
        /// How it ended.
        ending: Ending,
    },
    /// A dry run would have written this item.
    Formatted {
        /// What would have been sent.
        item: Item,
    },
    /// An item was not sent, or not to its end, because the run was stopped; it is still to be sent.
    Unsent {
        /// What was to be done.
        op: OpKind,
        /// What the item is known by at the origin.
        key: Key,
        /// The reference at the target, or the id at the origin.
        reference: Option<String>,
    },
    /// The target's items are not as this workflow has left them.
    Drifted(crate::Drifted),
    /// A mirror did not archive what it might have; a person decides.
    Withheld(crate::Withheld),
    /// Items are missed, and not for long enough to be archived.
    Pending {
        /// How many.
        items: u64,
    },
    /// The callback returned.
    CallbackExecuted,
    /// The callback failed; the run's work stands.
    CallbackFailed {
        /// Why.
        message: String,
    },
    /// What was delivered could not be saved; the next run may deliver it again.
    StateNotSaved {
        /// Why.
        message: String,
    },
    /// A service is waited for.
    Waiting(Wait),
}
