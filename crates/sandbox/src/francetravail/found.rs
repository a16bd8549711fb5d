//! What a search finds, kept while it is read page by page.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use serde_json::{Value, json};

use super::filter::{Filter, Order};
use crate::offers::Offer;
use crate::world::Offers;

/// How many results are kept.
const KEPT: usize = 24;

/// The offers that match, in order, by their place in the list; and how many there are of each
/// value of four parameters.
#[derive(Debug)]
pub(super) struct Matches {
    pub(super) places: Vec<u32>,
    pub(super) counts: Value,
}

/// The latest results.
#[derive(Debug, Default)]
pub(crate) struct Found(Mutex<Kept>);

#[derive(Debug, Default)]
struct Kept {
    version: u64,
    newest_first: Option<Arc<Vec<u32>>>,
    by_origin: Option<Arc<Vec<u32>>>,
    results: Vec<(String, Arc<Matches>)>,
}

impl Found {
    /// What a search finds; `key` names it.
    pub(super) fn matches(&self, key: String, offers: &Offers, filter: &Filter) -> Arc<Matches> {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.version != offers.version {
            *kept = Kept { version: offers.version, ..Kept::default() };
        }
        if let Some((_, matches)) = kept.results.iter().find(|(known, _)| *known == key) {
            return matches.clone();
        }
        let order = kept.order(&offers.list, &filter.order);
        let matches = Arc::new(Matches::of(&offers.list, &order, filter));
        if kept.results.len() == KEPT {
            kept.results.remove(0);
        }
        kept.results.push((key, matches.clone()));
        matches
    }
}

impl Kept {
    /// All places in an order, from which a search takes those that match.
    fn order(&mut self, offers: &[Offer], order: &Order) -> Arc<Vec<u32>> {
        let offer = |place: &u32| &offers[*place as usize];
        let sorted = |compare: &dyn Fn(&Offer, &Offer) -> std::cmp::Ordering| {
            let mut places: Vec<u32> =
                (0..offers.len()).filter_map(|n| n.try_into().ok()).collect();
            places.sort_by(|left, right| compare(offer(left), offer(right)));
            Arc::new(places)
        };
        let newest = |left: &Offer, right: &Offer| {
            (right.created, left.by_partner, &left.id).cmp(&(
                left.created,
                right.by_partner,
                &right.id,
            ))
        };
        match order {
            Order::Newest => self.newest_first.get_or_insert_with(|| sorted(&newest)).clone(),
            Order::Relevance => self
                .by_origin
                .get_or_insert_with(|| {
                    sorted(&|left, right| {
                        left.by_partner.cmp(&right.by_partner).then_with(|| newest(left, right))
                    })
                })
                .clone(),
            Order::NearestTo(from) => sorted(&|left, right| {
                let far = |offer: &Offer| offer.place.kilometres_from(*from).unwrap_or(f64::MAX);
                far(left).total_cmp(&far(right)).then_with(|| newest(left, right))
            }),
        }
    }
}

impl Matches {
    fn of(offers: &[Offer], order: &[u32], filter: &Filter) -> Self {
        let mut counting = Counting::default();
        let places: Vec<u32> = order
            .iter()
            .copied()
            .filter(|place| filter.accepts(&offers[*place as usize]))
            .inspect(|place| counting.add(&offers[*place as usize]))
            .collect();
        Self { places, counts: counting.finish() }
    }
}

#[derive(Default)]
struct Counting<'a> {
    contracts: HashMap<&'a str, u64>,
    experiences: [u64; 10],
    qualifications: [u64; 3],
    kinds: HashMap<&'a str, u64>,
}

impl<'a> Counting<'a> {
    fn add(&mut self, offer: &'a Offer) {
        *self.contracts.entry(&offer.contract).or_default() += 1;
        self.experiences[usize::from(offer.experience).min(9)] += 1;
        let qualification = match offer.qualification {
            Some(9) => 1,
            Some(_) => 0,
            None => 2,
        };
        self.qualifications[qualification] += 1;
        *self.kinds.entry(&offer.contract_kind).or_default() += 1;
    }

    /// As the service writes it: values without an offer are left out.
    fn finish(self) -> Value {
        let list = |values: Vec<(String, u64)>| -> Value {
            values
                .into_iter()
                .filter(|(_, offers)| *offers > 0)
                .map(|(value, offers)| json!({"valeurPossible": value, "nbResultats": offers}))
                .collect()
        };
        let named = |counts: HashMap<&str, u64>| {
            let mut values: Vec<_> =
                counts.into_iter().map(|(value, offers)| (value.to_owned(), offers)).collect();
            values.sort();
            list(values)
        };
        let numbered = |counts: &[u64]| {
            let name = |(value, offers): (usize, &u64)| (value.to_string(), *offers);
            list(counts.iter().enumerate().map(name).collect())
        };
        let [ordinary, executive, unknown] = self.qualifications;
        let qualifications =
            [("0", ordinary), ("9", executive), ("X", unknown)].map(|(v, n)| (v.to_owned(), n));
        json!([
            {"filtre": "typeContrat", "agregation": named(self.contracts)},
            {"filtre": "experience", "agregation": numbered(&self.experiences)},
            {"filtre": "qualification", "agregation": list(qualifications.to_vec())},
            {"filtre": "natureContrat", "agregation": named(self.kinds)},
        ])
    }
}
