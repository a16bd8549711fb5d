//! All that can happen in a run, as everybody who watches it is told.

use std::fmt;

use api_client::Wait;

/// How an item can end at its target.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Outcome {
    /// The board has a new job.
    Created,
    /// The board's job is as the item says.
    Updated,
    /// The board's job is archived.
    Archived,
    /// The board holds no such job.
    Missing,
    /// The target has the item already: it was delivered before as it is, or the board has a job
    /// of that reference, which was left as it is, or the job was archived before.
    Unchanged,
    /// The target did not take the item.
    Failed,
}

impl Outcome {
    /// Whether an item that ends so has changed the target.
    pub fn is_change(self) -> bool {
        match self {
            Self::Created | Self::Updated | Self::Archived => true,
            Self::Missing | Self::Unchanged | Self::Failed => false,
        }
    }

    /// The name in results and reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::Created => "created",
            Self::Updated => "updated",
            Self::Archived => "archived",
            Self::Missing => "missing",
            Self::Unchanged => "unchanged",
            Self::Failed => "failed",
        }
    }
}

impl Outcome {
    const ALL: [Self; 6] = [
        Self::Created,
        Self::Updated,
        Self::Archived,
        Self::Missing,
        Self::Unchanged,
        Self::Failed,
    ];

    /// The outcome of that name.
    pub(crate) fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|outcome| outcome.name() == name)
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

/// Where an item was when it failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
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
            None if text == "format" => Some(Self::Format),
            None if text == "write" => Some(Self::Write),
            _ => None,
        }
    }
}

impl fmt::Display for Stage {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Logic(number) => write!(formatter, "logic {number}"),
            Self::Format => formatter.write_str("format"),
            Self::Write => formatter.write_str("write"),
        }
    }
}

/// One thing that happened.
#[derive(Clone, Debug, PartialEq)]
pub enum Event {
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
    /// The reading broke off; what had been read goes on.
    ReadFailed {
        /// Why.
        why: String,
    },
    /// A logic discarded an item.
    Discarded {
        /// The item's id at the origin.
        reference: Option<String>,
        /// The logic's number from 1.
        logic: usize,
    },
    /// An item ended at the target.
    Written {
        /// The reference at the target.
        reference: Option<String>,
        /// How.
        outcome: Outcome,
    },
    /// An item failed, alone.
    ItemFailed {
        /// The reference at the target, or the id at the origin where it failed before.
        reference: Option<String>,
        /// Where.
        stage: Stage,
        /// Why.
        why: String,
        /// Whether trying again can help.
        can_be_retried: bool,
    },
    /// The callback returned.
    CallbackExecuted,
    /// The callback failed; the run's work stands.
    CallbackFailed {
        /// Why.
        why: String,
    },
    /// What was delivered could not be saved; the next run may deliver it again.
    StateNotSaved {
        /// Why.
        why: String,
    },
    /// A mirror did not archive what it might have; a person is asked.
    Withheld {
        /// Why.
        why: String,
    },
    /// A service is waited for.
    Waiting(Wait),
}
