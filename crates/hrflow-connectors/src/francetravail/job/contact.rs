//! An offer without what names or reaches a person.

use serde_json::Value;

use super::persons::redacted;
use crate::Item;
use crate::francetravail::LicenceLanguage;

/// What names or reaches a person: the link by which to apply is no such thing.
pub(super) const DROPPED: [&str; 7] =
    ["nom", "courriel", "telephone", "coordonnees1", "coordonnees2", "coordonnees3", "commentaire"];
/// Codes and dates, which are no text that a person has written.
const CODES: [&str; 11] = [
    "id",
    "dateCreation",
    "dateActualisation",
    "romeCode",
    "codeNAF",
    "codeFormation",
    "code",
    "codePostal",
    "commune",
    "secteurActivite",
    "origine",
];

/// The offer without its contact, and without mail addresses and phone numbers in any text.
pub(crate) fn without_contact(offer: &Item, language: LicenceLanguage) -> Item {
    let replacements = match language {
        LicenceLanguage::French | LicenceLanguage::Both => {
            ["[adresse électronique retirée]", "[numéro de téléphone retiré]"]
        }
        LicenceLanguage::English => ["[mail address left out]", "[phone number left out]"],
    };
    let mut offer = offer.clone();
    if let Some(Value::Object(contact)) = offer.get_mut("contact") {
        contact.retain(|field, _| !DROPPED.contains(&field.as_str()));
    }
    offer.retain(|field, _| field != "agence");
    offer.retain(|field, value| {
        field != "contact" || value.as_object().is_some_and(|contact| !contact.is_empty())
    });
    for (field, value) in offer.iter_mut() {
        clean(field, value, replacements);
    }
    offer
}

fn clean(field: &str, value: &mut Value, replacements: [&str; 2]) {
    match value {
        Value::String(text) if !CODES.contains(&field) => *text = redacted(text, replacements),
        Value::Array(list) => list.iter_mut().for_each(|value| clean(field, value, replacements)),
        Value::Object(fields) => {
            fields.iter_mut().for_each(|(field, value)| clean(field, value, replacements));
        }
        Value::String(_) | Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn nothing_is_left_that_names_or_reaches_a_person() {
        let offer = json!({"id": "0612345678", "description": "Appelez le 06 12 34 56 78 ou écrivez à x@y.fr",
            "contact": {"nom": "Mme X", "telephone": "01 00 00 00 00", "courriel": "x@y.fr",
                "coordonnees1": "1 rue", "urlPostulation": "https://example.org/apply"},
            "agence": {"courriel": "a@y.fr"}, "entreprise": {"description": "tel. 0612345678"},
            "qualitesProfessionnelles": [{"libelle": "+33 6 12 34 56 78"}]});
        let offer: Item = serde_json::from_value(offer).unwrap();
        let left = without_contact(&offer, LicenceLanguage::French);
        let phone = "[numéro de téléphone retiré]";
        let text = format!("Appelez le {phone} ou écrivez à [adresse électronique retirée]");
        let expected = json!({"id": "0612345678", "description": text,
            "contact": {"urlPostulation": "https://example.org/apply"},
            "entreprise": {"description": format!("tel. {phone}")},
            "qualitesProfessionnelles": [{"libelle": phone}]});
        assert_eq!(left, serde_json::from_value(expected).unwrap());
        assert_eq!(without_contact(&left, LicenceLanguage::French), left, "a second time");
    }

    #[test]
    fn a_contact_of_which_nothing_is_left_goes() {
        let offer = |contact: Value| -> Item {
            serde_json::from_value(json!({"id": "1", "contact": contact})).unwrap()
        };
        for contact in [json!({"nom": "Mme X"}), json!("Mme X"), json!(null), json!(["Mme X"])] {
            let left = without_contact(&offer(contact), LicenceLanguage::English);
            assert_eq!(left, Item::from_iter([("id".to_owned(), "1".into())]));
        }
    }
}
