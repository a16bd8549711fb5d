//! One offer, as the service gave it.

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
        self.0.get("id")?.as_str()
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
