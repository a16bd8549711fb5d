//! The tags of a job: what can be searched for and counted.

use serde_json::Value;

use super::fields::{at, entry};
use super::salary;
use super::words::{COPIED, Words, words};
use crate::Item;
use crate::francetravail::Content;

/// One tag, and what it says of an offer.
pub(super) struct TagRule {
    /// Where it stands in an offer.
    pub(super) from: &'static str,
    pub(super) name: &'static str,
    /// From which content on a job has it.
    pub(super) content: Content,
    /// Another form of what the offer says; none for a copy.
    derived: Option<fn(&Value) -> Value>,
    pub(super) words: Words,
}

impl TagRule {
    /// Whether it says the same as the offer, so that the offer can be built again from it.
    pub(super) fn is_copy(&self) -> bool {
        self.derived.is_none()
    }
}

const fn mapped(name: &'static str, from: &'static str) -> TagRule {
    TagRule { from, name, content: Content::Mapped, derived: None, words: COPIED }
}

const fn full(name: &'static str, from: &'static str) -> TagRule {
    TagRule { content: Content::Full, ..mapped(name, from) }
}

/// Every tag that is a single value, in the order in which a job has them.
pub(super) static TAGS: &[TagRule] = &[
    mapped("rome_code", "romeCode"),
    mapped("rome_label", "romeLibelle"),
    mapped("contract_nature", "natureContrat"),
    mapped("contract_type", "typeContratLibelle"),
    mapped("accessible_to_disabled", "accessibleTH"),
    mapped("is_apprenticeship", "alternance"),
    TagRule {
        derived: Some(experience_required),
        words: words(
            "`true` pour le code E (exigée), `false` pour S (souhaitée) et D (débutant accepté) ; \
             absent pour un autre code.",
            "`true` for the code E (required), `false` for S (desired) and D (beginners \
             accepted); absent for any other code.",
        ),
        ..mapped("experience_required", "experienceExige")
    },
    mapped("experience_description", "experienceLibelle"),
    mapped("salary_description", "salaire.libelle"),
    mapped("working_hours_description", "dureeTravailLibelle"),
    mapped("working_hours_type", "dureeTravailLibelleConverti"),
    mapped("number_of_positions", "nombrePostes"),
    mapped("qualification_label", "qualificationLibelle"),
    mapped("sector_of_activity", "secteurActiviteLibelle"),
    mapped("company_name", "entreprise.nom"),
    mapped("company_description", "entreprise.description"),
    mapped("company_website", "entreprise.url"),
    mapped("recruiter_name", "contact.nom"),
    mapped("recruiter_email", "contact.courriel"),
    mapped("recruiter_phone", "contact.telephone"),
    mapped("recruiter_website", "contact.urlRecruteur"),
    mapped("application_url", "contact.urlPostulation"),
    // The codes behind the labels, which stay the same where the labels of partners differ.
    mapped("contract_code", "typeContrat"),
    mapped("experience_code", "experienceExige"),
    mapped("insee_code", "lieuTravail.commune"),
    full("occupation_label", "appellationlibelle"),
    full("experience_comment", "experienceCommentaire"),
    full("working_time_complement", "complementExercice"),
    full("practice_condition", "conditionExercice"),
    full("travel_code", "deplacementCode"),
    full("travel", "deplacementLibelle"),
    full("qualification_code", "qualificationCode"),
    full("naf_code", "codeNAF"),
    full("sector_code", "secteurActivite"),
    full("company_size", "trancheEffectifEtab"),
    full("company_is_adapted", "entreprise.entrepriseAdaptee"),
    full("is_adapted_company", "entrepriseAdaptee"),
    full("is_committed_to_disability", "employeurHandiEngage"),
    full("lacks_candidates", "offresManqueCandidats"),
    full("salary_comment", "salaire.commentaire"),
    full("salary_complement_1", "salaire.complement1"),
    full("salary_complement_2", "salaire.complement2"),
    full("recruiter_address_1", "contact.coordonnees1"),
    full("recruiter_address_2", "contact.coordonnees2"),
    full("recruiter_address_3", "contact.coordonnees3"),
    full("recruiter_comment", "contact.commentaire"),
    full("agency_email", "agence.courriel"),
    full("agency_phone", "agence.telephone"),
    full("source_kind", "origineOffre.origine"),
];

/// What is known of an offer, a tag each; what is not known has no tag.
pub(super) fn tags(offer: &Item, content: Content) -> Vec<Value> {
    let of = |content: Content| {
        let rules = TAGS.iter().filter(move |rule| rule.content == content);
        rules.filter_map(|rule| tag(rule, offer))
    };
    let known = of(Content::Mapped).chain(salary::tags(&offer["salaire"]));
    match content {
        Content::Mapped => known.collect(),
        Content::Full => known.chain(of(Content::Full)).collect(),
    }
}

fn tag(rule: &TagRule, offer: &Item) -> Option<Value> {
    let value = at(offer, rule.from);
    match rule.derived {
        Some(derived) => entry(rule.name, &derived(value)),
        None => entry(rule.name, value),
    }
}

/// Whether experience is a condition: it is for `E`; with `S` it is welcome, with `D` not needed.
/// Of another code nothing is known.
fn experience_required(code: &Value) -> Value {
    match code.as_str() {
        Some("E") => true.into(),
        Some("S" | "D") => false.into(),
        _ => Value::Null,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::francetravail::job::fields::named;

    #[track_caller]
    fn check(offer: Value, expected: &[(&str, Value)]) {
        let offer: Item = serde_json::from_value(offer).unwrap();
        let expected: Vec<_> =
            expected.iter().map(|(name, value)| named(name, value.clone())).collect();
        assert_eq!(tags(&offer, Content::Mapped), expected, "{offer:?}");
    }

    #[test]
    fn what_is_not_known_has_no_tag() {
        check(json!({}), &[]);
        check(json!({"entreprise": {}, "contact": {}, "salaire": {}, "romeCode": null}), &[]);
        check(json!({"entreprise": {"nom": ""}, "romeCode": " ", "experienceExige": ""}), &[]);
        check(json!({"entreprise": [], "contact": "?", "romeCode": {}, "alternance": []}), &[]);
    }

    #[test]
    fn the_trade_has_a_code_and_a_label() {
        check(
            json!({"romeCode": "C1201", "romeLibelle": "Chargé d'accueil en banque"}),
            &[("rome_code", json!("C1201")), ("rome_label", json!("Chargé d'accueil en banque"))],
        );
    }

    #[test]
    fn yes_and_no_and_numbers_stay_what_they_are() {
        check(
            json!({"accessibleTH": false, "alternance": true, "nombrePostes": 3}),
            &[
                ("accessible_to_disabled", json!(false)),
                ("is_apprenticeship", json!(true)),
                ("number_of_positions", json!(3)),
            ],
        );
    }

    #[test]
    fn experience_is_required_only_where_the_offer_insists() {
        for (code, required) in [("E", true), ("S", false), ("D", false)] {
            check(
                json!({"experienceExige": code, "experienceLibelle": "2 An(s)"}),
                &[
                    ("experience_required", json!(required)),
                    ("experience_description", json!("2 An(s)")),
                    ("experience_code", json!(code)),
                ],
            );
        }
    }

    #[test]
    fn a_code_that_is_not_known_says_nothing_of_what_is_required() {
        check(json!({"experienceExige": "X"}), &[("experience_code", json!("X"))]);
    }

    #[test]
    fn a_contract_has_a_label_and_a_code() {
        check(
            json!({"typeContrat": "MIS", "typeContratLibelle": "Intérim - 1 Mois",
                "natureContrat": "Contrat travail"}),
            &[
                ("contract_nature", json!("Contrat travail")),
                ("contract_type", json!("Intérim - 1 Mois")),
                ("contract_code", json!("MIS")),
            ],
        );
    }

    #[test]
    fn the_contact_says_where_to_apply() {
        check(
            json!({"contact": {"nom": "SYNERGIE - Mme X", "telephone": "01 00 00 00 00",
                "urlPostulation": "https://example.org/apply"}}),
            &[
                ("recruiter_name", json!("SYNERGIE - Mme X")),
                ("recruiter_phone", json!("01 00 00 00 00")),
                ("application_url", json!("https://example.org/apply")),
            ],
        );
    }

    #[test]
    fn a_salary_that_can_be_read_has_a_period() {
        check(
            json!({"salaire": {"libelle": "Horaire de 12.0 Euros"}}),
            &[
                ("salary_description", json!("Horaire de 12.0 Euros")),
                ("salary_period", json!("hour")),
                ("salary_currency", json!("eur")),
            ],
        );
        check(
            json!({"salaire": {"libelle": "Selon profil"}}),
            &[("salary_description", json!("Selon profil")), ("salary_unread", json!(true))],
        );
    }

    #[test]
    fn the_commune_has_its_insee_code() {
        check(json!({"lieuTravail": {"commune": "74225"}}), &[("insee_code", json!("74225"))]);
    }
}
