//! Whether a code is one that the service knows, and which one was probably meant.

use std::cmp::Reverse;

use strsim::{jaro_winkler, osa_distance};

use crate::parameters::shape_hint;
use crate::referential::plain;
use crate::{REFERENTIALS, ReferentialEntry, Rejection};

/// Codes that the service takes although its lists may not have them (measured): the cities of
/// which the list has only the arrondissements, and a contract that came late.
const TAKEN_ALL_THE_SAME: [(&str, &str, &str); 4] = [
    ("commune", "75056", "Paris"),
    ("commune", "13055", "Marseille"),
    ("commune", "69123", "Lyon"),
    ("typeContrat", "DDT", "CDD Tremplin"),
];
/// How many codes a hint names at the most.
const MOST_NAMED: usize = 3;
/// A label less like the text than this was not meant.
const ALIKE: f64 = 0.85;

/// The lists that hold the codes of a parameter: none where it takes none.
pub fn referentials_of(parameter: &str) -> impl Iterator<Item = &'static str> {
    let has_codes = |name: &str| name != "langues";
    REFERENTIALS
        .into_iter()
        .filter(move |(name, known, _)| *known == parameter && has_codes(name))
        .map(|(name, ..)| name)
}

/// What a code of a parameter stands for, by the lists of that parameter.
///
/// ```
/// use francetravail_api::{ReferentialEntry, look_up};
///
/// let entry = |code: &str, label: &str| ReferentialEntry {
///     code: Some(code.to_owned()),
///     label: label.to_owned(),
///     post_code: None,
/// };
/// let occupations = [entry("M1805", "Développement informatique")];
/// let refused = look_up("codeROME", "M1850", &occupations).unwrap_err();
/// assert_eq!(refused.hint.unwrap(), "did you mean `M1805` (Développement informatique)?");
/// ```
pub fn look_up<'a>(
    parameter: &str,
    code: &str,
    entries: &'a [ReferentialEntry],
) -> Result<&'a str, Rejection> {
    if let Some(entry) = entries.iter().find(|entry| entry.code.as_deref() == Some(code)) {
        return Ok(&entry.label);
    }
    let is_this = |known: &&(&str, &str, &str)| known.0 == parameter && known.1 == code;
    if let Some((.., label)) = TAKEN_ALL_THE_SAME.iter().find(is_this) {
        return Ok(label);
    }
    let hint = shape_hint(parameter, code)
        .or_else(|| by_post_code(parameter, code, entries))
        .or_else(|| by_label(code, entries))
        .or_else(|| by_code(parameter, code, entries))
        .or_else(|| lists_of(parameter));
    Err(Rejection { message: format!("the service does not know `{code}`"), hint })
}

fn by_post_code(parameter: &str, text: &str, entries: &[ReferentialEntry]) -> Option<String> {
    let has_it = |entry: &&ReferentialEntry| entry.post_code.as_deref() == Some(text);
    let found: Vec<_> = entries.iter().filter(has_it).collect();
    (parameter == "commune")
        .then(|| named(&found))
        .flatten()
        .map(|communes| format!("`{text}` is a post code; use {communes}"))
}

/// The label itself, or else the one most like the text.
fn by_label(text: &str, entries: &[ReferentialEntry]) -> Option<String> {
    let plain_text = plain(text);
    let exact: Vec<_> = entries.iter().filter(|entry| plain(&entry.label) == plain_text).collect();
    if let Some(codes) = named(&exact) {
        return Some(format!("`{text}` is a name; use {codes}"));
    }
    let has_words = text.chars().filter(|sign| sign.is_alphabetic()).count() > 3;
    let likeness = |entry: &ReferentialEntry| jaro_winkler(&plain(&entry.label), &plain_text);
    let best = entries
        .iter()
        .filter(|_| has_words)
        .map(|entry| (likeness(entry), entry))
        .filter(|(likeness, _)| *likeness > ALIKE)
        .max_by(|(left, _), (right, _)| left.total_cmp(right));
    best.and_then(|(_, entry)| named(&[entry])).as_deref().map(meant)
}

/// The codes that one slip leads to. Between communes a slip says nothing: any number is a town.
fn by_code(parameter: &str, code: &str, entries: &[ReferentialEntry]) -> Option<String> {
    if parameter == "commune" {
        return None;
    }
    let is_near = |entry: &&ReferentialEntry| {
        entry.code.as_deref().is_some_and(|known| osa_distance(known, code) == 1)
    };
    let ranked = |entry| (Reverse(has_same_signs(entry, code)), entry);
    let mut near: Vec<_> = entries.iter().filter(is_near).map(ranked).collect();
    near.sort_by_key(|(rank, entry)| (*rank, entry.code.clone()));
    let best = near.first()?.0;
    let best: Vec<_> = near.iter().filter(|(rank, _)| *rank == best).map(|(_, e)| *e).collect();
    named(&best).as_deref().map(meant)
}

/// Two signs in the wrong order are a likelier slip than one that is wrong.
fn has_same_signs(entry: &ReferentialEntry, code: &str) -> bool {
    let sorted = |text: &str| {
        let mut signs: Vec<_> = text.chars().collect();
        signs.sort_unstable();
        signs
    };
    sorted(entry.code.as_deref().unwrap_or_default()) == sorted(code)
}

fn lists_of(parameter: &str) -> Option<String> {
    let names: Vec<_> = referentials_of(parameter)
        .map(|name| format!("`hrflow-connectors referential {name}`"))
        .collect();
    let verb = if names.len() == 1 { "lists" } else { "list" };
    (!names.is_empty()).then(|| format!("{} {verb} the codes", names.join(" and ")))
}

fn meant(codes: &str) -> String {
    format!("did you mean {codes}?")
}

/// The first few as `74010` (ANNECY).
fn named(entries: &[&ReferentialEntry]) -> Option<String> {
    let name = |entry: &&ReferentialEntry| {
        let code = entry.code.as_deref()?;
        Some(format!("`{code}` ({})", entry.label))
    };
    let names: Vec<_> = entries.iter().filter_map(name).take(MOST_NAMED).collect();
    (!names.is_empty()).then(|| names.join(" or "))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `code label`, and for communes `code post-code label`.
    fn entries(parameter: &str) -> Vec<ReferentialEntry> {
        let lines: &[&str] = match parameter {
            "codeROME" => &["M1805 Développement", "M1855 Conseil", "N1103 Magasin"],
            "departement" => &["75 Paris", "69 Rhône", "2A Corse-du-Sud"],
            "region" => &["11 Île-de-France", "75 Nouvelle-Aquitaine"],
            "paysContinent" => &["99100 France", "99137 Luxembourg", "991 Europe"],
            "typeContrat" => &["CDI Contrat à durée indéterminée", "CDD Durée déterminée"],
            "commune" => &["74010 ANNECY", "75108 Paris 8e Arrondissement"],
            _ => &[],
        };
        let post_code = |code: &str| (code == "74010").then(|| "74000".to_owned());
        lines
            .iter()
            .filter_map(|line| line.split_once(' '))
            .map(|(code, label)| ReferentialEntry {
                code: Some(code.to_owned()),
                label: label.to_owned(),
                post_code: post_code(code),
            })
            .collect()
    }

    #[track_caller]
    fn check(parameter: &str, code: &str, expected: Result<&str, &str>) {
        let entries = entries(parameter);
        let found = look_up(parameter, code, &entries).map_err(|rejection| {
            assert_eq!(rejection.message, format!("the service does not know `{code}`"));
            rejection.hint.unwrap()
        });
        assert_eq!(found, expected.map_err(str::to_owned), "{parameter}={code}");
    }

    #[test]
    fn a_code_of_the_list_has_its_label() {
        check("codeROME", "M1805", Ok("Développement"));
        check("paysContinent", "991", Ok("Europe"));
        check("commune", "75108", Ok("Paris 8e Arrondissement"));
    }

    #[test]
    fn codes_that_the_lists_lack_and_the_service_takes_are_good() {
        check("commune", "75056", Ok("Paris"));
        check("commune", "13055", Ok("Marseille"));
        check("commune", "69123", Ok("Lyon"));
        check("typeContrat", "DDT", Ok("CDD Tremplin"));
    }

    #[test]
    fn an_unknown_code_is_told_what_was_meant() {
        check("codeROME", "M1850", Err("did you mean `M1805` (Développement)?"));
        check(
            "codeROME",
            "M1815",
            Err("did you mean `M1805` (Développement) or `M1855` (Conseil)?"),
        );
        check("codeROME", "A0000", Err("`hrflow-connectors referential metiers` lists the codes"));
        check(
            "departement",
            "75056",
            Err("`75056` is a commune; use `commune=75056` or `departement=75`"),
        );
        check("departement", "Paris", Err("`Paris` is a name; use `75`"));
        check("departement", "rhone", Err("`rhone` is a name; use `69`"));
        check("commune", "75", Err("`75` is a département; use `departement=75`"));
        check("commune", "74000", Err("`74000` is a post code; use `74010` (ANNECY)"));
        check("commune", "Annecy", Err("`Annecy` is a name; use `74010` (ANNECY)"));
        check("region", "Ile de France", Err("did you mean `11` (Île-de-France)?"));
        check(
            "typeContrat",
            "CDJ",
            Err("did you mean `CDD` (Durée déterminée) or `CDI` (Contrat à durée indéterminée)?"),
        );
        check("paysContinent", "01", Err("the two-character codes are gone; France is `99100`"));
        check(
            "paysContinent",
            "Luxembourg",
            Err("`Luxembourg` is a name; use `99137` (Luxembourg)"),
        );
        check(
            "paysContinent",
            "99999",
            Err("`hrflow-connectors referential pays` and \
                 `hrflow-connectors referential continents` list the codes"),
        );
    }

    #[test]
    fn every_code_of_the_recorded_lists_is_known_and_every_label_leads_to_one() {
        let samples =
            concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/samples/francetravail/");
        for (name, parameter, _) in REFERENTIALS.iter().filter(|(name, ..)| *name != "langues") {
            let paths = ["referentiels_2026-10-08", "referentiels_2024-08"];
            let read = |folder: &&str| std::fs::read(format!("{samples}{folder}/{name}.json")).ok();
            let Some(text) = paths.iter().find_map(read) else {
                println!("skipped: the recorded list {name} is not there");
                continue;
            };
            let entries: Vec<ReferentialEntry> = serde_json::from_slice(&text).unwrap();
            for entry in entries.iter().take(30) {
                let code = entry.code.as_deref().unwrap();
                assert_eq!(look_up(parameter, code, &entries), Ok(entry.label.as_str()));
                let refused = look_up(parameter, &entry.label, &entries).unwrap_err();
                assert!(refused.hint.unwrap().contains(code), "{}", entry.label);
            }
        }
    }
}
