//! One part, read as a chain of pages whose links prove that none of its offers was missed.
//!
//! Positions shift while one reads: an offer that leaves moves all that follow it up by one, so
//! that the next page begins one offer too late. Neighbouring pages therefore overlap. When some
//! offer is on both, whatever followed it on the first page is on the second or after it, because
//! the order itself (by creation time, which never changes) is stable. So a chain of linked pages
//! that begins at position 0 and reaches the end holds every offer that was listed all the time.
//! Where two pages are not linked, a page in between is read.

use std::collections::HashSet;

use futures::{StreamExt, stream};

use super::query::{MOST, Query};
use super::{ATTEMPTS, Ended, PAGES_AHEAD, Reader};
use crate::page::PAGE_SIZE;
use crate::paris::ParisSecond;
use crate::{Offer, Page};

/// From the start of one page to the start of the next: they share one offer.
const STEP: u32 = PAGE_SIZE - 1;
/// The last position at which a page may start (measured).
const LAST_START: u32 = 3000;

/// Offers that one query reaches.
pub(super) struct Part {
    pub(super) query: Query,
    /// How many there probably are.
    pub(super) expected: u64,
    /// The part ends before the offers of this second; without it, at the end of the list.
    pub(super) until: Option<ParisSecond>,
    /// A page that was read already.
    pub(super) held: Page,
}

/// Where the last regular page of a query that reaches the limit starts.
pub(super) fn last_regular_start() -> u32 {
    LAST_START / STEP * STEP
}

impl Reader<'_> {
    /// Reads a query to the end of its list.
    pub(super) async fn read_whole(
        &self,
        query: Query,
        expected: u64,
        held: Page,
    ) -> Result<(), Ended> {
        self.read_part(Part { query, expected, until: None, held }).await
    }

    /// Reads a part, several times where it does not hold together.
    pub(super) async fn read_part(&self, mut part: Part) -> Result<(), Ended> {
        let mut held = Some(std::mem::replace(&mut part.held, no_page()));
        let mut broken = String::new();
        for _ in 0..ATTEMPTS {
            match self.read_chain(&part, held.take()).await? {
                Chain::Whole => return Ok(()),
                Chain::Broken(why) => broken = why,
            }
        }
        self.doubt(format!("{}: {broken}", part.query));
        Ok(())
    }

    async fn read_chain(&self, part: &Part, held: Option<Page>) -> Result<Chain, Ended> {
        let (planned, further): (Vec<_>, Vec<_>) =
            starts().partition(|start| *start == 0 || u64::from(*start) + 1 < part.expected);
        let mut held = held;
        let mut take = move |start| held.take_if(|page| page.first == start);
        let planned = planned.into_iter().map(|start| (start, take(start))).collect::<Vec<_>>();
        let read = |(start, held): (u32, Option<Page>)| async move {
            let Some(page) = held else {
                // The semaphore is never closed, so there is room in the end.
                let room = self.room.acquire().await.ok();
                return self.page(&part.query, start).await.map(|page| (page, room));
            };
            Ok((page, None))
        };
        let planned = stream::iter(planned).map(read).buffered(PAGES_AHEAD);
        let further = stream::iter(further).map(|start| (start, None)).then(read);
        let mut pages = Box::pin(planned.chain(further));

        let mut previous: Option<Ids> = None;
        while let Some(page) = pages.next().await {
            let (page, room) = page?;
            if part.until.is_some() && !page.is_newest_first() {
                return Ok(Chain::Broken("the offers do not come newest first".to_owned()));
            }
            let ids = Ids::of(&page);
            if let Some(previous) = previous.filter(|previous| !previous.is_linked_to(&ids)) {
                match self.mend(part, &previous, page.first, &ids).await? {
                    Mended::Linked => {}
                    Mended::ReachedEnd => return Ok(Chain::Whole),
                    Mended::Not => {
                        let why = "the list changed too fast to be read";
                        return Ok(Chain::Broken(why.to_owned()));
                    }
                }
            }
            let reached_end = part.is_ended_by(&page);
            self.deliver(page.offers).await?;
            drop(room);
            if reached_end {
                return Ok(Chain::Whole);
            }
            previous = Some(ids);
        }
        Ok(Chain::Broken(format!("more than the {MOST} offers that can be reached")))
    }

    /// Reads a page between two that are not linked, half before and half after the gap.
    async fn mend(
        &self,
        part: &Part,
        before: &Ids,
        start: u32,
        after: &Ids,
    ) -> Result<Mended, Ended> {
        for _ in 0..ATTEMPTS {
            let page = self.page(&part.query, start.saturating_sub(PAGE_SIZE / 2)).await?;
            let ids = Ids::of(&page);
            let linked = before.is_linked_to(&ids);
            let (reached_end, goes_on) = (part.is_ended_by(&page), ids.is_linked_to(after));
            self.deliver(page.offers).await?;
            if linked && reached_end {
                return Ok(Mended::ReachedEnd);
            }
            if linked && goes_on {
                return Ok(Mended::Linked);
            }
        }
        Ok(Mended::Not)
    }
}

impl Part {
    fn is_ended_by(&self, page: &Page) -> bool {
        let is_short = page.offers.len() < PAGE_SIZE as usize;
        page.reaches_end()
            || (page.total.is_none() && is_short)
            || self.until.is_some_and(|second| page.reaches(second))
    }
}

enum Chain {
    Whole,
    Broken(String),
}

enum Mended {
    Linked,
    ReachedEnd,
    Not,
}

/// Every position at which a page may start, each page sharing an offer with the next.
fn starts() -> impl Iterator<Item = u32> {
    (0..=LAST_START).step_by(STEP as usize).chain([LAST_START])
}

fn no_page() -> Page {
    Page { first: u32::MAX, total: None, offers: Vec::new(), counts: Vec::new(), stated_end: None }
}

/// The ids on a page.
struct Ids(HashSet<Box<str>>);

impl Ids {
    fn of(page: &Page) -> Self {
        Self(page.offers.iter().filter_map(Offer::id).map(Box::from).collect())
    }

    fn is_linked_to(&self, next: &Self) -> bool {
        !self.0.is_disjoint(&next.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_overlap_and_reach_the_last_position() {
        let starts: Vec<_> = starts().collect();
        assert!(starts.windows(2).all(|pair| pair[1] < pair[0] + PAGE_SIZE));
        assert_eq!(u64::from(starts.last().unwrap() + PAGE_SIZE), MOST);
        assert!(starts.contains(&last_regular_start()));
    }
}
