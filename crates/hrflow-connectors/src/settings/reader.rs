//! Reads the fields of a section, and collects what is wrong with them.

use crate::problem::{Problem, Side, nearest};
use crate::settings::{FromSetting, Given, InvalidValue, Place, Section, SectionName};

/// Reads the fields of one section; every problem is kept, none ends the reading.
pub(crate) struct FieldReader<'a> {
    section: &'a Section,
    name: SectionName,
    pub(crate) problems: Vec<Problem>,
}

impl<'a> FieldReader<'a> {
    /// A reader of a section that may hold these fields and no other.
    pub(crate) fn new(section: &'a Section, name: SectionName, known: &[&'static str]) -> Self {
        let mut reader = Self { section, name, problems: Vec::new() };
        reader.refuse_unknown(known);
        reader.problems.extend(repeated(section, name.side()));
        reader
    }

    /// A field that must be given.
    pub(crate) fn required<T: FromSetting>(&mut self, field: &'static str) -> Option<T> {
        if self.section.is_missing(field) {
            let message = format!("`{field}` is missing");
            self.problems.push(self.problem(format!("`{}`", self.name.title()), message));
        }
        self.optional(field)
    }

    /// A secret that must be given, here or in an environment variable.
    pub(crate) fn required_or_variable(
        &mut self,
        field: &'static str,
        variable: &'static str,
    ) -> Option<String> {
        let told = self.problems.len();
        let value = self.required::<String>(field);
        let title = self.name.title();
        if let (true, Some(missing)) = (self.section.is_missing(field), self.problems.get_mut(told))
        {
            let hint = format!("set the variable `{variable}`, or give `{title}.{field}`");
            missing.hint = Some(hint);
        }
        let value = value?;
        match self.section.get(field).zip(unexpanded(&value)) {
            None => Some(value),
            Some((given, name)) => {
                let message = format!("is the text `${{{name}}}`, which nothing replaces");
                let hint = how_to_expand(&given.place, name);
                self.problems.push(self.problem(&given.place, message).with_hint(hint));
                None
            }
        }
    }

    /// A field that may be left out.
    pub(crate) fn optional<T: FromSetting>(&mut self, field: &'static str) -> Option<T> {
        self.optional_as(field, Ok)
    }

    /// A field that may be left out, and that a function reads further.
    pub(crate) fn optional_as<T: FromSetting, U>(
        &mut self,
        field: &'static str,
        read: impl FnOnce(T) -> Result<U, InvalidValue>,
    ) -> Option<U> {
        let given = self.section.get(field).filter(|given| !given.is_null())?;
        T::read(given)
            .and_then(read)
            .map_err(|invalid| self.problems.push(invalid.at(self.name.side(), &given.place)))
            .ok()
    }

    /// A field that must be given, and that a function reads further.
    pub(crate) fn required_as<T>(
        &mut self,
        field: &'static str,
        read: impl FnOnce(&str) -> Result<T, String>,
    ) -> Option<T> {
        let text = self.required::<String>(field)?;
        match read(&text) {
            Ok(value) => Some(value),
            Err(message) => {
                let place = &self.section.get(field)?.place;
                self.problems.push(Problem::new(self.name.side(), place, message));
                None
            }
        }
    }

    /// Refuses fields that say nothing without another one.
    pub(crate) fn refuse(&mut self, fields: &[&str], message: &str) {
        for field in fields {
            if let Some(given) = self.section.get(field).filter(|given| !given.is_null()) {
                self.problems.push(Problem::new(self.name.side(), &given.place, message));
            }
        }
    }

    /// A problem where a workflow file holds a field that is for one run only.
    pub(crate) fn refuse_in_file(&mut self, field: &str) {
        if let Some(given) = self.section.get(field)
            && matches!(given.place, Place::File { .. })
        {
            let message = "is for one run, and a workflow file is for all of them".to_owned();
            let hint = format!("leave it out, and give `{field}` to the one run that needs it");
            self.problems.push(self.problem(&given.place, message).with_hint(hint));
        }
    }

    fn refuse_unknown(&mut self, known: &[&'static str]) {
        for (field, given) in self.section.iter().filter(|(field, _)| !known.contains(field)) {
            let message = format!("`{}` has no `{field}`", self.name.title());
            let hint = meant(field, known);
            self.problems.push(self.problem(&given.place, message).with_hint(hint));
        }
    }

    fn problem(&self, place: impl std::fmt::Display, message: String) -> Problem {
        Problem::new(self.name.side(), place, message)
    }
}

/// Reads values whose problems are the workflow's own; every problem is kept, none ends the reading.
pub(crate) struct ValueReader<'a> {
    section: &'a Section,
    pub(crate) problems: Vec<Problem>,
}

impl<'a> ValueReader<'a> {
    pub(crate) fn new(section: &'a Section) -> Self {
        Self { section, problems: Vec::new() }
    }

    /// What was given for a key.
    pub(crate) fn given(&self, key: &str) -> Option<&'a Given> {
        self.section.get(key).filter(|given| !given.is_null())
    }

    /// A value by its own type.
    pub(crate) fn read<T: FromSetting>(&mut self, key: &str) -> Option<T> {
        self.read_as(key, T::read)
    }

    /// A value that a function reads.
    pub(crate) fn read_as<T>(
        &mut self,
        key: &str,
        read: impl FnOnce(&Given) -> Result<T, InvalidValue>,
    ) -> Option<T> {
        let given = self.given(key)?;
        read(given).map_err(|invalid| self.refuse(given, invalid)).ok()
    }

    /// The value is not taken.
    pub(crate) fn refuse(&mut self, given: &Given, invalid: InvalidValue) {
        self.problems.push(invalid.at(Side::Workflow, &given.place));
    }

    /// Refuses the keys of a table, which stand under its name, that are not among these.
    pub(crate) fn refuse_unknown(&mut self, table: &str, known: &[&str]) {
        for (key, given) in self.section.iter() {
            let field = key.strip_prefix(table).and_then(|rest| rest.strip_prefix('.'));
            if let Some(field) = field.filter(|field| !known.contains(field)) {
                let message = format!("`[{table}]` has no `{field}`");
                self.refuse(given, InvalidValue::from(message).with_hint(meant(field, known)));
            }
        }
    }
}

/// What to write in place of a name that is not among these.
pub(super) fn meant(name: &str, known: &[&str]) -> String {
    match nearest(name, known.iter().copied()) {
        Some(meant) => format!("did you mean `{meant}`?"),
        None => format!("it takes {}", listed(known.iter().copied())),
    }
}

/// The variable of a text that is nothing but `${NAME}`, as shells and other tools replace it.
fn unexpanded(text: &str) -> Option<&str> {
    let name = text.strip_prefix("${")?.strip_suffix('}')?;
    let is_sign = |sign: char| sign.is_ascii_alphanumeric() || sign == '_';
    (!name.is_empty() && name.chars().all(is_sign)).then_some(name)
}

/// What to write in place of `${NAME}`.
fn how_to_expand(place: &Place, name: &str) -> String {
    match place {
        Place::File { .. } => format!("write `{{ env = \"{name}\" }}`"),
        Place::Flag(_) => {
            format!("write `\"${name}\"`: within single quotes the shell replaces nothing")
        }
        Place::Variable(variable) => format!("set `{variable}` to the value itself"),
        Place::Argument(_) => format!("read the variable `{name}` where the argument is given"),
    }
}

/// A problem for each name that a section holds twice.
pub(crate) fn repeated(section: &Section, side: Side) -> impl Iterator<Item = Problem> {
    let is_repeated =
        |index: usize, name: &str| section.iter().take(index).any(|(other, _)| other == name);
    section.iter().enumerate().filter(move |(index, (name, _))| is_repeated(*index, name)).map(
        move |(_, (name, given))| {
            Problem::new(side, &given.place, format!("`{name}` is given twice"))
        },
    )
}

/// Names as a sentence lists them.
pub(super) fn listed<'a>(names: impl IntoIterator<Item = &'a str>) -> String {
    names.into_iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}
