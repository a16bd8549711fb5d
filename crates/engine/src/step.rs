//! One thing to be done to one item, and how it ends.

use std::error::Error;
use std::fmt;
use std::sync::Arc;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::{Value, json};
use store::Fingerprint;

use crate::{Item, Outcome, Stage};

/// One thing to be done to one item: the value that is planned, journaled, executed, resumed and
/// retried.
#[derive(Clone, Debug, PartialEq)]
pub struct Step {
    /// What the item is known by at the origin.
    pub key: Key,
    /// What is to be done.
    pub op: Op,
    /// Tells the content at the origin and the programs; none where nothing is remembered.
    pub fingerprint: Option<Fingerprint>,
    /// What may have happened to the item before.
    pub attempt: Attempt,
    /// What must hold at the moment of sending.
    pub requires: Requires,
}

/// What an item is known by at the origin: its id, or its content where it has none.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Key {
    /// Its id.
    Id(Box<str>),
    /// What tells its content.
    Content(Fingerprint),
}

impl Key {
    /// The id, where there is one.
    pub fn id(&self) -> Option<&str> {
        match self {
            Self::Id(id) => Some(id),
            Self::Content(_) => None,
        }
    }

    /// What tells an operation on this item from every other.
    pub(crate) fn hash_with(&self, op: OpKind) -> Fingerprint {
        let op = match op {
            OpKind::Write => 'w',
            OpKind::Retire => 'r',
        };
        match self {
            Self::Id(id) => Fingerprint::of(format!("{op}{id}").as_bytes()),
            Self::Content(content) => Fingerprint::of(format!("{op}#{content}").as_bytes()),
        }
    }
}

impl fmt::Display for Key {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Id(id) => formatter.write_str(id),
            Self::Content(content) => write!(formatter, "#{content}"),
        }
    }
}

/// An id is a text, a content is `{"content": "5f0c…"}`.
impl Serialize for Key {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Id(id) => serializer.serialize_str(id),
            Self::Content(content) => json!({"content": content.to_string()}).serialize(serializer),
        }
    }
}

impl<'de> Deserialize<'de> for Key {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match Value::deserialize(deserializer)? {
            Value::String(id) => Ok(Self::Id(id.into())),
            other => other["content"]
                .as_str()
                .and_then(Fingerprint::parse)
                .map(Self::Content)
                .ok_or_else(|| D::Error::custom("neither an id nor a content")),
        }
    }
}

/// What is to be done to an item.
#[derive(Clone, Debug, PartialEq)]
pub enum Op {
    /// Write it; the target is not known to have it.
    Write(Item),
    /// Write it in place of what the target is known to have.
    Replace(Item),
    /// Archive what the target has of it.
    Retire,
}

impl Op {
    /// The operation without what it writes.
    pub fn kind(&self) -> OpKind {
        match self {
            Self::Write(_) | Self::Replace(_) => OpKind::Write,
            Self::Retire => OpKind::Retire,
        }
    }

    /// What is written.
    pub fn item(&self) -> Option<&Item> {
        match self {
            Self::Write(item) | Self::Replace(item) => Some(item),
            Self::Retire => None,
        }
    }

    /// What was to be written, taken out.
    pub fn into_item(self) -> Option<Item> {
        match self {
            Self::Write(item) | Self::Replace(item) => Some(item),
            Self::Retire => None,
        }
    }
}

/// What is done to an item: it is written, or archived.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum OpKind {
    /// It is written, in whatever way.
    #[default]
    Write,
    /// What the target has of it is archived.
    Retire,
}

/// What may have happened to an item before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Attempt {
    /// Nothing.
    First,
    /// An interrupted process of this run may have sent it.
    InDoubt,
    /// Another run failed to send it.
    Retried,
}

/// What must hold at the moment of sending.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Requires {
    /// Nothing more than was known when the step was made.
    #[default]
    Nothing,
    /// The origin lists the item.
    Listed,
    /// The origin, asked for the item itself, does not have it.
    Absent,
    /// No other workflow claims the target's item.
    Unclaimed,
}

/// How an item ended.
#[derive(Clone, Debug, PartialEq)]
pub enum Ending {
    /// It was sent, or did not have to be.
    Done(Outcome),
    /// It was not sent, because what the step requires did not hold any more.
    Withdrawn,
    /// A logic discarded it.
    Discarded {
        /// The logic's number from 1.
        logic: usize,
    },
    /// It failed.
    Failed(StepError),
}

impl Ending {
    /// How the item counts at the target; none where it did not come so far.
    pub fn outcome(&self) -> Option<Outcome> {
        match self {
            Self::Done(outcome) => Some(*outcome),
            Self::Withdrawn => Some(Outcome::Missing),
            Self::Failed(StepError { stage: Stage::Write, .. }) => Some(Outcome::Failed),
            Self::Discarded { .. } | Self::Failed(_) => None,
        }
    }
}

/// Why an item failed.
#[derive(Clone, Debug, PartialEq)]
pub struct StepError {
    /// Where.
    pub stage: Stage,
    /// What went wrong.
    pub error: EndError,
}

impl StepError {
    /// A failure of the user's functions.
    pub(crate) fn of_function(stage: Stage, message: String) -> Self {
        Self { stage, error: EndError::item(message).not_retryable() }
    }
}

/// Why an end of a run did not do what it was asked.
#[derive(Clone, Debug)]
pub struct EndError {
    /// What went wrong, in one line.
    pub message: String,
    /// What to do about it.
    pub hint: Option<String>,
    /// Whether trying again can help.
    pub retryable: bool,
    /// Whether the next item would fare better.
    pub scope: Scope,
    /// What it follows from.
    pub source: Option<Arc<dyn Error + Send + Sync>>,
}

/// What a failure is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// This item alone.
    Item,
    /// Every item: going on would fail in the same way.
    Run,
}

impl EndError {
    /// A failure of one item that may succeed another time.
    pub fn item(message: impl Into<String>) -> Self {
        let (message, scope) = (message.into(), Scope::Item);
        Self { message, hint: None, retryable: true, scope, source: None }
    }

    /// A failure that every item would meet.
    pub fn run(message: impl Into<String>) -> Self {
        Self { scope: Scope::Run, ..Self::item(message) }
    }

    /// The same, that no retry mends.
    #[must_use]
    pub fn not_retryable(self) -> Self {
        Self { retryable: false, ..self }
    }

    /// The same with advice.
    #[must_use]
    pub fn with_hint(self, hint: Option<impl Into<String>>) -> Self {
        Self { hint: hint.map(Into::into), ..self }
    }

    /// The same with its cause.
    #[must_use]
    pub fn caused_by(self, source: impl Error + Send + Sync + 'static) -> Self {
        Self { source: Some(Arc::new(source)), ..self }
    }
}

/// The cause is not compared: it says nothing that the message does not.
impl PartialEq for EndError {
    fn eq(&self, other: &Self) -> bool {
        let Self { message, hint, retryable, scope, source: _ } = self;
        (message, hint, retryable, scope)
            == (&other.message, &other.hint, &other.retryable, &other.scope)
    }
}

impl fmt::Display for EndError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.message)
    }
}

impl Error for EndError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.source.as_deref().map(|source| source as _)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(key: &Key, expected: &str) {
        let json = serde_json::to_string(key).unwrap();
        assert_eq!(json, expected);
        assert_eq!(serde_json::from_str::<Key>(&json).unwrap(), *key);
    }

    #[test]
    fn no_id_reads_as_a_content_or_as_another_operation() {
        let content = Fingerprint::of(b"content");
        check(&Key::Content(content), &format!(r#"{{"content":"{content}"}}"#));
        for id in ["048KLTP", "", "#5f", "-048KLTP", r#"{"content":"5f"}"#] {
            let key = Key::Id(id.into());
            check(&key, &serde_json::to_string(id).unwrap());
            assert_ne!(key.hash_with(OpKind::Write), key.hash_with(OpKind::Retire));
        }
    }
}
