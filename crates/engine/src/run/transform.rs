//! The user's part of the way: the logics in order, then the format.

use store::Fingerprint;

use crate::functions::guarded;
use crate::{Ending, Format, Item, Logic, Stage, StepError};

/// The logics and the format of a run.
pub(crate) struct Transform {
    pub(crate) logics: Vec<Logic>,
    pub(crate) format: Format,
}

impl Transform {
    /// What is to be written of an item, or how it ended before.
    pub(crate) fn apply(&mut self, mut item: Item) -> Result<Item, Ending> {
        for (index, logic) in self.logics.iter_mut().enumerate() {
            let number = index + 1;
            item = match guarded(|| logic(item)) {
                Ok(Some(item)) => item,
                Ok(None) => return Err(Ending::Discarded { logic: number }),
                Err(message) => return Err(failed(Stage::Logic(number), message)),
            };
        }
        guarded(|| (self.format)(item)).map_err(|message| failed(Stage::Format, message))
    }
}

fn failed(stage: Stage, message: String) -> Ending {
    Ending::Failed(StepError::of_function(stage, message))
}

/// Tells the content of an item, and the programs that it goes through.
pub(crate) fn fingerprint_of(item: &Item, salt: &str) -> Fingerprint {
    // An item is an object of JSON values: there is nothing that could not be written.
    let mut bytes = serde_json::to_vec(item).unwrap_or_default();
    bytes.extend_from_slice(salt.as_bytes());
    Fingerprint::of(&bytes)
}
