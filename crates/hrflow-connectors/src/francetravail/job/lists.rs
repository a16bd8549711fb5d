//! The lists of an offer whose entries have several parts, each part a tag or metadata of its own.
//!
//! The entries of a list follow one another, and the parts of an entry stand in the order of the
//! rule: a part that does not come after the last one begins the next entry.

use serde_json::{Map, Value};

use super::fields::{at, entry};
use super::words::{COPIED, Words, words};
use crate::Item;

/// A list of an offer, and the names of its parts in a job.
pub(super) struct ListRule {
    /// Where it stands in an offer.
    pub(super) from: &'static str,
    /// The parts of an entry, and their names; an empty part is the entry itself.
    pub(super) parts: &'static [(&'static str, &'static str)],
    pub(super) place: Place,
    /// The list of the job that has the labels of the entries, where one has them.
    pub(super) labels: Option<&'static str>,
    pub(super) words: Words,
}

/// Where in a job the parts stand.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    Tags,
    Metadatas,
}

impl Place {
    pub(super) fn field(self) -> &'static str {
        match self {
            Self::Tags => "tags",
            Self::Metadatas => "metadatas",
        }
    }
}

const fn tags(
    from: &'static str,
    parts: &'static [(&'static str, &'static str)],
    words: Words,
) -> ListRule {
    ListRule { from, parts, place: Place::Tags, labels: None, words }
}

const EACH: Words = words(
    "Chaque entrée donne une étiquette par champ, dans l'ordre de l'offre.",
    "Each entry gives one tag for each of its fields, in the order of the offer.",
);

/// The lists of an offer.
pub(super) static LISTS: &[ListRule] = &[
    ListRule {
        labels: Some("skills"),
        ..tags("competences", &[("exigence", "skill_requirement"), ("code", "skill_code")], EACH)
    },
    tags(
        "formations",
        &[
            ("niveauLibelle", "education_level"),
            ("domaineLibelle", "education_field"),
            ("codeFormation", "education_code"),
            ("commentaire", "education_comment"),
            ("exigence", "education_requirement"),
        ],
        EACH,
    ),
    tags(
        "permis",
        &[("libelle", "driving_licence"), ("exigence", "driving_licence_requirement")],
        EACH,
    ),
    tags(
        "qualitesProfessionnelles",
        &[("libelle", "soft_skill"), ("description", "soft_skill_description")],
        EACH,
    ),
    tags("outilsBureautiques", &[("", "office_tool")], COPIED),
    tags("contexteTravail.horaires", &[("", "working_hours")], COPIED),
    tags("contexteTravail.conditionsExercice", &[("", "working_condition")], COPIED),
    ListRule {
        place: Place::Metadatas,
        ..tags(
            PARTNERS,
            &[
                ("nom", "source_partner"),
                ("url", "source_partner_url"),
                ("logo", "source_partner_logo"),
            ],
            EACH,
        )
    },
];

/// Where the partners stand from whom France Travail has an offer.
pub(super) const PARTNERS: &str = "origineOffre.partenaires";

/// The entries of one place of a job, of every list that stands there.
pub(super) fn entries(offer: &Item, place: Place) -> Vec<Value> {
    let lists = LISTS.iter().filter(|rule| rule.place == place);
    lists.flat_map(|rule| parts_of(rule, at(offer, rule.from))).collect()
}

fn parts_of(rule: &ListRule, list: &Value) -> Vec<Value> {
    let each = list.as_array().into_iter().flatten();
    let parts = each.flat_map(|listed| {
        rule.parts.iter().filter_map(move |(part, name)| {
            entry(name, if part.is_empty() { listed } else { &listed[*part] })
        })
    });
    parts.collect()
}

/// The list of the offer, as far as the job says it; none where it says nothing.
pub(super) fn rebuilt(rule: &ListRule, job: &Item) -> Option<Value> {
    let mut list: Vec<Value> = Vec::new();
    let mut next = 0;
    for entry in job[rule.place.field()].as_array()? {
        let part = rule.parts.iter().position(|(_, name)| entry["name"] == *name);
        let Some((index, (part, _))) = part.and_then(|index| Some((index, rule.parts.get(index)?)))
        else {
            continue;
        };
        if part.is_empty() {
            list.push(entry["value"].clone());
            continue;
        }
        if index < next || list.is_empty() {
            list.push(Map::new().into());
        }
        next = index + 1;
        if let Some(Value::Object(last)) = list.last_mut() {
            last.insert((*part).to_owned(), entry["value"].clone());
        }
    }
    let list = match rule.labels {
        Some(labels) => labelled(list, &job[labels]),
        None => list,
    };
    (!list.is_empty()).then(|| list.into())
}

/// The entries with their labels. Where they cannot be told apart, there are only labels.
fn labelled(mut list: Vec<Value>, labels: &Value) -> Vec<Value> {
    let labels: Vec<_> = labels.as_array().into_iter().flatten().collect();
    if list.len() != labels.len() {
        list = labels.iter().map(|_| Map::new().into()).collect();
    }
    for (entry, label) in list.iter_mut().zip(labels) {
        entry["libelle"] = label["name"].clone();
    }
    list
}
