//! Looking into an offer, and writing the small objects of a job.

use serde_json::{Value, json};

use crate::Item;

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

/// An entry for a text that says something, a number, a yes or a no; none for anything else.
pub(super) fn entry(name: &str, value: &Value) -> Option<Value> {
    match value {
        Value::String(_) if said(value).is_none() => None,
        Value::Null | Value::Array(_) | Value::Object(_) => None,
        Value::Bool(_) | Value::Number(_) | Value::String(_) => Some(named(name, value.clone())),
    }
}

/// What stands at a path such as `entreprise.nom`; `null` where there is nothing.
pub(super) fn at<'a>(offer: &'a Item, path: &str) -> &'a Value {
    let (first, rest) = path.split_once('.').unwrap_or((path, ""));
    let names = rest.split('.').filter(|name| !name.is_empty());
    names.fold(&offer[first], |value, name| &value[name])
}
