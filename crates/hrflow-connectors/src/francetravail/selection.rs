//! Whether an offer belongs to a search, as far as the offer alone tells.

use engine::{Item, Selects};
use francetravail_api::Search;
use jiff::tz::TimeZone;
use jiff::{Timestamp, civil};

/// The parameters by which offers leave a search although nothing happens to them.
const SLIDING: [&str; 1] = ["publieeDepuis"];
/// Parameters that select nothing by themselves.
const NEUTRAL: [&str; 3] = ["range", "sort", "distance"];
/// Communes that stand for all of their arrondissements.
const WHOLE_CITIES: [&str; 3] = ["75056", "13055", "69123"];
/// How the service writes times, without the parts of a second.
const TO_SECONDS: usize = 19;

/// The parameters of a search that make it slide.
pub(super) fn sliding(search: &Search) -> Vec<&'static str> {
    let pairs = search.canonical_pairs().into_iter();
    pairs.map(|(name, _)| name).filter(|name| SLIDING.contains(name)).collect()
}

/// Whether the search would list an offer that the service has.
pub(super) fn selects(search: &Search, offer: &Item, now: Timestamp) -> Selects {
    let pairs = search.canonical_pairs();
    let has = |wanted: &str| pairs.iter().any(|(name, _)| *name == wanted);
    // Each of these two may be what the search finds an offer by.
    let by_either = has("typeContrat") && has("natureContrat");
    let answers =
        pairs.iter().filter(|(name, _)| !NEUTRAL.contains(name)).map(|(name, value)| match *name {
            "codeROME" => listed(value, offer.text("romeCode")),
            "typeContrat" if !by_either => listed(value, offer.text("typeContrat")),
            "origineOffre" => listed(value, offer["origineOffre"]["origine"].as_str()),
            "grandDomaine" => in_domains(value, offer.text("romeCode")),
            "departement" if !has("inclureLimitrophes") => listed(value, departement(offer)),
            "commune" if pairs.contains(&("distance", "0".to_owned())) => in_communes(value, offer),
            "publieeDepuis" => published_within(value, offer, now),
            "minCreationDate" => compared(offer, |created| created >= &value[..TO_SECONDS]),
            "maxCreationDate" => compared(offer, |created| created <= &value[..TO_SECONDS]),
            _ => Selects::Perhaps,
        });
    answers.fold(Selects::Yes, |all, one| match (all, one) {
        (Selects::No, _) | (_, Selects::No) => Selects::No,
        (Selects::Perhaps, _) | (_, Selects::Perhaps) => Selects::Perhaps,
        (Selects::Yes, Selects::Yes) => Selects::Yes,
    })
}

fn certain(is_so: bool) -> Selects {
    if is_so { Selects::Yes } else { Selects::No }
}

fn listed(values: &str, found: Option<&str>) -> Selects {
    found.map_or(Selects::Perhaps, |found| certain(values.split(',').any(|value| value == found)))
}

/// The large domain `M` is what none of `M13` to `M18` is.
fn in_domains(domains: &str, rome: Option<&str>) -> Selects {
    let Some(rome) = rome else { return Selects::Perhaps };
    let mut answer = Selects::No;
    for domain in domains.split(',') {
        if domain.len() == 3 && rome.starts_with(domain) {
            return Selects::Yes;
        }
        if domain.len() == 1 && rome.starts_with(domain) {
            answer = Selects::Perhaps;
        }
    }
    answer
}

/// `74` of a post code, an INSEE code, or a label such as `74 - ANNECY`.
fn departement(offer: &Item) -> Option<&str> {
    let place = &offer["lieuTravail"];
    let by_code = place["commune"]
        .as_str()
        .filter(|code| code.len() == 5)
        .map(|code| if code.starts_with("97") { &code[..3] } else { &code[..2] });
    by_code.or_else(|| Some(place["libelle"].as_str()?.split_once(" - ")?.0))
}

fn in_communes(communes: &str, offer: &Item) -> Selects {
    if communes.split(',').any(|code| WHOLE_CITIES.contains(&code)) {
        return Selects::Perhaps;
    }
    listed(communes, offer["lieuTravail"]["commune"].as_str())
}

/// The service counts days in its own way: near the limit nobody knows.
fn published_within(days: &str, offer: &Item, now: Timestamp) -> Selects {
    let (Ok(days), Some(created)) = (days.parse::<i64>(), created(offer)) else {
        return Selects::Perhaps;
    };
    let age = now.duration_since(created).as_hours();
    match age {
        _ if age > (days + 1) * 24 => Selects::No,
        _ if age < (days - 1) * 24 => Selects::Yes,
        _ => Selects::Perhaps,
    }
}

/// The service's times are those of Paris, whatever they say of their zone.
fn created(offer: &Item) -> Option<Timestamp> {
    let text = offer.text("dateCreation")?.get(..TO_SECONDS)?;
    let paris = TimeZone::get("Europe/Paris").ok()?;
    text.parse::<civil::DateTime>().ok()?.to_zoned(paris).ok().map(|zoned| zoned.timestamp())
}

fn compared(offer: &Item, is_so: impl FnOnce(&str) -> bool) -> Selects {
    let created = offer.text("dateCreation").and_then(|text| text.get(..TO_SECONDS));
    created.map_or(Selects::Perhaps, |created| certain(is_so(created)))
}

#[cfg(test)]
mod tests {
    use francetravail_api::SearchParameters;
    use serde_json::json;

    use super::*;

    #[track_caller]
    fn check(pairs: &[(&str, &str)], expected: Selects) {
        let offer: Item = serde_json::from_value(json!({
            "id": "048KLTP", "romeCode": "M1805", "typeContrat": "CDI",
            "dateCreation": "2026-11-10T12:00:00.000Z", "origineOffre": {"origine": "1"},
            "lieuTravail": {"libelle": "74 - ANNECY", "commune": "74010", "codePostal": "74000"},
        }))
        .unwrap();
        let search = SearchParameters::from_pairs(pairs.iter().copied()).unwrap();
        let now = "2026-11-24T12:00:00Z".parse().unwrap();
        assert_eq!(selects(&search.validate().unwrap(), &offer, now), expected, "{pairs:?}");
    }

    #[test]
    fn an_offer_belongs_to_a_search_as_far_as_it_tells() {
        use Selects::{No, Perhaps, Yes};
        check(&[], Yes);
        check(&[("range", "0-149")], Yes);
        check(&[("codeROME", "M1805,M1806")], Yes);
        check(&[("codeROME", "D1102")], No);
        check(&[("departement", "74,75")], Yes);
        check(&[("departement", "75")], No);
        check(&[("departement", "75"), ("inclureLimitrophes", "true")], Perhaps);
        check(&[("commune", "74010"), ("distance", "0")], Yes);
        check(&[("commune", "74010")], Perhaps);
        check(&[("commune", "75056"), ("distance", "0")], Perhaps);
        check(&[("typeContrat", "CDI")], Yes);
        check(&[("typeContrat", "CDD")], No);
        check(&[("typeContrat", "CDD"), ("natureContrat", "E1")], Perhaps);
        check(&[("grandDomaine", "M18")], Yes);
        check(&[("grandDomaine", "M")], Perhaps);
        check(&[("grandDomaine", "D")], No);
        check(&[("origineOffre", "2")], No);
        check(&[("publieeDepuis", "7")], No);
        check(&[("publieeDepuis", "14")], Perhaps);
        check(&[("publieeDepuis", "31")], Yes);
        check(&[("motsCles", "boulanger")], Perhaps);
        check(&[("motsCles", "boulanger"), ("codeROME", "D1102")], No);
        let window = |from, to| [("minCreationDate", from), ("maxCreationDate", to)];
        check(&window("2026-11-01T00:00:00Z", "2026-11-30T00:00:00Z"), Yes);
        check(&window("2026-11-11T00:00:00Z", "2026-11-30T00:00:00Z"), No);
    }
}
