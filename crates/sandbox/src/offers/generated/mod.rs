//! Offers made up from a seed.
//!
//! The shares of everything are those of recorded offers. What the filters look at is drawn here;
//! the rest is drawn from a number of its own when it is asked for.

mod calendar;
mod identity;

use std::borrow::Cow;

use fastrand::Rng;
use jiff::civil::DateTime;

use self::calendar::{Calendar, whole_second};
use self::identity::Ids;
use super::chance::{happens, skewed};
use super::offer::{Body, Offer, Place, Text};
use super::phrases::PHRASES;
use super::salary::Salary;
use super::tables::{COMMUNES, Commune, JOBS, Job, region_of};

/// The share of offers that partners list.
const PARTNER_SHARE: f64 = 0.69;
/// Temporary work advertises for every profession.
const TEMPORARY_WORK: &str = "78.20Z";

/// Contracts and how many offers of a thousand have them.
const CONTRACTS: &[(&str, u16)] = &[
    ("CDI", 550),
    ("CDD", 200),
    ("MIS", 160),
    ("SAI", 25),
    ("LIB", 25),
    ("DDI", 10),
    ("DIN", 10),
    ("FRA", 6),
    ("CCE", 4),
    ("REP", 3),
    ("TTI", 4),
    ("DDT", 3),
];

/// Makes up offers: the same ones whenever the arguments are the same.
pub(crate) fn generate(count: usize, seed: u64, now: DateTime) -> Vec<Offer> {
    let mut rng = Rng::with_seed(seed);
    let ids = Ids::new(&mut rng);
    let calendar = Calendar::new(now, PARTNER_SHARE, &mut rng);
    (0_u64..).take(count).map(|number| offer(number, &ids, &calendar, &mut rng)).collect()
}

/// Makes of some of the partners' offers one feed: one partner, one second.
pub(crate) fn group_into_burst(offers: &mut [Offer], size: usize) {
    let mut feed = offers.iter_mut().filter(|offer| offer.by_partner).take(size);
    let Some(first) = feed.next() else { return };
    let (second, partner) = (whole_second(first.created), first.partner.clone());
    for offer in feed {
        offer.created = second;
        offer.updated = offer.updated.map(|updated| updated.max(second));
        offer.partner.clone_from(&partner);
    }
}

fn offer(number: u64, ids: &Ids, calendar: &Calendar, rng: &mut Rng) -> Offer {
    let by_partner = rng.f64() < PARTNER_SHARE;
    let created = if by_partner { calendar.of_partner(rng) } else { calendar.own(rng) };
    let town = skewed(&COMMUNES, rng);
    let job = skewed(&JOBS, rng);
    let contract = contract(rng);
    let body_seed = rng.u64(..);
    let experience_required = experience_required(by_partner, rng);
    let (sector, naf) = activity(job, by_partner, rng);
    Offer {
        id: ids.id(number, by_partner),
        created,
        updated: updated(created, by_partner, calendar, rng),
        title: title(job, town, by_partner, rng),
        rome: Cow::Borrowed(job.code),
        contract: Cow::Borrowed(contract),
        contract_kind: Cow::Borrowed(contract_kind(contract, rng)),
        by_partner,
        partner: by_partner.then(|| Cow::Borrowed(skewed(&PHRASES.partners, rng).as_str())),
        place: place(town, rng),
        experience: experience(experience_required, by_partner, rng),
        experience_required,
        qualification: happens(if by_partner { 10 } else { 100 }, rng).then(|| rng.u8(1..=9)),
        sector,
        naf,
        full_time: happens(if by_partner { 7 } else { 96 }, rng).then(|| happens(86, rng)),
        monthly_salary: monthly_salary(body_seed, by_partner, rng),
        accessible: happens(4, rng),
        hard_to_fill: !by_partner && happens(15, rng),
        body: Body::Made(body_seed),
    }
}

/// Partners leave the change out now and then; most offers never change.
fn updated(
    created: DateTime,
    by_partner: bool,
    calendar: &Calendar,
    rng: &mut Rng,
) -> Option<DateTime> {
    if by_partner && happens(12, rng) {
        return None;
    }
    let moment = if happens(40, rng) { calendar.later(created, rng) } else { created };
    Some(if by_partner { whole_second(moment) } else { moment })
}

/// Most titles are names of the profession; partners like to add the town, and some go on.
fn title(job: &'static Job, town: &Commune, by_partner: bool, rng: &mut Rng) -> Text {
    let Some(title) = rng.choice(&job.titles) else { return Cow::Borrowed(job.label) };
    match (by_partner, rng.u16(..1000)) {
        (_, 0..2) => Cow::Owned(format!("{} - {}", title.own, PHRASES.long_title)),
        (false, _) => Cow::Borrowed(&title.own),
        (true, 2..60) => Cow::Owned(format!("{} - {}", title.partner, town.name)),
        (true, _) => Cow::Borrowed(&title.partner),
    }
}

fn contract(rng: &mut Rng) -> &'static str {
    let mut left = rng.u16(..1000);
    for (contract, weight) in CONTRACTS {
        if left < *weight {
            return contract;
        }
        left -= weight;
    }
    "CDI"
}

/// The code of the kind; most contracts are ordinary ones.
fn contract_kind(contract: &str, rng: &mut Rng) -> &'static str {
    match (contract, rng.u8(..100)) {
        ("LIB" | "FRA" | "CCE" | "REP", _) => "NS",
        ("DDI" | "TTI", _) => "I1",
        ("CDD", 0..10) | ("CDI", 0..2) => "E2",
        ("CDD", 10..13) => "FS",
        ("CDD", 13) => "CU",
        ("CDD", 14) => "EE",
        ("CDI", 2) => "CC",
        ("CDI", 3) => "CI",
        ("CDI", 4) => "PS",
        _ => "E1",
    }
}

fn experience_required(by_partner: bool, rng: &mut Rng) -> char {
    match (by_partner, rng.u8(..100)) {
        (false, 0..52) | (true, 0..48) => 'D',
        (false, 52..64) | (true, 48..58) => 'S',
        _ => 'E',
    }
}

/// The class of experience; partners ask for some without saying how much.
fn experience(required: char, by_partner: bool, rng: &mut Rng) -> u8 {
    let chance = rng.u8(..100);
    if required == 'D' {
        return u8::from(!by_partner || chance < 98);
    }
    match chance {
        0..45 if by_partner => 0,
        0..15 | 45..60 => 1,
        15..35 | 60..88 => 2,
        _ => 3,
    }
}

/// The sector and the NAF code: nearly all own offers have them, and a third of the others.
fn activity(job: &'static Job, by_partner: bool, rng: &mut Rng) -> (Option<Text>, Option<Text>) {
    if by_partner && !happens(31, rng) {
        return (None, None);
    }
    let naf = if happens(35, rng) { TEMPORARY_WORK } else { job.activity };
    let sector = naf.get(..2).map(Cow::Borrowed);
    let known = by_partner || happens(90, rng);
    (sector, known.then_some(Cow::Borrowed(naf)))
}

fn monthly_salary(body_seed: u64, by_partner: bool, rng: &mut Rng) -> Option<f64> {
    let stated = happens(if by_partner { 26 } else { 80 }, rng);
    stated.then(|| Salary::of_body(body_seed).monthly())
}

/// Most offers tell the commune, some only a département, a region or the country.
fn place(town: &'static Commune, rng: &mut Rng) -> Place {
    let departement = Some(Cow::Borrowed(town.departement));
    let region = region_of(town.departement).map(Cow::Borrowed);
    let position = Some(town.position);
    match rng.u16(..1000) {
        0..100 => Place::default(),
        100..140 => Place { region, ..Place::default() },
        140..155 => Place { departement, region, ..Place::default() },
        155..190 => Place { departement, region, position, commune: None },
        190..195 => Place { departement, region, position: None, commune: commune(town) },
        _ => Place { departement, region, position, commune: commune(town) },
    }
}

#[allow(clippy::unnecessary_wraps, reason = "a place may lack it")]
fn commune(town: &'static Commune) -> Option<Text> {
    Some(Cow::Borrowed(town.code))
}
