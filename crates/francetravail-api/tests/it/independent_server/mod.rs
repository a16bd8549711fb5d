//! A second, smaller player of the service, that shares nothing with the sandbox: its own offers,
//! order, cap, allowance and HTTP, and wrong answers of every kind.

mod http;
pub(crate) mod wrong;

use std::collections::{BTreeMap, HashMap};
use std::fmt::Write;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use jiff::ToSpan;
use jiff::civil::{DateTime, date};
use tokio::time::Instant;

use wrong::WrongAnswers;

/// One offer: its number is its id, and also its place among those of its second.
#[derive(Clone)]
pub(crate) struct Offer {
    pub(crate) number: u32,
    /// Since the beginning of time here.
    pub(crate) second: u32,
    pub(crate) contract: &'static str,
    pub(crate) origin: &'static str,
    pub(crate) rome: &'static str,
    body: Arc<str>,
}

pub(crate) const CONTRACTS: [&str; 4] = ["CDI", "CDD", "MIS", "SAI"];
const ROMES: [&str; 8] = ["A1203", "C1504", "D1106", "G1803", "K1302", "M1805", "M1203", "N1103"];

impl Offer {
    pub(crate) fn new(number: u32, second: u32) -> Self {
        let pick =
            |of: u32| number.wrapping_mul(2_654_435_761).rotate_left(9) as usize % of as usize;
        let contract = CONTRACTS[pick(4)];
        let created = created(second);
        let body = format!(
            r#"{{"id":"{number:07}","dateCreation":"{created}.000Z","typeContrat":"{contract}"}}"#
        );
        Self {
            number,
            second,
            contract,
            origin: if pick(10) < 7 { "2" } else { "1" },
            rome: ROMES[pick(8)],
            body: body.into(),
        }
    }

    /// The same offer with another body.
    pub(crate) fn with_body(self, body: impl Into<Arc<str>>) -> Self {
        Self { body: body.into(), ..self }
    }

    pub(crate) fn id(&self) -> String {
        format!("{:07}", self.number)
    }

    fn grand_domain(&self) -> &'static str {
        match self.rome {
            "C1504" => "C15",
            "M1805" => "M18",
            other => &other[..1],
        }
    }
}

/// A second of the time here as the service writes it, without a zone.
pub(crate) fn created(second: u32) -> String {
    let time = beginning().saturating_add(i64::from(second).seconds());
    time.strftime("%Y-%m-%dT%H:%M:%S").to_string()
}

fn beginning() -> DateTime {
    date(2026, 10, 1).at(0, 0, 0, 0)
}

/// What is known of the service for certain is fixed; this is the rest.
#[derive(Clone)]
#[expect(clippy::struct_excessive_bools, reason = "each is one thing that is not certain")]
pub(crate) struct Behaviour {
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
    /// Which answers are wrong, and how.
    pub(crate) wrong: Option<WrongAnswers>,
}

#[derive(Clone, Copy, Debug)]
pub(crate) enum RetryAfter {
    Seconds,
    Date,
    Absent,
}

impl Default for Behaviour {
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
            wrong: None,
        }
    }
}

pub(crate) struct Service {
    habits: Behaviour,
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
    wrong: Option<WrongAnswers>,
    /// The answer before, as it should have been.
    before: Option<Shown>,
}

/// All that a search finds.
struct Found {
    offers: Vec<Offer>,
    counts: Counts,
}

type Counts = Vec<(&'static str, usize)>;

/// What a search asks for.
#[derive(Clone, Debug)]
pub(crate) struct Asked {
    pub(crate) first: usize,
    pub(crate) last: usize,
    pub(crate) filters: BTreeMap<String, String>,
}

impl Asked {
    fn read(query: &str) -> Self {
        let decoded = query.replace("%3A", ":").replace("%2C", ",");
        let pairs = decoded.split('&').filter_map(|pair| pair.split_once('='));
        let mut filters: BTreeMap<_, _> =
            pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        let range = filters.remove("range").unwrap();
        let (first, last) = range.split_once('-').unwrap();
        Self { first: first.parse().unwrap(), last: last.parse().unwrap(), filters }
    }
}

/// The content of an answer.
#[derive(Clone)]
pub(crate) struct Shown {
    first: usize,
    offers: Vec<Offer>,
    total: usize,
    counts: Counts,
}

pub(crate) struct Answered {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: String,
}

impl Service {
    pub(crate) fn new(mut offers: Vec<Offer>, habits: Behaviour) -> Arc<Self> {
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
            wrong: habits.wrong.clone(),
            before: None,
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
        if !state.searches.is_multiple_of(every) || state.offers.is_empty() {
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
        let asked = Asked::read(query);
        if asked.first > 3_000 || asked.last - asked.first >= 150 {
            return Answered { status: 400, headers: Vec::new(), body: "{}".to_owned() };
        }
        let shown = self.show(state, &asked);
        let wrong = state.wrong.as_mut().and_then(|wrong| wrong.strikes(&asked, state.searches));
        let before = state.before.replace(shown.clone());
        match wrong {
            Some(wrong) => self.wrong_answer(state, &asked, wrong, before.as_ref(), shown),
            None => self.told(&shown),
        }
    }

    fn show(&self, state: &mut State, asked: &Asked) -> Shown {
        let key = format!("{:?}", asked.filters);
        let found = state.found.get(&key).cloned().unwrap_or_else(|| {
            let found = Arc::new(self.find(&state.offers, &asked.filters));
            state.found.insert(key, found.clone());
            found
        });
        let total = found.offers.len();
        let offers = found.offers[asked.first.min(total)..total.min(asked.last + 1)].to_vec();
        Shown { first: asked.first, offers, total, counts: found.counts.clone() }
    }

    fn find(&self, offers: &[Offer], filters: &BTreeMap<String, String>) -> Found {
        let value = |name: &str| filters.get(name).map(String::as_str);
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
        let count = |contract| offers.iter().filter(|offer| offer.contract == contract).count();
        let counts = CONTRACTS.map(|contract| (contract, count(contract))).to_vec();
        Found { offers, counts }
    }

    /// The answer that tells just that.
    fn told(&self, shown: &Shown) -> Answered {
        let Shown { first, offers, total, .. } = shown;
        if *total == 0 {
            return empty("*/0");
        }
        if offers.is_empty() {
            return empty(&format!("offres -1--1/{total}"));
        }
        let range = format!("offres {first}-{}/{total}", first + offers.len() - 1);
        self.page(&range, shown)
    }

    /// An answer with offers, whatever its header says.
    fn page(&self, range: &str, shown: &Shown) -> Answered {
        let bodies: Vec<_> = shown.offers.iter().map(|offer| &*offer.body).collect();
        let mut body = format!(r#"{{"resultats":[{}]"#, bodies.join(","));
        if self.habits.counts {
            let count = |(contract, count): &(&str, usize)| {
                format!(r#"{{"valeurPossible":"{contract}","nbResultats":{count}}}"#)
            };
            let counts = shown.counts.iter().map(count).collect::<Vec<_>>().join(",");
            write!(
                body,
                r#","filtresPossibles":[{{"filtre":"typeContrat","agregation":[{counts}]}}]"#
            )
            .unwrap();
        }
        body.push('}');
        let is_whole = shown.first == 0 && shown.offers.len() == shown.total;
        let headers = if self.habits.states_total { ranged(range) } else { Vec::new() };
        Answered { status: if is_whole { self.habits.whole } else { 206 }, headers, body }
    }
}

fn ranged(range: &str) -> Vec<(String, String)> {
    vec![
        ("Content-Range".to_owned(), range.to_owned()),
        ("Accept-Range".to_owned(), "150".to_owned()),
    ]
}

fn empty(range: &str) -> Answered {
    Answered { status: 204, headers: ranged(range), body: String::new() }
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
