//! Passing on what was read, each offer once.

use std::collections::BTreeMap;
use std::sync::{MutexGuard, PoisonError};

use super::seen::SeenIds;
use super::{Ended, ReadEvent, Reader, Reading};
use crate::{Offer, Page, UnreadableOffer};

/// What was passed on, and what waits until the end: an offer that could not be read may be read
/// yet, from another answer.
#[derive(Default)]
pub(super) struct Delivered {
    seen: SeenIds,
    unreadable: BTreeMap<String, UnreadableOffer>,
    total: Option<u64>,
    count: u64,
}

impl Reader<'_> {
    /// Says how many offers there are, unless that was said.
    pub(super) async fn tell_total(&self, total: u64) -> Result<(), Ended> {
        {
            let mut delivered = self.delivered();
            if delivered.total == Some(total) {
                return Ok(());
            }
            delivered.total = Some(total);
        }
        self.send(ReadEvent::Total(total)).await
    }

    /// Delivers the offers of a page that were not delivered before, and that the user asked for.
    pub(super) async fn deliver(&self, page: Page) -> Result<(), Ended> {
        let Page { mut offers, unreadable, mended, .. } = page;
        if mended > 0 {
            tracing::warn!(offers = mended, "what is no text was replaced in offers of a page");
        }
        {
            let mut delivered = self.delivered();
            offers.retain(|offer| self.outer.admits(offer) && delivered.is_new(offer));
            delivered.count += offers.len() as u64;
            for offer in unreadable {
                delivered.unreadable.entry(name(&offer)).or_insert(offer);
            }
        }
        if let Some(offer) = offers.iter().find(|offer| offer.id().is_none()) {
            tracing::warn!(?offer, "an offer has no id");
            self.doubt("an offer has no id".to_owned());
        }
        if offers.is_empty() { Ok(()) } else { self.send(ReadEvent::Offers(offers)).await }
    }

    /// Delivers what could not be read in any answer.
    pub(super) async fn deliver_unreadable(&self) -> Result<(), Ended> {
        let unreadable: Vec<_> = {
            let mut delivered = self.delivered();
            let all = std::mem::take(&mut delivered.unreadable);
            let is_new = |offer: &UnreadableOffer| {
                offer.id.as_deref().is_none_or(|id| delivered.seen.is_new(id))
            };
            let rest: Vec<_> = all.into_values().filter(is_new).collect();
            delivered.count += rest.len() as u64;
            rest
        };
        let nameless = unreadable.iter().filter(|offer| offer.id.is_none()).count();
        if nameless > 0 {
            self.doubt(format!("{nameless} offers could not be read, and have no id"));
        }
        if unreadable.is_empty() {
            return Ok(());
        }
        self.send(ReadEvent::Unreadable(unreadable)).await
    }

    pub(super) fn into_reading(self) -> Reading {
        let unlocked = PoisonError::into_inner;
        let Delivered { total, count, .. } = self.delivered.into_inner().unwrap_or_else(unlocked);
        let doubts = self.doubts.into_inner().unwrap_or_else(PoisonError::into_inner);
        Reading { doubts, total, delivered: count }
    }

    async fn send(&self, delivery: ReadEvent) -> Result<(), Ended> {
        self.deliveries.send(delivery).await.map_err(|_| Ended::ReceiverDropped)
    }

    fn delivered(&self) -> MutexGuard<'_, Delivered> {
        self.delivered.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Delivered {
    fn is_new(&mut self, offer: &Offer) -> bool {
        match offer.id() {
            Some(id) => self.seen.is_new(id),
            None => self.seen.is_new(&nameless(offer.content())),
        }
    }
}

fn name(offer: &UnreadableOffer) -> String {
    offer.id.clone().unwrap_or_else(|| nameless(offer.content))
}

/// What an offer is remembered by that has no id.
fn nameless(content: u64) -> String {
    format!("#{content:016x}")
}
