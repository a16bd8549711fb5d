//! What is left of a job whose offer is no more.

use serde_json::{Value, json};

use engine::Item;

use super::claims::{DELIVERED_BY, DELIVERED_IN};

/// What names the job, and when it began. The reference is the offer's id.
const KEPT: [&str; 4] = ["key", "reference", "name", "created_at"];
/// What HrFlow says of the job itself, and nobody else.
pub(super) const HRFLOWS_OWN: [&str; 6] =
    ["id", "board", "board_key", "archive", "archived_at", "updated_at"];
/// The trade, the contract and the salary.
const KEPT_TAGS: [&str; 11] = [
    "rome_code",
    "rome_label",
    "contract_nature",
    "contract_type",
    "contract_code",
    "is_apprenticeship",
    "salary_description",
    "salary_period",
    "salary_months",
    "salary_currency",
    "salary_bound",
];
const KEPT_RANGES: [&str; 6] = [
    "salary",
    "salary_per_hour",
    "salary_per_day",
    "salary_per_month",
    "salary_per_year",
    "salary_months",
];
const KEPT_METADATAS: [&str; 7] = [
    "source",
    "source_updated_at",
    "source_licence",
    "source_licence_url",
    "source_method",
    DELIVERED_BY,
    DELIVERED_IN,
];
/// How the text of a place begins of which only the département is left.
const DEPARTEMENT: &str = "Département ";
const COUNTRY: &str = "France";

/// The whole job with only what may be kept of it: the title, the trade, the contract, the dates,
/// the salary and the département.
///
/// The licence of the offers forbids, after the end of an offer, to keep employer, contact, URL,
/// post code, INSEE code and commune. Texts may hold any of these, so none is kept; what a format
/// of the user's own has written is not known, so it is not kept either. Each field that goes is
/// sent empty, for a field that is not sent might stay.
pub(super) fn stripped(job: &Item) -> Item {
    let field = |(name, value): (&String, &Value)| {
        let left = match name.as_str() {
            own if HRFLOWS_OWN.contains(&own) => return None,
            kept if KEPT.contains(&kept) => value.clone(),
            "location" => place(value),
            "tags" => named(value, &KEPT_TAGS),
            "ranges_float" => named(value, &KEPT_RANGES),
            "metadatas" => named(value, &KEPT_METADATAS),
            _ => emptied(value),
        };
        Some((name.clone(), left))
    };
    job.iter().filter_map(field).collect()
}

/// The entries of a list that have one of these names.
fn named(list: &Value, names: &[&str]) -> Value {
    let is_kept = |entry: &&Value| entry["name"].as_str().is_some_and(|name| names.contains(&name));
    list.as_array().into_iter().flatten().filter(is_kept).cloned().collect()
}

fn emptied(value: &Value) -> Value {
    if value.is_array() { json!([]) } else { Value::Null }
}

/// The département of a place, or the country. HrFlow takes no job without a text of its place.
fn place(place: &Value) -> Value {
    let text = place["text"].as_str().unwrap_or_default();
    let postcode = place["fields"]["postcode"].as_str();
    // What HrFlow has found for such a text says no more than the text.
    if text.starts_with(DEPARTEMENT) || (text == COUNTRY && postcode.is_none()) {
        return place.clone();
    }
    let code = departement(text).or_else(|| of_postcode(postcode?));
    let text =
        code.map_or_else(|| COUNTRY.to_owned(), |code| format!("{DEPARTEMENT}{code}, {COUNTRY}"));
    json!({"text": text, "lat": null, "lng": null, "fields": []})
}

/// The code at the beginning of a label such as `74 - Rumilly 74150`.
fn departement(label: &str) -> Option<&str> {
    let (code, _) = label.split_once(" - ")?;
    is_departement(code).then_some(code)
}

/// The département of a post code; none for Corsica, which has two for the same beginning.
fn of_postcode(postcode: &str) -> Option<&str> {
    let length = if postcode.starts_with("97") || postcode.starts_with("98") { 3 } else { 2 };
    let code = postcode.get(..length).filter(|_| postcode.len() == 5)?;
    (code != "20" && is_departement(code)).then_some(code)
}

fn is_departement(code: &str) -> bool {
    let is_digits = code.bytes().all(|sign| sign.is_ascii_digit());
    matches!(code, "2A" | "2B") || (is_digits && matches!(code.len(), 2 | 3))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::francetravail::Terms;

    fn item(job: Value) -> Item {
        serde_json::from_value(job).unwrap()
    }

    #[track_caller]
    fn check(cases: &[(Value, Value)]) {
        for (job, expected) in cases {
            let found = stripped(&item(job.clone()));
            assert_eq!(found, item(expected.clone()), "{job}");
            assert_eq!(stripped(&found), found, "a second time: {job}");
        }
    }

    #[test]
    fn title_names_and_dates_stay() {
        let kept = json!({"key": "0a", "reference": "048KLTP", "name": "Boulanger (H/F)",
            "created_at": "2025-08-05T18:03:51+0000"});
        check(&[(kept.clone(), kept)]);
    }

    #[test]
    fn what_hrflow_says_itself_is_not_sent() {
        check(&[(
            json!({"id": 1, "board": {"key": "1"}, "board_key": "1", "archive": null,
                "archived_at": "2025-08-05T18:03:51+0000", "updated_at": "2025-08-05T18:03:51+0000"}),
            json!({}),
        )]);
    }

    #[test]
    fn texts_addresses_and_whatever_else_go() {
        check(&[
            (
                json!({"url": "https://example.org", "picture": "https://example.org/logo",
                    "summary": "Appelez Mme X", "culture": "La nôtre", "requirements": "Bac",
                    "responsibilities": "a", "benefits": "b", "interviews": "c"}),
                json!({"url": null, "picture": null, "summary": null, "culture": null,
                    "requirements": null, "responsibilities": null, "benefits": null,
                    "interviews": null}),
            ),
            (
                json!({"sections": [{"name": "company_description", "description": "La mairie"}],
                    "skills": [{"name": "a", "type": "hard"}], "tasks": [{"name": "b"}],
                    "ranges_date": [{"name": "meet Mme X"}], "of_my_own": {"phone": "01"}}),
                json!({"sections": [], "skills": [], "tasks": [], "ranges_date": [],
                    "of_my_own": null}),
            ),
        ]);
    }

    #[test]
    fn of_the_tags_trade_contract_and_salary_stay() {
        let tags = |names: &[&str]| -> Value {
            names.iter().map(|name| json!({"name": name, "value": "x"})).collect()
        };
        check(&[(
            json!({"tags": tags(&[
                "rome_code", "company_name", "company_description", "company_website", "insee_code",
                "recruiter_name", "recruiter_email", "recruiter_phone", "recruiter_website",
                "application_url", "contract_type", "salary_period", "of_my_own",
            ])}),
            json!({"tags": tags(&["rome_code", "contract_type", "salary_period"])}),
        )]);
        let salary = json!({"name": "salary", "value_min": 1, "value_max": 2, "unit": "eur"});
        check(&[
            (
                json!({"ranges_float": [salary, {"name": "other"}]}),
                json!({"ranges_float": [salary]}),
            ),
            (
                json!({"metadatas": tags(&["source", "source_partner", "source_updated_at"])}),
                json!({"metadatas": tags(&["source", "source_updated_at"])}),
            ),
            (json!({"tags": null}), json!({"tags": []})),
        ]);
    }

    /// Article 7 of the licence, with everything that a job may have of an offer.
    #[test]
    fn of_a_job_with_the_whole_content_nothing_is_left_that_may_not_be_kept() {
        let offer = json!({"id": "1", "intitule": "Boulanger", "romeCode": "D1102",
            "description": "GONE", "entreprise": {"nom": "GONE", "logo": "https://GONE"},
            "contact": {"nom": "GONE", "urlPostulation": "https://GONE", "new": "GONE"},
            "agence": {"courriel": "GONE"}, "origineOffre": {"urlOrigine": "https://GONE",
                "partenaires": [{"nom": "GONE", "url": "https://GONE", "logo": "https://GONE"}]},
            "lieuTravail": {"libelle": "74 - GONE", "codePostal": "74150", "commune": "74225"},
            "salaire": {"libelle": "Mensuel de 1800 Euros", "commentaire": "GONE",
                "complement1": "GONE"}, "new": {"field": ["GONE"]}, "permis": [{"libelle": "GONE"}]});
        let terms = Terms { method_url: Some("https://kept".to_owned()), ..Terms::default() };
        let left = stripped(&terms.job_of_offer(&item(offer)).unwrap());
        let text = json!(left).to_string();
        for gone in ["GONE", "74150", "74225"] {
            assert!(!text.contains(gone), "{text}");
        }
        for kept in ["source_licence_url", "https://kept", "salary_per_month", "D1102"] {
            assert!(text.contains(kept), "{text}");
        }
    }

    #[track_caller]
    fn check_place(cases: &[(Value, &str)]) {
        for (place, expected) in cases {
            let expected = json!({"text": expected, "lat": null, "lng": null, "fields": []});
            check(&[(json!({"location": place}), json!({"location": expected}))]);
        }
    }

    #[test]
    fn of_the_place_the_departement_is_left() {
        let by_postcode = |postcode: &str| json!({"text": "", "fields": {"postcode": postcode}});
        check_place(&[
            (
                json!({"text": "74 - Rumilly 74150", "lat": 45.8, "lng": 5.9,
                    "fields": {"postcode": "74150", "city": "Rumilly"}}),
                "Département 74, France",
            ),
            (json!({"text": "2A - Ajaccio 20000"}), "Département 2A, France"),
            (json!({"text": "974 - Saint-Denis"}), "Département 974, France"),
            (by_postcode("97400"), "Département 974, France"),
            (by_postcode("69001"), "Département 69, France"),
            (by_postcode("20000"), "France"),
            (by_postcode("é0000"), "France"),
            (json!({"text": "Chez Mme X - Paris"}), "France"),
            (json!(null), "France"),
        ]);
    }

    #[test]
    fn a_place_that_says_no_more_stays_as_hrflow_has_filled_it() {
        for text in ["Département 74, France", "France"] {
            let place = json!({"location": {"text": text, "lat": 46.0, "fields": {"state": "x"}}});
            check(&[(place.clone(), place)]);
        }
    }
}
