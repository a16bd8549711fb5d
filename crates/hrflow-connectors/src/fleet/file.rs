//! `fleet.toml`: settings that every workflow of a folder takes over, and what concerns them all.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use jiff::SignedDuration;
use serde_json::Value;

use super::unreadable;
use crate::problem::{Problem, Side, nearest};
use crate::settings::{
    Environment, FromSetting, Given, GivenValue, InvalidValue, Section, Settings,
};
use crate::{Share, Thresholds};

const JOBS: &str = "jobs";
const HEALTH: &str = "health";
const SHARED_BOARDS: &str = "shared_boards";
/// How many workflows may run at once.
const MAX_JOBS: u64 = 256;
const THRESHOLDS: [&str; 7] =
    ["late_after", "failures", "volume", "slow", "empty", "withheld", "incomplete"];

/// What the workflows of a folder share.
#[derive(Debug, Default)]
pub(super) struct FleetFile {
    pub(super) settings: Settings,
    pub(super) thresholds: Thresholds,
    pub(super) jobs: Option<usize>,
    pub(super) shared_boards: Vec<String>,
}

impl FleetFile {
    /// None where there is no such file.
    pub(super) fn read(path: &Path, environment: &Environment) -> Result<Option<Self>, Problem> {
        match fs::read_to_string(path) {
            Ok(text) => Ok(Some(Self::parse(&text, path, environment))),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(unreadable(path, &error)),
        }
    }

    pub(super) fn parse(text: &str, path: &Path, environment: &Environment) -> Self {
        let (mut settings, found) = Settings::from_fleet_toml(text, path, environment);
        let mut problems = Vec::new();
        let mut reader = Reader { found: &found, problems: &mut problems };
        let jobs = reader.jobs();
        let shared_boards = reader.shared_boards();
        let thresholds = reader.thresholds();
        settings.problems.extend(problems);
        Self { settings, thresholds, jobs, shared_boards }
    }

    /// The mistakes in it.
    pub(super) fn problems(&self) -> Vec<Problem> {
        self.settings.problems.clone()
    }

    /// What a workflow takes over. The mistakes are reported once, not with each of them.
    pub(super) fn settings_to_share(&self) -> Settings {
        let mut settings = self.settings.clone();
        settings.problems.clear();
        settings
    }
}

struct Reader<'a> {
    found: &'a BTreeMap<String, Section>,
    problems: &'a mut Vec<Problem>,
}

impl Reader<'_> {
    fn given(&self, key: &str, field: &str) -> Option<&Given> {
        self.found.get(key)?.get(field)
    }

    fn read<T>(
        &mut self,
        (key, field): (&str, &str),
        read: impl FnOnce(&Given) -> Result<T, InvalidValue>,
    ) -> Option<T> {
        let given = self.given(key, field)?.clone();
        read(&given)
            .map_err(|invalid| self.problems.push(invalid.at(Side::Workflow, &given.place)))
            .ok()
    }

    fn jobs(&mut self) -> Option<usize> {
        self.read((JOBS, JOBS), |given| match &given.value {
            GivenValue::Json(Value::Number(number)) => number
                .as_u64()
                .filter(|jobs| (1..=MAX_JOBS).contains(jobs))
                .and_then(|jobs| usize::try_from(jobs).ok())
                .ok_or_else(|| format!("must be a whole number from 1 to {MAX_JOBS}").into()),
            _ => Err(format!("must be a whole number from 1 to {MAX_JOBS}").into()),
        })
    }

    fn shared_boards(&mut self) -> Vec<String> {
        let read = |given: &Given| match &given.value {
            GivenValue::Json(Value::Array(keys)) => keys
                .iter()
                .map(|key| key.as_str().map(str::to_owned).ok_or("must be a list of board keys"))
                .collect::<Result<Vec<_>, _>>()
                .map_err(InvalidValue::from),
            _ => Err("must be a list of board keys".into()),
        };
        self.read((SHARED_BOARDS, SHARED_BOARDS), read).unwrap_or_default()
    }

    fn thresholds(&mut self) -> Thresholds {
        let usual = Thresholds::default();
        self.refuse_unknown_thresholds();
        Thresholds {
            late_after: self.limit("late_after", usual.late_after, SignedDuration::read),
            failures: self.limit("failures", usual.failures, Share::read),
            volume: self.limit("volume", usual.volume, Share::read),
            slow: self.limit("slow", usual.slow, times),
            empty: self.read((HEALTH, "empty"), bool::read).unwrap_or(usual.empty),
            withheld: self.read((HEALTH, "withheld"), bool::read).unwrap_or(usual.withheld),
            incomplete: self.read((HEALTH, "incomplete"), bool::read).unwrap_or(usual.incomplete),
        }
    }

    /// A threshold that `false` switches off.
    fn limit<T>(
        &mut self,
        field: &str,
        usual: Option<T>,
        read: fn(&Given) -> Result<T, InvalidValue>,
    ) -> Option<T> {
        let Some(given) = self.given(HEALTH, field) else { return usual };
        if given.value == GivenValue::Json(Value::Bool(false)) {
            return None;
        }
        self.read((HEALTH, field), read)
    }

    fn refuse_unknown_thresholds(&mut self) {
        for (field, given) in self.found.get(HEALTH).into_iter().flat_map(Section::iter) {
            if !THRESHOLDS.contains(&field) {
                let hint = match nearest(field, THRESHOLDS) {
                    Some(meant) => format!("did you mean `{meant}`?"),
                    None => format!("it takes `{}`", THRESHOLDS.join("`, `")),
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
