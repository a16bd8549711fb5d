//! A workflow file to begin with: what must be chosen, and every other key as a comment.

use std::fmt::Write;

use hrflow_connectors::{ActionDescription, Field, Kind, SettingKey, fleet_fields, service_fields};
use serde_json::Value;

use crate::wrap::paragraph;

/// How wide its comments are.
const WIDTH: usize = 96;
/// A board that nobody has.
const BOARD: &str = "0123456789012345678901234567890123456789";

/// What is filled in.
#[derive(Clone, Debug)]
pub(crate) struct Chosen {
    pub(crate) workflow_id: String,
    pub(crate) board_key: String,
    /// Search filters, as texts.
    pub(crate) pull: Vec<(String, String)>,
    /// None for one that is only shown as a comment.
    pub(crate) schedule: Option<String>,
}

impl Default for Chosen {
    fn default() -> Self {
        Self {
            workflow_id: "paris".to_owned(),
            board_key: BOARD.to_owned(),
            pull: vec![("departement".to_owned(), "75".to_owned())],
            schedule: None,
        }
    }
}

/// A workflow file.
pub(crate) fn workflow(description: &ActionDescription, values: &Chosen) -> String {
    let mut text = comment(&format!("A workflow: {}", description.description));
    text.push_str(&comment(
        "Replace the values below, then run `hrflow-connectors check FILE`, and \
         `hrflow-connectors plan FILE` to see what a run would do.",
    ));
    let _ = writeln!(text, "\nworkflow_id = {}", quoted(&values.workflow_id));
    let _ = writeln!(text, "action = \"{}\"", description.name);
    if let Some(schedule) = &values.schedule {
        let _ = writeln!(text, "schedule = {}", quoted(schedule));
    }
    for field in description.other_parameters.iter().filter(|field| is_in_file(field.name)) {
        text.push_str(&optional(field));
    }
    let is_chosen = |name: &str| name == "schedule" && values.schedule.is_some();
    for field in running_by_itself().iter().filter(|field| !is_chosen(field.name)) {
        text.push_str(&optional(field));
    }
    for (title, fields) in description.groups() {
        if title == "other_parameters" {
            continue;
        }
        let _ = write!(text, "\n[{title}]\n");
        let value = |field: &Field| chosen(description, field, values);
        let (chosen, others): (Vec<_>, Vec<_>) =
            fields.iter().partition(|field| value(field).is_some());
        for field in chosen {
            text.push_str(&comment(&field.description));
            let _ = writeln!(text, "{} = {}", field.name, value(field).unwrap_or_default());
        }
        for field in others {
            text.push_str(&optional(field));
        }
    }
    text.push_str(&service());
    text
}

/// `fleet.toml`.
pub(crate) fn fleet(auth: &[(&'static str, &[Field])]) -> String {
    let mut text = comment(
        "What the workflows of this folder share. What a workflow file says itself wins. Run \
         `hrflow-connectors check .` here, then `hrflow-connectors serve .`.",
    );
    for field in fleet_fields() {
        text.push_str(&optional(&field));
    }
    let _ = writeln!(text, "\n{}", comment(SettingKey::Store.setting().description).trim_end());
    text.push_str("# store = \"sqlite:/var/lib/hrflow-connectors/state.sqlite\"\n");
    for field in running_by_itself() {
        match field.name {
            "schedule" | "timezone" => {
                let value = if field.name == "schedule" { "H 4 * * *" } else { "Europe/Paris" };
                let what = comment(&field.description);
                let _ = write!(text, "\n{what}{} = \"{value}\"\n", field.name);
            }
            _ => text.push_str(&optional(&field)),
        }
    }
    for (title, fields) in auth {
        let _ = write!(text, "\n[{title}]\n");
        for field in *fields {
            if let Some(value) = credential(field.name) {
                let _ = writeln!(text, "{} = {value}", field.name);
            }
        }
    }
    text.push_str(&service());
    text.push_str("\n# [[notify]]\n# kind = \"webhook\"\n");
    text.push_str("# url = { env = \"ALERTS_URL\" }\n");
    text.push_str("# on = [\"failing\", \"late\", \"degraded\", \"recovered\"]\n");
    text
}

/// The keys of running by itself that stand above the tables.
fn running_by_itself() -> Vec<Field> {
    let mut groups = service_fields().into_iter();
    groups.find(|(table, _)| table.is_none()).map(|(_, fields)| fields).unwrap_or_default()
}

/// What a file may say of running by itself, as comments: tables stand at the end.
fn service() -> String {
    let mut text = String::new();
    for (table, fields) in service_fields() {
        let Some(table) = table else {
            continue;
        };
        let _ = writeln!(text, "\n# [{table}]");
        for field in fields {
            let value = match &field.default {
                Value::Null => "\"https://…\"".to_owned(),
                default => default.to_string(),
            };
            let _ = writeln!(text, "# {} = {value}", field.name);
        }
    }
    text
}

/// Whether a workflow file may hold what is not in the example anyhow.
fn is_in_file(name: &str) -> bool {
    let setting = SettingKey::all().find(|key| key.name() == name);
    match setting {
        Some(SettingKey::WorkflowId | SettingKey::Action) => false,
        Some(key) => key.setting().is_in_file,
        None => name == "logics",
    }
}

/// The value of a field that is filled in.
fn chosen(description: &ActionDescription, field: &Field, values: &Chosen) -> Option<String> {
    let is_pull = description.pull_parameters.iter().any(|it| it.name == field.name);
    match field.name {
        "board_key" => Some(quoted(&values.board_key)),
        // An open offer is not to be archived by somebody's first workflow.
        "select" if description.name.contains(".archive_") => Some("\"vanished\"".to_owned()),
        name if is_pull => values
            .pull
            .iter()
            .find(|(key, _)| key == name)
            .map(|(_, value)| as_toml(value, field.kind)),
        name => credential(name),
    }
}

fn credential(name: &str) -> Option<String> {
    let variable = match name {
        "client_id" => "FRANCETRAVAIL_CLIENT_ID",
        "client_secret" => "FRANCETRAVAIL_CLIENT_SECRET",
        "api_secret" => "HRFLOW_API_SECRET",
        "api_user" => "HRFLOW_API_USER",
        _ => return None,
    };
    Some(format!("{{ env = \"{variable}\" }}"))
}

/// A value as it was typed, in TOML.
fn as_toml(text: &str, kind: Kind) -> String {
    let is_plain = match kind {
        Kind::Boolean => text.parse::<bool>().is_ok(),
        Kind::Integer | Kind::Number => text.parse::<f64>().is_ok_and(f64::is_finite),
        Kind::String | Kind::Array | Kind::Callable => false,
    };
    if is_plain { text.to_owned() } else { quoted(text) }
}

/// A text in TOML.
fn quoted(text: &str) -> String {
    // A string of JSON is one of TOML but for its escapes of slashes, which are not written.
    Value::from(text).to_string()
}

/// A key that may be left out.
fn optional(field: &Field) -> String {
    let accepted = field.accepted.iter().flatten().next();
    let value = match (&field.default, accepted) {
        (Value::Null, Some(accepted)) => accepted.to_string(),
        (Value::Null, None) => match field.kind {
            Kind::String | Kind::Callable => "\"…\"".to_owned(),
            Kind::Integer | Kind::Number => "1".to_owned(),
            Kind::Boolean => "true".to_owned(),
            Kind::Array => "[]".to_owned(),
        },
        (default, _) => default.to_string(),
    };
    let accepted: Vec<_> = field.accepted.iter().flatten().map(ToString::to_string).collect();
    let accepted = match accepted.as_slice() {
        [] => String::new(),
        values => format!(" Accepted: {}.", values.join(", ")),
    };
    format!("\n{}# {} = {value}\n", comment(&(field.description.clone() + &accepted)), field.name)
}

fn comment(text: &str) -> String {
    paragraph(text, 0, WIDTH).lines().map(|line| format!("# {line}\n")).collect()
}
