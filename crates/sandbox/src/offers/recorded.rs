//! Offers as they were recorded: what the filters look at is read out of them.

use std::borrow::Cow;

use jiff::civil::DateTime;
use serde_json::{Map, Value};

use super::generated::codes::{CONTRACT_KINDS, DEPARTEMENTS, REGIONS, region_of};
use super::generated::salary::Period;
use super::{Body, Offer, Place, Text};

/// Reads an offer; only the id and the date of creation are needed.
pub(super) fn read(offer: Map<String, Value>) -> Result<Offer, String> {
    let id = text(&offer, "id").ok_or("an offer has no `id`")?;
    let created = moment(&offer, "dateCreation")
        .ok_or_else(|| format!("offer `{id}` has no `dateCreation` that can be read"))?;
    let origin = object(&offer, "origineOffre");
    let experience_required = required(&offer);
    Ok(Offer {
        id: id.into(),
        created,
        updated: moment(&offer, "dateActualisation"),
        title: owned_or_empty(&offer, "intitule"),
        rome: owned_or_empty(&offer, "romeCode"),
        contract: owned_or_empty(&offer, "typeContrat"),
        contract_kind: contract_kind(&offer),
        by_partner: origin.and_then(|origin| text(origin, "origine")) == Some("2"),
        partner: origin.and_then(first_partner),
        place: object(&offer, "lieuTravail").map(place).unwrap_or_default(),
        experience: experience(&offer, experience_required),
        experience_required,
        qualification: text(&offer, "qualificationCode").and_then(|code| code.parse().ok()),
        sector: owned(&offer, "secteurActivite"),
        naf: owned(&offer, "codeNAF"),
        full_time: full_time(&offer),
        monthly_salary: object(&offer, "salaire").and_then(monthly_salary),
        accessible: is_true(&offer, "accessibleTH"),
        hard_to_fill: is_true(&offer, "offresManqueCandidats"),
        body: Body::Read(Box::new(offer)),
    })
}

fn text<'a>(object: &'a Map<String, Value>, field: &str) -> Option<&'a str> {
    object.get(field)?.as_str().filter(|text| !text.is_empty())
}

fn owned(object: &Map<String, Value>, field: &str) -> Option<Text> {
    text(object, field).map(|text| Cow::Owned(text.to_owned()))
}

fn owned_or_empty(object: &Map<String, Value>, field: &str) -> Text {
    owned(object, field).unwrap_or_default()
}

fn object<'a>(object: &'a Map<String, Value>, field: &str) -> Option<&'a Map<String, Value>> {
    object.get(field)?.as_object()
}

fn is_true(object: &Map<String, Value>, field: &str) -> bool {
    object.get(field).and_then(Value::as_bool).unwrap_or_default()
}

/// A date is the hour of Paris, whatever the letter at its end says.
fn moment(offer: &Map<String, Value>, field: &str) -> Option<DateTime> {
    text(offer, field)?.trim_end_matches('Z').parse().ok()
}

/// The code of the kind; a name that is not known stands for itself.
fn contract_kind(offer: &Map<String, Value>) -> Text {
    let Some(name) = text(offer, "natureContrat") else { return Cow::Borrowed("") };
    let code = CONTRACT_KINDS.iter().find(|(_, known)| *known == name).map(|(code, _)| *code);
    code.map_or_else(|| Cow::Owned(name.to_owned()), Cow::Borrowed)
}

fn first_partner(origin: &Map<String, Value>) -> Option<Text> {
    let partners = origin.get("partenaires")?.as_array()?;
    owned(partners.first()?.as_object()?, "nom")
}

fn place(place: &Map<String, Value>) -> Place {
    let name = text(place, "libelle").unwrap_or_default();
    let commune = owned(place, "commune");
    let departement = commune.as_deref().and_then(departement_of).or_else(|| in_front(name));
    let region = departement.map_or_else(|| region_named(name), region_of);
    Place {
        commune,
        departement: departement.map(Cow::Borrowed),
        region: region.map(Cow::Borrowed),
        position: number(place, "latitude").zip(number(place, "longitude")),
    }
}

fn number(object: &Map<String, Value>, field: &str) -> Option<f64> {
    object.get(field)?.as_f64()
}

/// A commune's code begins with that of its département: three digits overseas, else two signs.
fn departement_of(commune: &str) -> Option<&'static str> {
    let length = if commune.starts_with("97") { 3 } else { 2 };
    departement(commune.get(..length)?)
}

/// `74 - ANNECY`, or `75` alone.
fn in_front(name: &str) -> Option<&'static str> {
    departement(name.split(" - ").next()?.trim())
}

fn departement(code: &str) -> Option<&'static str> {
    DEPARTEMENTS.iter().find(|(known, ..)| *known == code).map(|(known, ..)| *known)
}

fn region_named(name: &str) -> Option<&'static str> {
    let plain = plain(name);
    REGIONS.iter().find(|(_, known)| self::plain(known) == plain).map(|(code, _)| *code)
}

/// A name without accents, capitals and signs, for names are spelt in several ways.
fn plain(name: &str) -> String {
    let letters = name.to_lowercase();
    let letters = letters.chars().map(|letter| match letter {
        'é' | 'è' | 'ê' => 'e',
        'î' => 'i',
        'ô' => 'o',
        other => other,
    });
    letters.filter(char::is_ascii_alphabetic).collect()
}

/// `D`, `S` or `E`.
fn required(offer: &Map<String, Value>) -> char {
    let required = text(offer, "experienceExige").and_then(|text| text.chars().next());
    required.filter(|letter| "DSE".contains(*letter)).unwrap_or('D')
}

/// The class of experience, from `Débutant accepté`, `6 Mois` or `Expérience exigée de 2 An(s)`.
fn experience(offer: &Map<String, Value>, required: char) -> u8 {
    let Some(label) = text(offer, "experienceLibelle") else { return 0 };
    if required == 'D' || label.starts_with("Débutant") {
        return 1;
    }
    months_of(label).map_or(0, |months| match months {
        0..12 => 1,
        12..=36 => 2,
        _ => 3,
    })
}

/// The first number of a text that a unit of time follows, in months.
fn months_of(label: &str) -> Option<u32> {
    let mut words = label.split(|letter: char| !letter.is_alphanumeric());
    let mut count = None;
    words.find_map(|word| {
        let unit = word.to_lowercase();
        let months = match (count, unit.as_str()) {
            (Some(count), "mois") => Some(count),
            (Some(count), "an" | "ans") => Some(12 * count),
            (Some(_), "jour" | "jours") => Some(0),
            _ => None,
        };
        count = word.parse::<u16>().ok().map(u32::from);
        months
    })
}

fn full_time(offer: &Map<String, Value>) -> Option<bool> {
    match text(offer, "dureeTravailLibelleConverti")? {
        "Temps plein" => Some(true),
        "Temps partiel" => Some(false),
        _ => None,
    }
}

/// The lower bound of `Mensuel de 1801.8 Euros à 1968.3 Euros sur 12.0 mois`.
fn monthly_salary(salary: &Map<String, Value>) -> Option<f64> {
    let mut words = text(salary, "libelle")?.split_whitespace();
    let period = Period::named(words.next()?)?;
    let amount = words.find(|word| word.starts_with(|letter: char| letter.is_ascii_digit()))?;
    let amount = amount.replace(',', ".").parse::<f64>().ok()?;
    Some(period.monthly(amount)).filter(|amount| amount.is_finite())
}

#[cfg(test)]
mod tests {
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
        assert_eq!(
            with("natureContrat", json!("Contrat lunaire")).contract_kind,
            "Contrat lunaire"
        );
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
}
