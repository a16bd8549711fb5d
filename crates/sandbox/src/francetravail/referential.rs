//! The lists of accepted codes.

use std::collections::HashSet;

use serde_json::Value;

use super::{JSON, bad_request};
use crate::World;
use crate::answer::Answer;
use crate::offers::{Body, entry, list};

/// A list of codes, with those that only recorded offers carry.
pub(super) fn referential(world: &World, name: &str) -> Answer {
    let Some(made) = list(name) else {
        return bad_request(world, "Le référentiel demandé n'existe pas.");
    };
    let entries = with_recorded(world, name, made);
    let size = entries.len();
    Answer::json(200, JSON, &Value::Array(entries))
        .with("content-range", format!("{name} */{size}"))
}

fn with_recorded(world: &World, name: &str, made: Vec<Value>) -> Vec<Value> {
    let code_of = |entry: &Value| entry["code"].as_str().unwrap_or_default().to_owned();
    let mut known: HashSet<_> = made.iter().map(code_of).collect();
    let mut entries = made;
    for offer in &world.offers().list {
        if let Body::Read(offer) = &offer.body
            && let Some(entry) = recorded(name, &Value::Object((**offer).clone()))
            && known.insert(code_of(&entry))
        {
            entries.push(entry);
        }
    }
    entries
}

/// What a recorded offer says of a list.
fn recorded(name: &str, offer: &Value) -> Option<Value> {
    let entry = |object: &Value, code: &str, label: &str| {
        Some(entry(object[code].as_str()?, object[label].as_str()?))
    };
    match name {
        "metiers" => entry(offer, "romeCode", "romeLibelle"),
        "secteursActivites" => entry(offer, "secteurActivite", "secteurActiviteLibelle"),
        "nafs" => entry(offer, "codeNAF", "secteurActiviteLibelle"),
        "communes" => {
            let place = &offer["lieuTravail"];
            let mut commune = entry(place, "commune", "libelle")?;
            commune["codePostal"] = place["codePostal"].clone();
            Some(commune)
        }
        _ => None,
    }
}
