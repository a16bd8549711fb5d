//! JSON Schemas of the files that people write, for editors that complete and check.
//!
//! A schema is never stricter than the program: what the schema refuses, the program refuses, too.

use serde_json::{Map, Value, json};

use crate::ACTIONS;
use crate::describe::{ActionDescription, Field, Kind};
use crate::fleet::fleet_fields;
use crate::settings::{Setting, SettingKey, channel_fields, service_fields};

const DIALECT: &str = "http://json-schema.org/draft-07/schema#";

/// The tables of a workflow file, and whether their values are secrets.
const TABLES: [(&str, Secrecy); 4] = [
    ("connector_auth", Secrecy::Secret),
    ("hrflow_auth", Secrecy::Secret),
    ("pull_parameters", Secrecy::Open),
    ("push_parameters", Secrecy::Open),
];

#[derive(Clone, Copy, PartialEq)]
enum Secrecy {
    Open,
    Secret,
}

/// The schema of a workflow file.
pub fn workflow_schema() -> Value {
    let mut properties = shared_properties();
    insert(&mut properties, settings_of_files());
    let actions: Vec<_> = ACTIONS.iter().map(|action| action.name()).collect();
    properties
        .insert("action".to_owned(), json!({"description": "The action to run.", "enum": actions}));
    let mut schema = document("hrflow-connectors workflow", &properties);
    schema["required"] = json!(["workflow_id", "action"]);
    schema["allOf"] = ACTIONS.iter().map(|action| of_action(&action.describe())).collect();
    schema
}

/// The schema of `fleet.toml`.
pub fn fleet_schema() -> Value {
    let own = [SettingKey::WorkflowId, SettingKey::Action].map(SettingKey::name);
    let mut properties = shared_properties();
    insert(&mut properties, settings_of_files().filter(|field| !own.contains(&field.name)));
    insert(&mut properties, fleet_fields());
    document("hrflow-connectors fleet", &properties)
}

fn settings_of_files() -> impl Iterator<Item = Field> {
    SettingKey::all().map(SettingKey::setting).filter(|it| it.is_in_file).map(Setting::field)
}

fn insert(properties: &mut Map<String, Value>, fields: impl IntoIterator<Item = Field>) {
    for field in fields {
        properties.insert(field.name.to_owned(), setting(&field));
    }
}

fn document(title: &str, properties: &Map<String, Value>) -> Value {
    json!({
        "$schema": DIALECT,
        "title": title,
        "type": "object",
        "additionalProperties": false,
        "properties": properties,
        "definitions": {"secret": secret()},
    })
}

/// What both files may hold.
fn shared_properties() -> Map<String, Value> {
    let mut properties = Map::new();
    properties.insert(
        "logics".to_owned(),
        json!({
            "description": "jq programs that see each offer in turn; an empty result discards it.",
            "type": "array",
            "items": {"type": "string"},
        }),
    );
    for (table, fields) in service_fields() {
        match table {
            None => insert(&mut properties, fields),
            Some(table) => {
                let values = if table == "ping" { Secrecy::Secret } else { Secrecy::Open };
                properties.insert(table.to_owned(), closed_table(&fields, values, false_too));
            }
        }
    }
    let channel = closed_table(&channel_fields(), Secrecy::Secret, false_too);
    properties.insert(
        "notify".to_owned(),
        json!({"description": "Who is told of changes of health.", "type": "array", "items": channel}),
    );
    // Which keys a table takes depends on the action.
    for (table, _) in TABLES {
        properties.insert(table.to_owned(), json!({"type": "object"}));
    }
    properties
}

/// What the tables take for one action.
fn of_action(description: &ActionDescription) -> Value {
    let mut tables = Map::new();
    for (title, fields) in description.groups() {
        if let Some((_, secrecy)) = TABLES.iter().find(|(table, _)| *table == title) {
            tables.insert(title.to_owned(), closed_table(fields, *secrecy, parameter));
        }
    }
    json!({
        "if": {"properties": {"action": {"const": description.name}}, "required": ["action"]},
        "then": {"properties": tables},
    })
}

fn closed_table(fields: &[Field], secrecy: Secrecy, value: fn(&Field) -> Value) -> Value {
    let properties: Map<_, _> = fields
        .iter()
        .map(|field| {
            let mut schema = value(field);
            if secrecy == Secrecy::Secret && field.kind == Kind::String && field.accepted.is_none()
            {
                schema = described(field, json!({"$ref": "#/definitions/secret"}));
            }
            (field.name.to_owned(), schema)
        })
        .collect();
    json!({"type": "object", "additionalProperties": false, "properties": properties})
}

fn secret() -> Value {
    let of = |key: &str, what: &str| {
        json!({
            "type": "object",
            "additionalProperties": false,
            "required": [key],
            "properties": {key: {"type": "string", "description": what}},
        })
    };
    json!({"anyOf": [
        {"type": "string"},
        {"type": "boolean"},
        of("env", "An environment variable that holds it."),
        of("file", "A file that holds it, relative to this one."),
        of("command", "A command that prints it."),
    ]})
}

/// A single value: one of its words where it has some.
fn setting(field: &Field) -> Value {
    match &field.accepted {
        Some(words) => described(field, json!({"enum": words})),
        None => described(field, kind(field.kind)),
    }
}

/// A parameter takes its values in more than one form, and its words are offered for completion.
fn parameter(field: &Field) -> Value {
    let any = match field.kind {
        Kind::Boolean => json!({"type": "boolean"}),
        _ => json!({"type": ["string", "number", "array"]}),
    };
    match &field.accepted {
        Some(words) => described(field, json!({"anyOf": [{"enum": words}, any]})),
        None => described(field, any),
    }
}

/// A value that `false` switches off.
fn false_too(field: &Field) -> Value {
    match &field.accepted {
        Some(_) => setting(field),
        None => described(field, json!({"anyOf": [kind(field.kind), {"const": false}]})),
    }
}

fn described(field: &Field, mut schema: Value) -> Value {
    // Beside a reference nothing else counts in this dialect.
    if let Some(reference) = schema.get("$ref").cloned() {
        schema = json!({"allOf": [{"$ref": reference}]});
    }
    schema["description"] = field.description.as_str().into();
    if !field.default.is_null() {
        schema["default"] = field.default.clone();
    }
    schema
}

/// What a value of a kind looks like in a file. Numbers may have units, which are text.
fn kind(kind: Kind) -> Value {
    match kind {
        Kind::String => json!({"type": ["string", "number"]}),
        Kind::Callable => json!({"type": "string"}),
        Kind::Integer => json!({"type": ["integer", "string"]}),
        Kind::Number => json!({"type": ["number", "string"]}),
        Kind::Boolean => json!({"type": "boolean"}),
        Kind::Array => json!({"type": ["array", "string"]}),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_key_of_a_file_is_in_its_schema() {
        let workflow = workflow_schema();
        for key in SettingKey::all().filter(|key| key.setting().is_in_file) {
            assert!(workflow["properties"].get(key.name()).is_some(), "{}", key.name());
        }
        let is_real = |it: &ActionDescription| it.name.starts_with("francetravail.");
        for description in ACTIONS.iter().map(|action| action.describe()).filter(is_real) {
            let schema = of_action(&description);
            let pull = &schema["then"]["properties"]["pull_parameters"]["properties"];
            assert_eq!(pull.as_object().unwrap().len(), 42);
        }
        assert!(fleet_schema()["properties"].get("workflow_id").is_none());
        assert!(fleet_schema()["properties"].get("jobs").is_some());
    }
}
