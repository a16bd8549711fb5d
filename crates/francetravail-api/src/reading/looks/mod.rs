//! What the answers about one part showed, and whether some of them make a chain.
//!
//! One answer goes on from another where both show the same offer. It is a link of a chain where
//! nothing has moved meanwhile: the next page begins with what this one ended with, and tells the
//! same total; or where what has moved shows in the totals, too, each of which a second answer
//! tells. Where a list moves on, a page is asked for again: two answers about the same page that
//! show nearly the same link what was there before with what is there now. An answer that is
//! wrong goes on from nothing, or nothing from it, and is no link of any chain.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use super::Tally;
use super::look::{Link, Look, Slot};
use crate::paris::ParisSecond;

/// So many pages that tell the same total are sure of it.
const SURE: usize = 3;

/// One in so many may come or go while a part is read, and a few.
const ROOM_SHARE: u64 = 10;
const FEW: u64 = 2;

/// The answers about one part, by the position of their first offer.
pub(super) struct Looks {
    /// The part ends before the offers of this second; without it, at the end of the list.
    until: Option<ParisSecond>,
    /// A total that another answer told.
    told: Option<u64>,
    by_first: BTreeMap<u32, Vec<Look>>,
    fault: Option<String>,
}

/// Answers that go on from each other, from the first offer of a part to its last.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Chain {
    /// What tells the offers of the part.
    pub(super) keys: HashSet<u64>,
    /// The seconds in which they were created.
    pub(super) seconds: BTreeSet<ParisSecond>,
    /// By how many places the list was seen to move.
    room: u64,
    /// The total that the last answer tells; of a part that ends before, the one that most tell.
    pub(super) total: Option<u64>,
    /// Whether so many answers tell it that no other need be asked.
    pub(super) is_sure: bool,
}

/// Where the answers do not make a chain.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Gap {
    /// The page to which they lead; none where they do not even begin.
    pub(super) after: Option<u32>,
    /// The pages that do not go on from each other.
    pub(super) between: BTreeSet<u32>,
}

/// An answer that is reached from the beginning, with the moves on the way there.
struct Reached<'a> {
    look: &'a Look,
    room: u64,
    way: Vec<&'a Look>,
}

impl Looks {
    /// No answer yet, about a part of which another answer told the total.
    pub(super) fn new(until: Option<ParisSecond>, told: Option<u64>) -> Self {
        Self { until, told, by_first: BTreeMap::new(), fault: None }
    }

    /// Adds an answer, unless it is wrong by itself; says whether the part ends there, as far as
    /// it tells.
    pub(super) fn add(&mut self, look: Look) -> bool {
        let ends = look.ends(self.until);
        let fault = match &look.fault {
            None if self.until.is_some() && !look.is_newest_first() => {
                Some("the offers do not come newest first".to_owned())
            }
            fault => fault.clone(),
        };
        let looks = self.by_first.entry(look.first).or_default();
        match fault {
            Some(_) => self.fault = fault,
            None => looks.push(look),
        }
        ends
    }

    /// Whether a page was asked for.
    pub(super) fn have(&self, first: u32) -> bool {
        self.by_first.contains_key(&first)
    }

    /// The pages that were asked for.
    pub(super) fn pages(&self) -> BTreeSet<u32> {
        self.by_first.keys().copied().collect()
    }

    /// What was wrong with an answer by itself, if anything.
    pub(super) fn fault(&self) -> Option<&str> {
        self.fault.as_deref()
    }

    /// The chain in which the list has moved least.
    pub(super) fn chain(&self) -> Result<Chain, Gap> {
        let mut before: Vec<Reached<'_>> = Vec::new();
        let mut after = None;
        let mut ends = Vec::new();
        for (first, looks) in &self.by_first {
            let here = self.reached(*first, looks, &before);
            if here.is_empty() {
                break;
            }
            after = Some(*first);
            let is_end = |one: &&Reached<'_>| self.is_end(one.look);
            ends.extend(here.iter().filter(is_end).map(|one| (one.room, one.way.clone())));
            before = here;
        }
        ends.sort_by_key(|(room, _)| *room);
        let mut chains = ends.iter().map(|(room, way)| self.chain_of(way, *room));
        let chain = chains.find(|chain| chain.adds_up(self.until));
        chain.ok_or_else(|| Gap { after, between: self.gaps(after) })
    }

    /// All answers as a chain, where they show just as many offers as all of them tell: then it
    /// does not matter in which order they come.
    pub(super) fn exactly_counted(&self) -> Option<Chain> {
        let all: Vec<_> = self.by_first.values().flatten().collect();
        let chain = self.chain_of(&all, 0);
        let is_steady = all.iter().all(|look| look.total == chain.total);
        let is_all = self.until.is_some() || chain.total == Some(chain.keys.len() as u64);
        let ends = all.iter().any(|look| self.is_end(look));
        (is_steady && is_all && ends).then_some(chain)
    }

    /// Those of the answers about a page that go on from answers about the page before.
    fn reached<'a>(
        &self,
        first: u32,
        looks: &'a [Look],
        before: &[Reached<'a>],
    ) -> Vec<Reached<'a>> {
        let mut reached: Vec<Reached<'a>> = looks
            .iter()
            .filter_map(|look| {
                let begin = (first == 0 && before.is_empty()).then_some((0, &[][..]));
                let on = before
                    .iter()
                    .filter_map(|one| Some((one.room + self.moves(one.look, look)?, &one.way[..])));
                let (room, way) = on.chain(begin).min_by_key(|(room, _)| *room)?;
                Some(Reached { look, room, way: [way, &[look]].concat() })
            })
            .collect();
        // Others that show nearly the same are reached by way of those.
        loop {
            let is_new = |look: &&Look| !reached.iter().any(|one| std::ptr::eq(one.look, *look));
            let by_way = looks.iter().filter(is_new).find_map(|look| {
                let on = reached
                    .iter()
                    .filter_map(|one| Some((one.room + same_page(one.look, look)?, &one.way[..])));
                let (room, way) = on.min_by_key(|(room, _)| *room)?;
                Some(Reached { look, room, way: [way, &[look]].concat() })
            });
            match by_way {
                Some(one) => reached.push(one),
                None => return reached,
            }
        }
    }

    /// By how many places the list has moved between two answers, where the one is a link to the
    /// other.
    fn moves(&self, one: &Look, next: &Look) -> Option<u64> {
        let Link { by, change, agrees, .. } = one.link(next)?;
        let is_still = by == 0 && agrees;
        let is_explained = is_still || (by == change && by != 0);
        let is_vouched = change == 0 || (self.is_vouched(one) && self.is_vouched(next));
        (is_explained && is_vouched).then_some(by.unsigned_abs())
    }

    /// Whether the part ends with an answer: at its second, or where the list ends by an answer
    /// about another page, too, should there be one.
    fn is_end(&self, look: &Look) -> bool {
        self.until.is_some_and(|second| look.reaches(second))
            || (look.ends(None)
                && (look.total.is_none() || self.by_first.len() == 1 || self.is_vouched(look)))
    }

    /// Whether an answer about another page tells the same total.
    fn is_vouched(&self, look: &Look) -> bool {
        look.total == self.told
            || self.looks().any(|other| other.first != look.first && other.total == look.total)
    }

    /// The pages that do not go on from each other, and those at which the chain breaks off.
    fn gaps(&self, after: Option<u32>) -> BTreeSet<u32> {
        let mut gaps: BTreeSet<u32> = after.into_iter().collect();
        let breaks_at =
            self.by_first.keys().find(|first| after.is_none_or(|after| **first > after)).copied();
        gaps.extend(breaks_at);
        for (one, next) in self.by_first.iter().zip(self.by_first.iter().skip(1)) {
            let goes_on =
                one.1.iter().any(|look| next.1.iter().any(|next| self.moves(look, next).is_some()));
            if !goes_on {
                gaps.extend([*one.0, *next.0]);
            }
        }
        gaps
    }

    fn chain_of(&self, way: &[&Look], room: u64) -> Chain {
        let belongs = |slot: &&Slot| match (self.until, slot.created) {
            (Some(until), Some(created)) => created > until,
            _ => true,
        };
        let slots = || way.iter().flat_map(|look| &look.slots).filter(belongs);
        let totals = || way.iter().filter_map(|look| look.total);
        let tellers = |total: &u64| totals().filter(|other| other == total).count();
        let last = way.last().and_then(|look| look.total).filter(|_| self.until.is_none());
        let total = last.or_else(|| totals().max_by_key(tellers));
        Chain {
            keys: slots().map(|slot| slot.key).collect(),
            seconds: slots().filter_map(|slot| slot.created).collect(),
            room,
            total,
            is_sure: total.is_some_and(|total| tellers(&total) >= SURE),
        }
    }

    fn looks(&self) -> impl Iterator<Item = &Look> {
        self.by_first.values().flatten()
    }
}

impl Chain {
    /// How many different offers the part has.
    pub(super) fn count(&self) -> u64 {
        self.keys.len() as u64
    }

    /// Whether so many different offers are there as the answers say, as near as what was seen to
    /// move leaves it.
    fn adds_up(&self, until: Option<ParisSecond>) -> bool {
        self.room <= self.count() / ROOM_SHARE + FEW
            && (until.is_some() || self.total.is_none_or(|total| self.tally().is(total, 0)))
    }

    /// The same, with room for what was seen to move.
    pub(super) fn tally(&self) -> Tally {
        Tally { offers: self.count(), room: self.room }
    }
}

/// By how many places the list has moved between two answers about the same page that show nearly
/// the same.
fn same_page(one: &Look, other: &Look) -> Option<u64> {
    let Link { by, shared, .. } = one.link(other)?;
    let most = one.slots.len().max(other.slots.len());
    (shared * 3 >= most * 2).then_some(by.unsigned_abs())
}

#[cfg(test)]
mod tests;
