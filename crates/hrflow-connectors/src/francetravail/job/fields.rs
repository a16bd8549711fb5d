//! Looking into an offer, and writing the small objects of a job.

use serde_json::{Value, json};

/// A text, or `null` for everything else.
pub(super) fn text(value: &Value) -> Value {
    value.as_str().map_or(Value::Null, Value::from)
}

/// A text that says something.
pub(super) fn said(value: &Value) -> Option<&str> {
    value.as_str().filter(|text| !text.trim().is_empty())
}

/// The elements of a list; none, where there is no list.
pub(super) fn elements(list: &Value) -> impl Iterator<Item = &Value> {
    list.as_array().into_iter().flatten()
}

/// A tag or metadata: a name and what is known under it.
pub(super) fn named(name: &str, value: impl Into<Value>) -> Value {
    json!({"name": name, "value": value.into()})
}
