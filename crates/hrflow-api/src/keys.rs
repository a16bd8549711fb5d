//! What names a board, and a job within it.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// How many characters a key has.
const KEY_LENGTH: usize = 40;

/// The key of a board: 40 characters of `0-9a-f`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(transparent)]
pub struct BoardKey(String);

/// The text is not a board's key.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expects 40 characters of 0-9 and a-f, and has {0}")]
pub struct NotABoardKey(String);

impl BoardKey {
    /// The key as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for BoardKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl FromStr for BoardKey {
    type Err = NotABoardKey;

    fn from_str(text: &str) -> Result<Self, NotABoardKey> {
        let is_digit = |character: char| matches!(character, '0'..='9' | 'a'..='f');
        let length = text.chars().count();
        match text.chars().find(|character| !is_digit(*character)) {
            Some(other) => Err(NotABoardKey(format!("`{}`", other.escape_debug()))),
            None if length != KEY_LENGTH => Err(NotABoardKey(length.to_string())),
            None => Ok(Self(text.to_owned())),
        }
    }
}

impl<'de> Deserialize<'de> for BoardKey {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

/// What a job is known by: the key that HrFlow gave it, or the reference that its writer chose.
/// A reference is unique within its board.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum JobId {
    /// HrFlow's own key.
    Key(String),
    /// The writer's reference.
    Reference(String),
}

impl JobId {
    /// What a job names itself by: its `key` where it has one, or its `reference`.
    pub fn of(job: &Map<String, Value>) -> Option<Self> {
        let text = |field: &str| job.get(field).and_then(Value::as_str);
        let text = |field: &str| text(field).filter(|text| !text.is_empty()).map(str::to_owned);
        text("key").map(Self::Key).or_else(|| text("reference").map(Self::Reference))
    }

    /// The field that carries it on the wire, and its text.
    pub(crate) fn field(&self) -> (&'static str, &str) {
        match self {
            Self::Key(key) => ("key", key),
            Self::Reference(reference) => ("reference", reference),
        }
    }
}

impl fmt::Display for JobId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.field().1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: Option<&str>) {
        let found = text.parse::<BoardKey>().err().map(|error| error.to_string());
        assert_eq!(found.as_deref(), expected, "{text}");
    }

    #[test]
    fn a_board_key_is_forty_digits() {
        check(&"0a".repeat(20), None);
        check("0a", Some("expects 40 characters of 0-9 and a-f, and has 2"));
        check(&"0A".repeat(20), Some("expects 40 characters of 0-9 and a-f, and has `A`"));
        check("", Some("expects 40 characters of 0-9 and a-f, and has 0"));
        check("a\n", Some("expects 40 characters of 0-9 and a-f, and has `\\n`"));
    }
}
