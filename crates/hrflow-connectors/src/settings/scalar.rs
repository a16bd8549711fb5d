//! How one plain value is read, from text or from JSON.

use std::fmt;
use std::time::Duration;

use api_client::Patience;
use jiff::{SignedDuration, Span, SpanRelativeTo};
use serde_json::Value;

use crate::francetravail::{Contact, Content, LicenceLanguage};
use crate::problem::{Problem, Side, nearest};
use crate::settings::reader::listed;
use crate::settings::{Given, GivenValue};
use crate::{
    FailureLimit, MAX_WRITE_CONCURRENCY, NotAFailureLimit, NotAShare, Reset, Share, Since, kind_of,
};

/// A plain value.
pub(crate) trait FromSetting: Sized {
    /// The value, or what is wrong with it.
    fn read(given: &Given) -> Result<Self, InvalidValue>;
}

/// Why a value is not taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct InvalidValue {
    pub(crate) message: String,
    pub(crate) hint: Option<String>,
}

impl InvalidValue {
    /// Adds how to mend it.
    #[must_use]
    pub(crate) fn with_hint(self, hint: impl Into<String>) -> Self {
        Self { hint: Some(hint.into()), ..self }
    }

    /// As a problem with its place.
    pub(crate) fn at(self, side: Side, place: impl fmt::Display) -> Problem {
        let Self { message, hint } = self;
        Problem { hint, ..Problem::new(side, place, message) }
    }
}

impl From<String> for InvalidValue {
    fn from(message: String) -> Self {
        Self { message, hint: None }
    }
}

impl From<&str> for InvalidValue {
    fn from(message: &str) -> Self {
        message.to_owned().into()
    }
}

impl FromSetting for String {
    fn read(given: &Given) -> Result<Self, InvalidValue> {
        let text = match &given.value {
            GivenValue::Text(text) | GivenValue::Json(Value::String(text)) => text,
            GivenValue::Json(other) => {
                return Err(format!("expects a string, not {}", kind_of(other)).into());
            }
        };
        let text = text.trim();
        if text.is_empty() { Err("is empty".into()) } else { Ok(text.to_owned()) }
    }
}

impl FromSetting for bool {
    fn read(given: &Given) -> Result<Self, InvalidValue> {
        let other = match &given.value {
            GivenValue::Json(Value::Bool(truth)) => return Ok(*truth),
            GivenValue::Text(text) => match text.parse() {
                Ok(truth) => return Ok(truth),
                Err(_) => format!("`{text}`"),
            },
            GivenValue::Json(other) => kind_of(other).to_owned(),
        };
        Err(format!("expects `true` or `false`, not {other}").into())
    }
}

impl FromSetting for u32 {
    fn read(given: &Given) -> Result<Self, InvalidValue> {
        let number = match &given.value {
            GivenValue::Text(text) => text.trim().parse().ok(),
            GivenValue::Json(value) => value.as_u64().and_then(|number| number.try_into().ok()),
        };
        number
            .filter(|number| *number > 0)
            .ok_or_else(|| "must be a whole number of at least 1".into())
    }
}

impl FromSetting for f64 {
    fn read(given: &Given) -> Result<Self, InvalidValue> {
        let number = match &given.value {
            GivenValue::Text(text) => text.trim().parse().ok(),
            GivenValue::Json(value) => value.as_f64(),
        };
        number
            .filter(|number: &Self| number.is_finite() && *number > 0.0)
            .ok_or_else(|| "must be a number above 0".into())
    }
}

impl FromSetting for Share {
    fn read(given: &Given) -> Result<Self, InvalidValue> {
        let (text, quote) = match &given.value {
            GivenValue::Json(Value::Number(number)) => (number.to_string(), "\""),
            GivenValue::Json(_) => (String::read(given)?, "\""),
            GivenValue::Text(text) => (text.clone(), ""),
        };
        text.parse().map_err(|error: NotAShare| {
            let invalid = InvalidValue::from(error.to_string());
            match error.meant() {
                Some(meant) => {
                    let share = meant.as_f64();
                    invalid.with_hint(format!("did you mean `{share}` or `{quote}{meant}{quote}`?"))
                }
                None => invalid,
            }
        })
    }
}

/// The name of a workflow.
pub(crate) struct WorkflowId(pub(crate) String);

impl WorkflowId {
    const MAX_CHARS: usize = 200;

    /// Why a name is not one for a workflow.
    pub(crate) fn check(name: &str) -> Result<(), InvalidValue> {
        match name.chars().count() {
            0..=Self::MAX_CHARS => Ok(()),
            count => {
                let most = Self::MAX_CHARS;
                Err(format!("has {count} characters; a workflow's name has at most {most}").into())
            }
        }
    }
}

impl FromSetting for WorkflowId {
    fn read(given: &Given) -> Result<Self, InvalidValue> {
        let name = String::read(given)?;
        Self::check(&name)?;
        Ok(Self(name))
    }
}

/// How many writes may be in flight.
pub(crate) struct WriteConcurrency(pub(crate) u32);

impl FromSetting for WriteConcurrency {
    fn read(given: &Given) -> Result<Self, InvalidValue> {
        match u32::read(given) {
            Ok(writes @ 1..=MAX_WRITE_CONCURRENCY) => Ok(Self(writes)),
            _ => Err(format!("must be a whole number from 1 to {MAX_WRITE_CONCURRENCY}").into()),
        }
    }
}

impl FromSetting for FailureLimit {
    fn read(given: &Given) -> Result<Self, InvalidValue> {
        let text = match &given.value {
            GivenValue::Json(Value::Number(number)) => number.to_string(),
            _ => String::read(given)?,
        };
        text.parse().map_err(|error: NotAFailureLimit| error.to_string().into())
    }
}

impl FromSetting for Reset {
    fn read(given: &Given) -> Result<Self, InvalidValue> {
        match &given.value {
            GivenValue::Json(Value::Bool(true)) => Ok(Self::Keep),
            GivenValue::Json(Value::Bool(false)) => Ok(Self::No),
            _ => one_of(given, &[("keep", Self::Keep), ("archive", Self::Archive)]),
        }
    }
}

impl FromSetting for Since {
    fn read(given: &Given) -> Result<Self, InvalidValue> {
        let by_date = Self::CreationDate { overlap: Self::DEFAULT_OVERLAP };
        one_of(given, &[("delivered", Self::Delivered), ("creation_date", by_date)])
    }
}

impl FromSetting for SignedDuration {
    fn read(given: &Given) -> Result<Self, InvalidValue> {
        time(&String::read(given)?)
            .ok_or_else(|| "must be a length of time such as `48h` or `30m`".into())
    }
}

impl FromSetting for Patience {
    fn read(given: &Given) -> Result<Self, InvalidValue> {
        time(&String::read(given)?)
            .filter(|time| time.as_secs() > 0)
            .map(|time| Self::of(time.unsigned_abs()))
            .ok_or_else(|| {
                "must be a length of time of at least a second, such as `10m` or `2h`".into()
            })
    }
}

/// How long a logic or a format may take for one item.
pub(crate) struct FunctionTimeout(pub(crate) Duration);

impl FunctionTimeout {
    const SHORTEST: Duration = Duration::from_millis(10);
    const LONGEST: Duration = Duration::from_hours(24);
}

impl FromSetting for FunctionTimeout {
    fn read(given: &Given) -> Result<Self, InvalidValue> {
        time(&String::read(given)?)
            .map(SignedDuration::unsigned_abs)
            .filter(|time| (Self::SHORTEST..=Self::LONGEST).contains(time))
            .map(Self)
            .ok_or_else(|| "must be a length of time from `10ms` to `24h`, such as `30s`".into())
    }
}

impl FromSetting for Content {
    fn read(given: &Given) -> Result<Self, InvalidValue> {
        one_of(given, &[Self::Mapped, Self::Full].map(|content| (content.name(), content)))
    }
}

impl FromSetting for Contact {
    fn read(given: &Given) -> Result<Self, InvalidValue> {
        one_of(given, &[Self::Keep, Self::Drop].map(|contact| (contact.name(), contact)))
    }
}

impl FromSetting for LicenceLanguage {
    fn read(given: &Given) -> Result<Self, InvalidValue> {
        let all = [Self::French, Self::English, Self::Both];
        one_of(given, &all.map(|language| (language.name(), language)))
    }
}

/// An address on the web.
pub(crate) struct WebAddress(pub(crate) String);

impl FromSetting for WebAddress {
    fn read(given: &Given) -> Result<Self, InvalidValue> {
        let text = String::read(given)?;
        let url = text.parse::<url::Url>().ok();
        match url.filter(|url| matches!(url.scheme(), "http" | "https")) {
            Some(_) => Ok(Self(text)),
            None => Err("must be an address such as `https://example.org/method`".into()),
        }
    }
}

/// A length of time, not negative; a day has 24 hours.
fn time(text: &str) -> Option<SignedDuration> {
    let span: Span = text.trim().parse().ok()?;
    let time = span.to_duration(SpanRelativeTo::days_are_24_hours()).ok()?;
    (!time.is_negative()).then_some(time)
}

/// The value of a word.
pub(crate) fn one_of<T: Copy>(given: &Given, words: &[(&str, T)]) -> Result<T, InvalidValue> {
    let text = String::read(given)?;
    let found = words.iter().find(|(word, _)| *word == text).map(|(_, value)| *value);
    let known = || words.iter().map(|(word, _)| *word);
    found.ok_or_else(|| {
        let invalid = InvalidValue::from(format!("`{text}` is not one of {}", listed(known())));
        match nearest(&text, known()) {
            Some(meant) => invalid.with_hint(format!("did you mean `{meant}`?")),
            None => invalid,
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::Place;

    #[track_caller]
    fn check(value: impl Into<Value>, expected_s: Option<u64>) {
        let given = Given::json(value, Place::Flag("--patience".to_owned()));
        let found = Patience::read(&given).ok().map(|patience| patience.limit());
        assert_eq!(found, expected_s.map(Duration::from_secs));
    }

    #[track_caller]
    fn check_function_timeout(value: impl Into<Value>, expected: Option<Duration>) {
        let given = Given::json(value, Place::Flag("--function-timeout".to_owned()));
        assert_eq!(FunctionTimeout::read(&given).ok().map(|time| time.0), expected);
    }

    #[test]
    fn a_function_timeout_has_two_bounds() {
        check_function_timeout("10ms", Some(Duration::from_millis(10)));
        check_function_timeout("0.3s", Some(Duration::from_millis(300)));
        check_function_timeout("1d", Some(Duration::from_hours(24)));
        for refused in ["9ms", "0s", "-30s", "25h", "30", "soon"] {
            check_function_timeout(refused, None);
        }
        check_function_timeout(30, None);
    }

    #[test]
    fn a_patience_is_a_length_of_time_of_at_least_a_second() {
        check("10m", Some(600));
        check(" 2h ", Some(7_200));
        check("1h 30m", Some(5_400));
        check("2d", Some(2 * 86_400));
        check("PT90S", Some(90));
        check("900d", Some(365 * 86_400));
        for refused in ["", "0s", "-10m", "10", "soon", "1e9h", "500ms", "99999999999999999999h"] {
            check(refused, None);
        }
        check(600, None);
        check(true, None);
    }
}
