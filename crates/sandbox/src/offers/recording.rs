//! Recorded offers: what the filters need is read out of them.

use jiff::civil::DateTime;
use serde_json::{Map, Value};

use super::made::tables::{KINDS, REGIONS};
use super::{Body, Offer, Place, Text};

/// Hours in a month of full-time work.
const HOURS_A_MONTH: f64 = 151.67;

pub(super) fn read(offer: Map<String, Value>) -> Result<Offer, String> {
    let text = |name: &str| offer.get(name).and_then(Value::as_str);
    let owned = |name: &str| text(name).map(|text| Text::from(text.to_owned()));
    let id = text("id").filter(|id| !id.is_empty()).ok_or("an offer has no `id`")?;
    let created = text("dateCreation")
        .and_then(time)
        .ok_or_else(|| format!("the offer {id} has no `dateCreation` that can be read"))?;
    let origin = offer.get("origineOffre").unwrap_or(&Value::Null);
    let experience_required =
        text("experienceExige").and_then(|text| text.chars().next()).unwrap_or('D');
    let full_time = match text("dureeTravailLibelleConverti") {
        Some("Temps plein") => Some(true),
        Some("Temps partiel") => Some(false),
        _ => None,
    };
    let truth = |name: &str| offer.get(name).and_then(Value::as_bool).unwrap_or_default();
    Ok(Offer {
        id: id.into(),
        created,
        updated: text("dateActualisation").and_then(time),
        title: owned("intitule").unwrap_or_default(),
        rome: owned("romeCode").unwrap_or_default(),
        contract: owned("typeContrat").unwrap_or_default(),
        contract_kind: text("natureContrat").map(kind).unwrap_or_default(),
        by_partner: origin["origine"] == "2",
        partner: origin["partenaires"][0]["nom"].as_str().map(|name| name.to_owned().into()),
        place: place(offer.get("lieuTravail").unwrap_or(&Value::Null)),
        experience: text("experienceLibelle").map_or(0, experience),
        experience_required,
        qualification: text("qualificationCode").and_then(|code| code.parse().ok()),
        sector: owned("secteurActivite"),
        naf: owned("codeNAF"),
        full_time,
        monthly_salary: offer
            .get("salaire")
            .and_then(|salary| salary["libelle"].as_str())
            .and_then(monthly_salary),
        accessible: truth("accessibleTH"),
        hard_to_fill: truth("offresManqueCandidats"),
        body: Body::Read(Box::new(offer)),
    })
}

fn time(text: &str) -> Option<DateTime> {
    text.strip_suffix('Z').unwrap_or(text).parse().ok()
}

/// An offer carries the label, and a search takes the code.
fn kind(label: &str) -> Text {
    match KINDS.iter().find(|(.., known)| *known == label) {
        Some((code, ..)) => Text::from(*code),
        None => label.to_owned().into(),
    }
}

/// `Débutant accepté`, `6 Mois`, `2 An(s)`, `Expérience exigée de 4 An(s)`.
fn experience(label: &str) -> u8 {
    let number = label.split(|c: char| !c.is_ascii_digit()).find_map(|n| n.parse::<u32>().ok());
    match number {
        Some(years) if label.contains("An") => match years {
            0 => 1,
            1..=3 => 2,
            _ => 3,
        },
        Some(_) | None => 1,
    }
}

fn monthly_salary(label: &str) -> Option<f64> {
    let amount: f64 = label.split_whitespace().find_map(|word| word.parse().ok())?;
    match label.split_whitespace().next()? {
        "Mensuel" => Some(amount),
        "Annuel" => Some(amount / 12.0),
        "Horaire" => Some(amount * HOURS_A_MONTH),
        _ => None,
    }
}

/// `74 - ANNECY` with a code, `75`, `74 - Savoie (Haute)`, `Ile-de-France`, `France`, `Rome`.
fn place(place: &Value) -> Place {
    let text = |name: &str| place[name].as_str();
    let label = text("libelle").unwrap_or_default();
    let commune = text("commune").map(|code| Text::from(code.to_owned()));
    let departement = match &commune {
        Some(code) => Some(departement_of(code)),
        None => label.split(" - ").next().filter(|code| is_departement(code)),
    };
    let departement = departement.map(|code| Text::from(code.to_owned()));
    let region = match &departement {
        Some(code) => region_of(code),
        None => REGIONS.iter().find(|(_, name)| *name == label).map(|(code, _)| *code),
    };
    let position = place["latitude"].as_f64().zip(place["longitude"].as_f64());
    Place { commune, departement, region: region.map(Text::from), position }
}

fn departement_of(commune: &str) -> &str {
    let digits = if commune.starts_with("97") { 3 } else { 2 };
    commune.get(..digits).unwrap_or(commune)
}

fn is_departement(code: &str) -> bool {
    region_of(code).is_some()
}

fn region_of(departement: &str) -> Option<&'static str> {
    Some(match departement {
        "971" => "01",
        "972" => "02",
        "973" => "03",
        "974" => "04",
        "976" => "06",
        "75" | "77" | "78" | "91" | "92" | "93" | "94" | "95" => "11",
        "18" | "28" | "36" | "37" | "41" | "45" => "24",
        "21" | "25" | "39" | "58" | "70" | "71" | "89" | "90" => "27",
        "14" | "27" | "50" | "61" | "76" => "28",
        "02" | "59" | "60" | "62" | "80" => "32",
        "08" | "10" | "51" | "52" | "54" | "55" | "57" | "67" | "68" | "88" => "44",
        "44" | "49" | "53" | "72" | "85" => "52",
        "22" | "29" | "35" | "56" => "53",
        "16" | "17" | "19" | "23" | "24" | "33" | "40" | "47" | "64" | "79" | "86" | "87" => "75",
        "09" | "11" | "12" | "30" | "31" | "32" | "34" | "46" | "48" | "65" | "66" | "81"
        | "82" => "76",
        "01" | "03" | "07" | "15" | "26" | "38" | "42" | "43" | "63" | "69" | "73" | "74" => "84",
        "04" | "05" | "06" | "13" | "83" | "84" => "93",
        "2A" | "2B" => "94",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_known_as_far_as_they_are_told() {
        let read = |label: &str| place(&serde_json::json!({"libelle": label}));
        assert_eq!(read("74 - Savoie (Haute)").region.as_deref(), Some("84"));
        assert_eq!(read("75").departement.as_deref(), Some("75"));
        assert_eq!(read("Ile-de-France").region.as_deref(), Some("11"));
        assert_eq!(read("France").region, None);
        assert_eq!(read("Québec Canada").departement, None);
    }

    #[test]
    fn salaries_become_monthly() {
        assert_eq!(monthly_salary("Mensuel de 1801.8 Euros à 1968.3 Euros"), Some(1801.8));
        assert_eq!(monthly_salary("Annuel de 24000.0 Euros sur 12.0 mois"), Some(2000.0));
        assert_eq!(monthly_salary("Selon profil"), None);
    }
}
