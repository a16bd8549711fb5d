//! Offers as they were recorded: what the filters look at is read out of them.

use std::borrow::Cow;
use std::collections::HashSet;
use std::fs;
use std::path::Path;

use jiff::civil::DateTime;
use serde_json::{Map, Value};

use super::offer::{Body, Offer, Place, Text};
use super::salary::Period;
use super::tables::{CONTRACT_KINDS, DEPARTEMENTS, REGIONS, codes, region_of};

/// Reads recorded offers: an array, or an answer's body.
pub(crate) fn read_file(path: &Path) -> Result<Vec<Offer>, String> {
    let name = path.display();
    let text = fs::read(path).map_err(|error| format!("could not read `{name}`: {error}"))?;
    let value: Value =
        serde_json::from_slice(&text).map_err(|error| format!("`{name}` is not JSON: {error}"))?;
    let offers = match value {
        Value::Array(offers) => offers,
        Value::Object(mut body) => match body.remove("resultats") {
            Some(Value::Array(offers)) => offers,
            _ => return Err(format!("`{name}` has no list `resultats`")),
        },
        _ => return Err(format!("`{name}` is neither a list of offers nor an answer's body")),
    };
    let read_at = |(index, offer)| {
        match offer {
            Value::Object(offer) => read(offer),
            _ => Err("an offer is not an object".to_owned()),
        }
        .map_err(|error| format!("`{name}`, offer {}: {error}", index + 1))
    };
    let offers: Vec<Offer> =
        offers.into_iter().enumerate().map(read_at).collect::<Result<_, _>>()?;
    let mut ids = HashSet::new();
    // A recording that is several answers put together may hold an offer twice; a list does not.
    Ok(offers.into_iter().filter(|offer| ids.insert(offer.id.clone())).collect())
}

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
    let code = codes(CONTRACT_KINDS).iter().find(|kind| kind.label == name).map(|kind| kind.code);
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
    codes(DEPARTEMENTS).iter().find(|known| known.code == code).map(|known| known.code)
}

fn region_named(name: &str) -> Option<&'static str> {
    let plain = plain(name);
    codes(REGIONS)
        .iter()
        .find(|region| self::plain(region.label) == plain)
        .map(|region| region.code)
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
mod tests;
