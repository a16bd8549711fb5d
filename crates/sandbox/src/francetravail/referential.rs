//! The lists of accepted codes.

use std::collections::HashSet;

use serde_json::{Value, json};

use super::{JSON, bad_request};
use crate::World;
use crate::answer::Answer;
use crate::offers::{Body, list};

/// A referential: short lists in full, long ones as far as offers use them.
pub(super) fn referential(world: &World, name: &str) -> Answer {
    let entries = match name {
        "typesContrats" => coded(&TYPES),
        "themes" => {
            (1..=17).map(|theme| line(&format!("{theme:02}"), &format!("Thème {theme}"))).collect()
        }
        "niveauxFormations" => coded(&LEVELS),
        "permis" => coded(&LICENCES),
        "pays" => coded(&COUNTRIES),
        "continents" => coded(&CONTINENTS),
        "langues" => LANGUAGES.iter().map(|label| json!({"libelle": label})).collect(),
        name => match list(name) {
            Some(made) => with_recorded(world, name, made),
            None => return bad_request(world, "Le référentiel demandé n'existe pas."),
        },
    };
    let size = entries.len();
    Answer::json(200, JSON, &Value::Array(entries))
        .with("content-range", format!("{name} */{size}"))
}

fn coded(entries: &[(&str, &str)]) -> Vec<Value> {
    entries.iter().map(|(code, label)| line(code, label)).collect()
}

fn line(code: &str, label: &str) -> Value {
    json!({"code": code, "libelle": label})
}

/// A list, with the codes that only recorded offers carry.
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
        Some(line(object[code].as_str()?, object[label].as_str()?))
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

const LEVELS: [(&str, &str); 11] = [
    ("AFS", "Sans scolarité"),
    ("CP4", "Du primaire à la quatrième"),
    ("CFG", "Quatrième finie"),
    ("C3A", "Troisième finie, ou brevet"),
    ("C12", "Seconde ou première finie"),
    ("NV5", "CAP ou BEP"),
    ("NV4b", "Jusqu'au baccalauréat"),
    ("NV4", "Baccalauréat"),
    ("NV3", "Bac et deux ans"),
    ("NV2", "Bac et trois ou quatre ans"),
    ("NV1", "Bac et cinq ans ou plus"),
];

const LICENCES: [(&str, &str); 18] = [
    ("AM", "Cyclomoteur"),
    ("A1", "Moto légère"),
    ("A2", "Moto moyenne"),
    ("A", "Moto"),
    ("B1", "Quadricycle lourd"),
    ("B", "Voiture"),
    ("B79", "Voiture, mention 79"),
    ("B96", "Voiture et remorque, mention 96"),
    ("BE", "Voiture et remorque"),
    ("C1", "Camion jusqu'à 7,5 t"),
    ("C1E", "Camion jusqu'à 7,5 t et remorque"),
    ("C", "Camion"),
    ("CE", "Camion et remorque"),
    ("D1", "Minibus"),
    ("D1E", "Minibus et remorque"),
    ("D", "Autocar"),
    ("DE", "Autocar et remorque"),
    ("EC", "Engin de chantier"),
];

const COUNTRIES: [(&str, &str); 12] = [
    ("99100", "France"),
    ("99109", "Allemagne"),
    ("99127", "Italie"),
    ("99131", "Belgique"),
    ("99132", "Royaume-Uni"),
    ("99134", "Espagne"),
    ("99135", "Pays-Bas"),
    ("99137", "Luxembourg"),
    ("99139", "Portugal"),
    ("99140", "Suisse"),
    ("99350", "Maroc"),
    ("99401", "Canada"),
];

const CONTINENTS: [(&str, &str); 5] = [
    ("991", "Europe"),
    ("992", "Asie"),
    ("993", "Afrique"),
    ("994", "Amérique"),
    ("995", "Océanie"),
];

const LANGUAGES: [&str; 6] = ["Allemand", "Anglais", "Arabe", "Espagnol", "Italien", "Portugais"];
