//! The user's part of the way: the logics in order, then the format.

use store::Fingerprint;

use crate::journal::{Intent, LEFT};
use crate::run::foresight::Step;
use crate::steps::guarded;
use crate::{Event, Format, Item, Logic, Outcome, Stage};

/// The logics and the format of a run.
pub(crate) struct Transform {
    pub(crate) logics: Vec<Logic>,
    pub(crate) format: Format,
}

/// An item that is to be written.
pub(crate) struct Prepared {
    pub(crate) key: Key,
    /// What tells its content at the origin, where that is remembered.
    pub(crate) print: Option<Fingerprint>,
    pub(crate) item: Item,
    /// The page of the journal that says that it is about to be sent.
    pub(crate) intent: Option<u64>,
    pub(crate) before: Before,
}

impl Prepared {
    /// What an earlier process was about to send.
    pub(crate) fn perhaps_sent(intent: Intent) -> Self {
        let Intent { key, print, replaces, item } = intent;
        let before = if replaces { Before::PerhapsReplaced } else { Before::PerhapsSent };
        Self { key: Key::read(&key), print, item, intent: Some(LEFT), before }
    }
}

impl Prepared {
    /// What a step of a saved plan writes; the reference, where it takes a job out of use.
    pub(crate) fn of_step(step: Step) -> Result<Self, String> {
        let Some(item) = step.item else { return Err(step.reference) };
        let replaces = step.outcome == Outcome::Updated.name();
        Ok(Self {
            key: Key::read(&step.key),
            print: step.print.as_deref().and_then(Fingerprint::parse),
            item,
            intent: None,
            before: if replaces { Before::Delivered } else { Before::Nothing },
        })
    }
}

/// What may have happened to an item before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Before {
    /// Nothing: it comes from the reading.
    Nothing,
    /// The target has it with another content, as far as is remembered.
    Delivered,
    /// An earlier process may have sent it a moment ago.
    PerhapsSent,
    /// An earlier process may have sent it a moment ago, to replace what the target has.
    PerhapsReplaced,
    /// Another run failed to send it, perhaps long ago: the origin may list it no more.
    Failed,
}

/// What an item is known by: its id at the origin, or its content where it has none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Key {
    Reference(Box<str>),
    Content(Fingerprint),
}

impl Key {
    pub(crate) fn reference(&self) -> Option<&str> {
        match self {
            Self::Reference(reference) => Some(reference),
            Self::Content(_) => None,
        }
    }

    pub(crate) fn read(text: &str) -> Self {
        match text.strip_prefix('#').and_then(Fingerprint::parse) {
            Some(print) => Self::Content(print),
            None => Self::Reference(text.into()),
        }
    }
}

/// As the journal writes it.
impl std::fmt::Display for Key {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Reference(reference) => formatter.write_str(reference),
            Self::Content(print) => write!(formatter, "#{print}"),
        }
    }
}

impl Transform {
    /// Takes an item all the way, or says where the way ended.
    pub(crate) fn apply(&mut self, mut item: Item, reference: Option<&str>) -> Result<Item, Event> {
        let reference = || reference.map(str::to_owned);
        for (index, logic) in self.logics.iter_mut().enumerate() {
            let number = index + 1;
            item = match guarded(|| logic(item)) {
                Ok(Some(item)) => item,
                Ok(None) => {
                    return Err(Event::Discarded { reference: reference(), logic: number });
                }
                Err(why) => return Err(failed(reference(), Stage::Logic(number), why)),
            };
        }
        guarded(|| (self.format)(item)).map_err(|why| failed(reference(), Stage::Format, why))
    }
}

fn failed(reference: Option<String>, stage: Stage, why: String) -> Event {
    Event::ItemFailed { reference, stage, why, can_be_retried: false }
}

/// What tells the content of an item, and the programs that it goes through.
pub(crate) fn print_of(item: &Item, programs: &str) -> Fingerprint {
    // An item is an object of JSON values: there is nothing that could not be written.
    let mut bytes = serde_json::to_vec(item).unwrap_or_default();
    bytes.extend_from_slice(programs.as_bytes());
    Fingerprint::of(&bytes)
}
