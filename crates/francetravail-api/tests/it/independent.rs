//! Reading from a second player of the service, so that no wrong belief of the first one helps.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use crate::independent_server::{Behaviour, Offer, RetryAfter, Service};
use api_client::{Answer, Caller, HttpTransport, Pace, Request, Transport, TransportError};
use francetravail_api::{Addresses, Client, Credentials, ReadEvent, Reading, Search};
use futures::FutureExt;
use futures::future::BoxFuture;
use tokio::sync::mpsc;

const DAY: u32 = 86_400;

/// So many offers over forty days: bursts of every size, one of them of 9,000, and long days.
fn uneven(count: u32) -> Vec<Offer> {
    let mut random = fastrand::Rng::with_seed(11);
    let mut offers = Vec::new();
    let mut add = |size: u32, second: &mut dyn FnMut() -> u32| {
        let first = u32::try_from(offers.len()).unwrap();
        offers.extend((first..count.min(first + size)).map(|number| Offer::new(number, second())));
    };
    let burst = |offers: u32| offers * (count / 1_000) / 100;
    for (day, size) in [(7, 9_000), (9, 4_000), (21, 3_151), (22, 3_150), (30, 700), (30, 300)] {
        let second = day * DAY + 40_000 + size;
        add(burst(size), &mut || second);
    }
    let mut days = fastrand::Rng::with_seed(12);
    add(count, &mut || {
        let day = days.u32(..40) * days.u32(..40) / 40;
        day * DAY + random.u32(..DAY)
    });
    offers
}

/// The same service without a wire: time may then be played, too.
struct InProcess(Arc<Service>);

impl Transport for InProcess {
    fn send(&self, request: Request) -> BoxFuture<'_, Result<Answer, TransportError>> {
        async move {
            tokio::time::sleep(Duration::from_millis(400)).await;
            let answered = self.0.answer(request.url.path(), request.url.query().unwrap());
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

fn client(address: &str, transport: Arc<dyn Transport>, pace: Pace) -> Client {
    let addresses = Addresses {
        api: format!("{address}/api").parse().unwrap(),
        token: format!("{address}/token").parse().unwrap(),
    };
    let caller = Caller::new("France Travail", transport).with_pace(Arc::new(pace)).with_seed(7);
    Client::new(Credentials::new("id", "secret"), caller, addresses)
}

async fn read_with(client: Client) -> (Vec<String>, Reading) {
    let (sender, mut deliveries) = mpsc::channel(1);
    let mut ids = Vec::new();
    let collect = async {
        while let Some(delivery) = deliveries.recv().await {
            if let ReadEvent::Offers(offers) = delivery {
                ids.extend(offers.iter().map(|offer| offer.id().unwrap().to_owned()));
            }
        }
    };
    let everything = Search::everything();
    let (reading, ()) = tokio::join!(client.read(&everything, sender), collect);
    (ids, reading.unwrap())
}

async fn read(service: &Arc<Service>) -> (Vec<String>, Reading) {
    let address = service.serve().await;
    let transport = Arc::new(HttpTransport::new().unwrap());
    read_with(client(&address, transport, Pace::unlimited())).await
}

fn set(ids: &[String]) -> BTreeSet<&str> {
    let set: BTreeSet<_> = ids.iter().map(String::as_str).collect();
    assert_eq!(set.len(), ids.len(), "an offer came twice");
    set
}

/// Everything is read, once and without a doubt.
async fn check_whole(offers: Vec<Offer>, habits: Behaviour) -> u32 {
    let service = Service::new(offers, habits);
    let (ids, reading) = read(&service).await;
    assert_eq!(reading.doubts, [""; 0]);
    let listed = service.ids();
    assert!(set(&ids) == set(&listed), "{} of {} were read", ids.len(), listed.len());
    service.calls().0
}

/// 15 in a hundred more than the fewest, and twenty.
fn most_calls(offers: u32) -> u32 {
    offers.div_ceil(150) * 115 / 100 + 20
}

#[tokio::test]
async fn a_hundred_thousand_offers_in_uneven_bursts_are_read_with_few_calls() {
    let calls = check_whole(uneven(100_000), Behaviour::default()).await;
    assert!(calls <= most_calls(100_000), "{calls} calls");
}

#[tokio::test]
async fn bounds_that_do_not_belong_to_their_window_cost_few_calls_more() {
    let habits = Behaviour { bounds_belong: false, ..Behaviour::default() };
    let calls = check_whole(uneven(30_000), habits).await;
    assert!(calls <= most_calls(30_000), "{calls} calls");
}

#[tokio::test]
async fn what_is_not_certain_of_the_service_does_not_matter() {
    for count in [90, 2_000, 12_000] {
        for habits in [
            Behaviour { whole: 200, ..Behaviour::default() },
            Behaviour { lower_case: true, ..Behaviour::default() },
            Behaviour { counts: false, ..Behaviour::default() },
            Behaviour { counts: false, bounds_belong: false, ..Behaviour::default() },
            Behaviour { states_total: false, ..Behaviour::default() },
        ] {
            check_whole(uneven(count), habits).await;
        }
    }
}

#[tokio::test]
async fn without_any_total_a_short_list_is_read_and_doubted() {
    let habits = Behaviour { states_total: false, counts: false, ..Behaviour::default() };
    let service = Service::new(uneven(2_000), habits);
    let (ids, reading) = read(&service).await;
    assert_eq!(set(&ids).len(), 2_000);
    assert_eq!(reading.doubts, ["the service does not say how many offers match"]);
}

#[tokio::test]
async fn what_stays_is_never_missed_while_others_leave_and_come() {
    for (every, count) in [(1, 3), (3, 30), (10, 200)] {
        let habits = Behaviour { churn: Some((every, count)), ..Behaviour::default() };
        let service = Service::new(uneven(20_000), habits);
        let before = service.ids();
        let (ids, reading) = read(&service).await;
        let after = service.ids();
        let stayed: BTreeSet<_> = set(&before).intersection(&set(&after)).copied().collect();
        let missed = stayed.difference(&set(&ids)).count();
        assert!(missed == 0 || !reading.doubts.is_empty(), "{missed} missed without a doubt");
        assert!(stayed.len() < before.len());
    }
}

/// Reads at an allowance, in played time; gives the calls a second and the refusals.
async fn paced(offers: u32, habits: Behaviour) -> (f64, u32, u32) {
    let service = Service::new(uneven(offers), habits);
    let transport = Arc::new(InProcess(service.clone()));
    let began = tokio::time::Instant::now();
    let pace = Pace::starting_at(10.0);
    let (ids, reading) = read_with(client("http://in.process", transport, pace)).await;
    assert_eq!((set(&ids).len(), reading.doubts.len()), (offers as usize, 0));
    let (answered, refused) = service.calls();
    (f64::from(answered) / began.elapsed().as_secs_f64(), answered, refused)
}

#[tokio::test(start_paused = true)]
async fn the_allowance_is_used_and_hardly_exceeded_whatever_a_refusal_looks_like() {
    for (retry_after, states_allowance, capacity) in [
        (RetryAfter::Seconds, true, 10.0),
        (RetryAfter::Date, false, 10.0),
        (RetryAfter::Absent, false, 3.0),
    ] {
        let allowance = Some((10.0, capacity));
        let habits = Behaviour { allowance, states_allowance, retry_after, ..Behaviour::default() };
        let (rate, answered, refused) = paced(20_000, habits).await;
        let told = format!("{retry_after:?}: {rate:.2} a second, {refused} of {answered} refused");
        // Of which the first few calls go one by one.
        assert!(rate > 8.0 && refused <= 1, "{told}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_lower_allowance_that_nobody_states_is_found() {
    for (rate, retry_after) in [(3.0, RetryAfter::Seconds), (4.0, RetryAfter::Absent)] {
        let allowance = Some((rate, rate));
        let habits =
            Behaviour { allowance, states_allowance: false, retry_after, ..Behaviour::default() };
        let (used, answered, refused) = paced(20_000, habits).await;
        let told = format!("{used:.2} of {rate} a second, {refused} of {answered} refused");
        assert!(used > 0.85 * rate && refused <= 20, "{told}");
    }
}
