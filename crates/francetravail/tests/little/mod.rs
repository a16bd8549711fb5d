//! A second, smaller player of the service, that shares nothing with the sandbox: its own offers,
//! order, cap, allowance and HTTP.

use std::collections::{BTreeMap, HashMap};
use std::fmt::Write;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use jiff::ToSpan;
use jiff::civil::{DateTime, date};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::Instant;

/// One offer: its number is its id, and also its place among those of its second.
#[derive(Clone)]
pub(crate) struct Offer {
    pub(crate) number: u32,
    /// Since the beginning of time here.
    pub(crate) second: u32,
    pub(crate) contract: &'static str,
    pub(crate) origin: &'static str,
    pub(crate) rome: &'static str,
}

const CONTRACTS: [&str; 4] = ["CDI", "CDD", "MIS", "SAI"];
const ROMES: [&str; 8] = ["A1203", "C1504", "D1106", "G1803", "K1302", "M1805", "M1203", "N1103"];

impl Offer {
    pub(crate) fn new(number: u32, second: u32) -> Self {
        let pick =
            |of: u32| number.wrapping_mul(2_654_435_761).rotate_left(9) as usize % of as usize;
        Self {
            number,
            second,
            contract: CONTRACTS[pick(4)],
            origin: if pick(10) < 7 { "2" } else { "1" },
            rome: ROMES[pick(8)],
        }
    }

    pub(crate) fn id(&self) -> String {
        format!("{:07}", self.number)
    }

    fn created(&self) -> String {
        beginning()
            .saturating_add(i64::from(self.second).seconds())
            .strftime("%Y-%m-%dT%H:%M:%S")
            .to_string()
    }

    fn grand_domain(&self) -> &'static str {
        match self.rome {
            "C1504" => "C15",
            "M1805" => "M18",
            other => &other[..1],
        }
    }
}

fn beginning() -> DateTime {
    date(2026, 10, 1).at(0, 0, 0, 0)
}

/// What is known of the service for certain is fixed; this is the rest.
#[derive(Clone)]
#[expect(clippy::struct_excessive_bools, reason = "each is one thing that is not certain")]
pub(crate) struct Habits {
    pub(crate) bounds_belong: bool,
    /// The status of an answer that is the whole list.
    pub(crate) whole: u16,
    pub(crate) lower_case: bool,
    pub(crate) counts: bool,
    pub(crate) states_total: bool,
    /// Calls a second, and calls at once.
    pub(crate) allowance: Option<(f64, f64)>,
    pub(crate) states_allowance: bool,
    pub(crate) retry_after: RetryAfter,
    /// After so many searches, so many offers leave and as many come.
    pub(crate) churn: Option<(u32, usize)>,
}

#[derive(Clone, Copy, Debug)]
pub(crate) enum RetryAfter {
    Seconds,
    Date,
    Absent,
}

impl Default for Habits {
    fn default() -> Self {
        Self {
            bounds_belong: true,
            whole: 206,
            lower_case: false,
            counts: true,
            states_total: true,
            allowance: None,
            states_allowance: true,
            retry_after: RetryAfter::Seconds,
            churn: None,
        }
    }
}

pub(crate) struct Service {
    habits: Habits,
    state: Mutex<State>,
}

struct State {
    /// Newest first.
    offers: Vec<Offer>,
    found: HashMap<String, Arc<Found>>,
    level: f64,
    filled_at: Instant,
    searches: u32,
    refused: u32,
    next_number: u32,
    random: fastrand::Rng,
}

struct Found {
    offers: Vec<Offer>,
    counts: String,
}

pub(crate) struct Answered {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: String,
}

impl Service {
    pub(crate) fn new(mut offers: Vec<Offer>, habits: Habits) -> Arc<Self> {
        offers.sort_by_key(|offer| std::cmp::Reverse((offer.second, offer.number)));
        let next_number = offers.iter().map(|offer| offer.number + 1).max().unwrap_or_default();
        let state = State {
            offers,
            found: HashMap::new(),
            level: habits.allowance.map_or(0.0, |(_, capacity)| capacity),
            filled_at: Instant::now(),
            searches: 0,
            refused: 0,
            next_number,
            random: fastrand::Rng::with_seed(5),
        };
        Arc::new(Self { habits, state: Mutex::new(state) })
    }

    pub(crate) fn ids(&self) -> Vec<String> {
        self.state.lock().unwrap().offers.iter().map(Offer::id).collect()
    }

    /// How many searches were answered, and how many calls were too many.
    pub(crate) fn calls(&self) -> (u32, u32) {
        let state = self.state.lock().unwrap();
        (state.searches, state.refused)
    }

    pub(crate) fn answer(&self, path: &str, query: &str) -> Answered {
        let mut state = self.state.lock().unwrap();
        if path.ends_with("/token") {
            let body = r#"{"access_token":"t","expires_in":1499}"#.to_owned();
            return Answered { status: 200, headers: Vec::new(), body };
        }
        let mut answered = match self.habits.allowance {
            Some(allowance) if !state.take(allowance) => {
                state.refused += 1;
                self.too_many()
            }
            _ => {
                state.searches += 1;
                let answered = self.search(&mut state, query);
                self.turn_over(&mut state);
                answered
            }
        };
        if let (true, Some((rate, _))) = (self.habits.states_allowance, self.habits.allowance) {
            let name = "X-Ratelimit-Replenish-Rate-Clientidlimiter".to_owned();
            answered.headers.push((name, rate.to_string()));
        }
        if self.habits.lower_case {
            answered.headers.iter_mut().for_each(|(name, _)| name.make_ascii_lowercase());
        }
        answered
    }

    fn too_many(&self) -> Answered {
        let date = |ahead: Duration| httpdate::fmt_http_date(std::time::SystemTime::now() + ahead);
        let headers = match self.habits.retry_after {
            RetryAfter::Seconds => vec![("Retry-After".to_owned(), "1".to_owned())],
            RetryAfter::Date => vec![
                ("Date".to_owned(), date(Duration::ZERO)),
                ("Retry-After".to_owned(), date(Duration::from_secs(1))),
            ],
            RetryAfter::Absent => Vec::new(),
        };
        Answered { status: 429, headers, body: String::new() }
    }

    fn turn_over(&self, state: &mut State) {
        let Some((every, count)) = self.habits.churn else { return };
        if !state.searches.is_multiple_of(every) {
            return;
        }
        let latest = state.offers.first().map_or(0, |offer| offer.second);
        for _ in 0..count {
            let index = state.random.usize(..state.offers.len());
            state.offers.remove(index);
            // Half of what comes carries an older date.
            let second = state.random.u32(..=latest);
            let second = if state.random.bool() { second } else { latest };
            let offer = Offer::new(state.next_number, second);
            state.next_number += 1;
            let key = |offer: &Offer| std::cmp::Reverse((offer.second, offer.number));
            let place = state.offers.partition_point(|other| key(other) < key(&offer));
            state.offers.insert(place, offer);
        }
        state.found.clear();
    }

    fn search(&self, state: &mut State, query: &str) -> Answered {
        let decoded = query.replace("%3A", ":").replace("%2C", ",");
        let pairs = decoded.split('&').filter_map(|pair| pair.split_once('='));
        let mut asked: BTreeMap<_, _> = pairs.collect();
        let (first, last) = asked.remove("range").unwrap().split_once('-').unwrap();
        let (first, last): (usize, usize) = (first.parse().unwrap(), last.parse().unwrap());
        if first > 3_000 || last - first >= 150 {
            return Answered { status: 400, headers: Vec::new(), body: "{}".to_owned() };
        }
        let found = state.found.get(&format!("{asked:?}")).cloned().unwrap_or_else(|| {
            let found = Arc::new(self.find(&state.offers, &asked));
            state.found.insert(format!("{asked:?}"), found.clone());
            found
        });
        self.page(&found, first, last)
    }

    fn find(&self, offers: &[Offer], asked: &BTreeMap<&str, &str>) -> Found {
        let value = |name: &str| asked.get(name).copied();
        let second = |name: &str| -> Option<i64> {
            let time: DateTime = value(name)?.trim_end_matches('Z').parse().unwrap();
            Some(time.duration_since(beginning()).as_secs())
        };
        let (mut min, mut max) = (
            second("minCreationDate").unwrap_or(i64::MIN),
            second("maxCreationDate").unwrap_or(i64::MAX),
        );
        if !self.habits.bounds_belong {
            (min, max) = (min.saturating_add(1), max.saturating_sub(1));
        }
        let one_of = |name: &str, own: &str| {
            value(name).is_none_or(|list| list.split(',').any(|one| one == own))
        };
        let matches = |offer: &&Offer| {
            (min..=max).contains(&i64::from(offer.second))
                && one_of("typeContrat", offer.contract)
                && one_of("origineOffre", offer.origin)
                && one_of("grandDomaine", offer.grand_domain())
        };
        let mut offers: Vec<_> = offers.iter().filter(matches).cloned().collect();
        if value("sort") != Some("1") {
            offers.sort_by_key(|offer| offer.origin);
        }
        let count = |contract: &str| {
            let count = offers.iter().filter(|offer| offer.contract == contract).count();
            format!(r#"{{"valeurPossible":"{contract}","nbResultats":{count}}}"#)
        };
        let counts = CONTRACTS.map(count).join(",");
        let counts =
            format!(r#","filtresPossibles":[{{"filtre":"typeContrat","agregation":[{counts}]}}]"#);
        Found { offers, counts: if self.habits.counts { counts } else { String::new() } }
    }

    fn page(&self, found: &Found, first: usize, last: usize) -> Answered {
        let total = found.offers.len();
        let ranged = |range: String| {
            vec![("Content-Range".to_owned(), range), ("Accept-Range".to_owned(), "150".to_owned())]
        };
        let empty =
            |range: String| Answered { status: 204, headers: ranged(range), body: String::new() };
        if total == 0 {
            return empty("*/0".to_owned());
        }
        if first >= total {
            return empty(format!("offres -1--1/{total}"));
        }
        let end = total.min(last + 1);
        let mut body = r#"{"resultats":["#.to_owned();
        for (index, offer) in found.offers[first..end].iter().enumerate() {
            let comma = if index == 0 { "" } else { "," };
            let (id, created) = (offer.id(), offer.created());
            write!(
                body,
                r#"{comma}{{"id":"{id}","dateCreation":"{created}.000Z","typeContrat":"{}"}}"#,
                offer.contract
            )
            .unwrap();
        }
        write!(body, "]{}}}", found.counts).unwrap();
        let is_whole = first == 0 && end == total;
        let stated = if self.habits.states_total {
            ranged(format!("offres {first}-{}/{total}", end - 1))
        } else {
            Vec::new()
        };
        Answered { status: if is_whole { self.habits.whole } else { 206 }, headers: stated, body }
    }

    /// Serves it over HTTP for as long as the runtime lives; gives the address.
    pub(crate) async fn serve(self: &Arc<Self>) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let service = self.clone();
        tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                tokio::spawn(converse(service.clone(), stream));
            }
        });
        address
    }
}

impl State {
    fn take(&mut self, (rate, capacity): (f64, f64)) -> bool {
        let now = Instant::now();
        let gained = now.duration_since(self.filled_at).as_secs_f64() * rate;
        (self.level, self.filled_at) = ((self.level + gained).min(capacity), now);
        let is_there = self.level >= 1.0;
        self.level -= if is_there { 1.0 } else { 0.0 };
        is_there
    }
}

/// One connection, request by request, until the caller goes.
async fn converse(service: Arc<Service>, stream: TcpStream) -> Option<()> {
    let mut stream = BufReader::new(stream);
    loop {
        let (mut line, mut length) = (String::new(), 0);
        stream.read_line(&mut line).await.ok().filter(|read| *read > 0)?;
        loop {
            let mut header = String::new();
            stream.read_line(&mut header).await.ok()?;
            let header = header.trim().to_ascii_lowercase();
            if header.is_empty() {
                break;
            }
            if let Some(value) = header.strip_prefix("content-length:") {
                length = value.trim().parse().ok()?;
            }
        }
        let mut body = vec![0; length];
        stream.read_exact(&mut body).await.ok()?;
        let target = line.split(' ').nth(1)?;
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let Answered { status, headers, body } = service.answer(path, query);
        let headers: String =
            headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
        let length = if status == 204 {
            String::new()
        } else {
            format!("content-length: {}\r\n", body.len())
        };
        let head = format!("HTTP/1.1 {status} x\r\n{headers}{length}\r\n");
        stream.write_all((head + &body).as_bytes()).await.ok()?;
    }
}
