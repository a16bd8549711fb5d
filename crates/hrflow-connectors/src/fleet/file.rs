//! `fleet.toml`: settings that every workflow of a folder takes over, and what concerns them all.

use std::fs;
use std::path::Path;

use serde_json::Value;

use super::{DEFAULT_JOBS, unreadable};
use crate::describe::{Field, Kind};
use crate::problem::{Problem, Side};
use crate::settings::{
    Environment, FromSetting, Given, GivenValue, InvalidValue, Section, Settings,
};

const NAME: &str = "name";
const JOBS: &str = "jobs";
const SHARED_BOARDS: &str = "shared_boards";
/// How many workflows may run at once.
const MAX_JOBS: u64 = 256;

/// What `fleet.toml` takes beside what a workflow file takes, too.
pub(crate) fn fleet_fields() -> Vec<Field> {
    vec![
        Field::optional(NAME, Kind::String, "Name in messages. Without it, that of the folder."),
        Field {
            default: DEFAULT_JOBS.into(),
            ..Field::optional(JOBS, Kind::Integer, "Maximum number of workflows that run at once.")
        },
        Field::optional(
            SHARED_BOARDS,
            Kind::Array,
            "Boards into which several mirrors with different searches may write.",
        ),
    ]
}

/// What the workflows of a folder share.
#[derive(Debug, Default)]
pub(super) struct FleetFile {
    pub(super) settings: Settings,
    pub(super) name: Option<String>,
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
        let mut reader = Reader { found: &found, problems: Vec::new() };
        let name = reader.read(NAME, String::read);
        let jobs = reader.jobs();
        let shared_boards = reader.shared_boards();
        let problems = reader.problems;
        settings.problems.extend(problems);
        settings.problems.extend(settings.service_problems(environment));
        Self { settings, name, jobs, shared_boards }
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
    found: &'a Section,
    problems: Vec<Problem>,
}

impl Reader<'_> {
    fn read<T>(
        &mut self,
        key: &str,
        read: impl FnOnce(&Given) -> Result<T, InvalidValue>,
    ) -> Option<T> {
        let given = self.found.get(key)?;
        read(given)
            .map_err(|invalid| self.problems.push(invalid.at(Side::Workflow, &given.place)))
            .ok()
    }

    fn jobs(&mut self) -> Option<usize> {
        self.read(JOBS, |given| match &given.value {
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
        self.read(SHARED_BOARDS, read).unwrap_or_default()
    }
}
