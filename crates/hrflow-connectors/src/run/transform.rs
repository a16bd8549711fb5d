//! The user's part of the way: the logics in order, then the format.

use store::Fingerprint;

use crate::steps::guarded;
use crate::{Event, Format, Item, Logic, Stage};

/// The logics and the format of a run.
pub(crate) struct Transform {
    pub(crate) logics: Vec<Logic>,
    pub(crate) format: Format,
}

/// An item that is to be written.
pub(crate) struct Formatted {
    /// Its id at the origin.
    pub(crate) origin_reference: Option<String>,
    /// What tells its content, where that is remembered.
    pub(crate) print: Option<Fingerprint>,
    pub(crate) item: Item,
}

impl Transform {
    /// Takes an item all the way, or says where the way ended.
    pub(crate) fn apply(
        &mut self,
        mut item: Item,
        reference: Option<String>,
    ) -> Result<Formatted, Event> {
        for (index, logic) in self.logics.iter_mut().enumerate() {
            let number = index + 1;
            item = match guarded(|| logic(item)) {
                Ok(Some(item)) => item,
                Ok(None) => return Err(Event::Discarded { reference, logic: number }),
                Err(why) => return Err(failed(reference, Stage::Logic(number), why)),
            };
        }
        match guarded(|| (self.format)(item)) {
            Ok(item) => Ok(Formatted { origin_reference: reference, print: None, item }),
            Err(why) => Err(failed(reference, Stage::Format, why)),
        }
    }
}

fn failed(reference: Option<String>, stage: Stage, why: String) -> Event {
    Event::ItemFailed { reference, stage, why, can_be_retried: false }
}
