//! What a parameter is, in the words and the JSON that a description prints.

use serde::{Serialize, Serializer};
use serde_json::Value;

/// What a value is, seen from outside.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum ParameterKind {
    /// Text.
    String,
    /// A whole number.
    Integer,
    /// A number.
    Number,
    /// `true` or `false`.
    Boolean,
}

/// One parameter of the search. Every one may be left out or `null`, and has no default.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ParameterSpecification {
    /// The name, as the service spells it.
    pub name: &'static str,
    /// What a value is.
    pub kind: ParameterKind,
    /// What it does: units, limits, and where lists of codes are found.
    pub description: &'static str,
    pub(super) accepted: &'static [&'static str],
}

impl ParameterSpecification {
    /// The values that are taken: integers for an integer parameter, otherwise strings. None
    /// where any value of the kind goes.
    pub fn accepted(&self) -> Option<Vec<Value>> {
        (!self.accepted.is_empty())
            .then(|| self.accepted.iter().map(|text| self.accepted_value(text)).collect())
    }

    fn accepted_value(&self, text: &str) -> Value {
        match self.kind {
            ParameterKind::String => Value::from(text),
            ParameterKind::Integer | ParameterKind::Number | ParameterKind::Boolean => {
                serde_json::from_str(text).unwrap_or_else(|_| Value::from(text))
            }
        }
    }
}

/// An object `{name, type, nullable, required, default, accepted, description}`.
impl Serialize for ParameterSpecification {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        use serde::ser::SerializeMap;
        let mut object = serializer.serialize_map(Some(7))?;
        object.serialize_entry("name", self.name)?;
        object.serialize_entry("type", &self.kind)?;
        object.serialize_entry("nullable", &true)?;
        object.serialize_entry("required", &false)?;
        object.serialize_entry("default", &Value::Null)?;
        object.serialize_entry("accepted", &self.accepted())?;
        object.serialize_entry("description", self.description)?;
        object.end()
    }
}
