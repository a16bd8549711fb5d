//! The two ends of a run: an origin that is read, and a target that is written to.

use std::fmt;

use futures::future::BoxFuture;
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use serde_json::Value;
use store::Fingerprint;
use tokio::sync::mpsc;

use crate::{ActionFormat, Difference, EndError, Item, MirrorRules, Outcome, RunId, Step};

/// Both ends of a run, ready to be asked.
pub struct Ends {
    /// Where items come from.
    pub origin: Box<dyn Origin>,
    /// Where items go.
    pub target: Box<dyn Target>,
    /// What the action itself makes of an item.
    pub format: ActionFormat,
    /// How careful a mirror is; none where the target is no mirror.
    pub mirror: Option<MirrorRules>,
    /// Which items are written.
    pub select: Select,
    /// What a person should know of the parameters before the run begins.
    pub warnings: Vec<Warning>,
}

/// Something that is allowed, and may not be what was meant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Warning {
    /// Where it stands: a place in a file, a flag, a variable, or a parameter.
    pub place: String,
    /// What will be done.
    pub message: String,
    /// How to say more clearly what is meant.
    pub hint: Option<String>,
}

impl fmt::Display for Warning {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}: {}", self.place, self.message)?;
        match &self.hint {
            Some(hint) => write!(formatter, "\n  hint: {hint}"),
            None => Ok(()),
        }
    }
}

/// Which items a run is about.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Select {
    /// Those that the origin lists.
    #[default]
    Listed,
    /// Those that the origin lists no more: nothing that is listed is written.
    Vanished,
}

/// What an origin says of itself.
#[derive(Clone, Debug)]
pub struct OriginInfo {
    /// The name that people know it by.
    pub name: &'static str,
    /// The parsed parameters, as the callback is given them.
    pub parameters: Value,
    /// What is read, the same for parameters that select the same items.
    pub selection: Value,
    /// How old a mirror of it may be.
    pub max_staleness: Option<SignedDuration>,
    /// The parameters by which items leave the selection although nothing happens to them.
    pub sliding: Vec<&'static str>,
}

/// Where items come from.
pub trait Origin: Send + Sync {
    /// What it is.
    fn describe(&self) -> OriginInfo;

    /// The item's id.
    fn id(&self, item: &Item) -> Option<String>;

    /// Reads everything asked for and sends it on as it comes; with `since`, only what was created
    /// at that time or later.
    ///
    /// What was sent stays delivered when the reading fails. A closed channel means that nobody
    /// wants more.
    fn read(
        &self,
        since: Option<Timestamp>,
        out: mpsc::Sender<Arrival>,
    ) -> BoxFuture<'_, Result<Coverage, EndError>>;

    /// The item of that id as the origin has it now; none where it no longer has it.
    fn find<'a>(&'a self, id: &'a str) -> BoxFuture<'a, Result<Option<Item>, EndError>>;

    /// Whether a reading would list an item that [`Origin::find`] has found, as far as that can be
    /// told from the item alone.
    fn selects(&self, _item: &Item) -> Selects {
        Selects::Perhaps
    }

    /// Whether something that a target holds was made from an item of this origin.
    fn made(&self, _held: &Held) -> bool {
        false
    }

    /// Asks the origin whether it would answer, and says so in a sentence. Changes nothing.
    fn check(&self) -> BoxFuture<'_, Result<String, EndError>>;

    /// How many items a reading would list, where the origin can tell before.
    fn count(&self) -> BoxFuture<'_, Result<Option<u64>, EndError>> {
        Box::pin(std::future::ready(Ok(None)))
    }
}

/// What an origin sends on.
#[derive(Clone, Debug, PartialEq)]
pub enum Arrival {
    /// How many items there are to read.
    Total(u64),
    /// Items.
    Items(Vec<Item>),
    /// An item that is listed and could not be read.
    Unreadable {
        /// Its id, where that could be read.
        id: Option<String>,
        /// Why it could not.
        message: String,
    },
}

/// Whether an item belongs to what is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Selects {
    /// The selection lists it.
    Yes,
    /// Something that the selection asks for is not so.
    No,
    /// The item alone does not tell.
    Perhaps,
}

/// How much of what is listed a reading that came to its end has read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Coverage {
    /// Whether everything that the origin lists for the parameters was read.
    pub complete: bool,
    /// What a person should know of it.
    pub warning: Option<String>,
}

impl Coverage {
    /// Everything that is listed.
    pub const COMPLETE: Self = Self { complete: true, warning: None };
    /// A part of what is listed.
    pub const PARTIAL: Self = Self { complete: false, warning: None };
}

/// What a target says of itself.
#[derive(Clone, Debug)]
pub struct TargetInfo {
    /// The name that people know it by.
    pub name: &'static str,
    /// The parsed parameters, as the callback is given them.
    pub parameters: Value,
    /// Every way in which an item can end here.
    pub outcomes: &'static [Outcome],
    /// Whether an item that the origin lists no more should not be written any more either.
    pub skips_unlisted: bool,
}

/// Where items go.
pub trait Target: Send + Sync {
    /// What it is.
    fn describe(&self) -> TargetInfo;

    /// A run is about to send steps.
    fn begin(&self, _run_id: &RunId) {}

    /// What names a formatted item in reports.
    fn reference(&self, item: &Item) -> Option<String>;

    /// Why a formatted item could not be written, as far as can be told without a call.
    fn validate(&self, _item: &Item) -> Result<(), String> {
        Ok(())
    }

    /// Does what the step says; repeats where that is safe, and returns when the outcome is known.
    fn apply<'a>(&'a self, step: &'a Step) -> BoxFuture<'a, Result<Applied, EndError>>;

    /// How a step would end, given what the target has of its item.
    fn predict(&self, step: &Step, held: Option<&Held>) -> Prediction;

    /// The item of that reference as the target has it now, also where it is archived.
    fn get<'a>(&'a self, reference: &'a str) -> BoxFuture<'a, Result<Option<Held>, EndError>> {
        let message = format!("{} cannot show what it has of `{reference}`", self.describe().name);
        Box::pin(std::future::ready(Err(EndError::run(message).not_retryable())))
    }

    /// Sends everything that the target lists, in batches, each item once. Whether archived items
    /// are among it is the target's to say. A failure of [`Scope::Item`](crate::Scope) says that
    /// the list changed so often that it was not read whole.
    ///
    /// A closed channel means that nobody wants more.
    fn list(&self, _out: mpsc::Sender<Vec<Held>>) -> BoxFuture<'_, Result<(), EndError>> {
        let message = format!("{} cannot list what it has", self.describe().name);
        Box::pin(std::future::ready(Err(EndError::run(message).not_retryable())))
    }

    /// Asks the target whether it would answer, and says so in a sentence. Changes nothing.
    fn check(&self) -> BoxFuture<'_, Result<String, EndError>>;
}

/// What a step has done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Applied {
    /// How the item ended.
    pub outcome: Outcome,
    /// What tells the item as the target has it now, where the target's answer shows it.
    pub version: Option<Fingerprint>,
}

impl From<Outcome> for Applied {
    fn from(outcome: Outcome) -> Self {
        Self { outcome, version: None }
    }
}

/// An item as a target has it, in the engine's words.
#[derive(Clone, Debug, PartialEq)]
pub struct Held {
    /// What names it.
    pub reference: Option<String>,
    /// What people call it.
    pub label: Option<String>,
    /// Whether it is archived.
    pub is_retired: bool,
    /// Which workflows say that they deliver it.
    pub claims: Claims,
    /// What tells its content from another.
    pub version: Fingerprint,
    /// Whether all of it could be read. Where not, it is there, and whether it has changed is not
    /// known.
    pub is_whole: bool,
    /// The item itself.
    pub item: Item,
}

/// Which workflows say that they deliver an item.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Claims {
    /// This workflow does.
    pub ours: bool,
    /// At least one other workflow does.
    pub others: bool,
}

/// How a step would end.
#[derive(Clone, Debug, PartialEq)]
pub struct Prediction {
    /// The outcome.
    pub outcome: Outcome,
    /// What would change.
    pub changes: Difference,
    /// What people call the item, where the step says it.
    pub label: Option<String>,
}

impl From<Outcome> for Prediction {
    fn from(outcome: Outcome) -> Self {
        Self { outcome, changes: Difference::default(), label: None }
    }
}
