//! The offers of the sandbox: made up from a seed, or read from a file.

mod body;
mod chance;
mod generated;
mod lists;
mod offer;
mod phrases;
mod recorded;
mod salary;
mod tables;
#[cfg(test)]
mod tests;

use serde_json::{Map, Value};

pub(crate) use generated::{generate, group_into_burst};
pub(crate) use lists::{entry, list};
pub(crate) use offer::{Body, Offer};
pub(crate) use recorded::read_file;

impl Offer {
    /// The offer as the service answers it.
    pub(crate) fn to_json(&self) -> Value {
        match &self.body {
            Body::Made(seed) => body::body(self, *seed),
            Body::Read(offer) => Value::Object((**offer).clone()),
        }
    }

    /// An offer as it was recorded; an error says what it lacks.
    pub(crate) fn from_recorded(offer: Map<String, Value>) -> Result<Self, String> {
        recorded::read(offer)
    }
}
