//! What a user wrote, as the record of a run keeps it: everything but the authentication.

use std::path::Path;

use serde_json::{Map, Value, json};

use crate::problem::{Problem, Side};
use crate::settings::{
    Environment, Given, GivenValue, Place, Section, SectionName, Sections, SettingKey, Settings,
};
use crate::{RunRecord, SavedPlan};

impl Settings {
    /// For the record of a run. `with_functions` says that a program has added functions, which
    /// no record can hold.
    pub(crate) fn to_recorded(&self, with_functions: bool) -> Value {
        let mut recorded = Map::new();
        for (key, given) in self.iter().filter(|(key, _)| key.setting().is_recorded) {
            recorded.insert(key.name().to_owned(), value_of(given));
        }
        let logics: Vec<_> = self.logics.iter().flatten().map(value_of).collect();
        let pairs = |section: &Section| -> Value {
            section.iter().map(|(name, given)| json!([name, value_of(given)])).collect()
        };
        recorded.insert("logics".to_owned(), logics.into());
        for name in recorded_sections() {
            recorded.insert(name.title().to_owned(), pairs(self.sections.get(name)));
        }
        recorded.insert("with_functions".to_owned(), with_functions.into());
        // Whoever goes on with the run may stand in another folder.
        let file = self.file.as_ref().map(|file| {
            std::path::absolute(file).map_or(file.clone(), |file| file.display().to_string())
        });
        recorded.insert("file".to_owned(), file.into());
        Value::Object(recorded)
    }

    /// The settings of a recorded run. The authentication is read again where it came from, if
    /// that is a workflow file.
    pub fn of_run(record: &RunRecord, environment: &Environment) -> Result<Self, Problem> {
        let run = format!("run {}", record.run_id);
        Self::of_recorded(record.workflow.as_ref(), &run, environment)
    }

    /// The settings with which the failed items of a recorded run are sent again.
    pub fn of_retry(record: &RunRecord, environment: &Environment) -> Result<Self, Problem> {
        let mut settings = Self::of_run(record, environment)?;
        // That run has reset what was delivered; what has failed since is sent once more.
        settings.take(SettingKey::BeginAnew);
        Ok(settings)
    }

    /// The settings of a saved plan. The same holds.
    pub fn of_plan(plan: &SavedPlan, environment: &Environment) -> Result<Self, Problem> {
        Self::of_recorded(plan.workflow.as_ref(), "the plan", environment)
    }

    fn of_recorded(
        workflow: Option<&Value>,
        what: &str,
        environment: &Environment,
    ) -> Result<Self, Problem> {
        let workflow = workflow.ok_or_else(|| of_a_program(what))?;
        let mut settings = Self::from_recorded(workflow, what)?;
        if let Some(path) = settings.file.clone()
            && let Ok(file) = Self::from_file(Path::new(&path), environment)
        {
            // Neither is recorded: secrets are in no record, and a store does not name itself.
            if let Some(store) = file.get(SettingKey::Store) {
                settings.set(SettingKey::Store, store.clone());
            }
            let Sections { connector_auth, hrflow_auth, .. } = file.sections;
            settings.sections.connector_auth = connector_auth;
            settings.sections.hrflow_auth = hrflow_auth;
        }
        Ok(settings)
    }

    fn from_recorded(recorded: &Value, what: &str) -> Result<Self, Problem> {
        let place = |key: &str| Place::Argument(format!("{key} of {what}"));
        if recorded["with_functions"] == json!(true) {
            return Err(of_a_program(what));
        }
        let given = |key: &str, value: &Value| {
            let value = match (value.get("text"), value.get("json")) {
                (Some(Value::String(text)), _) => GivenValue::Text(text.clone()),
                (_, Some(value)) => GivenValue::Json(value.clone()),
                _ => return None,
            };
            Some(Given { value, place: place(key) })
        };
        let mut settings = Self::default();
        for key in SettingKey::all().filter(|key| key.setting().is_recorded) {
            let name = key.name();
            if let Some(given) = recorded.get(name).and_then(|value| given(name, value)) {
                settings.set(key, given);
            }
        }
        for logic in recorded["logics"].as_array().into_iter().flatten() {
            if let Some(logic) = given("logics", logic) {
                settings.push_logic(logic);
            }
        }
        for section in recorded_sections() {
            let title = section.title();
            for pair in recorded[title].as_array().into_iter().flatten() {
                let name = pair[0].as_str().unwrap_or_default();
                if let Some(given) = given(&format!("{title}.{name}"), &pair[1]) {
                    settings.sections.get_mut(section).push(name, given);
                }
            }
        }
        settings.file = recorded["file"].as_str().map(str::to_owned);
        Ok(settings)
    }
}

/// Secrets are in no record.
fn recorded_sections() -> impl Iterator<Item = SectionName> {
    SectionName::ALL.into_iter().filter(|name| !name.is_secret())
}

fn of_a_program(what: &str) -> Problem {
    let message = "was started from code; its functions are not recorded";
    Problem::new(Side::Workflow, what, message)
        .with_hint("run that program again: it resumes an interrupted run with the same functions")
}

pub(crate) fn value_of(given: &Given) -> Value {
    match &given.value {
        GivenValue::Text(text) => json!({"text": text}),
        GivenValue::Json(value) => json!({"json": value}),
    }
}
