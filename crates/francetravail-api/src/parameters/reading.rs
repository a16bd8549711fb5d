//! Reads parameters from pairs of text or from JSON, and reports every mistake at once.

use std::collections::HashSet;

use serde::de::{Deserialize, Deserializer, Error as _};
use serde::ser::{Serialize, SerializeMap, Serializer};
use serde_json::{Map, Value};

use super::table::{ENTRIES, Entry, Given};
use super::{Parameter, ParameterProblem, Rejection, SearchParameters};

/// How alike two names must be for the one to be a slip of the other, from 0 to 1.
const LIKENESS: f64 = 0.8;

impl SearchParameters {
    /// No parameter at all: every offer.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets a parameter from text, as on a command line, read by the parameter's own type.
    pub fn set_text(&mut self, name: &str, text: &str) -> Result<(), ParameterProblem> {
        self.assign(name, Given::Text(text))
    }

    /// Sets a parameter from JSON; `null` leaves it as not set. See [`Form`](super::Form) for the
    /// JSON that each kind takes.
    pub fn set(&mut self, name: &str, value: &Value) -> Result<(), ParameterProblem> {
        self.assign(name, Given::Json(value))
    }

    /// Reads `name`, `text` pairs. A name that comes twice is a mistake.
    ///
    /// ```
    /// use francetravail_api::SearchParameters;
    ///
    /// let parameters = SearchParameters::from_pairs([("departement", "75"), ("distance", "0")]);
    /// assert!(parameters.is_ok());
    /// let problems = SearchParameters::from_pairs([("codeRome", "m1805")]).unwrap_err();
    /// assert_eq!(problems[0].hint.as_deref(), Some("did you mean `codeROME`?"));
    /// ```
    pub fn from_pairs<'a>(
        pairs: impl IntoIterator<Item = (&'a str, &'a str)>,
    ) -> Result<Self, Vec<ParameterProblem>> {
        let mut named = HashSet::new();
        Self::collect(pairs, |parameters, (name, text)| {
            if !named.insert(name) {
                return Err(twice(name));
            }
            parameters.set_text(name, text)
        })
    }

    /// Reads a JSON object.
    pub fn from_map(map: &Map<String, Value>) -> Result<Self, Vec<ParameterProblem>> {
        Self::collect(map, |parameters, (name, value)| parameters.set(name, value))
    }

    /// The parameters that are set, under the service's names, in the order of the table.
    pub fn to_map(&self) -> Map<String, Value> {
        ENTRIES
            .iter()
            .filter_map(|entry| Some((entry.specification.name.to_owned(), (entry.json)(self)?)))
            .collect()
    }

    fn collect<T>(
        given: impl IntoIterator<Item = T>,
        mut set: impl FnMut(&mut Self, T) -> Result<(), ParameterProblem>,
    ) -> Result<Self, Vec<ParameterProblem>> {
        let mut parameters = Self::default();
        let problems: Vec<_> =
            given.into_iter().filter_map(|one| set(&mut parameters, one).err()).collect();
        if problems.is_empty() { Ok(parameters) } else { Err(problems) }
    }

    fn assign(&mut self, name: &str, given: Given<'_>) -> Result<(), ParameterProblem> {
        let entry = find(name).ok_or_else(|| unknown(name))?;
        (entry.set)(self, given).map_err(|rejection| rejection.of(name, [entry.parameter]))
    }
}

/// An object with the parameters that are set.
impl Serialize for SearchParameters {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let map = self.to_map();
        let mut object = serializer.serialize_map(Some(map.len()))?;
        for (name, value) in &map {
            object.serialize_entry(name, value)?;
        }
        object.end()
    }
}

/// From the same object; the error names every mistake.
impl<'de> Deserialize<'de> for SearchParameters {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let map = Map::deserialize(deserializer)?;
        Self::from_map(&map).map_err(|problems| {
            let lines: Vec<_> = problems.iter().map(ToString::to_string).collect();
            D::Error::custom(lines.join("; "))
        })
    }
}

fn find(name: &str) -> Option<&'static Entry> {
    ENTRIES.iter().find(|entry| entry.specification.name == name)
}

fn twice(name: &str) -> ParameterProblem {
    Rejection::new("is given twice")
        .with_hint("give a list as one value, with commas between its parts")
        .of(name, find(name).map(|entry| entry.parameter))
}

fn unknown(name: &str) -> ParameterProblem {
    let meant = nearest(name);
    let hint = meant.map(|meant| format!("did you mean `{}`?", meant.name()));
    Rejection::new("is not a search parameter").with_hint_from(hint).of(name, meant)
}

/// The parameter that was probably meant.
fn nearest(name: &str) -> Option<Parameter> {
    ENTRIES
        .iter()
        .map(|entry| entry.parameter)
        .map(|known| (strsim::jaro_winkler(&plain(name), &plain(known.name())), known))
        .filter(|(likeness, _)| *likeness > LIKENESS)
        .max_by(|(left, _), (right, _)| left.total_cmp(right))
        .map(|(_, known)| known)
}

fn plain(name: &str) -> String {
    name.to_lowercase().replace(['-', '_'], "")
}
