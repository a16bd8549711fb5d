//! One offer, as the service gave it.

use std::hash::{DefaultHasher, Hash, Hasher};

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::paris::ParisSecond;

/// A job offer: the whole object, in its own order.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(transparent)]
pub struct Offer(Map<String, Value>);

impl Offer {
    /// The id: seven characters, leading zeros included. Every recorded offer has one.
    pub fn id(&self) -> Option<&str> {
        self.0.get("id")?.as_str().filter(|id| !id.is_empty())
    }

    /// What tells its content from another's.
    pub(crate) fn content(&self) -> u64 {
        let mut hasher = DefaultHasher::new();
        // JSON values: there is nothing that could not be written.
        serde_json::to_vec(&self.0).unwrap_or_default().hash(&mut hasher);
        hasher.finish()
    }

    /// A field's text, where it is there and text.
    pub(crate) fn text(&self, field: &str) -> Option<&str> {
        self.0.get(field)?.as_str()
    }

    /// Where it comes from, by the code of `origineOffre`.
    pub(crate) fn origin(&self) -> Option<&str> {
        self.0.get("origineOffre")?.get("origine")?.as_str()
    }

    /// The object itself.
    pub fn into_map(self) -> Map<String, Value> {
        self.0
    }

    /// The second of its creation, which never changes.
    pub(crate) fn created(&self) -> Option<ParisSecond> {
        ParisSecond::of_offer(self.0.get("dateCreation")?.as_str()?)
    }
}
