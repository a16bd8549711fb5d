//! Where a job comes from, as the licence of the offers wants it shown.

use serde_json::{Value, json};

use super::dates;
use super::fields::{at, elements, named, said};
use super::lists::{self, PARTNERS, Place};
use crate::Item;
use crate::francetravail::{Content, Terms};

const SOURCE: &str = "France Travail";
/// Where the licence of the offers is published.
pub const LICENCE_URL: &str = "https://francetravail.io/produits-partages/documentation/conditions-dutilisation-api/licence-offres-emploi";
const LICENCE_FR: &str = "Offre de France Travail, réutilisée sous la « Licence de réutilisation de la \
                          base de données des offres d'emploi de France Travail »";
const LICENCE_EN: &str = "Offer of France Travail, reused under the licence of its database of job \
                          offers, \"Licence de réutilisation de la base de données des offres \
                          d'emploi de France Travail\"";

/// The source, the partner from whom it has the offer, the date of the offer's last update, and
/// under which licence it is reused.
///
/// They are metadatas: they are there to be shown beside the job, not to be searched for.
pub(super) fn metadatas(offer: &Item, terms: &Terms, content: Content) -> Vec<Value> {
    let partners = match content {
        Content::Mapped => partners(offer),
        Content::Full => lists::entries(offer, Place::Metadatas),
    };
    let updated = updated_at(offer).map(|time| named("source_updated_at", time));
    let method = terms.method_url.as_deref().map(|url| named("source_method", url));
    let source = [named("source", SOURCE)].into_iter().chain(partners).chain(updated);
    source.chain(licence(terms)).chain(method).collect()
}

/// When the offer was updated last: when it was created, where it does not say.
pub(super) fn updated_at(offer: &Item) -> Option<String> {
    dates::utc(&offer["dateActualisation"]).or_else(|| dates::utc(&offer["dateCreation"]))
}

/// What every job says of the source of its offer.
pub(crate) fn source_of(offer: &Item, terms: &Terms) -> Vec<Value> {
    metadatas(offer, terms, Content::Mapped)
}

/// The job of a user's format with what it does not say itself of the source.
pub(crate) fn attributed(mut job: Item, source: Vec<Value>) -> Item {
    let list = job.entry("metadatas").or_insert_with(|| json!([]));
    if list.is_null() {
        *list = json!([]);
    }
    if let Value::Array(list) = list {
        let mut added = source;
        added.retain(|entry| list.iter().all(|own| own["name"] != entry["name"]));
        list.extend(added);
    }
    job
}

fn partners(offer: &Item) -> Vec<Value> {
    let names = elements(at(offer, PARTNERS)).filter_map(|partner| said(&partner["nom"]));
    names.map(|name| named("source_partner", name)).collect()
}

fn licence(terms: &Terms) -> Vec<Value> {
    let language = terms.language;
    let french = language.has_french().then(|| format!("{LICENCE_FR} : {LICENCE_URL}"));
    let english = language.has_english().then(|| format!("{LICENCE_EN}: {LICENCE_URL}"));
    let words = [french, english].into_iter().flatten().map(|text| named("source_licence", text));
    words.chain([named("source_licence_url", LICENCE_URL)]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::francetravail::LicenceLanguage;

    fn item(offer: Value) -> Item {
        serde_json::from_value(offer).unwrap()
    }

    /// Without what is said of the licence.
    fn source(offer: &Value, content: Content) -> Value {
        let mut entries = metadatas(&item(offer.clone()), &Terms::default(), content);
        entries.retain(|entry| !entry["name"].as_str().unwrap().starts_with("source_licence"));
        entries.into()
    }

    #[test]
    fn the_source_is_always_named() {
        let france_travail = json!({"name": "source", "value": "France Travail"});
        assert_eq!(source(&json!({}), Content::Mapped), json!([france_travail]));
        let updated = json!({"name": "source_updated_at", "value": "2025-08-05T18:03:52+0000"});
        for field in ["dateActualisation", "dateCreation"] {
            let offer = json!({field: "2025-08-05T20:03:52.131Z", "origineOffre": null});
            assert_eq!(source(&offer, Content::Mapped), json!([france_travail, updated]));
        }
    }

    #[test]
    fn each_partner_is_named_and_in_full_has_its_address_and_logo() {
        let offer = json!({"origineOffre": {"origine": "2", "partenaires": [
            {"nom": "METEOJOB", "url": "https://www.meteojob.com", "logo": "https://l"},
            {"nom": ""}, {"nom": "INDEED"}]}});
        let names = |content| {
            let entries = source(&offer, content);
            let named = |entry: &Value| (entry["name"].clone(), entry["value"].clone());
            entries.as_array().unwrap()[1..].iter().map(named).collect::<Vec<_>>()
        };
        let partner = |name: &str, value: &str| (json!(name), json!(value));
        let (first, last) =
            (partner("source_partner", "METEOJOB"), partner("source_partner", "INDEED"));
        assert_eq!(names(Content::Mapped), [first.clone(), last.clone()]);
        let url = partner("source_partner_url", "https://www.meteojob.com");
        let logo = partner("source_partner_logo", "https://l");
        assert_eq!(names(Content::Full), [first, url, logo, last]);
    }

    #[test]
    fn the_licence_is_named_and_linked_in_the_languages_that_were_chosen() {
        let said = |language, method_url: Option<&str>| {
            let method_url = method_url.map(str::to_owned);
            let terms = Terms { language, method_url, ..Terms::default() };
            let entries = metadatas(&Item::default(), &terms, Content::Full);
            let of = |name: &str| {
                let named = entries.iter().filter(|entry| entry["name"] == name);
                named.map(|entry| entry["value"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
            };
            (of("source_licence"), of("source_licence_url"), of("source_method"))
        };
        let (french, url, method) = said(LicenceLanguage::French, None);
        assert!(
            french[0].starts_with("Offre de") && french[0].ends_with(LICENCE_URL),
            "{french:?}"
        );
        assert_eq!((french.len(), url, method.len()), (1, vec![LICENCE_URL.to_owned()], 0));
        let (english, _, method) = said(LicenceLanguage::English, Some("https://example.org/m"));
        assert!(english[0].starts_with("Offer of"), "{english:?}");
        assert_eq!((english.len(), method), (1, vec!["https://example.org/m".to_owned()]));
        assert_eq!(said(LicenceLanguage::Both, None).0, [french, english].concat());
    }

    #[test]
    fn what_a_format_says_itself_of_the_source_stays() {
        let offer = item(json!({"id": "1", "dateActualisation": "2025-08-05T20:03:52.131Z"}));
        let terms = Terms { language: LicenceLanguage::French, ..Terms::default() };
        let job = item(json!({"metadatas": [{"name": "source", "value": "my own words"}]}));
        let source = || source_of(&offer, &terms);
        let job = attributed(job, source());
        let names: Vec<_> =
            job["metadatas"].as_array().unwrap().iter().map(|entry| &entry["name"]).collect();
        let expected = ["source", "source_updated_at", "source_licence", "source_licence_url"];
        assert_eq!(names, expected);
        assert_eq!(job["metadatas"][0]["value"], "my own words");
        assert_eq!(attributed(job.clone(), source()), job, "a second time");
        let odd = item(json!({"metadatas": "none"}));
        assert_eq!(attributed(odd.clone(), source()), odd);
    }
}
