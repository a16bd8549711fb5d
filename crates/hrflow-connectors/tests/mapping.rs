//! The mapping of offers to jobs, held against what the predecessor makes of the same offers.

#![allow(clippy::unwrap_used, reason = "a test ends at the first surprise")]

use std::collections::BTreeMap;
use std::fs;
use std::io::{Write, stderr};
use std::path::Path;

use hrflow_connectors::Item;
use hrflow_connectors::francetravail::job_of_offer;
use jiff::civil::DateTime;
use proptest::prelude::*;
use serde_json::{Map, Value, json};

const SAMPLES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/samples/francetravail");

/// The first of these files in which an offer stands is the one that the predecessor was given.
const FILES: [&str; 5] = [
    "offers_2022.json",
    "search_body_2024.json",
    "offers_departement_74_2025-08-06.json",
    "offers_same_query_2024-11-28.json",
    "offers_same_query_2024-11-30.json",
];

/// The tags that the predecessor does not know.
const NEW_TAGS: [&str; 5] =
    ["contract_code", "experience_code", "insee_code", "salary_period", "salary_months"];

#[test]
fn each_recorded_offer_becomes_the_job_that_the_predecessor_makes() {
    let Some(mut offers) = recorded_offers() else { return };
    let Some(jobs) = read("jobs_by_predecessor.json") else { return };
    for (id, job) in jobs.as_object().unwrap() {
        let offer = offers.remove(id).unwrap_or_else(|| panic!("no offer {id}"));
        let expected = mended(job.clone(), &offer);
        assert_eq!(what_both_say(job_of(&offer)), expected, "{id}");
    }
}

#[test]
fn each_recorded_offer_becomes_a_job_that_says_only_what_is_known() {
    let Some(offers) = all_recorded_offers() else { return };
    for offer in offers {
        let job = job_of(&offer);
        assert_eq!(job["reference"], offer["id"]);
        assert!(tags(&job).iter().all(|tag| !tag["value"].is_null()), "{job}");
        assert!(list(&job, "skills").iter().all(|skill| skill["type"] == "hard"), "{job}");
        assert!(job.get("updated_at").is_none());
    }
}

#[test]
fn each_recorded_salary_that_names_its_period_is_read_or_refused_whole() {
    let Some(offers) = all_recorded_offers() else { return };
    for offer in offers {
        let job = job_of(&offer);
        let ranges = list(&job, "ranges_float");
        let sentence = offer["salaire"]["libelle"].as_str().unwrap_or_default();
        let complete = !sentence.starts_with("De ") && sentence.contains(" Euros");
        assert_eq!(ranges.len(), usize::from(complete), "{sentence}");
        for range in ranges {
            assert!(range["value_min"].as_f64() <= range["value_max"].as_f64(), "{sentence}");
        }
    }
}

#[test]
fn an_offer_without_an_id_is_refused() {
    for offer in [json!({"intitule": "Boulanger"}), json!({"id": null}), json!({"id": 7})] {
        assert_eq!(job_of_offer(&item(offer)), Err("the offer has no `id`".to_owned()));
    }
}

#[test]
fn an_offer_of_which_only_the_id_is_known_becomes_a_job() {
    let expected = json!({
        "name": null,
        "reference": "0603040",
        "location": {"lat": null, "lng": null, "text": ""},
        "url": null,
        "summary": null,
        "requirements": null,
        "skills": [],
        "languages": [],
        "sections": [],
        "tags": [],
        "ranges_float": [],
        "metadatas": [{"name": "source", "value": "France Travail"}],
    });
    assert_eq!(job_of(&json!({"id": "0603040"})), expected);
}

proptest! {
    #[test]
    fn any_object_with_an_id_becomes_a_job(offer in any_offer(), id in ".*") {
        let mut offer = offer;
        offer.insert("id".to_owned(), id.clone().into());
        let job = job_of_offer(&offer.into()).unwrap();
        prop_assert_eq!(&job["reference"], &Value::from(id));
    }
}

// What the predecessor makes of an offer, with its defects mended one by one.

fn mended(job: Value, offer: &Value) -> Value {
    let job = mended_skills_without_type(job);
    let job = mended_time_that_is_not_utc(job);
    let job = mended_time_of_update(job);
    let job = mended_address_for_applying(job, offer);
    mended_tags_without_value(job)
}

/// Every skill has the type that HrFlow requires.
fn mended_skills_without_type(mut job: Value) -> Value {
    for skill in job["skills"].as_array_mut().unwrap() {
        skill["type"] = "hard".into();
    }
    job
}

/// The time of creation is an instant, in the form that HrFlow writes, not the wall clock of Paris
/// under a `Z`.
fn mended_time_that_is_not_utc(mut job: Value) -> Value {
    let wall: DateTime = job["created_at"].as_str().unwrap().trim_end_matches('Z').parse().unwrap();
    let instant = wall.in_tz("Europe/Paris").unwrap().timestamp();
    job["created_at"] = instant.strftime("%Y-%m-%dT%H:%M:%S+0000").to_string().into();
    job
}

/// When a job was updated is HrFlow's to say; when the offer was is a metadata.
fn mended_time_of_update(mut job: Value) -> Value {
    job.as_object_mut().unwrap().remove("updated_at");
    job
}

/// The address at which to apply is looked for where it stands: with the contact.
fn mended_address_for_applying(mut job: Value, offer: &Value) -> Value {
    let tags = job["tags"].as_array_mut().unwrap();
    let tag = tags.iter_mut().find(|tag| tag["name"] == "application_url").unwrap();
    tag["value"] = offer["contact"]["urlPostulation"].clone();
    job
}

/// What is not known has no tag.
fn mended_tags_without_value(mut job: Value) -> Value {
    job["tags"].as_array_mut().unwrap().retain(|tag| !tag["value"].is_null());
    job
}

/// A job of ours without what the predecessor never says.
fn what_both_say(mut job: Value) -> Value {
    job["tags"].as_array_mut().unwrap().retain(|tag| !is_new(tag));
    job["location"].as_object_mut().unwrap().remove("fields");
    let fields = job.as_object_mut().unwrap();
    fields.remove("ranges_float");
    fields.remove("metadatas");
    job
}

fn is_new(tag: &Value) -> bool {
    tag["name"].as_str().is_some_and(|name| NEW_TAGS.contains(&name))
}

fn job_of(offer: &Value) -> Value {
    Value::Object(job_of_offer(&item(offer.clone())).unwrap().into_map())
}

fn item(offer: Value) -> Item {
    serde_json::from_value(offer).unwrap()
}

fn tags(job: &Value) -> &[Value] {
    list(job, "tags")
}

fn list<'a>(job: &'a Value, field: &str) -> &'a [Value] {
    job[field].as_array().unwrap()
}

// The recordings.

fn recorded_offers() -> Option<BTreeMap<String, Value>> {
    let mut offers = BTreeMap::new();
    for offer in all_recorded_offers()? {
        offers.entry(offer["id"].as_str().unwrap().to_owned()).or_insert(offer);
    }
    Some(offers)
}

fn all_recorded_offers() -> Option<Vec<Value>> {
    let bodies: Option<Vec<_>> = FILES.into_iter().map(read).collect();
    Some(bodies?.into_iter().flat_map(offers_of).collect())
}

/// A recording is a list of offers, or a search's whole answer.
fn offers_of(recording: Value) -> Vec<Value> {
    match recording {
        Value::Array(offers) => offers,
        answer => answer["resultats"].as_array().unwrap().clone(),
    }
}

fn read(file: &str) -> Option<Value> {
    let Ok(text) = fs::read_to_string(Path::new(SAMPLES).join(file)) else {
        // Written past the test harness, which keeps to itself what a passing test prints.
        let line = format!("\nskipped: the recording {file} is not there\n");
        stderr().write_all(line.as_bytes()).unwrap();
        return None;
    };
    Some(serde_json::from_str(&text).unwrap())
}

// Any object, as often as not with the fields that an offer has.

fn any_offer() -> impl Strategy<Value = Map<String, Value>> {
    prop::collection::btree_map(any_field(), any_value(), 0..12)
        .prop_map(|fields| fields.into_iter().collect())
}

fn any_value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        ".*".prop_map(Value::from),
        "[0-9]{4}-[01][0-9]-[0-3][0-9]T[0-2][0-9]:[0-5][0-9]:00.000Z".prop_map(Value::from),
        "(Horaire|Mensuel|Annuel) de [0-9]{1,400}[.,]?[0-9]? Euros".prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 24, 4, |inner| {
        let fields = prop::collection::btree_map(any_field(), inner.clone(), 0..4);
        let object = fields.prop_map(|fields| fields.into_iter().collect::<Value>());
        prop_oneof![prop::collection::vec(inner, 0..4).prop_map(Value::from), object]
    })
}

fn any_field() -> impl Strategy<Value = String> {
    prop_oneof![
        ".*",
        prop::sample::select(vec![
            "intitule",
            "description",
            "dateCreation",
            "dateActualisation",
            "lieuTravail",
            "latitude",
            "longitude",
            "codePostal",
            "commune",
            "libelle",
            "salaire",
            "competences",
            "langues",
            "formations",
            "niveauLibelle",
            "domaineLibelle",
            "entreprise",
            "contact",
            "nom",
            "origineOffre",
            "partenaires",
            "experienceExige",
        ])
        .prop_map(str::to_owned),
    ]
}
