//! One value that a user gave, and where.

use std::fmt;

use serde_json::Value;

/// Where a value was given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// In a workflow file.
    File {
        /// The file, as the user named it.
        path: String,
        /// The line, from 1.
        line: usize,
        /// The column in characters, from 1.
        column: usize,
        /// The key, with its table.
        key: String,
    },
    /// With a flag: `--pull departement`.
    Flag(String),
    /// In an environment variable.
    Variable(String),
    /// As an argument of a call.
    Argument(String),
}

impl fmt::Display for Place {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File { path, line, column, key } => {
                write!(formatter, "{path}:{line}:{column}: `{key}`")
            }
            Self::Flag(flag) => write!(formatter, "`{flag}`"),
            Self::Variable(name) => write!(formatter, "`{name}` in the environment"),
            Self::Argument(name) => write!(formatter, "`{name}`"),
        }
    }
}

/// What was given.
#[derive(Clone, PartialEq)]
pub enum GivenValue {
    /// Text from a command line or the environment, read by the parameter's own type.
    Text(String),
    /// A value that already has a type.
    Json(Value),
}

/// The form only: the value may be a secret.
impl fmt::Debug for GivenValue {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Text(_) => "Text(****)",
            Self::Json(_) => "Json(****)",
        })
    }
}

/// A value with its place.
#[derive(Clone, PartialEq)]
pub struct Given {
    /// What was given.
    pub value: GivenValue,
    /// Where.
    pub place: Place,
}

impl Given {
    /// Text from a command line or the environment.
    pub fn text(text: impl Into<String>, place: Place) -> Self {
        Self { value: GivenValue::Text(text.into()), place }
    }

    /// A value that already has a type.
    pub fn json(value: impl Into<Value>, place: Place) -> Self {
        Self { value: GivenValue::Json(value.into()), place }
    }

    /// Whether this is an explicit "not set".
    pub(crate) fn is_null(&self) -> bool {
        self.value == GivenValue::Json(Value::Null)
    }
}

/// The place only: the value may be a secret.
impl fmt::Debug for Given {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Given({})", self.place)
    }
}

/// A table of named values, in the order in which they were given.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Section {
    values: Vec<(String, Given)>,
    /// What was given in a form whose problem has been told already.
    unread: Vec<String>,
    is_unread: bool,
}

impl Section {
    /// Adds a value. One that stands there already stays beside it, for the check to report.
    pub fn push(&mut self, name: impl Into<String>, given: Given) {
        self.values.push((name.into(), given));
    }

    /// Adds a name whose value is a problem of its own.
    pub(crate) fn push_unread(&mut self, name: impl Into<String>) {
        self.unread.push(name.into());
    }

    /// A section that is no table, which is a problem of its own.
    pub(crate) fn not_a_table() -> Self {
        Self { is_unread: true, ..Self::default() }
    }

    /// The first value of that name.
    pub fn get(&self, name: &str) -> Option<&Given> {
        self.iter().find(|(other, _)| *other == name).map(|(_, given)| given)
    }

    /// Whether nothing was given under that name, as far as could be read.
    pub(crate) fn is_missing(&self, name: &str) -> bool {
        let is_unread = self.is_unread || self.unread.iter().any(|other| other == name);
        !is_unread && self.get(name).is_none_or(Given::is_null)
    }

    /// Each value with its name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Given)> {
        self.values.iter().map(|(name, given)| (name.as_str(), given))
    }

    /// Adds what `lower` has beyond this.
    pub(crate) fn fill_from(&mut self, lower: Self) {
        let missing = lower.values.into_iter();
        let missing = missing.filter(|(name, _)| self.get(name).is_none()).collect::<Vec<_>>();
        self.values.extend(missing);
        self.unread.extend(lower.unread);
        self.is_unread |= lower.is_unread;
    }
}
