//! What every value of a parameter can do: be read, be sent, be shown.

use std::borrow::Cow;

use serde_json::Value;

use super::{ParameterKind, Rejection};

/// How a value is written in JSON.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// A string and nothing else: a number would lose the leading zeros of a code.
    Text,
    /// A string of digits; the number itself is taken too.
    Digits,
    /// A whole number; its digits in a string are taken too.
    Integer,
    /// A number.
    Number,
    /// `true` or `false`.
    Boolean,
}

impl Form {
    /// The kind that a specification names.
    pub const fn kind(self) -> ParameterKind {
        match self {
            Self::Text | Self::Digits => ParameterKind::String,
            Self::Integer => ParameterKind::Integer,
            Self::Number => ParameterKind::Number,
            Self::Boolean => ParameterKind::Boolean,
        }
    }

    /// The text of a JSON value, where it is of this form.
    fn text_of(self, value: &Value) -> Result<Cow<'_, str>, Rejection> {
        match (self, value) {
            (Self::Text | Self::Digits | Self::Integer, Value::String(text)) => Ok(text.into()),
            (Self::Digits | Self::Integer, Value::Number(number)) if !number.is_f64() => {
                Ok(number.to_string().into())
            }
            (Self::Number, Value::Number(number)) => Ok(number.to_string().into()),
            (Self::Boolean, Value::Bool(truth)) => Ok(truth.to_string().into()),
            _ => Err(self.mismatch(value)),
        }
    }

    fn mismatch(self, value: &Value) -> Rejection {
        let rejection =
            Rejection::new(format!("expects {}, not {}", self.in_words(), kind_in_words(value)));
        let hint = match (self, value) {
            (Self::Text | Self::Digits, Value::Number(number)) => {
                Some(format!("write it in quotes: \"{number}\""))
            }
            (Self::Number | Self::Boolean, Value::String(text)) if !text.is_empty() => {
                Some(format!("write it without quotes: {text}"))
            }
            (Self::Text | Self::Digits, Value::Array(_)) => {
                Some("write a list as one string, with commas between the values".to_owned())
            }
            _ => None,
        };
        rejection.with_hint_from(hint)
    }

    const fn in_words(self) -> &'static str {
        match self {
            Self::Text | Self::Digits => "a string",
            Self::Integer => "a whole number",
            Self::Number => "a number",
            Self::Boolean => "`true` or `false`",
        }
    }
}

fn kind_in_words(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "an array",
        Value::Object(_) => "an object",
    }
}

/// A typed value of one search parameter.
///
/// ```
/// use francetravail_api::{ParameterValue, RomeCodes};
///
/// let codes = RomeCodes::parse("M1805, M1810")?;
/// assert_eq!(codes.wire(), "M1805,M1810");
/// # Ok::<(), francetravail_api::Rejection>(())
/// ```
pub trait ParameterValue: Sized {
    /// How it is written in JSON.
    const FORM: Form;

    /// Every value that is taken, as text; empty where a list would not help.
    const ACCEPTED: &'static [&'static str] = &[];

    /// Reads the value from text, as on a command line.
    fn parse(text: &str) -> Result<Self, Rejection>;

    /// The text that the service is sent. [`parse`](Self::parse) reads it as the same value.
    fn wire(&self) -> String;

    /// Reads the value from JSON; see [`Form`] for what is taken.
    fn from_json(value: &Value) -> Result<Self, Rejection> {
        Self::parse(&Self::FORM.text_of(value)?)
    }

    /// The value in JSON. The wire form of a number or a boolean is JSON already.
    fn json(&self) -> Value {
        let wire = self.wire();
        match Self::FORM {
            Form::Text | Form::Digits => Value::String(wire),
            Form::Integer | Form::Number | Form::Boolean => {
                serde_json::from_str(&wire).unwrap_or(Value::String(wire))
            }
        }
    }
}

/// Refuses a value that is empty or blank; used by every type that reads text.
pub(crate) fn not_empty(text: &str) -> Result<&str, Rejection> {
    let text = text.trim();
    if text.is_empty() {
        return Err(Rejection::new("is empty").with_hint("leave it out to search without it"));
    }
    Ok(text)
}
