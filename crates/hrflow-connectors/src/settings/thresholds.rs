//! From where on something is wrong with a workflow, as `[health]` says it.

use jiff::SignedDuration;
use serde_json::Value;

use crate::describe::{Field, Kind};
use crate::problem::Problem;
use crate::settings::reader::ValueReader;
use crate::settings::scalar::{FromSetting, InvalidValue};
use crate::settings::service::HEALTH;
use crate::settings::{Given, GivenValue, Section};
use crate::{Share, Thresholds};

/// What `[health]` takes.
pub(super) fn fields() -> Vec<Field> {
    let limit = |name, default: &str, description| Field {
        default: default.into(),
        ..Field::optional(name, Kind::String, description)
    };
    let switch = |name, description| Field::switch(name, true.into(), description);
    vec![
        limit(
            "late_after",
            "24h",
            "Late if the last complete success is older, such as `36h`. `false` switches it off.",
        ),
        limit(
            "failures",
            "5%",
            "Degraded if a larger share of items failed. `false` switches it off.",
        ),
        limit(
            "volume_change",
            "50%",
            "Degraded if the number of offers differs by a larger share from the median of the \
             last ten complete runs. `false` switches it off.",
        ),
        Field {
            default: 3.into(),
            ..Field::optional(
                "slow",
                Kind::Number,
                "Degraded if the run took more than so many times the median, and over 10 \
                 minutes. `false` switches it off.",
            )
        },
        switch("empty", "Degraded if nothing is listed where there was something."),
        switch("withheld", "Degraded if archiving was withheld by `max_archive`."),
        switch("incomplete", "Degraded if the run may not have read everything."),
    ]
}

/// Reads what was given under `health.`, and what is wrong with it. `false` switches one off.
pub(super) fn thresholds(service: &Section) -> (Thresholds, Vec<Problem>) {
    let usual = Thresholds::default();
    let fields = fields();
    let names: Vec<_> = fields.iter().map(|field| field.name).collect();
    let mut reader = ValueReader::new(service);
    reader.refuse_unknown(HEALTH, &names);
    let thresholds = Thresholds {
        late_after: limit(&mut reader, "late_after", usual.late_after, SignedDuration::read),
        failures: limit(&mut reader, "failures", usual.failures, Share::read),
        volume: limit(&mut reader, "volume_change", usual.volume, Share::read),
        slow: limit(&mut reader, "slow", usual.slow, times),
        empty: reader.read(&key("empty")).unwrap_or(usual.empty),
        withheld: reader.read(&key("withheld")).unwrap_or(usual.withheld),
        incomplete: reader.read(&key("incomplete")).unwrap_or(usual.incomplete),
    };
    (thresholds, reader.problems)
}

/// A threshold that `false` switches off.
fn limit<T>(
    reader: &mut ValueReader,
    field: &str,
    usual: Option<T>,
    read: fn(&Given) -> Result<T, InvalidValue>,
) -> Option<T> {
    let key = key(field);
    match reader.given(&key) {
        None => usual,
        Some(given) if given.value == GivenValue::Json(Value::Bool(false)) => None,
        Some(_) => reader.read_as(&key, read),
    }
}

fn key(field: &str) -> String {
    format!("{HEALTH}.{field}")
}

/// How many times the usual.
fn times(given: &Given) -> Result<f64, InvalidValue> {
    match &given.value {
        GivenValue::Json(Value::Number(number)) => number.as_f64().filter(|times| *times >= 1.0),
        GivenValue::Text(text) => text.parse().ok().filter(|times| *times >= 1.0),
        GivenValue::Json(_) => None,
    }
    .ok_or_else(|| "must be a number of times the usual, such as `3`".into())
}
