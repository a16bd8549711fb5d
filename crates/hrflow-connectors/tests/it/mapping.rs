//! The mapping of offers to jobs, held against what the predecessor makes of the same offers.

use std::collections::BTreeMap;
use std::fs;
use std::io::{Write, stderr};
use std::path::Path;

use hrflow_connectors::Item;
use hrflow_connectors::francetravail::{
    Contact, Content, Terms, job_of_offer, method, offer_of_job,
};
use jiff::Timestamp;
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

#[test]
fn each_recorded_offer_becomes_the_job_that_the_predecessor_makes() {
    let Some(mut offers) = recorded_offers() else { return };
    let Some(jobs) = read("jobs_by_predecessor.json") else { return };
    for (id, job) in jobs.as_object().unwrap() {
        let offer = offers.remove(id).unwrap_or_else(|| panic!("no offer {id}"));
        let expected = mended(job.clone(), &offer);
        for content in [Content::Mapped, Content::Full] {
            let terms = Terms { content: Some(content), ..Terms::default() };
            let found = Value::Object(terms.job_of_offer(&item(offer.clone())).unwrap().into_map());
            assert_eq!(what_both_say(found, job), expected, "{id}");
        }
    }
}

#[test]
fn each_recorded_offer_is_built_again_from_its_job() {
    let Some(offers) = all_recorded_offers() else { return };
    for offer in offers {
        assert_eq!(offer_of(&job_of(&offer)), offer);
    }
}

/// Of what the recordings have, nothing is left to metadatas but what has no place anywhere: the
/// fractions of seconds, and objects and texts that say nothing.
#[test]
fn every_field_of_the_recordings_has_a_place_of_its_own() {
    let Some(offers) = all_recorded_offers() else { return };
    for offer in offers {
        let job = job_of(&offer);
        for entry in list(&job, "metadatas") {
            let (name, value) = (entry["name"].as_str().unwrap(), &entry["value"]);
            let says_nothing = ["\"\"", "{}", "null"].contains(&value.as_str().unwrap_or_default())
                || value.as_str().is_some_and(|text| text.trim_matches('"').trim().is_empty());
            let is_expected = !name.starts_with("offer")
                || name.starts_with("offer/date")
                || (name.starts_with("offer_json/") && says_nothing);
            assert!(is_expected, "{entry} of {offer}");
        }
    }
}

#[test]
fn no_recorded_offer_says_a_mail_address_or_a_contact_where_that_is_dropped() {
    let Some(offers) = all_recorded_offers() else { return };
    let terms = Terms { contact: Contact::Drop, ..Terms::default() };
    for offer in offers {
        let job = terms.job_of_offer(&item(offer.clone())).unwrap();
        let left = offer_of_job(&job);
        assert!(left["agence"].is_null() && left["contact"]["nom"].is_null(), "{left:?}");
        assert!(left["contact"]["telephone"].is_null() && left["contact"]["courriel"].is_null());
        assert_eq!(terms.job_of_offer(&left).unwrap(), job, "a second time");
        assert_eq!(left["romeCode"], offer["romeCode"]);
    }
}

#[test]
fn the_published_document_is_that_of_the_mapping() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/method.md");
    let published = fs::read_to_string(path).unwrap();
    let hint = "run `hrflow-connectors describe --method > docs/method.md`";
    assert!(published == method(&Terms::default()), "{hint}");
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
fn each_recorded_sentence_about_a_salary_is_read() {
    let Some(offers) = all_recorded_offers() else { return };
    let mut unread = BTreeMap::new();
    for offer in offers {
        let job = job_of(&offer);
        let ranges = list(&job, "ranges_float");
        let sentence = offer["salaire"]["libelle"].as_str().unwrap_or_default();
        assert!(!ranges.is_empty() || !sentence.contains(" Euros"), "{sentence}");
        for range in ranges {
            assert!(range["value_min"].as_f64() <= range["value_max"].as_f64(), "{sentence}");
        }
        let comment = offer["salaire"]["commentaire"].as_str().unwrap_or_default();
        let is_unread = tags(&job).iter().any(|tag| tag["name"] == "salary_unread");
        assert_eq!(
            is_unread,
            ranges.is_empty() && !format!("{sentence}{comment}").trim().is_empty()
        );
        if is_unread && comment.contains(|sign: char| sign.is_ascii_digit()) {
            *unread.entry(comment.to_owned()).or_insert(0) += 1;
        }
    }
    println!("{unread:#?}");
    assert!(unread.len() <= 16, "{unread:#?}");
}

#[test]
fn an_offer_without_an_id_is_refused() {
    for offer in
        [json!({"intitule": "Boulanger"}), json!({"id": null}), json!({"id": ""}), json!({"id": 7})]
    {
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
    });
    let mut job = job_of(&json!({"id": "0603040"}));
    let metadatas = job.as_object_mut().unwrap().remove("metadatas").unwrap();
    assert_eq!(job, expected);
    let names: Vec<_> =
        metadatas.as_array().unwrap().iter().map(|entry| entry["name"].clone()).collect();
    assert_eq!(names, ["source", "source_licence", "source_licence", "source_licence_url"]);
}

proptest! {
    #[test]
    fn any_object_with_an_id_becomes_a_job(offer in any_offer(), id in ".+") {
        let mut offer = offer;
        offer.insert("id".to_owned(), id.clone().into());
        let job = job_of_offer(&offer.into()).unwrap();
        prop_assert_eq!(&job["reference"], &Value::from(id));
    }

    #[test]
    fn any_offer_is_built_again_from_its_job(offer in any_offer(), id in ".+") {
        let mut offer = offer;
        offer.insert("id".to_owned(), id.into());
        let offer = Value::Object(offer);
        prop_assert_eq!(offer_of(&job_of(&offer)), offer);
    }

    #[test]
    fn an_offer_with_odd_parts_is_built_again_from_its_job(offer in odd_offer()) {
        prop_assert_eq!(offer_of(&job_of(&offer)), offer);
    }

    #[test]
    fn an_offer_with_odd_parts_becomes_a_sound_job(offer in odd_offer()) {
        let job = job_of(&offer);
        check_sound(&job)?;
        check_not_invented(&job, &offer)?;
    }
}

/// Dates are dates, and every entry of a list has its name and says something.
fn check_sound(job: &Value) -> Result<(), TestCaseError> {
    let source_date = |entry: &&Value| entry["name"] == "source_updated_at";
    let updated = list(job, "metadatas").iter().find(source_date).map(|entry| &entry["value"]);
    for date in job.get("created_at").into_iter().chain(updated) {
        let date = date.as_str().unwrap();
        prop_assert!(date.len() == 24 && date.ends_with("+0000"), "{}", date);
        prop_assert!(date.parse::<Timestamp>().is_ok(), "{}", date);
    }
    let says_something = |value: &Value| {
        value.as_str().is_none_or(|text| !text.is_empty())
            && (value.is_string() || value.is_number() || value.is_boolean())
    };
    for field in ["tags", "metadatas", "skills", "languages", "sections", "ranges_float"] {
        let has_name = |entry: &Value| entry["name"].as_str().is_some_and(|name| !name.is_empty());
        prop_assert!(list(job, field).iter().all(has_name), "{} of {}", field, job);
    }
    for entry in tags(job).iter().chain(list(job, "metadatas")) {
        prop_assert!(says_something(&entry["value"]), "{}", entry);
    }
    prop_assert!(list(job, "skills").iter().all(|skill| skill["type"] == "hard"), "{}", job);
    prop_assert!(job["location"]["text"].is_string(), "{}", job);
    for (angle, highest) in [("lat", 90.0), ("lng", 180.0)] {
        let angle = &job["location"][angle];
        prop_assert!(angle.is_null() || angle.as_f64().unwrap().abs() <= highest, "{}", angle);
    }
    Ok(())
}

/// What is copied stands in the offer as it is.
fn check_not_invented(job: &Value, offer: &Value) -> Result<(), TestCaseError> {
    let mut said = Vec::new();
    leaves(offer, &mut said);
    let names = |field: &str| list(job, field).iter().map(|entry| entry["name"].clone());
    let derived = [
        "experience_required",
        "salary_period",
        "salary_months",
        "salary_currency",
        "salary_bound",
        "salary_unread",
    ];
    let is_copied = |tag: &&Value| !derived.contains(&tag["name"].as_str().unwrap());
    let tags = tags(job).iter().filter(is_copied).map(|tag| tag["value"].clone());
    let place = &job["location"];
    let fields = [&job["name"], &job["url"], &job["summary"], &place["lat"], &place["lng"]];
    let copied = fields.into_iter().cloned().chain(tags);
    for value in copied.chain(names("skills")).chain(names("languages")) {
        prop_assert!(value.is_null() || said.contains(&value), "{} in {}", value, job);
    }
    let required = |tag: &&Value| tag["name"] == "experience_required";
    let code = offer["experienceExige"].as_str().unwrap_or_default();
    let is_known = ["D", "S", "E"].contains(&code);
    prop_assert_eq!(list(job, "tags").iter().any(|tag| required(&tag)), is_known, "{}", code);
    Ok(())
}

fn leaves(value: &Value, found: &mut Vec<Value>) {
    match value {
        Value::Array(list) => list.iter().for_each(|value| leaves(value, found)),
        Value::Object(fields) => fields.values().for_each(|value| leaves(value, found)),
        leaf => found.push(leaf.clone()),
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
fn what_both_say(mut job: Value, predecessors: &Value) -> Value {
    let is_known =
        |tag: &Value| tags(predecessors).iter().any(|known| known["name"] == tag["name"]);
    job["tags"].as_array_mut().unwrap().retain(is_known);
    job["location"].as_object_mut().unwrap().remove("fields");
    for language in job["languages"].as_array_mut().unwrap() {
        language["value"] = Value::Null;
    }
    let fields = job.as_object_mut().unwrap();
    fields.retain(|name, _| predecessors.get(name).is_some());
    if predecessors["requirements"].is_null() {
        fields.insert("requirements".to_owned(), Value::Null);
    }
    job
}

fn job_of(offer: &Value) -> Value {
    Value::Object(job_of_offer(&item(offer.clone())).unwrap().into_map())
}

fn offer_of(job: &Value) -> Value {
    Value::Object(offer_of_job(&item(job.clone())).into_map())
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

// A whole offer, of which some parts are not as they should be.

fn odd_offer() -> impl Strategy<Value = Value> {
    let changes = prop::collection::vec((any::<prop::sample::Index>(), odd_value()), 0..12);
    let extra = prop::collection::btree_map("[a-z]{1,8}", any_value(), 0..2);
    (changes, extra).prop_map(|(changes, extra)| {
        let mut offer = whole_offer();
        let mut paths = Vec::new();
        paths_of(&offer, &mut String::new(), &mut paths);
        for (index, change) in changes {
            let path = index.get(&paths);
            // A part may have gone with one that held it.
            if let Some(place) = offer.pointer_mut(path) {
                *place = change;
            }
        }
        let fields = offer.as_object_mut().unwrap();
        fields.extend(extra);
        fields.insert("id".to_owned(), "196FBMG".into());
        offer
    })
}

fn odd_value() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(Value::Null),
        Just(json!({})),
        Just(json!([])),
        Just(json!([null])),
        Just(json!([{}])),
        Just(json!("")),
        Just(json!("12")),
        Just(json!("48.85")),
        Just(json!(0)),
        Just(json!(-1)),
        Just(json!("E")),
        Just(json!("inconnu")),
        Just(json!("2025-08-05T20:03:51.892Z")),
        Just(json!("2025-08-05Z")),
        Just(json!("-002025-08-05T20:03:51Z")),
        Just(json!("9999-12-31T23:59:59.999Z")),
        Just(json!("2025-08-05T20:03:51+02:00")),
        any_value(),
    ]
}

/// Where every part of a value is, the value itself apart.
fn paths_of(value: &Value, path: &mut String, paths: &mut Vec<String>) {
    let parts: Vec<(String, &Value)> = match value {
        Value::Object(fields) => fields.iter().map(|(name, value)| (name.clone(), value)).collect(),
        Value::Array(list) => {
            list.iter().enumerate().map(|(index, value)| (index.to_string(), value)).collect()
        }
        _ => Vec::new(),
    };
    for (name, part) in parts {
        let length = path.len();
        path.push('/');
        path.push_str(&name);
        paths.push(path.clone());
        paths_of(part, path, paths);
        path.truncate(length);
    }
}

/// An offer that has every field that offers are known to have.
fn whole_offer() -> Value {
    let [Value::Object(work), Value::Object(terms)] = [work(), terms()] else { unreachable!() };
    work.into_iter().chain(terms).collect()
}

fn work() -> Value {
    json!({
        "id": "196FBMG",
        "intitule": "Boulanger / Boulangère (H/F)",
        "description": "Vous pétrissez.",
        "dateCreation": "2025-08-05T20:03:51.892Z",
        "dateActualisation": "2025-08-06T08:00:00.000Z",
        "lieuTravail": {"libelle": "74 - Rumilly", "latitude": 45.867, "longitude": 5.942,
            "codePostal": "74150", "commune": "74225"},
        "romeCode": "D1102",
        "romeLibelle": "Boulangerie - viennoiserie",
        "appellationlibelle": "Boulanger / Boulangère",
        "entreprise": {"nom": "Le Fournil", "description": "Un fournil", "logo": "l",
            "url": "https://example.org", "entrepriseAdaptee": false},
        "typeContrat": "CDI",
        "typeContratLibelle": "CDI",
        "natureContrat": "Contrat travail",
        "experienceExige": "S",
        "experienceLibelle": "2 An(s)",
        "experienceCommentaire": "en fournil",
        "formations": [{"codeFormation": "21538", "domaineLibelle": "boulangerie",
            "niveauLibelle": "CAP, BEP et équivalents", "commentaire": "c", "exigence": "E"}],
        "langues": [{"libelle": "Anglais", "exigence": "S"}],
        "permis": [{"libelle": "B - Véhicule léger", "exigence": "E"}],
        "competences": [{"code": "117646", "libelle": "Pétrir", "exigence": "S"}],
    })
}

fn terms() -> Value {
    json!({
        "salaire": {"libelle": "Mensuel de 1801.8 Euros à 1968.3 Euros sur 12.0 mois",
            "commentaire": "s", "complement1": "Mutuelle", "complement2": "Primes"},
        "dureeTravailLibelle": "35H/semaine",
        "dureeTravailLibelleConverti": "Temps plein",
        "alternance": false,
        "contact": {"nom": "Le Fournil - Mme X", "coordonnees1": "1 rue", "coordonnees2": "b",
            "coordonnees3": "c", "courriel": "x@example.org", "telephone": "01 00 00 00 00",
            "urlPostulation": "https://example.org/apply", "urlRecruteur": "https://example.org/r"},
        "agence": {"courriel": "a@example.org"},
        "nombrePostes": 1,
        "accessibleTH": false,
        "deplacementCode": "1",
        "deplacementLibelle": "Jamais",
        "qualificationCode": "6",
        "qualificationLibelle": "Employé qualifié",
        "codeNAF": "10.71C",
        "secteurActivite": "10",
        "secteurActiviteLibelle": "Boulangerie",
        "qualitesProfessionnelles": [{"libelle": "Autonomie", "description": "d"}],
        "origineOffre": {"origine": "2", "urlOrigine": "https://example.org/196FBMG",
            "partenaires": [{"nom": "METEOJOB", "url": "https://example.org", "logo": "l"}]},
        "offresManqueCandidats": false,
        "contexteTravail": {"horaires": ["35H/semaine"], "conditionsExercice": ["Nuit"]},
        "entrepriseAdaptee": false,
        "employeurHandiEngage": false,
    })
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
