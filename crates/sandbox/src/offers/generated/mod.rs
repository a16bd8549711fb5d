//! Offers made up from a seed.
//!
//! The shares of everything are those of recorded offers. What the filters look at is drawn here;
//! the rest is drawn from a number of its own when it is asked for.

mod body;
mod calendar;
pub(super) mod codes;
mod identity;
mod lists;
mod phrases;
pub(super) mod salary;
mod tables;

use std::borrow::Cow;

use fastrand::Rng;
use jiff::civil::DateTime;

pub(super) use body::body;
pub(crate) use lists::list;

use self::calendar::{Calendar, whole_second};
use self::codes::region_of;
use self::identity::Ids;
use self::salary::Salary;
use self::tables::{COMMUNES, Commune, JOBS, Job};
use super::{Body, Offer, Place, Text};

/// The share of offers that partners list.
const PARTNER_SHARE: f64 = 0.69;
/// Temporary work advertises for every profession.
const TEMPORARY_WORK: &str = "78.20Z";

/// Partners, those with many offers first.
const PARTNERS: &[&str] = &[
    "METEOJOB",
    "TALENTPLUG",
    "DIRECTEMPLOI",
    "COOKORICO",
    "INDEED",
    "BROADBEAN",
    "PMEJOB",
    "DISTRIJOB",
    "DIGITAL RECRUITERS",
    "ALADOM",
    "CRECHEMPLOI",
    "MOOVIJOB",
];

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
pub(crate) fn gather(offers: &mut [Offer], size: usize) {
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
    let town = skewed(COMMUNES, rng);
    let job = skewed(JOBS, rng);
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
        partner: by_partner.then(|| Cow::Borrowed(*skewed(PARTNERS, rng))),
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

/// Whether something of this many per cent happens.
fn happens(per_cent: u8, rng: &mut Rng) -> bool {
    rng.u8(..100) < per_cent
}

/// One of a list, the first ones more often.
#[allow(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    reason = "the lists are short"
)]
fn skewed<'a, T>(list: &'a [T], rng: &mut Rng) -> &'a T {
    let place = list.len() as f64 * rng.f64().powf(1.5);
    &list[(place as usize).min(list.len() - 1)]
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
fn title(job: &Job, town: &Commune, by_partner: bool, rng: &mut Rng) -> Text {
    let Some(title) = rng.choice(job.titles) else { return Cow::Borrowed(job.label) };
    match (by_partner, rng.u16(..1000)) {
        (_, 0..2) => Cow::Owned(format!("{} - {}", title.own, phrases::LONG_TITLE)),
        (false, _) => Cow::Borrowed(title.own),
        (true, 2..60) => Cow::Owned(format!("{} - {}", title.partner, town.name)),
        (true, _) => Cow::Borrowed(title.partner),
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
fn activity(job: &Job, by_partner: bool, rng: &mut Rng) -> (Option<Text>, Option<Text>) {
    if by_partner && !happens(31, rng) {
        return (None, None);
    }
    let naf = if happens(35, rng) { TEMPORARY_WORK } else { job.naf };
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

#[cfg(test)]
mod tests {
    use std::collections::{HashMap, HashSet};

    use jiff::civil::date;
    use serde_json::Value;

    use super::*;

    const NOW: DateTime = DateTime::constant(2026, 11, 23, 9, 30, 0, 0);

    #[test]
    fn a_seed_always_makes_the_same_offers() {
        let bodies = |seed| generate(300, seed, NOW).iter().map(Offer::to_json).collect::<Vec<_>>();
        assert_eq!(bodies(7), bodies(7));
        assert_ne!(bodies(7), bodies(8));
    }

    /// FNV-1a, which no release of the standard library changes.
    fn hash(texts: impl Iterator<Item = String>) -> u64 {
        texts.flat_map(String::into_bytes).fold(0xCBF2_9CE4_8422_2325, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01B3)
        })
    }

    #[test]
    fn a_seed_makes_the_offers_that_it_has_always_made() {
        let of =
            |seed| hash(generate(500, seed, NOW).iter().map(|offer| offer.to_json().to_string()));
        assert_eq!(
            [1, 7, 2026].map(of),
            [18_041_664_600_990_640_971, 11_292_194_706_795_386_683, 1_794_515_054_093_578_155]
        );
    }

    #[test]
    fn lists_of_codes_are_what_they_have_always_been() {
        let names = [
            "metiers",
            "domaines",
            "appellations",
            "nafs",
            "secteursActivites",
            "naturesContrats",
            "regions",
            "departements",
            "communes",
        ];
        let of = |name| hash(list(name).into_iter().flatten().map(|entry| entry.to_string()));
        assert_eq!(
            names.map(of),
            [
                11_471_367_545_875_347_317,
                7_093_021_846_945_622_289,
                2_644_493_978_376_010_497,
                8_376_649_692_497_964_810,
                10_170_012_465_099_582_939,
                6_506_690_456_479_116_255,
                10_190_996_132_725_207_009,
                12_649_405_414_245_204_227,
                6_887_720_106_004_721_691,
            ]
        );
    }

    #[test]
    fn no_two_ids_are_alike() {
        let offers = generate(20_000, 1, NOW);
        let ids: HashSet<_> = offers.iter().map(|offer| &offer.id).collect();
        assert_eq!(ids.len(), offers.len());
        assert!(ids.iter().all(|id| id.len() == 7));
    }

    #[test]
    fn every_number_below_their_count_has_an_id_of_its_own() {
        // The primes must not divide the counts of ids: 2, 3, 5 and 7 are all that do.
        assert!([2, 3, 5, 7].iter().all(|divisor| 73_939_133 % divisor != 0));
        assert!([2, 5].iter().all(|divisor| 7_393_913 % divisor != 0));
    }

    #[test]
    fn partners_send_bursts() {
        for (count, seed) in [(1_000, 1), (1_000, 2), (20_000, 3)] {
            let mut seconds = HashMap::<DateTime, usize>::new();
            for offer in generate(count, seed, NOW).iter().filter(|offer| offer.by_partner) {
                *seconds.entry(offer.created).or_default() += 1;
            }
            assert!(seconds.values().any(|size| *size * 100 >= count), "{count} of seed {seed}");
        }
    }

    #[test]
    fn nothing_happens_after_now() {
        for now in [NOW, date(2026, 3, 1).at(0, 0, 0, 0)] {
            let oldest = now.date().saturating_sub(jiff::Span::new().days(46));
            for offer in generate(5_000, 3, now) {
                assert!(offer.created <= now && offer.created.date() > oldest);
                assert!(offer.updated.is_none_or(|updated| offer.created <= updated));
                assert!(offer.updated.is_none_or(|updated| updated <= now));
            }
        }
    }

    #[test]
    fn shares_are_those_of_recorded_offers() {
        let offers = generate(20_000, 5, NOW);
        let near = |per_cent: usize, is: fn(&Offer) -> bool| {
            let share = offers.iter().filter(|offer| is(offer)).count() / (offers.len() / 100);
            assert!(share.abs_diff(per_cent) <= 2, "{share} instead of {per_cent}");
        };
        near(69, |offer| offer.by_partner);
        near(10, |offer| offer.place.region.is_none());
        near(14, |offer| offer.place.departement.is_none());
        near(16, |offer| offer.place.position.is_none());
        near(55, |offer| offer.contract == "CDI");
        near(8, |offer| offer.updated.is_none());
    }

    #[test]
    fn every_letter_domain_and_region_occurs() {
        let offers = generate(20_000, 5, NOW);
        let romes: HashSet<_> = offers.iter().map(|offer| &*offer.rome).collect();
        for start in "A B C15 C D E F G H I J K L14 L M13 M14 M15 M16 M17 M18 N".split(' ') {
            assert!(romes.iter().any(|rome| rome.starts_with(start)), "{start}");
        }
        let regions: HashSet<_> = offers.iter().flat_map(|offer| &offer.place.region).collect();
        assert_eq!(regions.len(), codes::REGIONS.len());
    }

    #[test]
    fn a_body_agrees_with_its_offer_when_it_is_read_back() {
        for offer in generate(2_000, 11, NOW) {
            let Value::Object(body) = offer.to_json() else { panic!("an offer is an object") };
            let read = Offer::from_recorded(body).unwrap();
            assert_eq!(filtered(&read), filtered(&offer));
        }
    }

    /// All that a filter looks at; a body says nothing else of them.
    fn filtered(offer: &Offer) -> String {
        format!("{:?}", Offer { body: Body::Made(0), ..offer.clone() })
    }

    #[test]
    fn bodies_are_as_long_as_recorded_ones() {
        let bodies: Vec<_> = generate(2_000, 2, NOW).iter().map(Offer::to_json).collect();
        let all: usize = bodies.iter().map(|body| body.to_string().len()).sum();
        let mean = all / bodies.len();
        assert!((2_000..3_200).contains(&mean), "{mean} bytes in the mean");
        let description = |body: &Value| body["description"].as_str().unwrap().chars().count();
        assert!(bodies.iter().map(description).all(|length| (300..=3_000).contains(&length)));
        let title = |body: &Value| body["intitule"].as_str().unwrap().chars().count();
        assert!(bodies.iter().map(title).any(|length| length >= 170));
    }
}
