//! The service's lists of codes: short ones in full, long ones as far as offers use them.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::tables::{ACTIVITIES, COMMUNES, CodeEntry, Commune, DEPARTEMENTS, JOBS, REGIONS};
use super::tables::{codes, label_of};

/// The numbers of appellations begin here.
const FIRST_APPELLATION: usize = 10_000;

/// A list by the service's name for it; none where the service has no such list.
pub(crate) fn list(name: &str) -> Option<Vec<Value>> {
    Some(match name {
        "metiers" => JOBS.iter().map(|job| entry(job.code, job.label)).collect(),
        "domaines" => shortened(JOBS.iter().map(|job| (job.code, job.label)), 3),
        "appellations" => appellations(),
        "secteursActivites" => {
            shortened(codes(ACTIVITIES).iter().map(|naf| (naf.code, naf.label)), 2)
        }
        "departements" => codes(DEPARTEMENTS).iter().map(departement).collect(),
        "communes" => COMMUNES.iter().map(commune).collect(),
        "themes" => {
            (1..=17).map(|theme| entry(&format!("{theme:02}"), &format!("Thème {theme}"))).collect()
        }
        "langues" => codes(name).iter().map(|code| json!({"libelle": code.label})).collect(),
        _ => match codes(name) {
            [] => return None,
            codes => codes.iter().map(|code| entry(code.code, code.label)).collect(),
        },
    })
}

/// One entry of a list.
pub(crate) fn entry(code: &str, label: &str) -> Value {
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
    let names = JOBS.iter().flat_map(|job| &job.titles).map(|title| title.appellation);
    let numbered = (FIRST_APPELLATION..).zip(names);
    numbered.map(|(number, name)| entry(&number.to_string(), name)).collect()
}

fn departement(departement: &CodeEntry) -> Value {
    let region = departement.region.unwrap_or_default();
    let name = label_of(REGIONS, region).unwrap_or_default();
    json!({
        "code": departement.code,
        "libelle": departement.label,
        "region": entry(region, name),
    })
}

/// Not sorted by code, as the service's are not.
fn commune(commune: &Commune) -> Value {
    json!({
        "code": commune.code,
        "libelle": commune.name,
        "codePostal": commune.post_code,
        "codeDepartement": commune.departement,
    })
}
