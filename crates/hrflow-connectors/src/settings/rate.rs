//! How often something may be done: `60/min`, `10/s`, or a number in the setting's own unit.

use crate::settings::scalar::{FromSetting, InvalidValue};
use crate::settings::{Given, GivenValue};

/// The units, and how many seconds each has.
const UNITS: [(&str, f64); 7] = [
    ("s", 1.0),
    ("sec", 1.0),
    ("second", 1.0),
    ("m", 60.0),
    ("min", 60.0),
    ("minute", 60.0),
    ("h", 3_600.0),
];

/// So many a minute; at least one.
pub(crate) struct PerMinute(pub(crate) u32);

/// So many a second.
pub(crate) struct PerSecond(pub(crate) f64);

impl FromSetting for PerMinute {
    fn read(given: &Given) -> Result<Self, InvalidValue> {
        let whole = rate(given, 60.0).map(f64::round).filter(|rate| *rate >= 1.0);
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it is bounded")]
        let whole = whole.filter(|rate| *rate <= f64::from(u32::MAX)).map(|rate| rate as u32);
        let is_fraction = plain(given).is_some_and(|number| number.fract() != 0.0);
        whole.filter(|_| !is_fraction).map(Self).ok_or_else(|| {
            "must be a whole number of at least 1 a minute, or a rate such as `60/min` or `2/s`"
                .into()
        })
    }
}

impl FromSetting for PerSecond {
    fn read(given: &Given) -> Result<Self, InvalidValue> {
        rate(given, 1.0)
            .map(Self)
            .ok_or_else(|| "must be a number above 0, or a rate such as `10/s` or `300/min`".into())
    }
}

/// The number alone, where no unit is given.
fn plain(given: &Given) -> Option<f64> {
    match &given.value {
        GivenValue::Text(text) => text.trim().parse().ok(),
        GivenValue::Json(value) => match value.as_str() {
            Some(text) => text.trim().parse().ok(),
            None => value.as_f64(),
        },
    }
}

/// How many in so many seconds.
fn rate(given: &Given, seconds: f64) -> Option<f64> {
    let number = plain(given).or_else(|| {
        let text = match &given.value {
            GivenValue::Text(text) => text.as_str(),
            GivenValue::Json(value) => value.as_str()?,
        };
        let (number, unit) = text.split_once('/')?;
        let (_, of_unit) = UNITS.into_iter().find(|(name, _)| *name == unit.trim())?;
        Some(number.trim().parse::<f64>().ok()? * seconds / of_unit)
    });
    number.filter(|number| number.is_finite() && *number > 0.0)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::settings::Place;

    fn given(value: Value) -> Given {
        Given::json(value, Place::Flag("--write-rate".to_owned()))
    }

    #[test]
    fn a_rate_has_a_unit_or_that_of_its_setting() {
        let minute = |value: Value| PerMinute::read(&given(value)).ok().map(|rate| rate.0);
        let second = |value: Value| PerSecond::read(&given(value)).ok().map(|rate| rate.0);
        assert_eq!(minute(json!(60)), Some(60));
        assert_eq!(minute(json!("60")), Some(60));
        assert_eq!(minute(json!("2/s")), Some(120));
        assert_eq!(minute(json!("90/min")), Some(90));
        assert_eq!(minute(json!("600 / h")), Some(10));
        assert_eq!(second(json!(0.5)), Some(0.5));
        assert_eq!(second(json!("300/min")), Some(5.0));
        for refused in [json!(0), json!(-1), json!("2/day"), json!("/s"), json!(true), json!("x")] {
            assert_eq!((minute(refused.clone()), second(refused)), (None, None));
        }
        assert_eq!((minute(json!(1.5)), minute(json!("1/h"))), (None, None));
    }
}
