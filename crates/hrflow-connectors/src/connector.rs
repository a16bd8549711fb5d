//! The two ends of a run: an origin that is read, and a target that is written to.

use futures::future::BoxFuture;
use jiff::Timestamp;
use serde_json::Value;
use tokio::sync::mpsc;

use crate::run::Recorder;
use crate::{Item, Outcome};

/// Where items come from.
pub trait Origin: Send + Sync {
    /// The name that people know it by.
    fn name(&self) -> &'static str;

    /// The parsed parameters, as the callback is given them.
    fn parameters(&self) -> Value;

    /// What is read, in a form that is the same for parameters that select the same items.
    fn selection(&self) -> Value;

    /// What names an item in reports before it has a reference at the target.
    fn reference(&self, item: &Item) -> Option<String>;

    /// Reads everything asked for and sends it on in batches, as it comes; with `since`, only what
    /// was created at that time or later.
    ///
    /// What was sent stays delivered when the reading breaks off. A closed channel means that
    /// nobody wants more.
    fn read(
        &self,
        since: Option<Timestamp>,
        batches: mpsc::Sender<Vec<Item>>,
        recorder: Recorder,
    ) -> BoxFuture<'_, Result<Reading, ReadFailure>>;

    /// Whether something that a target holds was made of an item of this origin.
    fn has_made(&self, _held: &Item) -> bool {
        false
    }

    /// The item of that reference as the origin has it now; none where it is listed no more.
    fn find<'a>(&'a self, reference: &'a str) -> BoxFuture<'a, Result<Option<Item>, String>>;

    /// Asks the origin whether it would answer, and says so in a sentence. Moves nothing.
    fn check(&self) -> BoxFuture<'_, Result<String, String>>;
}

/// How a reading that came to its end went.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reading {
    /// Whether everything that the origin lists for the parameters was read.
    pub complete: bool,
    /// What a person should know of it.
    pub remark: Option<String>,
}

/// Why a reading broke off.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReadFailure(pub String);

/// Where items go.
pub trait Target: Send + Sync {
    /// The name that people know it by.
    fn name(&self) -> &'static str;

    /// The parsed parameters, as the callback is given them.
    fn parameters(&self) -> Value;

    /// Every way in which an item can end here.
    fn outcomes(&self) -> &'static [Outcome];

    /// What names a formatted item in reports.
    fn reference(&self, item: &Item) -> Option<String>;

    /// Whether an item has what the target needs, as far as that can be told without asking it.
    fn validate(&self, _item: &Item) -> Result<(), String> {
        Ok(())
    }

    /// Writes one formatted item; repeats where that is safe, and returns when its fate is known.
    fn write<'a>(&'a self, item: &'a Item) -> BoxFuture<'a, Result<Outcome, WriteFailure>>;

    /// Writes an item in place of one that the target is known to have, unless somebody took it
    /// away.
    fn replace<'a>(&'a self, item: &'a Item) -> BoxFuture<'a, Result<Outcome, WriteFailure>> {
        self.write(item)
    }

    /// Writes an item that an earlier process, or an earlier try, may have written already.
    fn write_again<'a>(&'a self, item: &'a Item) -> BoxFuture<'a, Result<Outcome, WriteFailure>> {
        self.write(item)
    }

    /// Whether an item that the origin lists no more should not be written any more either.
    fn follows_origin(&self) -> bool {
        true
    }

    /// How an item would end if it were written, given what the target has of it.
    fn foresee(&self, held: Option<&Item>, item: &Item) -> Outcome;

    /// Takes the item of that reference out of use, where the target is a mirror.
    fn retire<'a>(&'a self, reference: &'a str) -> BoxFuture<'a, Result<Outcome, WriteFailure>> {
        not_retired(self.name(), reference)
    }

    /// The item of that reference as the target has it now, also where it is out of use; none
    /// where the target has no such item.
    fn held<'a>(&'a self, reference: &'a str) -> BoxFuture<'a, Result<Option<Item>, WriteFailure>> {
        unable(format!("{} does not show what it holds of `{reference}`", self.name()))
    }

    /// Whether an item that the target holds is out of use.
    fn is_retired(&self, _held: &Item) -> bool {
        false
    }

    /// Sends everything that the target lists as its own, in batches, each item once. Whether what
    /// is out of use is among it is the target's to say.
    ///
    /// A closed channel means that nobody wants more.
    fn holdings(&self, _found: mpsc::Sender<Vec<Item>>) -> BoxFuture<'_, Result<(), WriteFailure>> {
        unable(format!("{} does not list what it holds", self.name()))
    }

    /// Asks the target whether it would answer, and says so in a sentence. Changes nothing.
    fn check(&self) -> BoxFuture<'_, Result<String, String>>;
}

/// The answer of a target that takes nothing out of use.
pub(crate) fn not_retired<'a>(
    target: &str,
    reference: &str,
) -> BoxFuture<'a, Result<Outcome, WriteFailure>> {
    unable(format!("{target} does not take `{reference}` out of use here"))
}

/// The answer of a target that cannot do what is asked, for no item.
fn unable<T: Send + 'static>(why: String) -> BoxFuture<'static, Result<T, WriteFailure>> {
    let failure = WriteFailure { why, can_be_retried: false, concerns: Concern::Run };
    Box::pin(std::future::ready(Err(failure)))
}

/// Why an item was not written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WriteFailure {
    /// Why, in words.
    pub why: String,
    /// Whether trying again can help.
    pub can_be_retried: bool,
    /// Whether the next item would fare better.
    pub concerns: Concern,
}

impl WriteFailure {
    /// What [`Target::validate`] says of an item, which is so however often it is sent.
    pub(crate) fn invalid(why: String) -> Self {
        Self { why, can_be_retried: false, concerns: Concern::Item }
    }
}

/// Whom a failure concerns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Concern {
    /// This item alone.
    Item,
    /// Every item: going on would fail a thousand times in the same way.
    Run,
}
