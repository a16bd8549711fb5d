//! `describe`: what an action takes, as a page, Markdown, JSON or a workflow file, or how offers are
//! modified.

mod page;

use std::fmt::Write;

use hrflow_connectors::francetravail::method;
use hrflow_connectors::{ACTIONS, ActionDescription, Field, Settings, find_action, nearest_action};

use crate::arguments::{DescribeArguments, DescribeFormat};
use crate::example::{self, Chosen};
use crate::exit::Exit;
use crate::output;
use crate::wrap::{page_width, paragraph};

use page::{page, plain};

/// The action of an example where none is named: the one that most people want.
const USUAL: &str = "francetravail.sync_jobs_in_hrflow";

pub(crate) fn describe(arguments: &DescribeArguments) -> Exit {
    let terms = arguments.terms.settings();
    if arguments.method {
        return print_method(&terms);
    }
    if let Some((_, given)) = terms.iter().next() {
        output::error(&format!("{}: requires `--method`", given.place));
        return Exit::Refused;
    }
    match (&arguments.action, arguments.example) {
        (Some(name), is_example) => one(name, arguments.output, is_example),
        (None, true) => one(USUAL, arguments.output, true),
        (None, false) => {
            output::text(&all(arguments.output));
            Exit::Success
        }
    }
}

fn one(name: &str, format: DescribeFormat, is_example: bool) -> Exit {
    let Some(action) = find_action(name) else {
        let hint = match nearest_action(name) {
            Some(meant) => format!("did you mean `{}`?", meant.name()),
            None => "`hrflow-connectors describe` lists the actions".to_owned(),
        };
        output::error_with_hint(&format!("unknown action `{name}`"), Some(&hint));
        return Exit::Refused;
    };
    let description = action.describe();
    output::text(&match format {
        DescribeFormat::Text if is_example => example::workflow(&description, &Chosen::default()),
        DescribeFormat::Text => page(&description, page_width()),
        DescribeFormat::Markdown => markdown(&description),
        DescribeFormat::Json => json(&description),
    });
    Exit::Success
}

fn print_method(settings: &Settings) -> Exit {
    match settings.read_terms() {
        Ok(terms) => {
            output::text(&method(&terms));
            Exit::Success
        }
        Err(problems) => {
            output::error(&problems.to_string());
            Exit::Refused
        }
    }
}

fn all(format: DescribeFormat) -> String {
    let descriptions = || ACTIONS.iter().map(|action| action.describe());
    match format {
        DescribeFormat::Json => json(&descriptions().collect::<Vec<_>>()),
        DescribeFormat::Markdown => descriptions()
            .map(|action| format!("- `{}`: {}\n", action.name, action.description))
            .collect(),
        DescribeFormat::Text => {
            let mut text: String = descriptions()
                .map(|action| {
                    let what = paragraph(&action.description, 4, page_width());
                    format!("{}\n{what}", action.name)
                })
                .collect();
            text.push_str("\n`hrflow-connectors describe ACTION` shows the parameters of one.\n");
            text
        }
    }
}

fn json(value: &impl serde::Serialize) -> String {
    // A description is names, numbers and text: there is nothing that JSON could not hold.
    serde_json::to_string_pretty(value).unwrap_or_default()
}

fn row(field: &Field) -> [String; 6] {
    let required = if field.required { "yes" } else { "" };
    let default = if field.default.is_null() { String::new() } else { field.default.to_string() };
    [
        field.name.to_owned(),
        field.kind.name().to_owned(),
        required.to_owned(),
        default,
        accepted(field),
        field.description.clone(),
    ]
}

fn accepted(field: &Field) -> String {
    field.accepted.iter().flatten().map(plain).collect::<Vec<_>>().join(", ")
}

fn markdown(description: &ActionDescription) -> String {
    let mut text = format!("# `{}`\n\n{}\n\n", description.name, description.description);
    text.push_str("| endpoint | method | address |\n| --- | --- | --- |\n");
    for endpoint in &description.endpoints {
        let _ = writeln!(text, "| {} | {} | {} |", endpoint.name, endpoint.method, endpoint.url);
    }
    for (title, fields) in description.groups() {
        let _ = write!(
            text,
            "\n## `{title}`\n\n| name | type | required | default | accepted | meaning |\n| --- | --- | --- | --- | --- | --- |\n"
        );
        for field in fields {
            let [name, kind, required, default, accepted, meaning] = row(field);
            let meaning = meaning.replace('|', "\\|");
            let _ = writeln!(
                text,
                "| `{name}` | {kind} | {required} | {default} | {accepted} | {meaning} |"
            );
        }
    }
    text
}
