//! The words of made-up offers, read once from `data/phrases.json`. All of them were written for
//! this program.

use std::sync::LazyLock;

use serde::Deserialize;

/// The words, by what they are for.
pub(super) static PHRASES: LazyLock<Phrases> =
    LazyLock::new(|| serde_json::from_str(FILE).unwrap_or_default());

const FILE: &str = include_str!("../../data/phrases.json");

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Phrases {
    /// What makes a title very long.
    pub(super) long_title: String,
    /// Those with many offers come first.
    pub(super) partners: Vec<String>,
    pub(super) openings: Vec<String>,
    pub(super) sentences: Vec<String>,
    pub(super) closings: Vec<String>,
    pub(super) company_kinds: Vec<String>,
    pub(super) company_names: Vec<String>,
    pub(super) company_texts: Vec<String>,
    pub(super) people: Vec<String>,
    /// By their codes, from 1 on.
    pub(super) qualifications: Vec<String>,
    pub(super) levels: Vec<String>,
    pub(super) languages: Vec<String>,
    pub(super) licences: Vec<String>,
    /// What comes on top of the pay.
    pub(super) extras: Vec<String>,
    pub(super) pay_remarks: Vec<String>,
    /// By their codes, from 1 on.
    pub(super) travels: Vec<String>,
    pub(super) travel_zones: Vec<String>,
    pub(super) full_times: Vec<String>,
    pub(super) part_times: Vec<String>,
    pub(super) staff_sizes: Vec<String>,
    /// Ways of working that employers ask for: name and meaning.
    pub(super) qualities: Vec<(String, String)>,
    /// One for every first letter of the ROME.
    pub(super) trades: Vec<Trade>,
}

/// What is said of every profession whose code begins with a letter.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Trade {
    pub(super) letter: char,
    /// The field of training: code and name.
    pub(super) field: (String, String),
    /// Code and name.
    pub(super) skills: Vec<(String, String)>,
    /// What the work consists of.
    pub(super) tasks: Vec<String>,
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    #[test]
    fn the_file_is_read_and_no_list_is_empty() {
        serde_json::from_str::<Phrases>(FILE).unwrap();
        let file: Value = serde_json::from_str(FILE).unwrap();
        for (name, value) in file.as_object().unwrap() {
            assert!(value.as_array().is_none_or(|list| !list.is_empty()), "{name}");
        }
    }

    #[test]
    fn every_letter_has_a_trade() {
        let letters: String = PHRASES.trades.iter().map(|trade| trade.letter).collect();
        assert_eq!(letters, "ABCDEFGHIJKLMN");
        assert!(PHRASES.trades.iter().all(|trade| !trade.skills.is_empty()));
    }
}
