//! A workflow file in TOML, read with the place of every key.

use std::ops::Range;
use std::path::Path;
use std::{fs, io};

use serde_json::{Map, Value};
use toml_edit::{Document, Item, Table, TableLike};

use crate::problem::{Problem, Side};
use crate::settings::reader::meant;
use crate::settings::secret_command::printed_by;
use crate::settings::service::{NOTIFY, SERVICE_KEYS, SERVICE_TABLES};
use crate::settings::{Environment, Given, Place, Section, SectionName, SettingKey, Settings};

/// The one key that is a list.
const LOGICS: &str = "logics";
/// The file that holds what the workflows of a folder share.
pub(crate) const FLEET_FILE: &str = "fleet.toml";
/// What it alone holds.
pub(crate) const FLEET_KEYS: [&str; 3] = ["name", "jobs", "shared_boards"];

impl Settings {
    /// Reads a workflow file's text. `path` is named in problems, and secrets given as files are
    /// looked for beside it.
    pub fn from_toml(text: &str, path: &str, environment: &Environment) -> Self {
        WorkflowFile { text, path, environment, others: &[] }.parse(&mut Section::default())
    }

    /// Reads a workflow file, over what the fleet's file in the same folder shares.
    pub fn from_file(path: &Path, environment: &Environment) -> Result<Self, Problem> {
        let unreadable = |path: &Path, error: &io::Error| {
            Problem::new(Side::Workflow, path.display(), format!("could not be read: {error}"))
        };
        let text = fs::read_to_string(path).map_err(|error| unreadable(path, &error))?;
        let own = Self::from_toml(&text, &path.display().to_string(), environment);
        let fleet = path.with_file_name(FLEET_FILE);
        match fs::read_to_string(&fleet) {
            Ok(text) => Ok(own.over(Self::from_fleet_toml(&text, &fleet, environment).0)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(own),
            Err(error) => Err(unreadable(&fleet, &error)),
        }
    }

    /// Reads what a fleet's file shares, and what else it holds.
    pub(crate) fn from_fleet_toml(
        text: &str,
        path: &Path,
        environment: &Environment,
    ) -> (Self, Section) {
        let path = path.display().to_string();
        let (mut settings, found) = Self::from_toml_with((text, &path), environment, &FLEET_KEYS);
        // A workflow's own file is the one that its runs are recorded with.
        settings.file = None;
        for key in [SettingKey::WorkflowId, SettingKey::Action] {
            if let Some(given) = settings.take(key) {
                let problem =
                    Problem::new(Side::Workflow, given.place, "each workflow has its own")
                        .with_hint("write it in the workflow files");
                settings.problems.push(problem);
            }
        }
        (settings, found)
    }

    /// Reads a file that may hold these keys, too.
    fn from_toml_with(
        (text, path): (&str, &str),
        environment: &Environment,
        others: &[&'static str],
    ) -> (Self, Section) {
        let mut found = Section::default();
        let settings = WorkflowFile { text, path, environment, others }.parse(&mut found);
        (settings, found)
    }
}

struct WorkflowFile<'a> {
    text: &'a str,
    path: &'a str,
    environment: &'a Environment,
    /// What the file may hold beside a workflow's own keys.
    others: &'a [&'static str],
}

impl WorkflowFile<'_> {
    fn parse(&self, found: &mut Section) -> Settings {
        let mut settings = Settings::default();
        settings.file = Some(self.path.to_owned());
        match self.text.parse::<Document<String>>() {
            Ok(document) => self.read(document.as_table(), &mut settings, found),
            Err(error) => {
                settings.problems.push(self.not_toml(&error));
                settings.is_unreadable = true;
            }
        }
        settings
    }

    fn read(&self, table: &Table, settings: &mut Settings, found: &mut Section) {
        for (key, item) in table {
            let place = self.place(key, span_in(table, key, item));
            if let Some(name) = SectionName::titled(key) {
                self.section(name, item, &place, settings);
            } else if let Some(known) = SettingKey::in_file(key) {
                set_key(known, item, place, settings);
            } else if key == LOGICS {
                self.logics(item, place, settings);
            } else if SERVICE_KEYS.contains(&key) {
                self.service(key, item, place, settings);
            } else if key == NOTIFY {
                settings.notify = self.notify(item, &place, settings);
            } else if self.others.contains(&key) {
                value(key, item, place, &mut settings.problems, found);
            } else {
                settings.problems.push(unknown_key(key, &place, self.others));
            }
        }
    }

    /// A single value, or a table whose values stand under its name: `ping.start`.
    fn service(&self, key: &str, item: &Item, place: Place, settings: &mut Settings) {
        let table = item.as_table_like().filter(|_| SERVICE_TABLES.contains(&key));
        let Some(table) = table else {
            if SERVICE_TABLES.contains(&key) {
                let message = "must be a table of names and values";
                settings.problems.push(Problem::new(Side::Workflow, place, message));
                return;
            }
            let Settings { service, problems, .. } = settings;
            return value(key, item, place, problems, service);
        };
        for (field, value) in self.secrets(key, table, settings).iter() {
            settings.service.push(format!("{key}.{field}"), value.clone());
        }
    }

    /// Each table of a list of them.
    fn notify(&self, item: &Item, place: &Place, settings: &mut Settings) -> Vec<(Place, Section)> {
        let Some(tables) = item.as_array_of_tables() else {
            let problem = Problem::new(Side::Workflow, place, "must be a list of tables");
            settings.problems.push(problem.with_hint(format!("write `[[{NOTIFY}]]`")));
            return Vec::new();
        };
        let read = |(index, table): (usize, &Table)| {
            let key = format!("{NOTIFY}[{index}]");
            let place = self.place(&key, table.span());
            (place, self.secrets(&key, table, settings))
        };
        tables.iter().enumerate().map(read).collect()
    }

    /// The values of a table, any of which may be a secret.
    fn secrets(&self, key: &str, table: &dyn TableLike, settings: &mut Settings) -> Section {
        let mut section = Section::default();
        for (field, item) in table.iter() {
            let place = self.place(&format!("{key}.{field}"), span_in(table, field, item));
            match self.secret(item) {
                Ok(value) => section.push(field, Given::json(value, place)),
                Err(why) => {
                    section.push_unread(field);
                    settings.problems.push(Problem::new(Side::Workflow, place, why));
                }
            }
        }
        section
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

    fn section(&self, name: SectionName, item: &Item, place: &Place, settings: &mut Settings) {
        let Some(table) = item.as_table_like() else {
            let message = "must be a table of names and values";
            settings.problems.push(Problem::new(Side::Workflow, place, message));
            *settings.sections.get_mut(name) = Section::not_a_table();
            return;
        };
        let title = name.title();
        let mut section = Section::default();
        for (field, item) in table.iter() {
            let place = self.place(&format!("{title}.{field}"), span_in(table, field, item));
            let value = if name.is_secret() { self.secret(item) } else { json(item) };
            match value {
                Ok(value) => section.push(field, Given::json(value, place)),
                Err(why) => {
                    section.push_unread(field);
                    settings.problems.push(Problem::new(name.side(), place, why));
                }
            }
        }
        *settings.sections.get_mut(name) = section;
    }

    /// A string, `{ env = "NAME" }`, `{ file = "PATH" }` or `{ command = "…" }`.
    fn secret(&self, item: &Item) -> Result<Value, String> {
        let Some(table) = item.as_table_like() else {
            return json(item);
        };
        let mut entries = table.iter();
        match (entries.next(), entries.next()) {
            (Some(("env", name)), None) => self.variable(name),
            (Some(("file", path)), None) => self.file(path),
            (Some(("command", command)), None) => {
                let command = command.as_str().ok_or("`command` must be a command line")?;
                printed_by(command).map(Value::String)
            }
            _ => {
                Err("must be text, { env = \"NAME\" }, { file = \"PATH\" } or { command = \"…\" }"
                    .to_owned())
            }
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

/// A key whose value is one value.
fn value(key: &str, item: &Item, place: Place, problems: &mut Vec<Problem>, section: &mut Section) {
    match json(item) {
        Ok(value) => section.push(key, Given::json(value, place)),
        Err(why) => {
            section.push_unread(key);
            problems.push(Problem::new(Side::Workflow, place, why));
        }
    }
}

fn set_key(key: SettingKey, item: &Item, place: Place, settings: &mut Settings) {
    match json(item) {
        Ok(value) => settings.set(key, Given::json(value, place)),
        Err(why) => {
            settings.set_unread(key);
            settings.problems.push(Problem::new(Side::Workflow, place, why));
        }
    }
}

fn unknown_key(key: &str, place: &Place, others: &[&'static str]) -> Problem {
    let settings = SettingKey::all().filter(|key| key.setting().is_in_file);
    let settings = settings.map(SettingKey::name).chain([LOGICS]);
    let sections = SectionName::ALL.into_iter().map(SectionName::title);
    let others = others.iter().copied();
    let known: Vec<_> =
        settings.chain(SERVICE_KEYS).chain([NOTIFY]).chain(sections).chain(others).collect();
    let hint = meant(key, &known);
    Problem::new(Side::Workflow, place, "unknown key").with_hint(hint)
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
