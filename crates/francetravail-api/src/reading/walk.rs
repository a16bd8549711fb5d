//! From the newest offer to the oldest, by windows of creation time.
//!
//! The last page that a window shows tells its oldest reachable offer, and with it where the next
//! window ends; how many the next window lists tells how many lie between. So no call is spent on
//! guessing, and windows far in the past, which only shrink, are cut on a creation time, which
//! never changes.

use futures::future::BoxFuture;
use futures::{FutureExt, Stream, TryStreamExt, stream};

use super::chain::{Part, last_regular_start};
use super::partition::{Counted, Partition, Work};
use super::query::{MOST, Query, Window};
use super::{ATTEMPTS, Answer, Ended, Reader, Tally};
use crate::Offer;
use crate::paris::ParisSecond;

/// How many parts are read at a time, so that the end of one does not idle the allowance.
const PARTS_AT_A_TIME: usize = 4;

/// A window with its last page.
pub(super) struct Seen {
    query: Query,
    window: Window,
    answer: Answer,
}

impl Reader<'_> {
    /// Reads a query that lists more than can be reached, of which `total` is the count.
    pub(super) async fn read_long(&self, query: &Query, total: u64) -> Result<(), Ended> {
        let window = query.window().unwrap_or_else(Window::all_time);
        let seen = self.look(query, window).await?;
        self.check_window(query, &seen, total).await?;
        let query = self.with_margin(query.clone(), &seen).await?;
        self.walk(&query, seen, 0).await.map(drop)
    }

    /// Reads a window, and says how many offers that were. `depth` counts how often a partition
    /// that turned out too long has become a window of its own.
    pub(super) fn walk<'a>(
        &'a self,
        query: &'a Query,
        seen: Seen,
        depth: u32,
    ) -> BoxFuture<'a, Result<Tally, Ended>> {
        self.stretches(query, seen)
            .map_ok(move |partition| self.read_stretch(query, partition, depth))
            .try_buffer_unordered(PARTS_AT_A_TIME)
            .try_fold(Tally::default(), async |sum, tally| Ok(sum.and(tally)))
            .boxed()
    }

    /// The stretches of a window, found one by one.
    fn stretches<'a>(
        &'a self,
        query: &'a Query,
        seen: Seen,
    ) -> impl Stream<Item = Result<Partition, Ended>> + Send + 'a {
        stream::try_unfold(Some(seen), async |seen| match seen {
            Some(seen) => self.next_stretch(query, seen).await.map(Some),
            None => Ok(None),
        })
    }

    async fn next_stretch(
        &self,
        query: &Query,
        seen: Seen,
    ) -> Result<(Partition, Option<Seen>), Ended> {
        let window = seen.window;
        let rest = match seen.cut() {
            Cut::Nowhere => None,
            Cut::Before(second) => Some(window.up_to(second)),
            Cut::WithinTheLastSecond => window.before(window.latest),
            Cut::Unknown => window.halves().map(|(older, _)| older),
        };
        let rest = match rest {
            Some(rest) => Some(self.look(query, rest).await?),
            None => None,
        };
        let beyond = rest.as_ref().map(Seen::counted);
        let whole = seen.counted();
        let work = match (seen.cut(), window.halves()) {
            (Cut::Nowhere, _) => seen.into_part(whole.total, None),
            (Cut::Before(second), _) => {
                // One more, to see where they end.
                let listed_beyond = beyond.as_ref().map_or(0, |beyond| beyond.total);
                seen.into_part(1 + whole.total.saturating_sub(listed_beyond), Some(second))
            }
            (Cut::Unknown, Some((_, newer))) => Work::Window(newer),
            (Cut::Unknown | Cut::WithinTheLastSecond, _) => {
                Work::Crowded(query.within(window.last_second()))
            }
        };
        Ok((Partition { work, whole, beyond }, rest))
    }

    /// The last page that a window shows. That nothing is listed has to be said twice.
    pub(super) async fn look(&self, query: &Query, window: Window) -> Result<Seen, Ended> {
        let query = query.within(window);
        let mut attempt = 1;
        loop {
            let answer = self.answer(&query, last_regular_start()).await?;
            let is_good = answer.fault.is_none()
                && (answer.page.total != Some(0) || self.count(&query).await? == Some(0));
            if is_good || attempt == ATTEMPTS {
                if let Some(fault) = &answer.fault {
                    self.doubt(fault.clone());
                }
                return Ok(Seen { query, window, answer });
            }
            attempt += 1;
        }
    }

    /// Whether the bounds of a window belong to it is not documented. A window of one second in
    /// which an offer is known to lie tells; where it is empty, windows are sent a second wider,
    /// and what comes twice is delivered once.
    async fn with_margin(&self, query: Query, seen: &Seen) -> Result<Query, Ended> {
        let Some(second) = seen.answer.page.offers.last().and_then(Offer::created) else {
            return Ok(query);
        };
        let narrow = query.within(Window { earliest: second, latest: second });
        for _ in 0..ATTEMPTS {
            if self.count(&narrow).await?.is_some_and(|total| total > 0) {
                return Ok(query);
            }
        }
        Ok(query.with_margin(1))
    }

    /// Whether the widest window lists all that the query lists without one. Counts that are
    /// asked for again settle it where they agree with each other and with a page.
    async fn check_window(&self, query: &Query, seen: &Seen, total: u64) -> Result<(), Ended> {
        let told = [total, seen.counted().total];
        let (mut all, mut within) = (told[0], told[1]);
        for _ in 0..ATTEMPTS {
            if all == within && told.contains(&all) {
                return Ok(());
            }
            all = self.count(query).await?.unwrap_or(told[0]);
            within = self.count(&seen.query).await?.unwrap_or(told[1]);
        }
        self.doubt(match all.checked_sub(within) {
            Some(outside @ 1..) => {
                format!("{outside} offers are not listed under any creation date")
            }
            _ => format!("{} offers are listed, and {} in the widest window", told[0], told[1]),
        });
        Ok(())
    }
}

/// Where a window can be cut.
enum Cut {
    /// All of it can be reached, or nothing that it shows can be relied on.
    Nowhere,
    /// Everything that is newer than this second can be reached.
    Before(ParisSecond),
    /// The last second alone holds more than can be reached.
    WithinTheLastSecond,
    /// The order does not tell.
    Unknown,
}

impl Seen {
    fn counted(&self) -> Counted {
        Counted { query: self.query.clone(), total: self.answer.page.total.unwrap_or_default() }
    }

    fn cut(&self) -> Cut {
        let page = &self.answer.page;
        if page.total.is_none_or(|total| total <= MOST) || self.answer.fault.is_some() {
            return Cut::Nowhere;
        }
        match page.offers.last().and_then(Offer::created) {
            Some(oldest) if page.is_newest_first() => {
                if oldest < self.window.latest {
                    Cut::Before(oldest)
                } else {
                    Cut::WithinTheLastSecond
                }
            }
            _ => Cut::Unknown,
        }
    }

    fn into_part(self, expected: u64, until: Option<ParisSecond>) -> Work {
        let told = self.answer.page.total;
        let part = Part { query: self.query, expected, until, told };
        Work::Part { part, window: self.window, held: Some(self.answer) }
    }
}
