//! A service that answers wrongly: what is called whole holds all that was listed.
//!
//! A number decides everything: the offers, the search, which answers are wrong and how.
//! `WRONG_ANSWERS=FROM..TO` plays others than the usual ones; of one alone, every call is shown.

use std::collections::BTreeSet;
use std::ops::Range;
use std::sync::Arc;

use api_client::{Answer, Caller, Pace, Request, Transport, TransportError};
use francetravail_api::{
    Addresses, Client, Credentials, ReadEvent, Reading, Search, SearchParameters,
};
use futures::FutureExt;
use futures::future::BoxFuture;
use tokio::sync::mpsc;

use crate::independent_server::wrong::{Scope, Wrong, WrongAnswers};
use crate::independent_server::{Behaviour, CONTRACTS, Offer, Service, created};

/// How many numbers are played where nobody says which.
const USUAL: Range<u64> = 0..300;
const DAY: u32 = 86_400;
/// Searches longer than this never end.
const MOST_CALLS: u32 = 20_000;

/// The service without a wire.
struct InProcess {
    service: Arc<Service>,
    is_shown: bool,
}

impl Transport for InProcess {
    fn send(&self, request: Request) -> BoxFuture<'_, Result<Answer, TransportError>> {
        async move {
            let query = request.url.query().unwrap_or_default();
            let answered = self.service.answer(request.url.path(), query);
            assert!(self.service.calls().0 < MOST_CALLS, "the reading does not end");
            if self.is_shown {
                println!("{query}: {} {:?}", answered.status, answered.headers.first());
            }
            let header =
                |(name, value): &(String, String)| Some((name.parse().ok()?, value.parse().ok()?));
            Ok(Answer {
                status: answered.status.try_into().unwrap(),
                headers: answered.headers.iter().filter_map(header).collect(),
                body: answered.body.into(),
            })
        }
        .boxed()
    }
}

struct Read {
    ids: BTreeSet<String>,
    /// None where it broke off.
    reading: Option<Reading>,
}

/// A client of the service without a wire.
pub(crate) fn in_process(service: Arc<Service>, is_shown: bool) -> Client {
    let addresses = Addresses {
        api: "http://in.process/api".parse().unwrap(),
        token: "http://in.process/token".parse().unwrap(),
    };
    let caller = Caller::new("France Travail", Arc::new(InProcess { service, is_shown }))
        .with_pace(Arc::new(Pace::unlimited()))
        .with_seed(7);
    Client::new(Credentials::new("id", "secret"), caller, addresses)
}

async fn read(service: &Arc<Service>, search: &Search, is_shown: bool) -> Read {
    let client = in_process(service.clone(), is_shown);
    let (sender, mut deliveries) = mpsc::channel(1);
    let mut ids = BTreeSet::new();
    let collect = async {
        while let Some(delivery) = deliveries.recv().await {
            if let ReadEvent::Offers(offers) = delivery {
                for offer in offers {
                    assert!(ids.insert(offer.id().unwrap().to_owned()), "an offer came twice");
                }
            }
        }
    };
    let (reading, ()) = tokio::join!(client.read(search, sender), collect);
    Read { ids, reading: reading.ok() }
}

/// What a number decides.
struct Schedule {
    offers: Vec<Offer>,
    habits: Behaviour,
    search: Search,
    /// Which offers the search lists.
    seconds: Range<u32>,
    contracts: Vec<&'static str>,
}

impl Schedule {
    fn of(number: u64) -> Self {
        let mut random = fastrand::Rng::with_seed(number.wrapping_mul(0x9E37_79B9_7F4A_7C15));
        let offers = offers(&mut random);
        let latest = offers.iter().map(|offer| offer.second).max().unwrap_or_default();
        let wrong = wrong(&mut random, latest);
        let churn = random.choice([None, None, None, Some((7, 1)), Some((3, 4)), Some((40, 60))]);
        let habits = Behaviour {
            bounds_belong: random.u32(..5) > 0,
            counts: random.u32(..3) > 0,
            whole: random.choice([200, 206]).unwrap(),
            churn: churn.flatten(),
            ..Behaviour::default()
        };
        // Where all answers are about a window, and all of those are wrong, nothing helps.
        let may_be_windowed = wrong.scope != Scope::Windowed;
        let habits = Behaviour { wrong: Some(wrong), ..habits };
        let (search, seconds, contracts) =
            search(&mut random, latest, habits.bounds_belong, may_be_windowed);
        Self { offers, habits, search, seconds, contracts }
    }

    fn lists(&self, offer: &Offer) -> bool {
        self.seconds.contains(&offer.second) && self.contracts.contains(&offer.contract)
    }
}

/// Mostly short lists, some that need windows, with bursts.
fn offers(random: &mut fastrand::Rng) -> Vec<Offer> {
    let count = match random.u32(..100) {
        0..5 => 0,
        5..45 => random.u32(1..150),
        45..75 => random.u32(150..700),
        75..90 => random.u32(700..3_150),
        _ => random.u32(3_150..9_000),
    };
    let burst = if random.bool() { random.u32(..=count) } else { 0 };
    let days = random.u32(1..40);
    let second = random.u32(..days * DAY);
    let mut second_of =
        |number: u32| if number < burst { second } else { random.u32(..days * DAY) };
    (0..count).map(|number| Offer::new(number, second_of(number))).collect()
}

fn wrong(random: &mut fastrand::Rng, latest: u32) -> WrongAnswers {
    let kinds = if random.u32(..4) == 0 {
        Wrong::ALL.to_vec()
    } else {
        vec![random.choice(Wrong::ALL).unwrap()]
    };
    let scope = match random.u32(..4) {
        0 => Scope::Share(10),
        1 => Scope::Share(50),
        2 => Scope::Once(random.u32(1..40)),
        _ => random.choice(Scope::STANDING).unwrap(),
    };
    let from = random.u32(..=latest);
    let window = random.choice([(0, from), (from, latest), (from, from), (0, latest)]).unwrap();
    WrongAnswers { kinds, scope, window, random: random.fork() }
}

/// Everything, or a window, or some contracts; and what that lists.
fn search(
    random: &mut fastrand::Rng,
    latest: u32,
    bounds_belong: bool,
    may_be_windowed: bool,
) -> (Search, Range<u32>, Vec<&'static str>) {
    let mut pairs = Vec::new();
    let mut seconds = 0..u32::MAX;
    let mut contracts = CONTRACTS.to_vec();
    if random.u32(..3) == 0 && may_be_windowed {
        let (min, max) = (random.u32(..=latest / 2), latest - random.u32(..=latest / 4));
        pairs.push(("minCreationDate", format!("{}Z", created(min))));
        pairs.push(("maxCreationDate", format!("{}Z", created(max))));
        seconds = if bounds_belong { min..max + 1 } else { min + 1..max };
    }
    if random.u32(..4) == 0 {
        pairs.push(("typeContrat", "CDI,MIS".to_owned()));
        contracts = vec!["CDI", "MIS"];
    }
    let pairs = pairs.iter().map(|(name, value)| (*name, value.as_str()));
    let search = SearchParameters::from_pairs(pairs).unwrap().validate().unwrap();
    (search, seconds, contracts)
}

/// Whether the reading of that number was called whole; and how many offers it missed then.
async fn play(number: u64, is_shown: bool) -> (bool, usize) {
    let schedule = Schedule::of(number);
    let listed: Vec<_> =
        schedule.offers.iter().filter(|offer| schedule.lists(offer)).map(Offer::id).collect();
    if is_shown {
        println!("{:?}, {} offers are listed", schedule.habits.wrong, listed.len());
    }
    let service = Service::new(schedule.offers, schedule.habits);
    let Read { ids, reading } = read(&service, &schedule.search, is_shown).await;
    let after: BTreeSet<_> = service.ids().into_iter().collect();
    let steady = listed.into_iter().filter(|id| after.contains(id));
    let missed = steady.filter(|id| !ids.contains(id)).count();
    if is_shown {
        println!("{} were read, {missed} missed; {reading:?}", ids.len());
    }
    (reading.is_some_and(|reading| reading.doubts.is_empty()), missed)
}

/// Time is played in it.
pub(crate) fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap()
}

#[allow(clippy::disallowed_methods, reason = "which numbers are played is the caller's choice")]
fn numbers() -> Range<u64> {
    let Ok(text) = std::env::var("WRONG_ANSWERS") else { return USUAL };
    let (from, to) = text.split_once("..").unwrap();
    from.parse().unwrap()..to.parse().unwrap()
}

/// One of as many parts as there are tests, so that several cores share them.
fn check_part(index: u64, of: u64) {
    let (mut whole, mut played, mut wrong) = (0, 0, Vec::new());
    let numbers = numbers();
    let is_one = numbers.end - numbers.start == 1;
    for number in numbers.filter(|number| number % of == index) {
        let (is_whole, missed) = runtime().block_on(play(number, is_one));
        played += 1;
        whole += u64::from(is_whole);
        if is_whole && missed > 0 {
            wrong.push(format!("{number}: {missed} missed"));
        }
    }
    println!("{whole} of {played} were read whole");
    assert!(wrong.is_empty(), "called whole: {wrong:?}");
}

#[test]
fn what_is_called_whole_is_whole_first_half() {
    check_part(0, 2);
}

#[test]
fn what_is_called_whole_is_whole_second_half() {
    check_part(1, 2);
}
