//! Where a job comes from, as the licence of the offers wants it shown.

use serde_json::Value;

use super::dates;
use super::fields::{elements, named, said};
use crate::Item;

const SOURCE: &str = "France Travail";

/// The source, the partner from whom it has the offer, and the date of the offer's last update.
///
/// They are metadatas: they are there to be shown beside the job, not to be searched for.
pub(super) fn metadatas(offer: &Item) -> Vec<Value> {
    let source = named("source", SOURCE);
    let partners = partners(&offer["origineOffre"]).map(|name| named("source_partner", name));
    let updated = dates::utc(&offer["dateActualisation"]);
    let updated = updated.map(|time| named("source_updated_at", time));
    [source].into_iter().chain(partners).chain(updated).collect()
}

fn partners(origin: &Value) -> impl Iterator<Item = &str> {
    elements(&origin["partenaires"]).filter_map(|partner| said(&partner["nom"]))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[track_caller]
    fn check(cases: &[(Value, Value)]) {
        for (offer, expected) in cases {
            let offer: Item = serde_json::from_value(offer.clone()).unwrap();
            assert_eq!(Value::from(metadatas(&offer)), *expected, "{offer:?}");
        }
    }

    #[test]
    fn the_source_is_always_named() {
        check(&[
            (json!({}), json!([{"name": "source", "value": "France Travail"}])),
            (
                json!({"dateActualisation": "2025-08-05T20:03:52.131Z", "origineOffre": null}),
                json!([
                    {"name": "source", "value": "France Travail"},
                    {"name": "source_updated_at", "value": "2025-08-05T18:03:52+0000"},
                ]),
            ),
        ]);
    }

    #[test]
    fn each_partner_is_named() {
        let partners = json!([{"nom": "METEOJOB", "url": "https://www.meteojob.com"},
            {"url": "https://example.org"}, {"nom": ""}, {"nom": "INDEED"}]);
        check(&[(
            json!({"origineOffre": {"origine": "2", "partenaires": partners}}),
            json!([
                {"name": "source", "value": "France Travail"},
                {"name": "source_partner", "value": "METEOJOB"},
                {"name": "source_partner", "value": "INDEED"},
            ]),
        )]);
    }
}
