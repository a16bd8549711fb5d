//! The lists of accepted codes.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::{JSON, bad_request};
use crate::World;
use crate::answer::Answer;

/// A referential: short lists in full, long ones as far as the offers use them.
pub(super) fn referential(world: &World, name: &str) -> Answer {
    let entries = match name {
        "typesContrats" => listed(&TYPES),
        "regions" => listed(&REGIONS),
        "metiers" => used(world, |offer| label(offer, "romeCode", "romeLibelle")),
        "secteursActivites" => {
            used(world, |offer| label(offer, "secteurActivite", "secteurActiviteLibelle"))
        }
        "communes" => used(world, |offer| label(&offer["lieuTravail"], "commune", "libelle")),
        "nafs" => used(world, |offer| label(offer, "codeNAF", "secteurActiviteLibelle")),
        _ => return bad_request(world, "Le référentiel demandé n'existe pas."),
    };
    let size = entries.len();
    Answer::json(200, JSON, &Value::Array(entries))
        .with("content-range", format!("{name} */{size}"))
}

fn listed(entries: &[(&str, &str)]) -> Vec<Value> {
    entries.iter().map(|(code, label)| json!({"code": code, "libelle": label})).collect()
}

fn used(world: &World, entry: impl Fn(&Value) -> Option<(String, String)>) -> Vec<Value> {
    let offers = world.offers();
    let entries: BTreeMap<_, _> =
        offers.list.iter().filter_map(|offer| entry(&offer.to_json())).collect();
    entries.iter().map(|(code, label)| json!({"code": code, "libelle": label})).collect()
}

fn label(object: &Value, code: &str, label: &str) -> Option<(String, String)> {
    Some((object[code].as_str()?.to_owned(), object[label].as_str()?.to_owned()))
}

const TYPES: [(&str, &str); 12] = [
    ("CDI", "Contrat à durée indéterminée"),
    ("CDD", "Contrat à durée déterminée"),
    ("MIS", "Mission intérimaire"),
    ("SAI", "Contrat travail saisonnier"),
    ("CCE", "Profession commerciale"),
    ("FRA", "Franchise"),
    ("LIB", "Profession libérale"),
    ("REP", "Reprise d'entreprise"),
    ("TTI", "Contrat travail temporaire insertion"),
    ("DDI", "Contrat durée déterminée insertion"),
    ("DIN", "CDI Intérimaire"),
    ("DDT", "CDD Tremplin"),
];

const REGIONS: [(&str, &str); 18] = [
    ("01", "Guadeloupe"),
    ("02", "Martinique"),
    ("03", "Guyane"),
    ("04", "La Réunion"),
    ("06", "Mayotte"),
    ("11", "Ile-de-France"),
    ("24", "Centre-Val de Loire"),
    ("27", "Bourgogne-Franche-Comté"),
    ("28", "Normandie"),
    ("32", "Hauts-de-France"),
    ("44", "Grand Est"),
    ("52", "Pays de la Loire"),
    ("53", "Bretagne"),
    ("75", "Nouvelle-Aquitaine"),
    ("76", "Occitanie"),
    ("84", "Auvergne-Rhône-Alpes"),
    ("93", "Provence-Alpes-Côte d'Azur"),
    ("94", "Corse"),
];
