//! An offer half written.

use fastrand::Rng;
use serde_json::{Map, Value};

use crate::offers::chance::happens;
use crate::offers::offer::Offer;
use crate::offers::phrases::{PHRASES, Trade};
use crate::offers::tables::{JOBS, Job};

/// Where the service shows an offer to people.
const PAGE: &str = "https://candidat.francetravail.fr/offres/recherche/detail/";

/// An offer half written: what it is about, the fields so far, and what the rest is drawn from.
pub(super) struct Page<'a> {
    pub(super) offer: &'a Offer,
    pub(super) job: &'static Job,
    pub(super) trade: &'static Trade,
    /// The name of the employer, if it is told.
    pub(super) employer: Option<String>,
    pub(super) seed: u64,
    pub(super) rng: Rng,
    pub(super) fields: Map<String, Value>,
}

impl<'a> Page<'a> {
    pub(super) fn new(offer: &'a Offer, seed: u64) -> Self {
        let mut rng = Rng::with_seed(seed);
        let job = JOBS.iter().find(|job| job.code == offer.rome).unwrap_or(&JOBS[0]);
        let trade = PHRASES.trades.iter().find(|trade| job.code.starts_with(trade.letter));
        let named = happens(if offer.by_partner { 55 } else { 97 }, &mut rng);
        Self {
            offer,
            job,
            trade: trade.unwrap_or(&PHRASES.trades[0]),
            employer: named.then(|| employer_name(&mut rng)),
            seed,
            rng,
            fields: Map::with_capacity(48),
        }
    }

    pub(super) fn put(&mut self, field: &str, value: impl Into<Value>) {
        self.fields.insert(field.to_owned(), value.into());
    }

    pub(super) fn put_if_any(&mut self, field: &str, value: Option<impl Into<Value>>) {
        if let Some(value) = value {
            self.put(field, value);
        }
    }

    /// Whether something happens that differs by origin: per cent for own and partner offers.
    pub(super) fn happens(&mut self, own: u8, partner: u8) -> bool {
        happens(if self.offer.by_partner { partner } else { own }, &mut self.rng)
    }

    pub(super) fn phrase(&mut self, list: &'static [String]) -> &'static str {
        self.rng.choice(list).map_or("", String::as_str)
    }

    /// The offer's page on the service's site.
    pub(super) fn url(&self) -> String {
        format!("{PAGE}{}", self.offer.id)
    }
}

fn employer_name(rng: &mut Rng) -> String {
    let kind = rng.choice(&PHRASES.company_kinds).map_or("", String::as_str);
    let name = rng.choice(&PHRASES.company_names).map_or("", String::as_str);
    format!("{kind} {name}")
}
