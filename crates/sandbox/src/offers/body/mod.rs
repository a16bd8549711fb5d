//! The whole of a made-up offer, written out field by field in the order of the service.

mod employer;
mod page;
mod profile;
mod terms;
mod text;
mod workplace;

use serde_json::Value;

use self::page::Page;
use super::offer::Offer;

/// The offer as the service answers it: always the same for one offer and one seed.
pub(super) fn body(offer: &Offer, seed: u64) -> Value {
    let mut page = Page::new(offer, seed);
    page.heading();
    page.place();
    page.profession();
    page.employer();
    page.contract();
    page.experience();
    page.requirements();
    page.pay();
    page.hours();
    page.contact();
    page.conditions();
    page.classification();
    page.origin();
    page.environment();
    Value::Object(page.fields)
}
