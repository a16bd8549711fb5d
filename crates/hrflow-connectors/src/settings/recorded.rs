//! What a user wrote, as the record of a run keeps it: everything but the authentication.

use serde_json::{Map, Value, json};

use crate::SavedPlan;
use crate::journal::RunRecord;
use crate::problem::{Problem, Side};
use crate::settings::{Environment, Given, GivenValue, Place, Section, Sections, Settings};

/// The settings that are single values, by the names of a workflow file.
const KEYS: [&str; 12] = [
    "workflow_id",
    "action",
    "format",
    "incremental",
    "since",
    "since_overlap",
    "max_failures",
    "keep_runs",
    "write_concurrency",
    "write_rate",
    "read_rate",
    "patience",
];

impl Settings {
    /// For the record of a run. `with_functions` says that a program has added functions, which
    /// no record can hold.
    pub(crate) fn to_recorded(&self, with_functions: bool) -> Value {
        let mut recorded = Map::new();
        for key in KEYS {
            if let Some(given) = self.get(key) {
                recorded.insert(key.to_owned(), value_of(given));
            }
        }
        let logics: Vec<_> = self.logics.iter().flatten().map(value_of).collect();
        let pairs = |section: &Section| -> Value {
            section.iter().map(|(name, given)| json!([name, value_of(given)])).collect()
        };
        recorded.insert("logics".to_owned(), logics.into());
        recorded.insert("pull_parameters".to_owned(), pairs(&self.sections.pull_parameters));
        recorded.insert("push_parameters".to_owned(), pairs(&self.sections.push_parameters));
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
            && let Ok(text) = std::fs::read_to_string(&path)
        {
            let Sections { connector_auth, hrflow_auth, .. } =
                Self::from_toml(&text, &path, environment).sections;
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
        for key in KEYS {
            if let Some(given) = recorded.get(key).and_then(|value| given(key, value)) {
                settings.set(key, given);
            }
        }
        for logic in recorded["logics"].as_array().into_iter().flatten() {
            if let Some(logic) = given("logics", logic) {
                settings.push_logic(logic);
            }
        }
        for title in ["pull_parameters", "push_parameters"] {
            for pair in recorded[title].as_array().into_iter().flatten() {
                let name = pair[0].as_str().unwrap_or_default();
                if let Some(given) = given(&format!("{title}.{name}"), &pair[1]) {
                    settings.sections.named(title).push(name, given);
                }
            }
        }
        settings.file = recorded["file"].as_str().map(str::to_owned);
        Ok(settings)
    }
}

fn of_a_program(what: &str) -> Problem {
    let message = "is a program's, whose functions no record can hold";
    Problem::new(Side::Workflow, what, message)
        .with_hint("run that program again: it goes on with a run that was broken off")
}

fn value_of(given: &Given) -> Value {
    match &given.value {
        GivenValue::Text(text) => json!({"text": text}),
        GivenValue::Json(value) => json!({"json": value}),
    }
}
