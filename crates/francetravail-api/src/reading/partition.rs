//! A partition of a window, and whether it adds up: what was read of it, with what is listed beyond
//! it, has to be what the whole window lists.
//!
//! So each total has two witnesses at least. The answers about a window tell it, and those about
//! the window that it is a part of tell it too: by what they list, less what was read of them.

use super::chain::{Broken, Part};
use super::query::{Query, Window};
use super::{ATTEMPTS, Answer, Ended, Reader, Tally};

/// How often a partition that turns out longer than can be reached becomes a window of its own.
const DEEPEST: u32 = 3;

/// A piece of a window, from its newest offer on.
pub(super) struct Partition {
    pub(super) work: Work,
    pub(super) whole: Counted,
    /// What is older than this partition.
    pub(super) beyond: Option<Counted>,
}

/// A query, and how much it lists, as far as it was asked.
pub(super) struct Counted {
    pub(super) query: Query,
    pub(super) total: u64,
}

/// How a partition is read.
pub(super) enum Work {
    /// As one part, of which a page was read already.
    Part { part: Part, window: Window, held: Option<Answer> },
    /// One second with more offers than a query reaches.
    Crowded(Query),
    /// As a window of its own.
    Window(Window),
}

impl Reader<'_> {
    /// Reads a partition until it adds up.
    pub(super) async fn read_stretch(
        &self,
        query: &Query,
        mut partition: Partition,
        mut depth: u32,
    ) -> Result<Tally, Ended> {
        let mut why = String::new();
        for _ in 0..ATTEMPTS {
            let mut read = self.work(query, &mut partition, depth).await?;
            if let (Err(Broken::BeyondReach), Some(window)) = (&read, partition.own_window())
                && depth < DEEPEST
            {
                // It has grown, or an answer was wrong about where it ends.
                depth += 1;
                partition.work = Work::Window(window);
                read = self.work(query, &mut partition, depth).await?;
            }
            why = match read {
                Ok(tally) => {
                    let Partition { whole, beyond, .. } = &mut partition;
                    if self.adds_up(tally, whole, beyond.as_mut()).await? {
                        return Ok(tally);
                    }
                    partition.told(tally)
                }
                Err(broken) => {
                    why = format!("{}: {broken}", partition.whole.query);
                    break;
                }
            };
            if self.has_doubts() {
                break;
            }
        }
        self.doubt(why);
        Ok(Tally::default())
    }

    async fn work(
        &self,
        query: &Query,
        partition: &mut Partition,
        depth: u32,
    ) -> Result<Result<Tally, Broken>, Ended> {
        match &mut partition.work {
            Work::Part { part, held, .. } => {
                let chain = self.read_part(part, held.take()).await?;
                Ok(chain.map(|chain| {
                    if let Some(total) = chain.total.filter(|_| chain.is_sure) {
                        partition.whole.total = total;
                    }
                    chain.tally()
                }))
            }
            Work::Crowded(query) => self.read_crowded(query).await.map(Ok),
            Work::Window(window) => {
                let seen = self.look(query, *window).await?;
                self.walk(query, seen, depth).await.map(Ok)
            }
        }
    }

    /// Whether what was read and what is listed beyond it add up to the whole. Where they do not,
    /// both are asked for again; what then is told of the whole counts where it was told before.
    pub(super) async fn adds_up(
        &self,
        tally: Tally,
        whole: &mut Counted,
        mut beyond: Option<&mut Counted>,
    ) -> Result<bool, Ended> {
        let told = whole.total;
        let mut is_vouched = true;
        for attempt in 0..=ATTEMPTS {
            let rest = beyond.as_ref().map_or(0, |beyond| beyond.total);
            if is_vouched && tally.is(whole.total, rest) {
                return Ok(true);
            }
            if let Some(beyond) = &mut beyond {
                beyond.total = self.count(&beyond.query).await?.unwrap_or(beyond.total);
            }
            let before = whole.total;
            whole.total = self.count(&whole.query).await?.unwrap_or(told);
            is_vouched =
                (attempt > 0 && whole.total == before) || whole.total.abs_diff(told) <= tally.room;
        }
        Ok(false)
    }
}

impl Partition {
    /// The window that holds just this partition, where it is read as one part.
    fn own_window(&self) -> Option<Window> {
        match &self.work {
            Work::Part { part, window, .. } => Some(
                part.until.map_or(*window, |until| Window { earliest: until.plus(1), ..*window }),
            ),
            Work::Crowded(_) | Work::Window(_) => None,
        }
    }

    fn told(&self, tally: Tally) -> String {
        let Counted { query, total } = &self.whole;
        let beyond = self.beyond.as_ref().map_or(0, |beyond| beyond.total);
        let read = tally.offers;
        format!("{query}: {read} offers were read, of {total} less {beyond} that are older")
    }
}

impl Tally {
    /// Whether it is what a whole lists less a rest, as near as can be told.
    pub(super) fn is(self, whole: u64, rest: u64) -> bool {
        let read = u128::from(rest) + u128::from(self.offers);
        u128::from(whole).abs_diff(read) <= u128::from(self.room)
    }

    pub(super) fn and(self, other: Self) -> Self {
        Self {
            offers: self.offers.saturating_add(other.offers),
            room: self.room.saturating_add(other.room),
        }
    }
}
