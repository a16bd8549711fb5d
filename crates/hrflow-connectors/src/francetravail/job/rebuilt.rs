//! The way back: the offer of which a job was made.

use serde_json::{Map, Value, json};

use super::lists::LISTS;
use super::tags::TAGS;
use super::{dates, lists, place, rest, skills};
use crate::Item;

/// The offer of which a job was made with its whole content.
pub fn offer_of_job(job: &Item) -> Item {
    let mut offer = Value::Object(built_offer(job));
    rest::add_rest(&mut offer, job["metadatas"].as_array().map_or(&[], Vec::as_slice));
    match offer {
        Value::Object(fields) => fields.into(),
        // No metadata can say that an offer is no object.
        _ => Item::default(),
    }
}

/// What the fields, tags and lists of a job say of its offer.
pub(super) fn built_offer(job: &Item) -> Map<String, Value> {
    let mut offer = Map::new();
    let mut add = |path: &str, value: Value| {
        let says_nothing = value.is_null() || value.as_object().is_some_and(Map::is_empty);
        if !says_nothing {
            put(&mut offer, path, value);
        }
    };
    add("id", job["reference"].clone());
    add("intitule", job["name"].clone());
    add("description", job["summary"].clone());
    add("dateCreation", json!(dates::in_paris(&job["created_at"])));
    add("lieuTravail", place::place_of(&job["location"]));
    add("origineOffre.urlOrigine", job["url"].clone());
    add("entreprise.logo", job["picture"].clone());
    add("langues", json!(skills::languages_of(&job["languages"])));
    for rule in TAGS.iter().filter(|rule| rule.is_copy()) {
        add(rule.from, value_of(&job["tags"], rule.name));
    }
    for rule in LISTS {
        add(rule.from, json!(lists::rebuilt(rule, job)));
    }
    let updated = value_of(&job["metadatas"], "source_updated_at");
    if updated != job["created_at"] {
        add("dateActualisation", json!(dates::in_paris(&updated)));
    }
    offer
}

/// What stands under a name in a list.
fn value_of(list: &Value, name: &str) -> Value {
    let named = list.as_array().into_iter().flatten().find(|entry| entry["name"] == name);
    named.map_or(Value::Null, |entry| entry["value"].clone())
}

/// Puts a value at a path such as `entreprise.nom`.
fn put(offer: &mut Map<String, Value>, path: &str, value: Value) {
    match path.split_once('.') {
        None => {
            offer.insert(path.to_owned(), value);
        }
        Some((name, rest)) => {
            let within = offer.entry(name).or_insert_with(|| Map::new().into());
            if let Value::Object(within) = within {
                put(within, rest, value);
            }
        }
    }
}
