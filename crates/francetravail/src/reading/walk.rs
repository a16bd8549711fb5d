//! From the newest offer to the oldest, by windows of creation time.
//!
//! The last page that a window shows tells its oldest reachable offer, and with it where the next
//! window ends; how many the next window lists tells how many lie between. So no call is spent on
//! guessing, and windows far in the past, which only shrink, are cut on a creation time, which
//! never changes.

use futures::{Stream, TryStreamExt, stream};
use jiff::Timestamp;

use super::chain::{Part, last_regular_start};
use super::query::{MOST, Query, Window};
use super::{Ended, Reader};
use crate::paris::{AHEAD_S, ParisSecond};
use crate::{Offer, Page};

/// Older than any offer.
const FIRST_YEAR: i16 = 2000;
/// How many parts are read at a time, so that the end of one does not idle the allowance.
const PARTS_AT_A_TIME: usize = 4;

/// Where a walk stands: the windows still to read, the newest last, and what was seen of it.
struct Walk {
    windows: Vec<Window>,
    seen: Option<Seen>,
}

/// A window with its last page.
struct Seen {
    query: Query,
    window: Window,
    page: Page,
}

enum Stretch {
    Part(Part),
    /// One second with more offers than a query reaches.
    Crowded(Query),
}

impl Reader<'_> {
    /// Reads a query that lists more than can be reached, of which `total` is the count.
    pub(super) async fn walk(&self, query: Query, total: u64) -> Result<(), Ended> {
        let window = query.window().unwrap_or_else(all_time);
        let seen = self.look(&query, window).await?;
        self.check_window(&query, &seen, total).await?;
        let query = self.with_margin(query, &seen).await?;
        let walk = Walk { windows: vec![window], seen: Some(seen) };
        self.stretches(&query, walk)
            .map_ok(|stretch| self.read_stretch(stretch))
            .try_buffer_unordered(PARTS_AT_A_TIME)
            .try_collect::<()>()
            .await
    }

    async fn read_stretch(&self, stretch: Stretch) -> Result<(), Ended> {
        match stretch {
            Stretch::Part(part) => self.read_part(part).await,
            Stretch::Crowded(query) => self.read_crowded(query).await,
        }
    }

    /// The parts of a query, found one by one.
    fn stretches<'a>(
        &'a self,
        query: &'a Query,
        walk: Walk,
    ) -> impl Stream<Item = Result<Stretch, Ended>> + 'a {
        stream::try_unfold(walk, async |walk| self.next_stretch(query, walk).await)
    }

    async fn next_stretch(
        &self,
        query: &Query,
        mut walk: Walk,
    ) -> Result<Option<(Stretch, Walk)>, Ended> {
        while let Some(window) = walk.windows.pop() {
            let seen = match walk.seen.take() {
                Some(seen) => seen,
                None => self.look(query, window).await?,
            };
            let total = seen.page.total.unwrap_or_default();
            if total == 0 {
                continue;
            }
            if total <= MOST {
                return Ok(Some((seen.whole(total), walk)));
            }
            match seen.cut() {
                Cut::Before(second) => {
                    let rest = window.up_to(second);
                    let next = self.look(query, rest).await?;
                    // One more, to see where they end.
                    let expected = 1 + total.saturating_sub(next.page.total.unwrap_or_default());
                    walk.windows.push(rest);
                    walk.seen = Some(next);
                    let Seen { query, page: held, .. } = seen;
                    let part = Part { query, expected, until: Some(second), held };
                    return Ok(Some((Stretch::Part(part), walk)));
                }
                Cut::WithinTheLastSecond => {
                    walk.windows.extend(window.before(window.latest));
                    let crowded = query.within(window.last_second());
                    return Ok(Some((Stretch::Crowded(crowded), walk)));
                }
                Cut::Unknown => match window.halves() {
                    Some((older, newer)) => walk.windows.extend([older, newer]),
                    None => {
                        return Ok(Some((Stretch::Crowded(query.within(window)), walk)));
                    }
                },
                Cut::Impossible => {
                    self.doubt(format!("{}: the bounds are ignored", seen.query));
                    return Ok(None);
                }
            }
        }
        Ok(None)
    }

    /// Whether the bounds of a window belong to it is not documented. A window of one second in
    /// which an offer is known to lie tells; where it is empty, windows are sent a second wider,
    /// and what comes twice is delivered once.
    async fn with_margin(&self, query: Query, seen: &Seen) -> Result<Query, Ended> {
        let Some(second) = seen.page.offers.last().and_then(Offer::created) else {
            return Ok(query);
        };
        let narrow = query.within(Window { earliest: second, latest: second });
        let found = self.client.page(&narrow.pairs(), 0, 0).await?;
        Ok(if found.offers.is_empty() { query.with_margin(1) } else { query })
    }

    /// The last page that a window shows.
    async fn look(&self, query: &Query, window: Window) -> Result<Seen, Ended> {
        let query = query.within(window);
        let page = self.page(&query, last_regular_start()).await?;
        Ok(Seen { query, window, page })
    }

    /// Whether the widest window lists all that the query lists without one.
    async fn check_window(&self, query: &Query, seen: &Seen, total: u64) -> Result<(), Ended> {
        let within = seen.page.total.unwrap_or_default();
        if within >= total {
            return Ok(());
        }
        let again = self.page(query, 0).await?.total.unwrap_or(total);
        if within < total.min(again) {
            let outside = total.min(again) - within;
            self.doubt(format!("{outside} offers are not listed under any creation date"));
        }
        Ok(())
    }
}

/// Where a window that lists too much can be cut.
enum Cut {
    /// Everything that is newer than this second can be reached.
    Before(ParisSecond),
    /// The last second alone holds more than can be reached.
    WithinTheLastSecond,
    /// The order does not tell.
    Unknown,
    /// The service does not keep to the window.
    Impossible,
}

impl Seen {
    fn cut(&self) -> Cut {
        let created = || self.page.offers.iter().filter_map(Offer::created);
        let sent = self.query.sent_window().unwrap_or(self.window);
        if created().any(|second| second < sent.earliest || second > sent.latest) {
            return Cut::Impossible;
        }
        match self.page.offers.last().and_then(Offer::created) {
            Some(oldest) if self.page.is_newest_first() => {
                if oldest < self.window.latest {
                    Cut::Before(oldest)
                } else {
                    Cut::WithinTheLastSecond
                }
            }
            _ => Cut::Unknown,
        }
    }

    fn whole(self, total: u64) -> Stretch {
        let Self { query, page, .. } = self;
        Stretch::Part(Part { query, expected: total, until: None, held: page })
    }
}

fn all_time() -> Window {
    Window {
        earliest: ParisSecond::new_year(FIRST_YEAR),
        latest: ParisSecond::at(Timestamp::now()).plus(AHEAD_S),
    }
}
