//! Reading everything that a search lists, with proof that nothing is missing.
//!
//! A search shows 150 offers at a time and 3,150 in all. What it lists beyond that is read by
//! windows of creation time, from the newest to the oldest ([`walk`]); a window that fits is read
//! as a chain of pages ([`chain`]); a single second that does not fit is divided by what an offer
//! always has ([`crowded`]).
//!
//! # The claim
//!
//! **When a reading ends without a doubt, every offer that was listed during all of it was
//! delivered** (or told as unreadable, by its id). No answer is believed because it came:
//!
//! - *By itself* ([`ask`]): an answer holds as many offers as its place and its total leave,
//!   at the positions asked for, none twice, within the window and the values asked for, newest
//!   first; each of its counts by value sums up to its total; an empty answer says how many there
//!   are. What contradicts itself is asked for again.
//! - *With its neighbours* ([`looks`]): each page begins with the offer that the page before ended
//!   with, and tells the same total. Where the list was seen to move, positions and totals move
//!   together, and a second answer tells the new total too. A page that does not fit is asked for
//!   again until it does.
//! - *With the whole*: what was delivered of a window and what the next window lists add up to
//!   what the window lists ([`walk`]), and so do the parts of a second ([`crowded`]), with room
//!   only for what was seen to come and go. A list that needs no windows is asked for once more by
//!   another query, in two windows where it is short ([`witness`]); that nothing is listed is
//!   asked five times, by three queries.
//!
//! So a part is held to what at least two queries tell of it. This withstands, at any place and at
//! any rate that lets some true answers through: empty answers of every form, in the midst of a
//! list, at its beginning or for good in one window; pages that are short, cut, repeated, shuffled,
//! skip offers or show one twice; answers about another window; totals and counts that are stale
//! or made up; ends that are none. What insists on being wrong becomes a doubt.
//!
//! It does not withstand a service that tells the same untruth in every witness: an offer that
//! no query lists or counts, or windows and counts that are all wrong by the same number. A list
//! that moves faster than two neighbouring pages can be asked for may stay in doubt although all
//! of it was read. And nothing tells an offer that came and went during the reading.

mod ask;
mod chain;
mod crowded;
mod deliver;
mod look;
mod looks;
mod partition;
mod query;
mod ranged;
mod seen;
mod task;
mod walk;
mod witness;

use std::sync::atomic::{AtomicBool, AtomicU64};
use std::sync::{Mutex, PoisonError};

use tokio::sync::{Semaphore, mpsc};

use crate::page::PAGE_SIZE;
use crate::{Client, Error, Offer, Page, Search, UnreadableOffer};
use chain::{Broken, Part};
use deliver::Delivered;
use looks::Chain;
use query::Query;
use witness::Witness;

/// How often an answer that contradicts itself, or a part that does not hold together, is read.
const ATTEMPTS: u32 = 3;

/// How many pages of one list are read at a time.
const PAGES_AHEAD: usize = 8;
/// How many pages of all parts are asked for, or wait for those before them: enough for the allowance
/// where an answer takes a second and a half, and a bound on memory.
const PAGES_IN_HAND: usize = 16;

/// What a reading sends on.
#[derive(Clone, Debug, PartialEq)]
pub enum ReadEvent {
    /// How many offers the service lists, as it says at the beginning; again where it corrects
    /// itself.
    Total(u64),
    /// Offers; none is delivered twice.
    Offers(Vec<Offer>),
    /// Offers that are listed and cannot be read. They come last.
    Unreadable(Vec<UnreadableOffer>),
}

/// What is known of a reading that came to its end.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reading {
    /// Why it may not be the whole. Without doubts, every offer that was listed during all of the
    /// reading was delivered, as one that could be read or one that could not.
    pub doubts: Vec<String>,
    /// How many offers the service listed at the beginning, where it said so.
    pub total: Option<u64>,
    /// How many offers were delivered, readable or not.
    pub delivered: u64,
}

impl Client {
    /// Reads every offer that a search lists, or those of its `range`, and delivers them as they
    /// come. A closed channel ends the reading.
    pub async fn read(
        &self,
        search: &Search,
        deliveries: mpsc::Sender<ReadEvent>,
    ) -> Result<Reading, Error> {
        let reader = Reader {
            client: self,
            deliveries,
            outer: Query::of(search),
            delivered: Mutex::default(),
            doubts: Mutex::default(),
            miscounts: AtomicBool::new(false),
            disorder: AtomicBool::new(false),
            asked: AtomicU64::new(0),
            refused: AtomicU64::new(0),
            room: Semaphore::new(PAGES_IN_HAND),
        };
        let result = match search.parameters().range {
            Some(range) => reader.read_range(&search.pairs(), range).await,
            None => reader.read_everything().await,
        };
        reader.check_service();
        let result = match result {
            Ok(()) => reader.deliver_unreadable().await,
            Err(ended) => Err(ended),
        };
        match result {
            Ok(()) | Err(Ended::ReceiverDropped) => Ok(reader.into_reading()),
            Err(Ended::Failed(error)) => Err(error),
        }
    }
}

/// Why a reading ends before its end.
enum Ended {
    Failed(Error),
    ReceiverDropped,
}

impl From<Error> for Ended {
    fn from(error: Error) -> Self {
        Self::Failed(error)
    }
}

/// One reading under way.
struct Reader<'a> {
    client: &'a Client,
    deliveries: mpsc::Sender<ReadEvent>,
    /// What the user asks for.
    outer: Query,
    delivered: Mutex<Delivered>,
    doubts: Mutex<Vec<String>>,
    /// Whether counts were found that do not add up, whenever they were asked for.
    miscounts: AtomicBool,
    /// Whether offers came in another order than newest first, whenever they were asked for.
    disorder: AtomicBool,
    /// How many pages were asked for.
    asked: AtomicU64,
    /// How many answers contradicted themselves.
    refused: AtomicU64,
    /// For pages in hand. The pages of a part ask for it in their order, so that the one that the
    /// others wait for is never without.
    room: Semaphore,
}

/// A page, and what is wrong with it, although it was asked for several times.
struct Answer {
    page: Page,
    fault: Option<String>,
}

/// How many offers were read of a partition; what came or went meanwhile may make it so many more
/// or fewer.
#[derive(Clone, Copy, Debug, Default)]
struct Tally {
    offers: u64,
    room: u64,
}

impl Reader<'_> {
    async fn read_everything(&self) -> Result<(), Ended> {
        let query = &self.outer;
        let mut why = String::new();
        for _ in 0..ATTEMPTS {
            let first = self.answer(query, 0).await?;
            let Some(total) = first.page.total else {
                return self.read_without_total(first).await;
            };
            if total > query::MOST {
                self.tell_total(total).await?;
                return self.read_long(query, total).await;
            }
            self.tell_total(total).await?;
            why = match self.read_list(query, total, first).await? {
                Ok(chain) => match self.ask_witness(query, &chain).await? {
                    Witness::Agrees => return Ok(()),
                    Witness::Differs(how) => how,
                },
                Err(broken) => format!("{query}: {broken}"),
            };
            if self.has_doubts() {
                break;
            }
        }
        self.doubt(why);
        Ok(())
    }

    /// Reads a list whose end only a page tells that is not full.
    async fn read_without_total(&self, first: Answer) -> Result<(), Ended> {
        self.doubt(match &first.fault {
            Some(fault) => fault.clone(),
            None => "the service does not say how many offers match".to_owned(),
        });
        if let Err(broken) = self.read_list(&self.outer, PAGE_SIZE.into(), first).await? {
            self.doubt(broken.to_string());
        }
        Ok(())
    }

    /// Reads a query to the end of its list.
    async fn read_list(
        &self,
        query: &Query,
        expected: u64,
        first: Answer,
    ) -> Result<Result<Chain, Broken>, Ended> {
        self.read_part(&Part::whole(query.clone(), expected), Some(first)).await
    }

    fn doubt(&self, why: String) {
        tracing::warn!(%why, "the reading may not be whole");
        self.doubts.lock().unwrap_or_else(PoisonError::into_inner).push(why);
    }

    /// Whether the reading will not be called whole: to try again what is wrong is then of no use.
    fn has_doubts(&self) -> bool {
        !self.doubts.lock().unwrap_or_else(PoisonError::into_inner).is_empty()
    }
}
