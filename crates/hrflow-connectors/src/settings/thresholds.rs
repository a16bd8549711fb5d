//! From where on something is wrong with a workflow, as `[health]` says it.

use jiff::SignedDuration;
use serde_json::Value;

use crate::describe::{Field, Kind};
use crate::problem::{Problem, Side, nearest};
use crate::settings::reader::listed;
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
    let mut reader = Reader { service, problems: Vec::new() };
    reader.refuse_unknown();
    let thresholds = Thresholds {
        late_after: reader.limit("late_after", usual.late_after, SignedDuration::read),
        failures: reader.limit("failures", usual.failures, Share::read),
        volume: reader.limit("volume_change", usual.volume, Share::read),
        slow: reader.limit("slow", usual.slow, times),
        empty: reader.read("empty", bool::read).unwrap_or(usual.empty),
        withheld: reader.read("withheld", bool::read).unwrap_or(usual.withheld),
        incomplete: reader.read("incomplete", bool::read).unwrap_or(usual.incomplete),
    };
    (thresholds, reader.problems)
}

struct Reader<'a> {
    service: &'a Section,
    problems: Vec<Problem>,
}

impl Reader<'_> {
    fn given(&self, field: &str) -> Option<&Given> {
        self.service.get(&format!("{HEALTH}.{field}"))
    }

    fn read<T>(
        &mut self,
        field: &str,
        read: impl FnOnce(&Given) -> Result<T, InvalidValue>,
    ) -> Option<T> {
        let given = self.given(field)?.clone();
        read(&given)
            .map_err(|invalid| self.problems.push(invalid.at(Side::Workflow, &given.place)))
            .ok()
    }

    /// A threshold that `false` switches off.
    fn limit<T>(
        &mut self,
        field: &str,
        usual: Option<T>,
        read: fn(&Given) -> Result<T, InvalidValue>,
    ) -> Option<T> {
        let Some(given) = self.given(field) else { return usual };
        if given.value == GivenValue::Json(Value::Bool(false)) {
            return None;
        }
        self.read(field, read)
    }

    fn refuse_unknown(&mut self) {
        let fields = fields();
        let known = || fields.iter().map(|field| field.name);
        for (key, given) in self.service.iter() {
            let Some(field) = key.strip_prefix("health.") else { continue };
            if !known().any(|known| known == field) {
                let hint = match nearest(field, known()) {
                    Some(meant) => format!("did you mean `{meant}`?"),
                    None => format!("it takes {}", listed(known())),
                };
                let message = format!("`[{HEALTH}]` has no `{field}`");
                let problem = Problem::new(Side::Workflow, &given.place, message);
                self.problems.push(problem.with_hint(hint));
            }
        }
    }
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
