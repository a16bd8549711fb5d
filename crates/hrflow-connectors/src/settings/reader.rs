//! Reads values out of what was given, and collects what is wrong with them.

use api_client::Patience;
use jiff::{SignedDuration, Span, SpanRelativeTo};
use serde_json::Value;

use crate::problem::{Problem, Side, nearest};
use crate::settings::{Given, GivenValue, Section};
use crate::steps::kind_of;
use crate::{Anew, FailureLimit, NotAFailureLimit, Since};

/// Reads the fields of one section; every problem is kept, none ends the reading.
pub(crate) struct FieldReader<'a> {
    section: &'a Section,
    title: &'static str,
    side: Side,
    pub(crate) problems: Vec<Problem>,
}

impl<'a> FieldReader<'a> {
    /// A reader of a section that may hold these names and no other.
    pub(crate) fn new(
        section: &'a Section,
        title: &'static str,
        side: Side,
        known: &[&'static str],
    ) -> Self {
        let mut reader = Self { section, title, side, problems: Vec::new() };
        reader.refuse_unknown(known);
        reader.refuse_repeated();
        reader
    }

    /// A field that must be given.
    pub(crate) fn required<T: Scalar>(&mut self, name: &'static str) -> Option<T> {
        let Some(given) = self.section.get(name).filter(|given| !given.is_null()) else {
            self.missing(name);
            return None;
        };
        match T::read(given) {
            Ok(value) => Some(value),
            Err(message) => {
                self.problems.push(Problem::new(self.side, &given.place, message));
                None
            }
        }
    }

    /// A field that may be left out.
    pub(crate) fn optional<T: Scalar>(&mut self, name: &'static str) -> Option<T> {
        let given = self.section.get(name).filter(|given| !given.is_null())?;
        T::read(given)
            .map_err(|message| {
                self.problems.push(Problem::new(self.side, &given.place, message));
            })
            .ok()
    }

    /// Refuses fields that say nothing without another one.
    pub(crate) fn refuse(&mut self, names: &[&str], message: &str) {
        for name in names {
            if let Some(given) = self.section.get(name).filter(|given| !given.is_null()) {
                self.problems.push(Problem::new(self.side, &given.place, message));
            }
        }
    }

    /// A field that must be given and that a function of its own reads.
    pub(crate) fn required_as<T>(
        &mut self,
        name: &'static str,
        parse: impl FnOnce(&str) -> Result<T, String>,
    ) -> Option<T> {
        let text = self.required::<String>(name)?;
        match parse(&text) {
            Ok(value) => Some(value),
            Err(message) => {
                let place = &self.section.get(name)?.place;
                self.problems.push(Problem::new(self.side, place, message));
                None
            }
        }
    }

    fn missing(&mut self, name: &str) {
        let title = self.title;
        let problem = Problem::new(self.side, format!("`{title}`"), format!("`{name}` is missing"));
        self.problems.push(problem);
    }

    fn refuse_unknown(&mut self, known: &[&'static str]) {
        for (name, given) in self.section.iter().filter(|(name, _)| !known.contains(name)) {
            let message = format!("`{}` has no `{name}`", self.title);
            let problem = Problem::new(self.side, &given.place, message);
            self.problems.push(match nearest(name, known.iter().copied()) {
                Some(meant) => problem.with_hint(format!("did you mean `{meant}`?")),
                None => problem.with_hint(format!("it takes {}", listed(known))),
            });
        }
    }

    fn refuse_repeated(&mut self) {
        self.problems.extend(repeated(self.section, self.side));
    }
}

/// A problem for each name that a section holds twice.
pub(crate) fn repeated(section: &Section, side: Side) -> impl Iterator<Item = Problem> {
    let is_repeated =
        |index: usize, name: &str| section.iter().take(index).any(|(other, _)| other == name);
    section.iter().enumerate().filter(move |(index, (name, _))| is_repeated(*index, name)).map(
        move |(_, (name, given))| {
            Problem::new(side, &given.place, format!("`{name}` is given twice"))
        },
    )
}

fn listed(names: &[&str]) -> String {
    names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}

/// A plain value, read from text or from JSON.
pub(crate) trait Scalar: Sized {
    /// The value, or what is wrong with it.
    fn read(given: &Given) -> Result<Self, String>;
}

impl Scalar for String {
    fn read(given: &Given) -> Result<Self, String> {
        let text = match &given.value {
            GivenValue::Text(text) | GivenValue::Json(Value::String(text)) => text,
            GivenValue::Json(other) => {
                return Err(format!("must be text, and is {}", kind_of(other)));
            }
        };
        let text = text.trim();
        if text.is_empty() { Err("is empty".to_owned()) } else { Ok(text.to_owned()) }
    }
}

impl Scalar for bool {
    fn read(given: &Given) -> Result<Self, String> {
        match &given.value {
            GivenValue::Json(Value::Bool(truth)) => Ok(*truth),
            GivenValue::Text(text) => {
                text.parse().map_err(|_| format!("must be `true` or `false`, and is `{text}`"))
            }
            GivenValue::Json(other) => {
                Err(format!("must be `true` or `false`, and is {}", kind_of(other)))
            }
        }
    }
}

impl Scalar for u32 {
    fn read(given: &Given) -> Result<Self, String> {
        let number = match &given.value {
            GivenValue::Text(text) => text.parse().ok(),
            GivenValue::Json(value) => value.as_u64().and_then(|number| number.try_into().ok()),
        };
        number
            .filter(|number| *number > 0)
            .ok_or_else(|| "must be a whole number of at least 1".to_owned())
    }
}

impl Scalar for f64 {
    fn read(given: &Given) -> Result<Self, String> {
        let number = match &given.value {
            GivenValue::Text(text) => text.trim().parse().ok(),
            GivenValue::Json(value) => value.as_f64(),
        };
        number
            .filter(|number: &Self| number.is_finite() && *number > 0.0)
            .ok_or_else(|| "must be a number above 0".to_owned())
    }
}

impl Scalar for FailureLimit {
    fn read(given: &Given) -> Result<Self, String> {
        let text = match &given.value {
            GivenValue::Json(Value::Number(number)) => number.to_string(),
            _ => String::read(given)?,
        };
        text.parse().map_err(|error: NotAFailureLimit| error.to_string())
    }
}

impl Scalar for Anew {
    fn read(given: &Given) -> Result<Self, String> {
        match &given.value {
            GivenValue::Json(Value::Bool(true)) => Ok(Self::Keep),
            GivenValue::Json(Value::Bool(false)) => Ok(Self::No),
            _ => match String::read(given)?.as_str() {
                "keep" => Ok(Self::Keep),
                "archive" => Ok(Self::Archive),
                other => Err(format!("`{other}` is not one of `keep`, `archive`")),
            },
        }
    }
}

impl Scalar for Since {
    fn read(given: &Given) -> Result<Self, String> {
        match String::read(given)?.as_str() {
            "delivered" => Ok(Self::Delivered),
            "creation_date" => Ok(Self::CreationDate { overlap: Self::USUAL_OVERLAP }),
            other => Err(format!("`{other}` is not one of `delivered`, `creation_date`")),
        }
    }
}

impl Scalar for Patience {
    fn read(given: &Given) -> Result<Self, String> {
        let message = "must be a length of time of at least a second, such as `10m` or `2h`";
        let patience = match &given.value {
            GivenValue::Text(text) | GivenValue::Json(Value::String(text)) => time(text),
            GivenValue::Json(_) => None,
        };
        patience.map(Self::of).ok_or_else(|| message.to_owned())
    }
}

/// A length of time of at least a second; a day has 24 hours.
fn time(text: &str) -> Option<std::time::Duration> {
    let span: Span = text.trim().parse().ok()?;
    let time = span.to_duration(SpanRelativeTo::days_are_24_hours()).ok()?.try_into().ok();
    time.filter(|time: &std::time::Duration| time.as_secs() > 0)
}

impl Scalar for SignedDuration {
    fn read(given: &Given) -> Result<Self, String> {
        let duration = String::read(given)?.parse().ok();
        duration
            .filter(|duration: &Self| !duration.is_negative())
            .ok_or_else(|| "must be a length of time such as `48h` or `30m`".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::settings::Place;

    #[track_caller]
    fn check(value: impl Into<Value>, expected_s: Option<u64>) {
        let given = Given::json(value, Place::Flag("--patience".to_owned()));
        let found = Patience::read(&given).ok().map(|patience| patience.limit());
        assert_eq!(found, expected_s.map(Duration::from_secs));
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
