//! Parameters that are numbers or a yes or no, each with its unit.

use super::value::not_empty;
use super::{Form, ParameterValue, Rejection};

/// A distance in whole kilometres. The service allows itself up to 30 % more (documented).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Kilometres(pub u32);

impl ParameterValue for Kilometres {
    const FORM: Form = Form::Integer;

    fn parse(text: &str) -> Result<Self, Rejection> {
        whole(text, "a whole number of kilometres, 0 or more").map(Self)
    }

    fn wire(&self) -> String {
        self.0.to_string()
    }
}

/// A weekly duration. On the wire the digits are hours and minutes: `800` is 8 h, `2430` is
/// 24 h 30.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct HoursAndMinutes {
    hours: u32,
    minutes: u32,
}

impl HoursAndMinutes {
    /// A duration of at most 99 h 59.
    pub fn new(hours: u32, minutes: u32) -> Result<Self, Rejection> {
        if minutes > 59 {
            return Err(Rejection::new(format!("minutes go from 00 to 59, and are {minutes}"))
                .with_hint("the last two digits are minutes: 24 h 30 is `2430`"));
        }
        if hours > 99 {
            return Err(Rejection::new(format!("hours go from 0 to 99, and are {hours}")));
        }
        Ok(Self { hours, minutes })
    }
}

impl ParameterValue for HoursAndMinutes {
    const FORM: Form = Form::Integer;

    fn parse(text: &str) -> Result<Self, Rejection> {
        let digits = whole(text, "hours and minutes as `HHMM`, such as `2430` for 24 h 30")?;
        Self::new(digits / 100, digits % 100)
    }

    /// Without a leading zero: in JSON this is a number.
    fn wire(&self) -> String {
        (self.hours * 100 + self.minutes).to_string()
    }
}

/// A duration of a contract in months, from 0 to 99; `0.5` is 15 days.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd)]
pub struct Months(f64);

impl Months {
    /// A duration from 0 to 99 months.
    pub fn new(months: f64) -> Result<Self, Rejection> {
        if (0.0..=99.0).contains(&months) {
            return Ok(Self(months.abs()));
        }
        Err(Rejection::new(format!("is {months}; months go from 0 to 99")))
    }
}

impl ParameterValue for Months {
    const FORM: Form = Form::Number;

    fn parse(text: &str) -> Result<Self, Rejection> {
        Self::new(decimal(text)?)
    }

    fn wire(&self) -> String {
        self.0.to_string()
    }
}

/// An amount in euros, 0 or more.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd)]
pub struct Euros(f64);

impl Euros {
    /// A finite amount that is not negative.
    pub fn new(euros: f64) -> Result<Self, Rejection> {
        if euros.is_finite() && euros >= 0.0 {
            return Ok(Self(euros.abs()));
        }
        Err(Rejection::new(format!("is {euros}; an amount is 0 or more")))
    }
}

impl ParameterValue for Euros {
    const FORM: Form = Form::Number;

    fn parse(text: &str) -> Result<Self, Rejection> {
        Self::new(decimal(text)?)
    }

    fn wire(&self) -> String {
        self.0.to_string()
    }
}

impl ParameterValue for bool {
    const FORM: Form = Form::Boolean;

    fn parse(text: &str) -> Result<Self, Rejection> {
        match not_empty(text)? {
            "true" => Ok(true),
            "false" => Ok(false),
            other => Err(Rejection::new(format!("expects `true` or `false`, not `{other}`"))
                .with_hint_from(meant_truth(other))),
        }
    }

    fn wire(&self) -> String {
        self.to_string()
    }
}

fn meant_truth(text: &str) -> Option<String> {
    match text.to_ascii_lowercase().as_str() {
        "true" | "1" | "yes" | "oui" | "on" => Some("write `true`".to_owned()),
        "false" | "0" | "no" | "non" | "off" => Some("write `false`".to_owned()),
        _ => None,
    }
}

fn whole(text: &str, expected: &str) -> Result<u32, Rejection> {
    let text = not_empty(text)?;
    let refused = || Rejection::new(format!("expects {expected}, not `{text}`"));
    if !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(refused());
    }
    text.parse().map_err(|_| refused())
}

/// Digits with at most one decimal point; an exponent comes only from JSON, where it is usual.
fn decimal(text: &str) -> Result<f64, Rejection> {
    let text = not_empty(text)?;
    let plain = text.bytes().all(|byte| byte.is_ascii_digit() || b".eE+-".contains(&byte));
    match text.parse() {
        Ok(number) if plain => Ok(number),
        _ => Err(Rejection::new(format!("expects a number, not `{text}`")).with_hint_from(
            text.contains(',').then(|| format!("write `{}`", text.replace(',', "."))),
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check<V: ParameterValue>(text: &str, expected: Option<&str>) {
        let found = V::parse(text).ok().map(|value| value.wire());
        assert_eq!(found.as_deref(), expected, "{text}");
    }

    #[test]
    fn numbers_are_sent_in_their_shortest_form() {
        check::<Kilometres>("0", Some("0"));
        check::<Kilometres>("010", Some("10"));
        check::<Kilometres>("-1", None);
        check::<Kilometres>("1.5", None);
        check::<HoursAndMinutes>("800", Some("800"));
        check::<HoursAndMinutes>("0830", Some("830"));
        check::<HoursAndMinutes>("2460", None);
        check::<HoursAndMinutes>("10000", None);
        check::<Months>("0.50", Some("0.5"));
        check::<Months>("1.0", Some("1"));
        check::<Months>("99", Some("99"));
        check::<Months>("99.1", None);
        check::<Months>("0,5", None);
        check::<Months>("-0", Some("0"));
        check::<Euros>("2000.00", Some("2000"));
        check::<Euros>("1e3", Some("1000"));
        check::<Euros>("-1", None);
        check::<Euros>("inf", None);
        check::<Euros>("1e999", None);
        check::<Euros>("NaN", None);
    }

    #[test]
    fn only_true_and_false_are_booleans() {
        check::<bool>("true", Some("true"));
        check::<bool>("false", Some("false"));
        check::<bool>("oui", None);
        check::<bool>("", None);
        assert_eq!(bool::parse("True").unwrap_err().hint.as_deref(), Some("write `true`"));
    }
}
