//! A workflow file to begin with: what must be chosen, and every other key as a comment.

use std::fmt::Write;

use hrflow_connectors::{ActionDescription, Field, Kind, SettingKey};
use serde_json::Value;

use crate::wrap::paragraph;

/// How wide its comments are.
const WIDTH: usize = 96;
/// A board that nobody has.
const BOARD: &str = "0123456789012345678901234567890123456789";

/// The file.
pub(super) fn example(description: &ActionDescription) -> String {
    let mut text = comment(&format!("A workflow: {}", description.description));
    text.push_str(&comment(
        "Replace the values below, then run `hrflow-connectors check FILE`, and \
         `hrflow-connectors plan FILE` to see what a run would do.",
    ));
    text.push_str("\nworkflow_id = \"paris\"\n");
    let _ = writeln!(text, "action = \"{}\"", description.name);
    for field in description.other_parameters.iter().filter(|field| is_in_file(field.name)) {
        text.push_str(&optional(field));
    }
    for (title, fields) in description.groups() {
        if title == "other_parameters" {
            continue;
        }
        let _ = write!(text, "\n[{title}]\n");
        let (chosen, others): (Vec<_>, Vec<_>) =
            fields.iter().partition(|field| chosen(description, field).is_some());
        for field in chosen {
            text.push_str(&comment(&field.description));
            let value = self::chosen(description, field).unwrap_or_default();
            let _ = writeln!(text, "{} = {value}", field.name);
        }
        for field in others {
            text.push_str(&optional(field));
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

/// The value of a field that the example sets.
fn chosen(description: &ActionDescription, field: &Field) -> Option<String> {
    let value = match field.name {
        "client_id" => "{ env = \"FRANCETRAVAIL_CLIENT_ID\" }".to_owned(),
        "client_secret" => "{ env = \"FRANCETRAVAIL_CLIENT_SECRET\" }".to_owned(),
        "api_secret" => "{ env = \"HRFLOW_API_SECRET\" }".to_owned(),
        "api_user" => "{ env = \"HRFLOW_API_USER\" }".to_owned(),
        "departement" => "\"75\"".to_owned(),
        "board_key" => format!("\"{BOARD}\""),
        // An open offer is not to be archived by somebody's first workflow.
        "select" if description.name.contains(".archive_") => "\"vanished\"".to_owned(),
        _ => return None,
    };
    Some(value)
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
