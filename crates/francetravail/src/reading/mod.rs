//! Reading everything that a search lists, with proof that nothing is missing.
//!
//! A search shows 150 offers at a time and 3,150 in all. What it lists beyond that is read by
//! windows of creation time, from the newest to the oldest ([`walk`]); a window that fits is read
//! as a chain of pages ([`chain`]); a single second that does not fit is divided by what an offer
//! always has ([`crowded`]).

mod chain;
mod crowded;
mod query;
mod ranged;
mod seen;
mod task;
mod walk;

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::{Semaphore, mpsc};

use crate::page::PAGE_SIZE;
use crate::{Client, Error, Offer, Page, Search};
use query::Query;
use seen::SeenIds;

/// How often an answer that contradicts itself, or a part that does not hold together, is read.
const ATTEMPTS: u32 = 3;

/// How many pages of one list are read at a time.
const PAGES_AHEAD: usize = 8;
/// How many pages of all parts are asked for, or wait for those before them: enough for the allowance
/// where an answer takes a second and a half, and a bound on memory.
const PAGES_IN_HAND: usize = 16;

/// What a reading sends on.
#[derive(Clone, Debug, PartialEq)]
pub enum Delivery {
    /// How many offers the service lists, as it says at the beginning.
    Total(u64),
    /// Offers; none is delivered twice.
    Offers(Vec<Offer>),
}

/// What is known of a reading that came to its end.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reading {
    /// Why it may not be the whole. Without doubts, every offer that was listed during all of the
    /// reading was delivered.
    pub doubts: Vec<String>,
}

impl Client {
    /// Reads every offer that a search lists, or those of its `range`, and delivers them as they
    /// come. A closed channel ends the reading.
    pub async fn read(
        &self,
        search: &Search,
        deliveries: mpsc::Sender<Delivery>,
    ) -> Result<Reading, Error> {
        let reader = Reader {
            client: self,
            deliveries,
            seen: Mutex::default(),
            doubts: Mutex::default(),
            miscounts: AtomicBool::new(false),
            room: Semaphore::new(PAGES_IN_HAND),
        };
        let result = match search.parameters().range {
            Some(range) => reader.read_range(&search.pairs(), range).await,
            None => reader.read_everything(Query::of(search)).await,
        };
        match result {
            Ok(()) | Err(Ended::NobodyListens) => Ok(Reading { doubts: reader.into_doubts() }),
            Err(Ended::Failed(error)) => Err(error),
        }
    }
}

/// Why a reading ends before its end.
enum Ended {
    Failed(Error),
    NobodyListens,
}

impl From<Error> for Ended {
    fn from(error: Error) -> Self {
        Self::Failed(error)
    }
}

/// One reading under way.
struct Reader<'a> {
    client: &'a Client,
    deliveries: mpsc::Sender<Delivery>,
    seen: Mutex<SeenIds>,
    doubts: Mutex<Vec<String>>,
    /// Whether counts were found that do not add up.
    miscounts: AtomicBool,
    /// For pages in hand. The pages of a part ask for it in their order, so that the one that the
    /// others wait for is never without.
    room: Semaphore,
}

impl Reader<'_> {
    async fn read_everything(&self, query: Query) -> Result<(), Ended> {
        let first = self.page(&query, 0).await?;
        let Some(total) = first.total else {
            self.doubt("the service does not say how many offers match".to_owned());
            return self.read_whole(query, u64::from(PAGE_SIZE), first).await;
        };
        self.send(Delivery::Total(total)).await?;
        if total <= query::MOST {
            self.read_whole(query, total, first).await
        } else {
            self.walk(query, total).await
        }
    }

    /// A page of 150. An answer that contradicts itself is asked for again; when it insists, it
    /// is taken with a doubt.
    async fn page(&self, query: &Query, first: u32) -> Result<Page, Error> {
        let pairs = query.pairs();
        let (client, width) = (self.client.clone(), PAGE_SIZE - 1);
        // Counts that insist on being wrong are doubted once; asking on would change nothing.
        let miscounts = self.miscounts.load(Ordering::Relaxed);
        let wrong = move |page: &Page| {
            page.contradiction().or_else(|| page.miscount().filter(|_| !miscounts))
        };
        let read = task::spawned(async move {
            let mut page = client.page(&pairs, first, first + width).await?;
            for _ in 1..ATTEMPTS {
                if wrong(&page).is_none() {
                    break;
                }
                page = client.page(&pairs, first, first + width).await?;
            }
            Ok::<_, Error>(page)
        });
        let page = read.await?;
        if let Some(contradiction) = page.contradiction() {
            self.doubt(format!("{query}: {contradiction}"));
        }
        if let Some(miscount) = page.miscount()
            && !self.miscounts.swap(true, Ordering::Relaxed)
        {
            self.doubt(format!("{query}: {miscount}"));
        }
        Ok(page)
    }

    /// Delivers the offers that were not delivered before.
    async fn deliver(&self, mut offers: Vec<Offer>) -> Result<(), Ended> {
        {
            let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
            offers.retain(|offer| offer.id().is_none_or(|id| seen.is_new(id)));
        }
        if offers.is_empty() { Ok(()) } else { self.send(Delivery::Offers(offers)).await }
    }

    async fn send(&self, delivery: Delivery) -> Result<(), Ended> {
        self.deliveries.send(delivery).await.map_err(|_| Ended::NobodyListens)
    }

    fn doubt(&self, why: String) {
        tracing::warn!(%why, "the reading may not be whole");
        self.doubts_so_far().push(why);
    }

    fn doubts_so_far(&self) -> MutexGuard<'_, Vec<String>> {
        self.doubts.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn into_doubts(self) -> Vec<String> {
        self.doubts.into_inner().unwrap_or_else(PoisonError::into_inner)
    }
}
