//! What travels through a run: one JSON object.

use std::ops::{Deref, DerefMut, Index};

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// One item as its origin gave it, or as the format made it: a JSON object, in its own order.
///
/// Indexing a field that is not there gives `null`, so that a logic can look at a field without
/// first asking for it.
///
/// ```
/// # use engine::Item;
/// # use serde_json::json;
/// let offer: Item = serde_json::from_value(json!({"romeCode": "M1805"})).unwrap();
/// assert_eq!(offer["romeCode"], "M1805");
/// assert!(offer["salaire"].is_null());
/// ```
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
#[serde(transparent)]
pub struct Item(Map<String, Value>);

impl Item {
    /// A field's text, where it is there and text.
    pub fn text(&self, field: &str) -> Option<&str> {
        self.0.get(field)?.as_str()
    }

    /// The object itself.
    pub fn into_map(self) -> Map<String, Value> {
        self.0
    }
}

impl Deref for Item {
    type Target = Map<String, Value>;

    fn deref(&self) -> &Map<String, Value> {
        &self.0
    }
}

impl DerefMut for Item {
    fn deref_mut(&mut self) -> &mut Map<String, Value> {
        &mut self.0
    }
}

impl Index<&str> for Item {
    type Output = Value;

    fn index(&self, field: &str) -> &Value {
        self.0.get(field).unwrap_or(&Value::Null)
    }
}

impl From<Map<String, Value>> for Item {
    fn from(map: Map<String, Value>) -> Self {
        Self(map)
    }
}

impl FromIterator<(String, Value)> for Item {
    fn from_iter<I: IntoIterator<Item = (String, Value)>>(fields: I) -> Self {
        Self(fields.into_iter().collect())
    }
}
