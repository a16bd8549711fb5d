//! What no field, tag or list of a job says of an offer, so that nothing of it is lost.
//!
//! The offer is built again from its job, and compared: every difference becomes a metadata. So
//! fields that nobody knows yet, or that are not of the kind that they should be, are carried over,
//! too. The name of such a metadata is the way to the field:
//!
//! - `offer/salaire/libelle`: the text, number or truth value that stands there;
//! - `offer_json/salaire`: the value as JSON, where it is none of these;
//! - `offer_absent/salaire`: the offer has no such field.

use serde_json::{Map, Value};

use super::fields::{named, said};

const PLAIN: &str = "offer";
const JSON: &str = "offer_json";
const ABSENT: &str = "offer_absent";

/// What must be added to the one to make the other of it.
pub(super) fn rest(built: &Value, offer: &Value) -> Vec<Value> {
    let mut entries = Vec::new();
    compare(built, offer, "", &mut entries);
    entries
}

/// Adds what metadatas say of the rest.
pub(super) fn add_rest(built: &mut Value, metadatas: &[Value]) {
    for entry in metadatas {
        let Some((kind, way)) = entry["name"].as_str().and_then(|name| name.split_once('/')) else {
            continue;
        };
        let way: Vec<_> = way.split('/').map(unescaped).collect();
        match kind {
            PLAIN => set(built, &way, entry["value"].clone()),
            JSON => {
                let text = entry["value"].as_str().unwrap_or_default();
                set(built, &way, serde_json::from_str(text).unwrap_or_default());
            }
            ABSENT => remove(built, &way),
            _ => {}
        }
    }
}

fn compare(built: &Value, offer: &Value, way: &str, entries: &mut Vec<Value>) {
    match (built, offer) {
        (built, offer) if built == offer => {}
        (Value::Object(built), Value::Object(offer)) => {
            for (name, value) in offer {
                let way = format!("{way}/{}", escaped(name));
                match built.get(name) {
                    Some(built) => compare(built, value, &way, entries),
                    None => leaves(value, &way, entries),
                }
            }
            for name in built.keys().filter(|name| !offer.contains_key(*name)) {
                entries.push(named(&format!("{ABSENT}{way}/{}", escaped(name)), true));
            }
        }
        (Value::Array(built), Value::Array(offer)) if built.len() == offer.len() => {
            for (index, (built, value)) in built.iter().zip(offer).enumerate() {
                compare(built, value, &format!("{way}/{index}"), entries);
            }
        }
        (_, offer) => entries.push(whole(offer, way)),
    }
}

/// A value that is not there at all, field by field.
fn leaves(value: &Value, way: &str, entries: &mut Vec<Value>) {
    match value {
        Value::Object(fields) if !fields.is_empty() => {
            for (name, value) in fields {
                leaves(value, &format!("{way}/{}", escaped(name)), entries);
            }
        }
        value => entries.push(whole(value, way)),
    }
}

fn whole(value: &Value, way: &str) -> Value {
    let is_plain = value.is_number() || value.is_boolean() || said(value).is_some();
    if is_plain {
        named(&format!("{PLAIN}{way}"), value.clone())
    } else {
        named(&format!("{JSON}{way}"), value.to_string())
    }
}

fn set(within: &mut Value, way: &[String], value: Value) {
    let Some((name, rest)) = way.split_first() else {
        *within = value;
        return;
    };
    if let (Value::Array(list), Ok(index)) = (&mut *within, name.parse::<usize>()) {
        if let Some(within) = list.get_mut(index) {
            set(within, rest, value);
        }
        return;
    }
    if !within.is_object() {
        *within = Map::new().into();
    }
    if let Value::Object(fields) = within {
        set(fields.entry(name.clone()).or_insert(Value::Null), rest, value);
    }
}

fn remove(within: &mut Value, way: &[String]) {
    match (within, way) {
        (Value::Object(fields), [name]) => {
            fields.shift_remove(name);
        }
        (Value::Object(fields), [name, rest @ ..]) => {
            if let Some(within) = fields.get_mut(name) {
                remove(within, rest);
            }
        }
        (Value::Array(list), [index, rest @ ..]) => {
            if let Some(within) = index.parse().ok().and_then(|index: usize| list.get_mut(index)) {
                remove(within, rest);
            }
        }
        _ => {}
    }
}

fn escaped(name: &str) -> String {
    name.replace('~', "~0").replace('/', "~1")
}

fn unescaped(name: &str) -> String {
    name.replace("~1", "/").replace("~0", "~")
}
