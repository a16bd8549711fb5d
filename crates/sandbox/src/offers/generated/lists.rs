//! The codes that made-up offers carry, as lists.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::codes::{CONTRACT_KINDS, DEPARTEMENTS, REGIONS, name_of};
use super::tables::{ACTIVITIES, COMMUNES, JOBS};

/// Numbers of names of occupations begin here.
const FIRST_APPELLATION: usize = 10_000;

/// A list by the service's name for it; none where it has nothing to do with the offers.
pub(crate) fn list(name: &str) -> Option<Vec<Value>> {
    Some(match name {
        "metiers" => JOBS.iter().map(|job| entry(job.code, job.label)).collect(),
        "domaines" => shortened(JOBS.iter().map(|job| (job.code, job.label)), 3),
        "appellations" => appellations(),
        "nafs" => ACTIVITIES.iter().map(|(code, label)| entry(code, label)).collect(),
        "secteursActivites" => shortened(ACTIVITIES.iter().copied(), 2),
        "naturesContrats" => {
            CONTRACT_KINDS.iter().map(|(code, label)| entry(code, label)).collect()
        }
        "regions" => REGIONS.iter().map(|(code, label)| entry(code, label)).collect(),
        "departements" => DEPARTEMENTS.iter().map(departement).collect(),
        "communes" => communes(),
        _ => return None,
    })
}

fn entry(code: &str, label: &str) -> Value {
    json!({"code": code, "libelle": label})
}

/// The beginnings of codes, each with the first label that begins there.
fn shortened<'a>(entries: impl Iterator<Item = (&'a str, &'a str)>, length: usize) -> Vec<Value> {
    let mut found = BTreeMap::new();
    for (code, label) in entries {
        found.entry(&code[..length]).or_insert(label);
    }
    found.into_iter().map(|(code, label)| entry(code, label)).collect()
}

fn appellations() -> Vec<Value> {
    let names = JOBS.iter().flat_map(|job| job.titles).map(|title| title.appellation);
    let numbered = (FIRST_APPELLATION..).zip(names);
    numbered.map(|(number, name)| entry(&number.to_string(), name)).collect()
}

fn departement((code, label, region): &(&str, &str, &str)) -> Value {
    let name = name_of(REGIONS, region).unwrap_or_default();
    json!({"code": code, "libelle": label, "region": entry(region, name)})
}

/// Not sorted by code, as the service's are not.
fn communes() -> Vec<Value> {
    let commune = |commune: &super::Commune| {
        json!({
            "code": commune.code,
            "libelle": commune.name,
            "codePostal": commune.post_code,
            "codeDepartement": commune.departement,
        })
    };
    COMMUNES.iter().map(commune).collect()
}
