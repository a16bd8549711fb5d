//! What tells the content of a job, and what two contents have in common.

use std::collections::BTreeMap;

use engine::{Exceptions, Item};
use serde_json::Value;
use store::Fingerprint;

use super::claims::{DELIVERED_BY, DELIVERED_IN};

/// What HrFlow does with the fields of a job, so that a difference in them says nothing.
pub(super) const EXCEPTIONS: Exceptions = Exceptions {
    not_content: &["key", "board_key"],
    timestamps: &["created_at", "updated_at"],
    filled: &["location.lat", "location.lng"],
    entries: &[DELIVERED_BY, DELIVERED_IN],
};

/// What HrFlow says of a job itself.
const HRFLOWS_OWN: [&str; 8] =
    ["id", "key", "board", "board_key", "archive", "archived_at", "created_at", "updated_at"];
/// What HrFlow finds for the text of a place, whenever it gets to it.
const FOUND_PLACE: [&str; 4] = ["lat", "lng", "gmaps", "fields"];

/// Tells the content of a job from another, in whichever answer it is seen: answers differ in what
/// they show of an empty field, in the order of fields, and in what HrFlow has added meanwhile.
pub(super) fn version_of(job: &Item) -> Fingerprint {
    let content = job.iter().filter(|(field, _)| !HRFLOWS_OWN.contains(&field.as_str()));
    let content: BTreeMap<&str, Value> = content
        .filter_map(|(field, value)| {
            let value = match field.as_str() {
                "location" => without(value, |name, _| FOUND_PLACE.contains(&name)),
                "metadatas" => without_claims(value),
                _ => value.clone(),
            };
            Some((field.as_str(), plain(&value)?))
        })
        .collect();
    // Values of JSON: there is nothing that could not be written.
    Fingerprint::of(&serde_json::to_vec(&content).unwrap_or_default())
}

fn without(value: &Value, is_out: impl Fn(&str, &Value) -> bool) -> Value {
    match value {
        Value::Object(fields) => fields
            .iter()
            .filter(|(name, value)| !is_out(name, value))
            .map(|(name, value)| (name.clone(), value.clone()))
            .collect(),
        other => other.clone(),
    }
}

fn without_claims(value: &Value) -> Value {
    let is_claim = |entry: &&Value| entry["name"] == DELIVERED_BY || entry["name"] == DELIVERED_IN;
    match value {
        Value::Array(list) => list.iter().filter(|entry| !is_claim(entry)).cloned().collect(),
        other => other.clone(),
    }
}

/// The value with its fields in order and without what is empty; none where nothing is left.
fn plain(value: &Value) -> Option<Value> {
    match value {
        Value::Null => None,
        Value::String(text) => (!text.is_empty()).then(|| value.clone()),
        Value::Array(list) => {
            let list: Vec<_> = list.iter().filter_map(plain).collect();
            (!list.is_empty()).then(|| list.into())
        }
        Value::Object(fields) => {
            let fields: BTreeMap<_, _> = fields
                .iter()
                .filter_map(|(name, value)| Some((name.clone(), plain(value)?)))
                .collect();
            (!fields.is_empty()).then(|| fields.into_iter().collect())
        }
        Value::Number(number) => {
            // `48` and `48.0` are the same number.
            let whole = number.as_f64().filter(|number| number.fract() == 0.0);
            Some(whole.map_or_else(|| value.clone(), Value::from))
        }
        Value::Bool(_) => Some(value.clone()),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn version(job: Value) -> Fingerprint {
        version_of(&serde_json::from_value(job).unwrap())
    }

    #[test]
    fn a_job_is_told_by_its_content_in_whatever_answer() {
        let sent = json!({"name": "Baker", "location": {"text": "Paris"}, "tags": [
            {"name": "a", "value": 1}], "summary": ""});
        let listed = json!({"id": 7, "key": "0a", "archived_at": null, "updated_at": "now",
            "tags": [{"value": 1.0, "name": "a", "type": null}], "skills": [], "name": "Baker",
            "metadatas": [{"name": "delivered_by", "value": "paris"}],
            "location": {"text": "Paris", "lat": 48.8, "gmaps": null, "fields": {"city": "Paris"}}});
        assert_eq!(version(sent.clone()), version(listed));
        let mut edited = sent;
        edited["name"] = "Baker (H/F)".into();
        assert_ne!(version(edited.clone()), version(json!({"name": "Baker"})));
        let tagged = json!({"name": "Baker", "tags": [{"name": "a", "value": 2}]});
        assert_ne!(version(tagged), version(json!({"name": "Baker"})));
    }
}
