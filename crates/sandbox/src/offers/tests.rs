//! What holds of made-up offers.

use std::collections::{HashMap, HashSet};

use super::tables::{REGIONS, codes};
use super::*;
use jiff::civil::{DateTime, date};

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
    let of = |seed| hash(generate(500, seed, NOW).iter().map(|offer| offer.to_json().to_string()));
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
    assert_eq!(regions.len(), codes(REGIONS).len());
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
