//! What is read out of recorded offers.

use serde_json::json;

use super::*;

fn read_value(offer: Value) -> Result<Offer, String> {
    let Value::Object(offer) = offer else { panic!("an offer is an object") };
    read(offer)
}

fn with(field: &str, value: Value) -> Offer {
    let mut offer = json!({ "id": "048KLTP", "dateCreation": "2026-10-08T07:05:02.010Z" });
    offer[field] = value;
    read_value(offer).unwrap()
}

#[test]
fn an_offer_needs_an_id_and_a_date() {
    assert_eq!(read_value(json!({})).unwrap_err(), "an offer has no `id`");
    assert!(read_value(json!({ "id": "048KLTP" })).unwrap_err().contains("dateCreation"));
    assert!(read_value(json!({ "id": "048KLTP", "dateCreation": "soon" })).is_err());
    assert_eq!(with("typeContrat", json!(7)).contract, "");
}

#[test]
fn a_place_is_found_from_what_is_there() {
    let place = |place| with("lieuTravail", place).place;
    let codes = |value| {
        let place = place(value);
        (place.departement.unwrap_or_default(), place.region.unwrap_or_default())
    };
    assert_eq!(codes(json!({ "commune": "97411" })), ("974".into(), "04".into()));
    assert_eq!(codes(json!({ "commune": "2A004" })), ("2A".into(), "94".into()));
    assert_eq!(codes(json!({ "libelle": "74 - ANNECY" })), ("74".into(), "84".into()));
    assert_eq!(codes(json!({ "libelle": "75" })), ("75".into(), "11".into()));
    assert_eq!(codes(json!({ "libelle": "Ile-de-France" })), ("".into(), "11".into()));
    assert_eq!(codes(json!({ "libelle": "Québec Canada" })), ("".into(), "".into()));
    assert_eq!(codes(json!({ "commune": "é" })), ("".into(), "".into()));
}

#[test]
fn experience_falls_into_classes() {
    let class = |label: &str| {
        let offer = json!({ "id": "1", "dateCreation": "2026-10-08T07:05:02Z",
            "experienceExige": "E", "experienceLibelle": label });
        read_value(offer).unwrap().experience
    };
    let classes = [
        ("Débutant accepté", 1),
        ("6 Mois - ou 1 saison", 1),
        ("24 Mois", 2),
        ("Expérience exigée de 3 An(s)", 2),
        ("2 ans", 2),
        ("5 An(s)", 3),
        ("Expérience exigée", 0),
    ];
    for (label, expected) in classes {
        assert_eq!(class(label), expected, "{label}");
    }
}

#[test]
fn pay_is_reckoned_by_the_month() {
    let monthly = |label: &str| {
        let offer = with("salaire", json!({ "libelle": label }));
        offer.monthly_salary.map(|pay| format!("{pay:.1}"))
    };
    let month = monthly("Mensuel de 1801.8 Euros à 1968.3 Euros sur 12.0 mois");
    assert_eq!(month.as_deref(), Some("1801.8"));
    assert_eq!(monthly("Horaire de 12,00 Euros").as_deref(), Some("1820.0"));
    assert_eq!(monthly("Annuel de 24000.0 Euros").as_deref(), Some("2000.0"));
    assert_eq!(monthly("Selon profil"), None);
}

#[test]
fn kinds_of_contract_are_known_by_name() {
    assert_eq!(with("natureContrat", json!("Contrat apprentissage")).contract_kind, "E2");
    assert_eq!(with("natureContrat", json!("Contrat lunaire")).contract_kind, "Contrat lunaire");
}

#[test]
fn every_recorded_offer_can_be_read() {
    let file = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../../shared/samples/francetravail/offers_2022.json"
    );
    let Ok(text) = std::fs::read_to_string(file) else {
        println!("skipped: no recorded offers here");
        return;
    };
    let recorded: Value = serde_json::from_str(&text).unwrap();
    let list = recorded.get("resultats").unwrap_or(&recorded).as_array().unwrap();
    assert!(!list.is_empty());
    for offer in list {
        let read = read_value(offer.clone()).unwrap();
        assert_eq!(read.to_json(), *offer);
    }
}
