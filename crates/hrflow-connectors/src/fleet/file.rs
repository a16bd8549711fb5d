//! `fleet.toml`: settings that every workflow of a folder takes over, and what concerns them all.

use std::fs;
use std::path::Path;

use serde_json::Value;

use super::{DEFAULT_JOBS, unreadable};
use crate::describe::{Field, Kind};
use crate::problem::Problem;
use crate::settings::{Environment, Given, GivenValue, InvalidValue, Settings, ValueReader};

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
        let mut reader = ValueReader::new(&found);
        let name = reader.read(NAME);
        let jobs = reader.read_as(JOBS, jobs);
        let shared_boards = reader.read_as(SHARED_BOARDS, board_keys).unwrap_or_default();
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

fn jobs(given: &Given) -> Result<usize, InvalidValue> {
    let number = match &given.value {
        GivenValue::Json(Value::Number(number)) => number.as_u64(),
        GivenValue::Json(_) | GivenValue::Text(_) => None,
    };
    number
        .filter(|jobs| (1..=MAX_JOBS).contains(jobs))
        .and_then(|jobs| usize::try_from(jobs).ok())
        .ok_or_else(|| format!("must be a whole number from 1 to {MAX_JOBS}").into())
}

fn board_keys(given: &Given) -> Result<Vec<String>, InvalidValue> {
    let wrong = || InvalidValue::from("must be a list of board keys");
    match &given.value {
        GivenValue::Json(Value::Array(keys)) => {
            keys.iter().map(|key| key.as_str().map(str::to_owned).ok_or_else(wrong)).collect()
        }
        GivenValue::Json(_) | GivenValue::Text(_) => Err(wrong()),
    }
}
