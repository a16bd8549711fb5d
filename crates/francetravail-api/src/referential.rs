//! The lists of the codes that a search takes.

use serde::{Deserialize, Serialize};

/// Every list: its name, the parameter whose codes it holds, and what they are.
pub const REFERENTIALS: [(&str, &str, &str); 16] = [
    ("domaines", "domaine", "areas of work"),
    ("metiers", "codeROME", "occupations"),
    ("appellations", "appellation", "names of occupations"),
    ("themes", "theme", "themes"),
    ("secteursActivites", "secteurActivite", "sectors of activity"),
    ("nafs", "codeNAF", "activities"),
    ("typesContrats", "typeContrat", "types of contract"),
    ("naturesContrats", "natureContrat", "kinds of contract"),
    ("niveauxFormations", "niveauFormation", "levels of education"),
    ("permis", "permis", "driving licences"),
    ("communes", "commune", "communes"),
    ("departements", "departement", "départements"),
    ("regions", "region", "regions"),
    ("pays", "paysContinent", "countries"),
    ("continents", "paysContinent", "continents"),
    ("langues", "motsCles", "languages, which have no code"),
];

/// One line of a list.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq, Serialize)]
pub struct ReferentialEntry {
    /// The code; languages have none.
    pub code: Option<String>,
    /// What it stands for.
    #[serde(rename = "libelle")]
    pub label: String,
    /// A commune's post code, or one of them.
    #[serde(rename = "codePostal", default, skip_serializing_if = "Option::is_none")]
    pub post_code: Option<String>,
}

impl ReferentialEntry {
    /// Whether all words of a text are in the code or the label, whatever their case and accents.
    pub fn matches(&self, text: &str) -> bool {
        let own = plain(&format!("{} {}", self.code.as_deref().unwrap_or_default(), self.label));
        plain(text).split_whitespace().all(|word| own.contains(word))
    }
}

/// Small letters without their accents, as far as French has them.
pub(crate) fn plain(text: &str) -> String {
    text.to_lowercase()
        .chars()
        .map(|sign| match sign {
            'à' | 'â' | 'ä' => 'a',
            'é' | 'è' | 'ê' | 'ë' => 'e',
            'î' | 'ï' => 'i',
            'ô' | 'ö' => 'o',
            'ù' | 'û' | 'ü' => 'u',
            'ç' => 'c',
            sign => sign,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_is_found_by_its_words() {
        let entry = ReferentialEntry {
            code: Some("M1805".to_owned()),
            label: "Études et développement informatique".to_owned(),
            post_code: None,
        };
        assert!(entry.matches("etudes INFORMATIQUE"));
        assert!(entry.matches("m1805"));
        assert!(entry.matches(""));
        assert!(!entry.matches("études vétérinaires"));
    }
}
