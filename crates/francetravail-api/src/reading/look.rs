//! What one answer showed, and how another goes on from there.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};

use crate::page::PAGE_SIZE;
use crate::paris::ParisSecond;
use crate::{Offer, Page};

/// What one answer showed.
pub(super) struct Look {
    pub(super) first: u32,
    pub(super) total: Option<u64>,
    pub(super) slots: Vec<Slot>,
    /// Why it is wrong by itself.
    pub(super) fault: Option<String>,
}

/// One offer of a page.
#[derive(Clone, Copy)]
pub(super) struct Slot {
    pub(super) key: u64,
    pub(super) created: Option<ParisSecond>,
}

/// How an answer goes on from another: they share some offers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Link {
    /// By how many places what both show has moved from the one to the other.
    pub(super) by: i64,
    /// By how much the total has changed.
    pub(super) change: i64,
    /// How many offers both show.
    pub(super) shared: usize,
    /// Whether both show the same wherever both look.
    pub(super) agrees: bool,
}

impl Look {
    /// What a page showed, with what is wrong with it, if anything.
    pub(super) fn at(page: &Page, fault: Option<String>) -> Self {
        Self { first: page.first, total: page.total, slots: slots(page), fault }
    }

    fn end(&self) -> u64 {
        u64::from(self.first) + self.slots.len() as u64
    }

    /// Whether a part ends here, as far as the answer itself tells: at a second, or where the list
    /// ends.
    pub(super) fn ends(&self, until: Option<ParisSecond>) -> bool {
        let is_short = self.slots.len() < PAGE_SIZE as usize;
        self.total.map_or(is_short, |total| self.end() >= total)
            || until.is_some_and(|second| self.reaches(second))
    }

    /// Whether an offer of that second, or an older one, is shown.
    pub(super) fn reaches(&self, second: ParisSecond) -> bool {
        self.slots.iter().any(|slot| slot.created.is_some_and(|created| created <= second))
    }

    /// How another answer goes on from here; none where they share nothing.
    pub(super) fn link(&self, next: &Self) -> Option<Link> {
        let places: HashMap<u64, i64> =
            (i64::from(next.first)..).zip(&next.slots).map(|(at, slot)| (slot.key, at)).collect();
        let moves = (i64::from(self.first)..)
            .zip(&self.slots)
            .filter_map(|(at, slot)| Some(places.get(&slot.key)? - at));
        let (shared, by) = moves.fold((0, None), |(count, _), by| (count + 1, Some(by)));
        let change = match (self.total, next.total) {
            (Some(before), Some(after)) => after.checked_signed_diff(before).unwrap_or(i64::MAX),
            _ => 0,
        };
        Some(Link { by: by?, change, shared, agrees: self.agrees_with(next) })
    }

    fn agrees_with(&self, next: &Self) -> bool {
        let offset = next.first.saturating_sub(self.first) as usize;
        let mut both = self.slots.iter().skip(offset).zip(&next.slots);
        both.all(|(one, other)| one.key == other.key) && self.end() <= next.end()
    }

    /// Whether its offers come newest first.
    pub(super) fn is_newest_first(&self) -> bool {
        self.slots.iter().all(|slot| slot.created.is_some())
            && self.slots.is_sorted_by(|newer, older| newer.created >= older.created)
    }
}

/// The offers of a page in their order, readable or not. One whose time cannot be read lies
/// where its neighbours lie.
fn slots(page: &Page) -> Vec<Slot> {
    let mut unreadable = page.unreadable.iter().peekable();
    let mut offers = page.offers.iter();
    let mut slots = Vec::with_capacity(page.len() as usize);
    for place in 0..page.len() {
        let slot = match unreadable.next_if(|offer| offer.place == place) {
            Some(offer) => Some(Slot {
                key: offer.id.as_deref().map_or(offer.content, key),
                created: offer.created,
            }),
            None => {
                offers.next().map(|offer| Slot { key: key_of(offer), created: offer.created() })
            }
        };
        slots.extend(slot);
    }
    if slots.iter().any(|slot| slot.created.is_none()) {
        let mut created = slots.iter().find_map(|slot| slot.created);
        for slot in &mut slots {
            slot.created = slot.created.or(created);
            created = slot.created;
        }
    }
    slots
}

fn key_of(offer: &Offer) -> u64 {
    offer.id().map_or_else(|| offer.content(), key)
}

fn key(id: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    id.hash(&mut hasher);
    hasher.finish()
}
