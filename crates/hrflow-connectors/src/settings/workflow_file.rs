//! A workflow file in TOML, read with the place of every key.

use std::ops::Range;
use std::path::Path;

use serde_json::{Map, Value};
use toml_edit::{Document, Item, Table, TableLike};

use crate::problem::{Problem, Side, nearest};
use crate::settings::{Environment, Given, Place, Section, Settings};

const SECTIONS: [&str; 4] = ["connector_auth", "hrflow_auth", "pull_parameters", "push_parameters"];
const KEYS: [&str; 15] = [
    "workflow_id",
    "action",
    "logics",
    "format",
    "persist",
    "incremental",
    "since",
    "since_overlap",
    "max_failures",
    "keep_runs",
    "write_concurrency",
    "write_rate",
    "read_rate",
    "patience",
    "store",
];

impl Settings {
    /// Reads a workflow file's text. `path` is named in problems, and secrets given as files are
    /// looked for beside it.
    pub fn from_toml(text: &str, path: &str, environment: &Environment) -> Self {
        let mut settings = Self { file: Some(path.to_owned()), ..Self::default() };
        let file = WorkflowFile { text, path, environment };
        match text.parse::<Document<String>>() {
            Ok(document) => file.read(document.as_table(), &mut settings),
            Err(error) => settings.problems.push(file.not_toml(&error)),
        }
        settings
    }
}

struct WorkflowFile<'a> {
    text: &'a str,
    path: &'a str,
    environment: &'a Environment,
}

impl WorkflowFile<'_> {
    fn read(&self, table: &Table, settings: &mut Settings) {
        for (key, item) in table {
            let place = self.place(key, place_of(table, key, item));
            if SECTIONS.contains(&key) {
                self.section(key, item, &place, settings);
            } else if KEYS.contains(&key) {
                self.key(key, item, place, settings);
            } else {
                settings.problems.push(unknown_key(key, &place));
            }
        }
    }

    fn key(&self, key: &str, item: &Item, place: Place, settings: &mut Settings) {
        if key == "logics" {
            return self.logics(item, place, settings);
        }
        match json(item) {
            Ok(value) => settings.set(key, Given::json(value, place)),
            Err(why) => settings.problems.push(Problem::new(Side::Workflow, place, why)),
        }
    }

    fn logics(&self, item: &Item, place: Place, settings: &mut Settings) {
        let Some(logics) = item.as_array() else {
            let message = "must be a list of jq programs";
            settings.problems.push(Problem::new(Side::Workflow, place, message));
            return;
        };
        settings.logics = Some(Vec::new());
        for (index, logic) in logics.iter().enumerate() {
            let place = self.place(&format!("logics[{index}]"), logic.span());
            let value = value_json(logic).unwrap_or(Value::Null);
            settings.push_logic(Given::json(value, place));
        }
    }

    fn section(&self, title: &str, item: &Item, place: &Place, settings: &mut Settings) {
        let Some(table) = item.as_table_like() else {
            let message = "must be a table of names and values";
            settings.problems.push(Problem::new(Side::Workflow, place, message));
            return;
        };
        let is_auth = title.ends_with("_auth");
        let mut section = Section::default();
        for (name, item) in table.iter() {
            let place = self.place(&format!("{title}.{name}"), span_in(table, name, item));
            let value = if is_auth { self.secret(item) } else { json(item) };
            match value {
                Ok(value) => section.push(name, Given::json(value, place)),
                Err(why) => settings.problems.push(Problem::new(side_of(title), place, why)),
            }
        }
        *settings.sections.named(title) = section;
    }

    /// A string, `{ env = "NAME" }` or `{ file = "PATH" }`.
    fn secret(&self, item: &Item) -> Result<Value, String> {
        let Some(table) = item.as_table_like() else {
            return json(item);
        };
        let mut entries = table.iter();
        match (entries.next(), entries.next()) {
            (Some(("env", name)), None) => self.variable(name),
            (Some(("file", path)), None) => self.file(path),
            _ => Err("must be text, { env = \"NAME\" } or { file = \"PATH\" }".to_owned()),
        }
    }

    fn variable(&self, name: &Item) -> Result<Value, String> {
        let name = name.as_str().ok_or("`env` must name a variable")?;
        let value = self.environment.get(name);
        let value = value.ok_or_else(|| format!("the variable `{name}` is not set"))?;
        Ok(Value::String(value.to_owned()))
    }

    fn file(&self, path: &Item) -> Result<Value, String> {
        let path = path.as_str().ok_or("`file` must name a file")?;
        let folder = Path::new(self.path).parent().unwrap_or(Path::new(""));
        let text = std::fs::read_to_string(folder.join(path))
            .map_err(|error| format!("could not read the file `{path}`: {error}"))?;
        Ok(Value::String(text.trim_end_matches(['\r', '\n']).to_owned()))
    }

    fn not_toml(&self, error: &toml_edit::TomlError) -> Problem {
        let place = self.place("", error.span());
        let place = place.to_string().trim_end_matches(": ``").to_owned();
        let message = error.message().trim().replace('\n', ", ");
        Problem::new(Side::Workflow, place, format!("not TOML: {message}"))
    }

    fn place(&self, key: &str, span: Option<Range<usize>>) -> Place {
        let start = span.map_or(0, |span| span.start).min(self.text.len());
        let before = &self.text[..start];
        let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
        Place::File {
            path: self.path.to_owned(),
            line: before.matches('\n').count() + 1,
            column: before[line_start..].chars().count() + 1,
            key: key.to_owned(),
        }
    }
}

fn unknown_key(key: &str, place: &Place) -> Problem {
    let problem = Problem::new(Side::Workflow, place, "a workflow has no such key");
    match nearest(key, KEYS.into_iter().chain(SECTIONS)) {
        Some(meant) => problem.with_hint(format!("did you mean `{meant}`?")),
        None => problem,
    }
}

fn side_of(title: &str) -> Side {
    match title {
        "connector_auth" | "pull_parameters" => Side::Origin,
        _ => Side::Target,
    }
}

fn place_of(table: &Table, key: &str, item: &Item) -> Option<Range<usize>> {
    span_in(table, key, item)
}

fn span_in(table: &dyn TableLike, key: &str, item: &Item) -> Option<Range<usize>> {
    table.key(key).and_then(toml_edit::Key::span).or_else(|| item.span())
}

fn json(item: &Item) -> Result<Value, String> {
    match item.as_value() {
        Some(value) => value_json(value),
        None => Err("must be a value, not a table".to_owned()),
    }
}

/// A date in TOML is its text: parameters take dates as text.
fn value_json(value: &toml_edit::Value) -> Result<Value, String> {
    use toml_edit::Value as Toml;
    Ok(match value {
        Toml::String(text) => Value::String(text.value().clone()),
        Toml::Integer(number) => Value::from(*number.value()),
        Toml::Float(number) => Value::from(*number.value()),
        Toml::Boolean(truth) => Value::Bool(*truth.value()),
        Toml::Datetime(date) => Value::String(date.value().to_string()),
        Toml::Array(values) => {
            Value::Array(values.iter().map(value_json).collect::<Result<_, _>>()?)
        }
        Toml::InlineTable(fields) => Value::Object(
            fields
                .iter()
                .map(|(name, value)| Ok((name.to_owned(), value_json(value)?)))
                .collect::<Result<Map<_, _>, String>>()?,
        ),
    })
}
