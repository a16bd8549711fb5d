//! Reading a search whole, from a server that enforces the service's limits.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use api_client::{Caller, HttpTransport, Pace};
use francetravail_api::{
    Addresses, Client, Credentials, Error, Failure, ReadEvent, Reading, Search, SearchParameters,
};
use sandbox::{Api, Bounds, Churn, Fault, Faults, FranceTravail, Sandbox, Settings};
use serde_json::{Value, json};
use tokio::sync::mpsc;

fn unhurried() -> FranceTravail {
    FranceTravail { rate: None, ..FranceTravail::default() }
}

async fn sandbox(offers: usize, francetravail: FranceTravail) -> Sandbox {
    let settings = Settings { offers, francetravail, seed: 42, ..Settings::default() };
    Sandbox::start(settings).await.unwrap()
}

fn client(sandbox: &Sandbox) -> Client {
    let addresses = Addresses {
        api: sandbox.francetravail_api_url().parse().unwrap(),
        token: sandbox.francetravail_token_url().parse().unwrap(),
    };
    let caller = Caller::new("France Travail", Arc::new(HttpTransport::new().unwrap()))
        .with_pace(Arc::new(Pace::unlimited()))
        .with_seed(7);
    Client::new(Credentials::new("id", "secret"), caller, addresses)
}

fn search(pairs: &[(&str, &str)]) -> Search {
    SearchParameters::from_pairs(pairs.iter().copied()).unwrap().validate().unwrap()
}

struct Read {
    ids: Vec<String>,
    total: u64,
    reading: Reading,
}

impl Read {
    fn distinct(&self) -> BTreeSet<&str> {
        let ids: BTreeSet<_> = self.ids.iter().map(String::as_str).collect();
        assert_eq!(ids.len(), self.ids.len(), "an offer was delivered twice");
        ids
    }
}

async fn read(sandbox: &Sandbox, search: &Search) -> Result<Read, Error> {
    let (sender, mut deliveries) = mpsc::channel(1);
    let client = client(sandbox);
    let (mut ids, mut total) = (Vec::new(), 0);
    let collect = async {
        while let Some(delivery) = deliveries.recv().await {
            match delivery {
                ReadEvent::Total(count) => total = count,
                ReadEvent::Offers(offers) => {
                    ids.extend(offers.iter().map(|offer| offer.id().unwrap().to_owned()));
                }
                ReadEvent::Unreadable(offers) => panic!("{offers:?}"),
            }
        }
    };
    let (reading, ()) = tokio::join!(client.read(search, sender), collect);
    Ok(Read { ids, total, reading: reading? })
}

/// Everything is read, once, without a doubt and with few requests.
async fn check_whole(sandbox: &Sandbox, search: &Search) {
    let before = sandbox.world().request_count(Api::FranceTravail);
    let read = read(sandbox, search).await.unwrap();
    let requests = sandbox.world().request_count(Api::FranceTravail) - before;
    let listed = sandbox.world().offer_ids();
    let listed: BTreeSet<_> = listed.iter().map(String::as_str).collect();
    assert_eq!(read.reading.doubts, [""; 0]);
    assert_eq!(read.total, listed.len() as u64);
    assert!(read.distinct() == listed, "{} of {} were read", read.ids.len(), listed.len());
    let least = listed.len().div_ceil(150);
    let bound = least + least * 15 / 100 + 20;
    assert!(requests <= bound as u64, "{requests} requests, {bound} are allowed");
}

#[tokio::test]
async fn a_search_without_offers_is_whole() {
    check_whole(&sandbox(0, unhurried()).await, &Search::everything()).await;
}

#[tokio::test]
async fn a_search_below_the_limit_is_read_page_by_page() {
    for offers in [1, 149, 150, 151, 299, 300, 3_149, 3_150] {
        check_whole(&sandbox(offers, unhurried()).await, &Search::everything()).await;
    }
}

#[tokio::test]
async fn a_search_beyond_the_limit_is_read_by_windows() {
    for offers in [3_151, 6_000, 25_000] {
        check_whole(&sandbox(offers, unhurried()).await, &Search::everything()).await;
    }
}

#[tokio::test]
async fn windows_are_whole_also_where_their_bounds_do_not_belong_to_them() {
    let exclusive = FranceTravail { bounds: Bounds::Exclusive, ..unhurried() };
    check_whole(&sandbox(12_000, exclusive).await, &Search::everything()).await;
}

/// An offer with only what a reading looks at.
fn small_offer(number: u32, second: &str, contract: &str, origin: u32, rome: &str) -> Value {
    json!({
        "id": format!("{number:07}"),
        "intitule": "Serveur",
        "dateCreation": format!("{second}.000Z"),
        "romeCode": rome,
        "typeContrat": contract,
        "natureContrat": "Contrat travail",
        "origineOffre": {"origine": origin.to_string()},
    })
}

async fn serve(offers: Vec<Value>) -> Sandbox {
    let file = std::env::temp_dir().join(format!("offers-{}.json", fastrand::u64(..)));
    std::fs::write(&file, Value::Array(offers).to_string()).unwrap();
    let settings = Settings {
        offers_file: Some(file.clone()),
        francetravail: unhurried(),
        ..Settings::default()
    };
    let sandbox = Sandbox::start(settings).await.unwrap();
    std::fs::remove_file(file).unwrap();
    sandbox
}

#[tokio::test]
async fn bursts_within_one_second_are_read_whole() {
    let mut offers = Vec::new();
    for burst in 0..8 {
        for number in 0..1_570 {
            let second = format!("2026-11-{:02}T06:00:00", 2 + burst);
            offers.push(small_offer(burst * 10_000 + number, &second, "CDI", 2, "G1803"));
        }
    }
    check_whole(&serve(offers).await, &Search::everything()).await;
}

#[tokio::test]
async fn a_second_with_more_than_a_query_shows_is_divided() {
    let second = "2026-11-20T06:00:00";
    let contract = |number| if number % 5 == 0 { "MIS" } else { "CDI" };
    let rome = |number| ["G1803", "M1805", "C1504", "C1206", "K1302"][number as usize % 5];
    let mut offers: Vec<_> = (0..12_000)
        .map(|number| small_offer(number, second, contract(number / 3), 2, rome(number)))
        .collect();
    offers.extend((12_000..12_400).map(|number| {
        small_offer(number, &format!("2026-11-{:02}T09:00:00", 1 + number % 20), "CDD", 1, "N1103")
    }));
    let sandbox = serve(offers).await;
    let read = read(&sandbox, &Search::everything()).await.unwrap();
    assert_eq!(read.reading.doubts, [""; 0]);
    assert_eq!(read.distinct().len(), 12_400);
}

#[tokio::test]
async fn what_cannot_be_reached_is_said() {
    let second = "2026-11-20T06:00:00";
    let offers = (0..4_000).map(|number| small_offer(number, second, "CDI", 2, "G1803"));
    let sandbox = serve(offers.collect()).await;
    let read = read(&sandbox, &Search::everything()).await.unwrap();
    assert_eq!(read.distinct().len(), 3_150);
    assert!(read.reading.doubts[0].contains("3150 of 4000"), "{:?}", read.reading.doubts);
}

#[tokio::test]
async fn the_users_own_filters_hold_while_the_rest_is_divided() {
    let sandbox = sandbox(20_000, unhurried()).await;
    let wide = search(&[
        ("typeContrat", "CDI,MIS"),
        ("minCreationDate", "2020-01-01"),
        ("maxCreationDate", "2100-01-01"),
    ]);
    let read = read(&sandbox, &wide).await.unwrap();
    let listed = sandbox.world().offer_ids();
    let offers = listed.iter().filter_map(|id| sandbox.world().offer(id));
    let is_wanted =
        |offer: &Value| ["CDI", "MIS"].contains(&offer["typeContrat"].as_str().unwrap());
    assert_eq!(read.reading.doubts, [""; 0]);
    assert_eq!(read.distinct().len(), offers.filter(is_wanted).count());
}

/// The offers that are listed: an id that came back with another offer is not the same.
fn listed(sandbox: &Sandbox) -> BTreeSet<(String, String)> {
    let ids = sandbox.world().offer_ids().into_iter();
    let created = |id: &str| Some(sandbox.world().offer(id)?["dateCreation"].to_string());
    ids.filter_map(|id| created(&id).map(|created| (id, created))).collect()
}

/// Reads while so many offers leave and come with each third search; says whether the reading was
/// called whole, and how many of the offers that stayed it missed.
async fn read_moving(seed: u64, moving: usize) -> (bool, usize) {
    let churn = Churn { every: 3, leave: moving, come: moving };
    let francetravail = FranceTravail { churn: Some(churn), ..unhurried() };
    let settings = Settings { offers: 9_000, seed, francetravail, ..Settings::default() };
    let sandbox = Sandbox::start(settings).await.unwrap();
    let before = listed(&sandbox);
    let read = read(&sandbox, &Search::everything()).await.unwrap();
    let after = listed(&sandbox);
    assert!(before.intersection(&after).count() < before.len());
    let ids = read.distinct();
    let missed = before.intersection(&after).filter(|(id, _)| !ids.contains(id.as_str())).count();
    (read.reading.doubts.is_empty(), missed)
}

/// A list that moves twenty times as fast as any that was recorded.
#[tokio::test]
async fn offers_that_stay_are_never_missed_while_others_leave_and_come() {
    for seed in 0..4 {
        assert_eq!(read_moving(seed, 3).await, (true, 0), "seed {seed}");
    }
}

/// Where each page is another list, nothing may be proven; but nothing false is.
#[tokio::test]
async fn a_list_that_moves_with_every_page_is_not_called_whole_where_it_is_not() {
    for seed in 0..4 {
        let (is_whole, missed) = read_moving(seed, 60).await;
        assert!(missed == 0 || !is_whole, "seed {seed}: {missed} missed");
    }
}

#[tokio::test]
async fn a_range_is_read_exactly() {
    let sandbox = sandbox(1_000, unhurried()).await;
    let read_range =
        async |range: &str| read(&sandbox, &search(&[("range", range)])).await.unwrap();

    let page = read_range("0-149").await;
    assert_eq!(page.ids.len(), 150);
    assert_eq!(page.reading.doubts, ["`range` asks for 0-149 of 1000 offers"]);

    let wide = read_range("100-649").await;
    assert_eq!(wide.distinct().len(), 550);

    let beyond = read_range("900-1500").await;
    assert_eq!(beyond.ids.len(), 100);

    let whole = read_range("0-3149").await;
    assert_eq!((whole.ids.len(), whole.reading.doubts.len()), (1_000, 0));

    let nothing = read_range("2000-2149").await;
    assert_eq!(nothing.ids.len(), 0);
}

#[tokio::test]
async fn every_passing_fault_is_overcome() {
    let is_passing = |fault: &Fault| *fault != Fault::Hung && fault.happens_at(Api::FranceTravail);
    let checks = Fault::ALL.into_iter().filter(is_passing).map(async |fault| {
        let sandbox = sandbox(1_000, unhurried()).await;
        sandbox.world().set_faults(Some(Faults::only(fault, 3, 0.3)));
        let read = read(&sandbox, &Search::everything()).await.unwrap();
        assert_eq!(read.distinct().len(), 1_000, "{fault:?}");
        assert_eq!(read.reading.doubts, [""; 0], "{fault:?}");
    });
    futures::future::join_all(checks).await;
}

#[tokio::test]
async fn wrong_credentials_are_refused_with_a_hint_and_without_the_secret() {
    let credentials = sandbox::Credentials {
        client_id: "other".to_owned(),
        client_secret: "other".to_owned(),
        api_secret: String::new(),
        api_user: String::new(),
    };
    let settings = Settings { offers: 1, credentials: Some(credentials), ..Settings::default() };
    let sandbox = Sandbox::start(settings).await.unwrap();
    let error = client(&sandbox).authenticate().await.unwrap_err();
    assert!(
        matches!(&error.failure, Failure::Credentials { code, .. } if code == "invalid_client")
    );
    assert!(error.hint().unwrap().contains("client_secret"));
    assert_eq!(
        error.to_string(),
        format!(
            "could not get a token: the credentials were refused (invalid_client): Client \
             authentication failed (POST {})",
            sandbox.francetravail_token_url()
        )
    );
}

#[tokio::test]
async fn the_detail_of_an_offer_tells_whether_it_is_listed() {
    let sandbox = sandbox(10, unhurried()).await;
    let ids = sandbox.world().offer_ids();
    let client = client(&sandbox);
    let offer = client.offer(&ids[3]).await.unwrap().unwrap();
    assert_eq!(offer.id(), Some(ids[3].as_str()));
    sandbox.world().remove_offer(&ids[3]);
    assert_eq!(client.offer(&ids[3]).await.unwrap(), None);
}

#[tokio::test]
async fn the_allowance_is_used_and_rarely_exceeded() {
    let sandbox = sandbox(30_000, FranceTravail { rate: Some(50.0), ..FranceTravail::default() });
    let sandbox = sandbox.await;
    let addresses = Addresses {
        api: sandbox.francetravail_api_url().parse().unwrap(),
        token: sandbox.francetravail_token_url().parse().unwrap(),
    };
    let caller = Caller::new("France Travail", Arc::new(HttpTransport::new().unwrap()))
        .with_pace(Arc::new(Pace::starting_at(10.0)));
    let client = Client::new(Credentials::new("id", "secret"), caller, addresses);
    let (sender, mut deliveries) = mpsc::channel(1);
    let drain = async { while deliveries.recv().await.is_some() {} };
    let everything = Search::everything();
    let (reading, ()) = tokio::join!(client.read(&everything, sender), drain);
    assert_eq!(reading.unwrap().doubts, [""; 0]);
    let mut statuses: HashMap<_, u32> = HashMap::new();
    for request in sandbox.world().requests() {
        *statuses.entry(request.status).or_default() += 1;
    }
    let refused = statuses.get(&Some(429)).copied().unwrap_or_default();
    assert!(refused <= 1, "{statuses:?}");
}

#[tokio::test]
async fn no_key_is_sent_twice_however_a_search_is_divided() {
    let settings = Settings {
        offers: 9_000,
        burst: 6_000,
        francetravail: unhurried(),
        seed: 42,
        ..Settings::default()
    };
    let sandbox = Sandbox::start(settings).await.unwrap();
    read(&sandbox, &search(&[("typeContrat", "CDI,CDD,MIS")])).await.unwrap();
    let requests = sandbox.world().requests();
    assert!(requests.iter().any(|request| request.query.contains("grandDomaine")));
    for request in requests.iter().filter(|request| request.api == Api::FranceTravail) {
        let pairs = request.query.split('&').map(|pair| pair.split('=').next().unwrap());
        let names: BTreeSet<_> = pairs.clone().collect();
        assert_eq!(names.len(), pairs.count(), "{}", request.query);
    }
}

/// The service would use the first value only, and say nothing.
#[tokio::test]
async fn a_key_that_is_given_twice_is_refused_before_it_is_sent() {
    let sandbox = sandbox(10, unhurried()).await;
    let pairs = [("domaine", "M18".to_owned()), ("domaine", "A12".to_owned())];
    let error = client(&sandbox).count(&pairs).await.unwrap_err();
    assert!(error.to_string().contains("`domaine` is given twice"), "{error}");
    assert_eq!(sandbox.world().request_count(Api::FranceTravail), 0);
}
