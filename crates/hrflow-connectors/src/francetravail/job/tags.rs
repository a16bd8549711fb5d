//! The tags of a job: what can be searched for and counted.

use serde_json::Value;

use super::{fields, place, salary};
use crate::Item;

/// What is known of an offer, a tag each; what is not known has no tag.
pub(super) fn tags(offer: &Item) -> Vec<Value> {
    let salary = &offer["salaire"];
    let known = [work(offer), conditions(offer), company(offer), contact(offer), codes(offer)];
    let known = known.into_iter().flatten().filter_map(|(name, value)| tag(name, value));
    known.chain(salary::period_tags(salary)).collect()
}

/// A name, and what the offer gives for it: perhaps nothing.
type Named = (&'static str, Value);

fn work(offer: &Item) -> Vec<Named> {
    vec![
        ("rome_code", offer["romeCode"].clone()),
        ("rome_label", offer["romeLibelle"].clone()),
        ("contract_nature", offer["natureContrat"].clone()),
        ("contract_type", offer["typeContratLibelle"].clone()),
        ("accessible_to_disabled", offer["accessibleTH"].clone()),
        ("is_apprenticeship", offer["alternance"].clone()),
        ("experience_required", experience_required(&offer["experienceExige"])),
        ("experience_description", offer["experienceLibelle"].clone()),
    ]
}

fn conditions(offer: &Item) -> Vec<Named> {
    vec![
        ("salary_description", offer["salaire"]["libelle"].clone()),
        ("working_hours_description", offer["dureeTravailLibelle"].clone()),
        ("working_hours_type", offer["dureeTravailLibelleConverti"].clone()),
        ("number_of_positions", offer["nombrePostes"].clone()),
        ("qualification_label", offer["qualificationLibelle"].clone()),
        ("sector_of_activity", offer["secteurActiviteLibelle"].clone()),
    ]
}

fn company(offer: &Item) -> Vec<Named> {
    let company = &offer["entreprise"];
    vec![
        ("company_name", company["nom"].clone()),
        ("company_description", company["description"].clone()),
        ("company_website", company["url"].clone()),
    ]
}

fn contact(offer: &Item) -> Vec<Named> {
    let contact = &offer["contact"];
    vec![
        ("recruiter_name", contact["nom"].clone()),
        ("recruiter_email", contact["courriel"].clone()),
        ("recruiter_phone", contact["telephone"].clone()),
        ("recruiter_website", contact["urlRecruteur"].clone()),
        ("application_url", contact["urlPostulation"].clone()),
    ]
}

/// The codes behind the labels, which stay the same where the labels of partners differ.
fn codes(offer: &Item) -> Vec<Named> {
    vec![
        ("contract_code", offer["typeContrat"].clone()),
        ("experience_code", offer["experienceExige"].clone()),
        ("insee_code", place::insee_code(&offer["lieuTravail"])),
    ]
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

/// A tag for a text that says something, a number, a yes or a no; none for anything else.
fn tag(name: &str, value: Value) -> Option<Value> {
    match value {
        Value::String(_) if fields::said(&value).is_none() => None,
        Value::Null | Value::Array(_) | Value::Object(_) => None,
        Value::Bool(_) | Value::Number(_) | Value::String(_) => Some(fields::named(name, value)),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[track_caller]
    fn check(offer: Value, expected: &[(&str, Value)]) {
        let offer: Item = serde_json::from_value(offer).unwrap();
        let expected: Vec<_> =
            expected.iter().map(|(name, value)| fields::named(name, value.clone())).collect();
        assert_eq!(tags(&offer), expected, "{offer:?}");
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
            ],
        );
        check(
            json!({"salaire": {"libelle": "Selon profil"}}),
            &[("salary_description", json!("Selon profil"))],
        );
    }

    #[test]
    fn the_commune_has_its_insee_code() {
        check(json!({"lieuTravail": {"commune": "74225"}}), &[("insee_code", json!("74225"))]);
    }
}
