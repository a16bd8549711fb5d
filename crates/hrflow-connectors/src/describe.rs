//! What an action takes, in the words and the JSON that `describe` prints.

use serde::Serialize;
use serde_json::Value;

use crate::settings::SettingKey;

/// An action as people look it up.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ActionDescription {
    /// `<connector>.<mode>_<entity>s_in_<target>`.
    #[serde(rename = "action")]
    pub name: &'static str,
    /// What it does, in a sentence.
    pub description: String,
    /// The addresses that it calls, by their defaults.
    pub endpoints: Vec<Endpoint>,
    /// How the origin knows who asks.
    pub connector_auth: Vec<Field>,
    /// How HrFlow knows who asks.
    pub hrflow_auth: Vec<Field>,
    /// What to read.
    pub pull_parameters: Vec<Field>,
    /// Where to write.
    pub push_parameters: Vec<Field>,
    /// How to run.
    pub other_parameters: Vec<Field>,
}

impl ActionDescription {
    /// Each group of fields with its title.
    pub fn groups(&self) -> [(&'static str, &[Field]); 5] {
        [
            ("connector_auth", &self.connector_auth),
            ("hrflow_auth", &self.hrflow_auth),
            ("pull_parameters", &self.pull_parameters),
            ("push_parameters", &self.push_parameters),
            ("other_parameters", &self.other_parameters),
        ]
    }
}

/// One address that an action calls.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Endpoint {
    /// What it is for.
    pub name: &'static str,
    /// The HTTP method.
    pub method: &'static str,
    /// The address.
    pub url: &'static str,
}

/// One parameter.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Field {
    /// The name, as it is written everywhere.
    pub name: &'static str,
    /// What a value is.
    #[serde(rename = "type")]
    pub kind: Kind,
    /// Whether `null` stands for a value that is not set.
    pub nullable: bool,
    /// Whether it must be given.
    pub required: bool,
    /// What holds when it is not given.
    pub default: Value,
    /// The values that it takes; none where any value of the type goes.
    pub accepted: Option<Vec<Value>>,
    /// What it means.
    pub description: String,
}

impl Field {
    /// A field that must be given.
    pub(crate) fn required(name: &'static str, kind: Kind, description: &str) -> Self {
        Self {
            name,
            kind,
            nullable: false,
            required: true,
            default: Value::Null,
            accepted: None,
            description: description.to_owned(),
        }
    }

    /// A field that may be left out or `null`.
    pub(crate) fn optional(name: &'static str, kind: Kind, description: &str) -> Self {
        Self { nullable: true, required: false, ..Self::required(name, kind, description) }
    }

    /// A boolean with a default.
    pub(crate) fn switch(name: &'static str, default: Value, description: &str) -> Self {
        Self { nullable: false, default, ..Self::optional(name, Kind::Boolean, description) }
    }
}

/// What a value is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// Text.
    String,
    /// A whole number.
    Integer,
    /// A number.
    Number,
    /// `true` or `false`.
    Boolean,
    /// A list.
    Array,
    /// A function, or a jq program in its place.
    Callable,
}

impl Kind {
    /// The name in tables.
    pub fn name(self) -> &'static str {
        match self {
            Self::String => "string",
            Self::Integer => "integer",
            Self::Number => "number",
            Self::Boolean => "boolean",
            Self::Array => "array",
            Self::Callable => "callable",
        }
    }
}

/// What every action takes beside its parameters: each setting, and what is no single value.
pub(crate) fn other_parameters() -> Vec<Field> {
    let mut fields = Vec::new();
    for key in SettingKey::all().filter(|key| *key != SettingKey::Action) {
        fields.push(key.setting().field());
        if key == SettingKey::WorkflowId {
            fields.push(logics());
        }
        if key == SettingKey::Format {
            fields.push(callback());
        }
    }
    fields
}

fn logics() -> Field {
    let description = "Functions, or jq programs, that see each item in turn. Each returns the item, changed or \
         not, or nothing to discard it: a discarded item goes no further. May be null or empty, \
         and may be left out in a workflow file and on the command line.";
    Field { nullable: true, ..Field::required("logics", Kind::Array, description) }
}

fn callback() -> Field {
    Field::optional(
        "callback",
        Kind::Callable,
        "Is called once, after the writes, with the parsed parameters, the events and the \
         formatted items. Its failure is counted and undoes nothing. Only a program can \
         give one.",
    )
}
