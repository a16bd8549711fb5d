//! What an action takes, as a page for people: a name and a type, then a paragraph.

use std::fmt::Write;

use hrflow_connectors::{ActionDescription, Field};
use serde_json::Value;

use crate::wrap::paragraph;

/// How far names are set in.
const NAME: usize = 2;
/// How far what is said of them is set in.
const TEXT: usize = 6;

/// The page, in lines of at most `width` signs.
pub(super) fn page(description: &ActionDescription, width: usize) -> String {
    let mut text = format!("{}\n", description.name);
    text.push_str(&paragraph(&description.description, NAME, width));
    text.push_str("\nRequests:\n");
    for endpoint in &description.endpoints {
        let _ = writeln!(text, "  {} {}", endpoint.method, endpoint.url);
        text.push_str(&paragraph(endpoint.name, TEXT, width));
    }
    for (title, fields) in description.groups() {
        let (heading, what) = heading(title);
        let _ = write!(text, "\n{heading}\n{}", paragraph(what, 0, width));
        if title == "other_parameters" {
            text.push_str(&entry("action", "<string>", true));
            let what = format!("The name of the action: `{}`.", description.name);
            text.push_str(&paragraph(&what, TEXT, width));
        }
        for item in fields {
            text.push_str(&field(item, width));
        }
    }
    let end = format!("`describe {} --example` prints a workflow file.", description.name);
    let _ = write!(text, "\n{}", paragraph(&end, 0, width));
    text
}

/// What a section of a workflow file is called, what it is for, and the flag of it.
fn heading(title: &str) -> (String, &'static str) {
    let what = match title {
        "connector_auth" => "France Travail credentials, or `--connector-auth KEY=VALUE`.",
        "hrflow_auth" => "HrFlow credentials, or `--hrflow-auth KEY=VALUE`.",
        "pull_parameters" => "Search filters, or `--pull KEY=VALUE`.",
        "push_parameters" => "Target settings, or `--push KEY=VALUE`.",
        _ => {
            let what = "Keys above the first section of a workflow file, or flags: `keep_runs` is \
                        `--keep-runs`.";
            return ("Other keys".to_owned(), what);
        }
    };
    (format!("[{title}]"), what)
}

fn field(field: &Field, width: usize) -> String {
    let kind = format!("<{}>", field.kind.name());
    let mut text = entry(field.name, &kind, field.required && !field.nullable);
    text.push_str(&paragraph(&field.description, TEXT, width));
    let accepted: Vec<_> = field.accepted.iter().flatten().map(plain).collect();
    if !accepted.is_empty() {
        let accepted = format!("[accepted: {}]", accepted.join(", "));
        text.push_str(&paragraph(&accepted, TEXT, width));
    }
    if !field.default.is_null() {
        let default = format!("[default: {}]", plain(&field.default));
        text.push_str(&paragraph(&default, TEXT, width));
    }
    text
}

fn entry(name: &str, kind: &str, is_required: bool) -> String {
    let required = if is_required { "  (required)" } else { "" };
    format!("\n  {name} {kind}{required}\n")
}

/// A value as it is typed.
pub(super) fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}
