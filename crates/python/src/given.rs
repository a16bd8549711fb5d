//! What Python gave, as the engine's settings.

use std::collections::HashMap;
use std::time::Duration;

use hrflow_connectors::{
    Environment, Flag, Given, JqHost, Kind, Place, Problem, Section, Setting, SettingKey, Settings,
    Side, WorkerCommand,
};
use pyo3::IntoPyObjectExt;
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyDict, PyString};

use crate::convert::{kind_of, to_json};

/// The arguments of an action that are plain values.
#[derive(FromPyObject)]
#[pyo3(from_item_all)]
pub(crate) struct Arguments<'py> {
    action: String,
    /// Each setting by its name in the table.
    settings: Bound<'py, PyDict>,
    connector_auth: Bound<'py, PyAny>,
    hrflow_auth: Bound<'py, PyAny>,
    pull_parameters: Bound<'py, PyAny>,
    push_parameters: Bound<'py, PyAny>,
}

impl Arguments<'_> {
    /// The settings, with what could not even be read among their problems.
    pub(crate) fn into_settings(self) -> Settings {
        let mut settings = Settings::default();
        let argument = |name: &str| Place::Argument(name.to_owned());
        settings.set(SettingKey::Action, Given::text(self.action, argument("action")));
        for key in SettingKey::all() {
            let Ok(Some(value)) = self.settings.get_item(key.name()) else { continue };
            match given(key.name(), &of_setting(key, value), Side::Workflow) {
                Ok(Some(given)) => settings.set(key, given),
                Ok(None) => {}
                Err(problem) => settings.problems.push(problem),
            }
        }
        let problems = &mut settings.problems;
        let sections = &mut settings.sections;
        for (title, section, value, side) in [
            ("connector_auth", &mut sections.connector_auth, &self.connector_auth, Side::Origin),
            ("hrflow_auth", &mut sections.hrflow_auth, &self.hrflow_auth, Side::Target),
            ("pull_parameters", &mut sections.pull_parameters, &self.pull_parameters, Side::Origin),
            ("push_parameters", &mut sections.push_parameters, &self.push_parameters, Side::Target),
        ] {
            fill(section, title, value, side, problems);
        }
        settings
    }
}

/// A value as the table's type reads it: a number or a `timedelta` where a time is asked for is one
/// of seconds, and 0 and 1 are the truth values that they equal.
fn of_setting(key: SettingKey, value: Bound<'_, PyAny>) -> Bound<'_, PyAny> {
    let Setting { kind, flag, .. } = key.setting();
    let is_truth = value.is_instance_of::<PyBool>();
    let read = match (kind, flag) {
        (Kind::Boolean, _) if !is_truth => match value.extract::<u8>() {
            Ok(number @ 0..=1) => (number == 1).into_bound_py_any(value.py()).ok(),
            _ => None,
        },
        (_, Flag::Value("TIME")) if !is_truth => {
            let seconds = value.extract::<f64>().ok();
            let seconds = seconds.or_else(|| Some(value.extract::<Duration>().ok()?.as_secs_f64()));
            seconds.and_then(|seconds| format!("{seconds:.6}s").into_bound_py_any(value.py()).ok())
        }
        _ => None,
    };
    read.unwrap_or(value)
}

/// A value with its place; none for `None`.
fn given(name: &str, value: &Bound<'_, PyAny>, side: Side) -> Result<Option<Given>, Problem> {
    if value.is_none() {
        return Ok(None);
    }
    let place = Place::Argument(name.to_owned());
    match to_json(value) {
        Ok(value) => Ok(Some(Given::json(value, place))),
        Err(why) => Err(Problem::new(side, place, why)),
    }
}

fn fill(
    section: &mut Section,
    title: &str,
    value: &Bound<'_, PyAny>,
    side: Side,
    problems: &mut Vec<Problem>,
) {
    if value.is_none() {
        return;
    }
    let Ok(dict) = value.cast::<PyDict>() else {
        let message = format!("expects a dict, and is {}", kind_of(value));
        problems.push(Problem::new(side, Place::Argument(title.to_owned()), message));
        return;
    };
    for (name, value) in dict.iter() {
        let name = name.cast::<PyString>().map_or_else(
            |_| name.repr().map(|text| text.to_string()).unwrap_or_default(),
            |name| name.to_string_lossy().into_owned(),
        );
        match given(&format!("{title}.{name}"), &value, side) {
            Ok(Some(given)) => section.push(name, given),
            Ok(None) => {}
            Err(problem) => problems.push(problem),
        }
    }
}

/// How a process is started that evaluates jq programs: the program, its arguments, its variables.
#[derive(FromPyObject)]
pub(crate) struct Worker(String, Vec<String>, HashMap<String, String>);

impl Worker {
    pub(crate) fn into_host(self) -> JqHost {
        let Self(program, arguments, variables) = self;
        if program.is_empty() {
            return JqHost::Missing {
                why: "there is no Python interpreter that could run them in a process of its own"
                    .to_owned(),
                hint: "name one with `multiprocessing.set_executable`, or use Python functions"
                    .to_owned(),
            };
        }
        let command = WorkerCommand::new(program, arguments);
        let with = |command: WorkerCommand, (name, value)| command.variable(name, value);
        JqHost::Process(variables.into_iter().fold(command, with))
    }
}

/// Variables whose names and texts are readable.
pub(crate) fn environment(variables: &Bound<'_, PyDict>) -> Environment {
    variables
        .iter()
        .filter_map(|(name, text)| {
            Some((name.extract::<String>().ok()?, text.extract::<String>().ok()?))
        })
        .collect()
}
