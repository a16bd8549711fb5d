//! The body of a search: its offers, of which each that cannot be read fails alone.

use std::hash::{DefaultHasher, Hash, Hasher};

use api_client::raw;
use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::page::FilterCounts;
use crate::paris::ParisSecond;
use crate::{Offer, UnreadableOffer};

/// What an answer to a search holds.
#[derive(Debug, Default)]
pub(crate) struct SearchBody {
    pub(crate) offers: Vec<Offer>,
    pub(crate) unreadable: Vec<UnreadableOffer>,
    pub(crate) counts: Vec<FilterCounts>,
    /// In how many offers something was replaced that is no text.
    pub(crate) mended: u32,
}

#[derive(Deserialize)]
struct Readable {
    resultats: Vec<Offer>,
    #[serde(rename = "filtresPossibles", default)]
    counts: Vec<FilterCounts>,
}

impl SearchBody {
    /// Reads a body; none where it is not whole.
    pub(crate) fn read(body: &[u8]) -> Option<Self> {
        match serde_json::from_slice::<Readable>(body) {
            Ok(Readable { resultats: offers, counts }) => {
                Some(Self { offers, counts, ..Self::default() })
            }
            Err(_) => Self::read_item_by_item(body),
        }
    }

    fn read_item_by_item(body: &[u8]) -> Option<Self> {
        let items = raw::items(raw::field(body, "resultats")?)?;
        let counts = raw::field(body, "filtresPossibles").and_then(mended);
        let mut read = Self { counts: counts.unwrap_or_default(), ..Self::default() };
        for (place, item) in (0..).zip(items) {
            let (json, replaced) = raw::mended(item);
            match serde_json::from_slice::<Offer>(&json) {
                Ok(offer) if replaced > 0 && offer.id().is_some_and(is_broken) => {
                    let why = "its id is broken".to_owned();
                    read.unreadable
                        .push(UnreadableOffer { id: None, ..unreadable(place, item, why) });
                }
                Ok(offer) => {
                    read.offers.push(offer);
                    read.mended += u32::from(replaced > 0);
                }
                Err(error) => read.unreadable.push(unreadable(place, item, error.to_string())),
            }
        }
        Some(read)
    }
}

/// An offer alone; none where it is cut off.
pub(crate) fn read_offer(body: &[u8]) -> Option<Result<Offer, UnreadableOffer>> {
    let error = match serde_json::from_slice(body) {
        Ok(offer) => return Some(Ok(offer)),
        Err(error) => error,
    };
    raw::fields(body)?;
    Some(mended(body).ok_or_else(|| unreadable(0, body, error.to_string())))
}

/// Whether something in an id was replaced.
fn is_broken(id: &str) -> bool {
    id.contains(|character: char| character == '\u{FFFD}' || character.is_control())
}

fn unreadable(place: u32, item: &[u8], why: String) -> UnreadableOffer {
    let text = |name: &str| raw::field(item, name).and_then(mended::<String>);
    let mut hasher = DefaultHasher::new();
    item.hash(&mut hasher);
    UnreadableOffer {
        id: text("id").filter(|id| !id.is_empty() && !is_broken(id)),
        why,
        place,
        created: text("dateCreation").and_then(|created| ParisSecond::of_offer(&created)),
        content: hasher.finish(),
    }
}

fn mended<T: DeserializeOwned>(json: &[u8]) -> Option<T> {
    serde_json::from_slice(&raw::mended(json).0).ok()
}
