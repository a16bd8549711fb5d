//! What is true in the sandbox: the offers, the boards, and what was asked of both services.

use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use jiff::Timestamp;
use serde_json::{Map, Value};

use crate::bucket::Buckets;
use crate::clock::{Clock, in_paris};
use crate::faults::Schedule;
use crate::francetravail::{Found, Tokens};
use crate::hrflow::{Archiving, Board, Named};
use crate::offers::{Offer, generate, group_into_burst, read_file};
use crate::{Api, Faults, Settings};

/// How many requests are remembered, the newest.
const REQUESTS_REMEMBERED: usize = 200_000;

/// The state behind both APIs; a test changes it while they are asked.
#[derive(Debug)]
pub struct World {
    pub(crate) settings: Settings,
    pub(crate) clock: Clock,
    pub(crate) faults: Schedule,
    pub(crate) tokens: Tokens,
    pub(crate) search_allowance: Option<Buckets>,
    pub(crate) hrflow_allowance: Option<Buckets>,
    pub(crate) hrflow_spent: Spent,
    pub(crate) parsing_spent: Spent,
    pub(crate) found: Found,
    offers: RwLock<Offers>,
    boards: Mutex<HashMap<String, Board>>,
    requests: Mutex<VecDeque<RequestSeen>>,
    traffic: [Traffic; 3],
    searches: AtomicU64,
}

/// The offers, and how often they changed.
#[derive(Debug, Default)]
pub(crate) struct Offers {
    pub(crate) list: Vec<Offer>,
    pub(crate) version: u64,
    /// Numbers the offers that come later.
    made: u64,
    /// Those that are gone for a while.
    hidden: Vec<Offer>,
}

impl Offers {
    fn let_leave(&mut self, count: usize, seed: u64) {
        let mut random = fastrand::Rng::with_seed(seed);
        for _ in 0..count.min(self.list.len()) {
            let index = random.usize(..self.list.len());
            self.list.swap_remove(index);
        }
    }

    /// An id that is known already does not come again.
    fn let_come(&mut self, fresh: Vec<Offer>) {
        let known = self.list.iter().chain(&self.hidden).map(|offer| offer.id.clone());
        let known: HashSet<_> = known.collect();
        self.list.extend(fresh.into_iter().filter(|offer| !known.contains(&offer.id)));
    }
}

/// One request that came in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestSeen {
    /// Whom it asked.
    pub api: Api,
    /// Its method and path.
    pub line: String,
    /// Its query.
    pub query: String,
    /// What it was answered; none where the connection was ended.
    pub status: Option<u16>,
}

/// How many calls of a quota were made.
#[derive(Debug, Default)]
pub(crate) struct Spent(AtomicU64);

impl Spent {
    /// Whether one more call is within the quota.
    pub(crate) fn take(&self, quota: Option<u64>) -> bool {
        let before = self.0.fetch_add(1, Ordering::Relaxed);
        quota.is_none_or(|quota| before < quota)
    }
}

#[derive(Debug, Default)]
struct Traffic {
    requests: AtomicU64,
    in_flight: AtomicUsize,
    most_in_flight: AtomicUsize,
}

impl World {
    /// A world by its settings.
    pub fn new(settings: Settings) -> Result<Self, String> {
        let now = settings.now.unwrap_or_else(Timestamp::now);
        let list = if let Some(path) = &settings.offers_file {
            read_file(path)?
        } else {
            let mut made = generate(settings.offers, settings.seed, in_paris(now));
            group_into_burst(&mut made, settings.burst);
            made
        };
        let world = Self {
            clock: Clock::set_to(now),
            faults: Schedule::default(),
            tokens: Tokens::new(settings.seed),
            search_allowance: settings.francetravail.rate.map(Buckets::new),
            hrflow_allowance: settings.hrflow.rate.map(Buckets::new),
            hrflow_spent: Spent::default(),
            parsing_spent: Spent::default(),
            found: Found::default(),
            offers: RwLock::new(Offers { list, ..Offers::default() }),
            boards: Mutex::default(),
            requests: Mutex::default(),
            traffic: Default::default(),
            searches: AtomicU64::new(0),
            settings,
        };
        world.faults.set(world.settings.faults.clone());
        Ok(world)
    }

    /// The ids of the offers that are listed now.
    pub fn offer_ids(&self) -> Vec<String> {
        self.offers().list.iter().map(|offer| offer.id.to_string()).collect()
    }

    /// The offer as it would be answered.
    pub fn offer(&self, id: &str) -> Option<Value> {
        self.offers().list.iter().find(|offer| &*offer.id == id).map(Offer::to_json)
    }

    /// Lists one more offer.
    pub fn add_offer(&self, offer: Map<String, Value>) -> Result<(), String> {
        let offer = Offer::from_recorded(offer)?;
        self.change_offers(|offers| offers.list.push(offer));
        Ok(())
    }

    /// Lists an offer no more.
    pub fn remove_offer(&self, id: &str) {
        self.change_offers(|offers| offers.list.retain(|offer| &*offer.id != id));
    }

    /// Lists nothing of a partner any more, as when a feed is withdrawn; says how many offers that
    /// were. On the island of which there is a record it was half of all, in one day.
    pub fn withdraw_partner(&self, partner: &str) -> usize {
        let before = self.offers().list.len();
        let is_theirs = |offer: &Offer| offer.partner.as_deref() == Some(partner);
        self.change_offers(|offers| offers.list.retain(|offer| !is_theirs(offer)));
        before - self.offers().list.len()
    }

    /// Takes offers off the list, until [`World::show_hidden_offers`].
    pub fn hide_offers(&self, ids: &[&str]) {
        self.change_offers(|offers| {
            let is_hidden = |offer: &mut Offer| ids.contains(&&*offer.id);
            let hidden = offers.list.extract_if(.., is_hidden).collect::<Vec<_>>();
            offers.hidden.extend(hidden);
        });
    }

    /// Lists again what was hidden, as it was.
    pub fn show_hidden_offers(&self) {
        self.change_offers(|offers| {
            let Offers { list, hidden, .. } = offers;
            list.append(hidden);
        });
    }

    /// Lets a day's change happen at once: 5 % leave for good and as many come, of which many carry
    /// an older date; 3 in a thousand of the service's own are gone until the next day.
    pub fn pass_a_day(&self) {
        self.show_hidden_offers();
        let own: Vec<_> = {
            let offers = self.offers();
            let own = offers.list.iter().filter(|offer| !offer.by_partner);
            own.map(|offer| offer.id.clone()).collect()
        };
        let mut random = fastrand::Rng::with_seed(self.settings.seed ^ own.len() as u64);
        let blinking = random.choose_multiple(own.iter(), own.len() * 3 / 1_000);
        self.hide_offers(&blinking.iter().map(|id| &***id).collect::<Vec<_>>());
        let leaving = self.offers().list.len() / 20;
        self.replace(leaving, leaving);
    }

    /// Sets what goes wrong from now on.
    pub fn set_faults(&self, faults: Option<Faults>) {
        self.faults.set(faults);
    }

    /// A board's jobs: by reference, how often each was archived, for those that are archived.
    pub fn archived(&self, board_key: &str) -> HashMap<String, u32> {
        self.with_board(board_key, |board| board.archived())
    }

    /// How often each job of a board was created or edited.
    pub fn written(&self, board_key: &str) -> HashMap<String, u32> {
        self.with_board(board_key, |board| board.written())
    }

    /// One job of a board, as it would be answered.
    pub fn job(&self, board_key: &str, reference: &str) -> Option<Value> {
        let named = Named::Reference(reference.to_owned());
        self.with_board(board_key, |board| board.job(&named))
    }

    /// Archives a job, as a person does it in HrFlow.
    pub fn archive_job(&self, board_key: &str, reference: &str) {
        let named = Named::Reference(reference.to_owned());
        let now = self.clock.now();
        self.with_board(board_key, |board| {
            board.archive(&named, Archiving::In, self.settings.hrflow.archived_again, now)
        });
    }

    /// Sets a field of a job, as a person does it in HrFlow.
    pub fn edit_job(&self, board_key: &str, reference: &str, field: &str, value: Value) {
        let now = self.clock.now();
        self.with_board(board_key, |board| board.set(reference, field, value, now));
    }

    /// Deletes a job, as a person does it in HrFlow.
    pub fn delete_job(&self, board_key: &str, reference: &str) {
        self.with_board(board_key, |board| board.delete(reference));
    }

    /// The references of all jobs of a board.
    pub fn references(&self, board_key: &str) -> Vec<String> {
        self.with_board(board_key, |board| board.references())
    }

    /// The requests that came in, the newest 200,000.
    pub fn requests(&self) -> Vec<RequestSeen> {
        self.seen().iter().cloned().collect()
    }

    /// How many requests a service got.
    pub fn request_count(&self, api: Api) -> u64 {
        self.traffic(api).requests.load(Ordering::Relaxed)
    }

    /// The most requests that a service had in hand at a time.
    pub fn most_in_flight(&self, api: Api) -> usize {
        self.traffic(api).most_in_flight.load(Ordering::Relaxed)
    }

    pub(crate) fn offers(&self) -> RwLockReadGuard<'_, Offers> {
        self.offers.read().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn change_offers(&self, change: impl FnOnce(&mut Offers)) {
        let mut offers: RwLockWriteGuard<'_, Offers> =
            self.offers.write().unwrap_or_else(PoisonError::into_inner);
        change(&mut offers);
        offers.version += 1;
    }

    /// A board. One that nobody has asked for yet comes into being with jobs of the offers.
    pub(crate) fn with_board<T>(&self, key: &str, act: impl FnOnce(&mut Board) -> T) -> T {
        let mut boards = self.boards.lock().unwrap_or_else(PoisonError::into_inner);
        let board = boards.entry(key.to_owned()).or_insert_with(|| self.new_board(key));
        act(board)
    }

    fn new_board(&self, key: &str) -> Board {
        let offers = self.offers();
        let held = self.settings.board_holds.0;
        let mut random = fastrand::Rng::with_seed(self.settings.seed);
        let references =
            offers.list.iter().map(|offer| offer.id.clone()).filter(|_| random.f64() < held);
        Board::holding(key, references)
    }

    /// Lets offers leave and come, when the settings want it after this search.
    pub(crate) fn turn_over(&self) {
        let number = self.searches.fetch_add(1, Ordering::Relaxed) + 1;
        let Some(churn) = self.settings.francetravail.churn else { return };
        if !number.is_multiple_of(churn.every) {
            return;
        }
        self.replace(churn.leave, churn.come);
    }

    fn replace(&self, leave: usize, come: usize) {
        let now = self.clock.in_paris();
        let seed = self.settings.seed;
        self.change_offers(|offers| {
            offers.made += 1;
            offers.let_leave(leave, seed ^ offers.made);
            offers.let_come(generate(come, seed ^ (offers.made << 32), now));
        });
    }

    pub(crate) fn arrives(&self, api: Api) {
        let traffic = self.traffic(api);
        traffic.requests.fetch_add(1, Ordering::Relaxed);
        let now = traffic.in_flight.fetch_add(1, Ordering::Relaxed) + 1;
        traffic.most_in_flight.fetch_max(now, Ordering::Relaxed);
    }

    pub(crate) fn leaves(&self, request: RequestSeen) {
        self.traffic(request.api).in_flight.fetch_sub(1, Ordering::Relaxed);
        let mut seen = self.seen();
        if seen.len() == REQUESTS_REMEMBERED {
            seen.pop_front();
        }
        seen.push_back(request);
    }

    fn seen(&self) -> MutexGuard<'_, VecDeque<RequestSeen>> {
        self.requests.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn traffic(&self, api: Api) -> &Traffic {
        match api {
            Api::Token => &self.traffic[0],
            Api::FranceTravail => &self.traffic[1],
            Api::Hrflow => &self.traffic[2],
        }
    }
}
