//! Offers made up from a seed, shaped as the recorded ones are.

mod body;
pub(super) mod tables;

use std::time::Duration;

use fastrand::Rng;
use jiff::civil::DateTime;
use jiff::{SignedDuration, ToSpan};

use super::{Body, Offer, Place};
pub(super) use body::body;
use tables::{ACTIVITIES, CONTRACTS, KINDS, OCCUPATIONS, PARTNERS, REGIONS, TOWNS};

/// How far back the oldest offer was created.
const DAYS: i64 = 45;
/// Letters of an id of France Travail's own.
const CONSONANTS: &[u8; 20] = b"BCDFGHJKLMNPQRSTVWXZ";
/// So many numbers of seven digits, and of three digits and four consonants, there are.
const PARTNER_IDS: u64 = 10_000_000;
const OWN_IDS: u64 = 1_000 * 160_000;
/// Odd, and so without a common factor with the numbers above but for powers of five, which the
/// last digit 3 rules out: multiples of it run through all of them before one comes again.
const STRIDE: u64 = 7_368_793;

/// Makes up offers, always the same ones for the same seed. None is created after `now`.
pub(crate) fn generate(count: usize, seed: u64, now: DateTime) -> Vec<Offer> {
    let mut random = Rng::with_seed(seed);
    let bursts = bursts(count, &mut random, now);
    (0..count as u64)
        .map(|number| {
            let by_partner = random.f64() < 0.69;
            let created = creation(&mut random, by_partner, &bursts, now);
            offer(
                id(seed.wrapping_mul(31).wrapping_add(number), by_partner),
                by_partner,
                created,
                &mut random,
                now,
            )
        })
        .collect()
}

/// The seconds in which partners' feeds arrive, each with hundreds or thousands of offers.
fn bursts(count: usize, random: &mut Rng, now: DateTime) -> Vec<DateTime> {
    let number = if count < 500 { 1 } else { 8 };
    (0..number).map(|_| now.saturating_sub(random.i64(600..DAYS * 86_400).seconds())).collect()
}

fn creation(random: &mut Rng, by_partner: bool, bursts: &[DateTime], now: DateTime) -> DateTime {
    if by_partner && random.f64() < 0.2 {
        let burst = bursts[random.usize(..bursts.len())];
        return burst.with().subsec_nanosecond(0).build().unwrap_or(burst);
    }
    // The square puts more of them into the last days.
    let age = Duration::from_secs(DAYS.unsigned_abs() * 86_400).mul_f64(random.f64().powi(2));
    let age = SignedDuration::try_from(age).unwrap_or_default();
    let created = now.saturating_sub(age);
    let nanosecond = if by_partner { 0 } else { random.i32(0..1000) * 1_000_000 };
    let created = created.with().subsec_nanosecond(nanosecond).build().unwrap_or(created);
    created.min(now)
}

/// Three digits and four consonants, or seven digits; a number never gives the same as another.
fn id(number: u64, by_partner: bool) -> Box<str> {
    if by_partner {
        return format!("{:07}", number.wrapping_mul(STRIDE) % PARTNER_IDS).into();
    }
    let mut number = number.wrapping_mul(STRIDE) % OWN_IDS;
    let mut id = format!("{:03}", number % 1_000);
    number /= 1_000;
    for _ in 0..4 {
        id.push(char::from(CONSONANTS[(number % 20) as usize]));
        number /= 20;
    }
    id.into()
}

fn offer(
    id: Box<str>,
    by_partner: bool,
    created: DateTime,
    random: &mut Rng,
    now: DateTime,
) -> Offer {
    let often = |random: &mut Rng, own: f64, partner: f64| {
        random.f64() < if by_partner { partner } else { own }
    };
    let occupation = &OCCUPATIONS[random.usize(..OCCUPATIONS.len())];
    let activity = often(random, 0.9, 0.31).then(|| ACTIVITIES[random.usize(..ACTIVITIES.len())]);
    let partner = by_partner.then(|| PARTNERS[random.usize(..PARTNERS.len())].0);
    let experience_required = random.choice(['D', 'D', 'S', 'E']).unwrap_or('D');
    let experience = match experience_required {
        'D' => 1,
        _ => random.u8(1..=3),
    };
    Offer {
        id,
        created,
        updated: (!by_partner || random.f64() >= 0.12)
            .then(|| created.saturating_add(random.i64(0..200_000).seconds()).min(now)),
        title: occupation.titles[random.usize(..occupation.titles.len())].into(),
        rome: occupation.code.into(),
        contract: weighted(random, &CONTRACTS).into(),
        contract_kind: weighted(random, &KINDS).into(),
        by_partner,
        partner: partner.map(Into::into),
        place: place(random),
        experience,
        experience_required,
        qualification: often(random, 1.0, 0.1).then(|| random.u8(1..=9)),
        sector: activity.map(|(code, _)| code[..2].into()),
        naf: activity.map(|(code, _)| code.into()),
        full_time: often(random, 0.9, 0.14).then(|| random.f64() < 0.75),
        monthly_salary: often(random, 0.85, 0.26).then(|| f64::from(random.u32(1_802..4_800))),
        accessible: often(random, 0.3, 0.05),
        hard_to_fill: often(random, 0.25, 0.0),
        body: Body::Made(random.u64(..)),
    }
}

fn weighted(random: &mut Rng, values: &[(&'static str, u32, &'static str)]) -> &'static str {
    let sum: u32 = values.iter().map(|(_, weight, _)| weight).sum();
    let mut left = random.u32(..sum);
    for (value, weight, _) in values {
        if left < *weight {
            return value;
        }
        left -= weight;
    }
    values[0].0
}

/// A tenth is only known to be in France, a few only by their region or département.
fn place(random: &mut Rng) -> Place {
    let (commune, _, _, departement, region, latitude, longitude) =
        TOWNS[random.usize(..TOWNS.len())];
    let position = (random.f64() >= 0.07).then_some((latitude, longitude));
    match random.u32(..100) {
        0..10 => Place::default(),
        10..14 => {
            let (region, _) = REGIONS[random.usize(..REGIONS.len())];
            Place { region: Some(region.into()), ..Place::default() }
        }
        14..19 => Place {
            departement: Some(departement.into()),
            region: Some(region.into()),
            ..Place::default()
        },
        _ => Place {
            commune: Some(commune.into()),
            departement: Some(departement.into()),
            region: Some(region.into()),
            position,
        },
    }
}

#[cfg(test)]
mod tests {
    use std::collections::{HashMap, HashSet};

    use super::*;

    const NOW: DateTime = DateTime::constant(2026, 11, 23, 12, 0, 0, 0);

    #[test]
    fn a_seed_makes_the_same_offers_again() {
        let bodies = |seed| -> Vec<_> {
            generate(300, seed, NOW).iter().map(|offer| offer.to_json().to_string()).collect()
        };
        assert_eq!(bodies(7), bodies(7));
        assert_ne!(bodies(7), bodies(8));
    }

    #[test]
    fn ids_are_distinct_and_of_two_shapes() {
        let offers = generate(50_000, 3, NOW);
        let ids: HashSet<_> = offers.iter().map(|offer| &offer.id).collect();
        assert_eq!(ids.len(), offers.len());
        for offer in &offers {
            let digits = offer.id.bytes().take_while(u8::is_ascii_digit).count();
            assert_eq!((offer.id.len(), digits), (7, if offer.by_partner { 7 } else { 3 }));
        }
    }

    #[test]
    fn feeds_arrive_within_one_second_and_nothing_comes_from_the_future() {
        let offers = generate(10_000, 5, NOW);
        assert!(offers.iter().all(|offer| offer.created <= NOW));
        let mut seconds: HashMap<_, u32> = HashMap::new();
        for offer in &offers {
            *seconds.entry(offer.created).or_default() += 1;
        }
        assert!(seconds.values().any(|count| *count > 100));
    }

    #[test]
    fn a_made_body_read_back_is_the_same_offer() {
        for offer in generate(2_000, 11, NOW) {
            let serde_json::Value::Object(body) = offer.to_json() else { unreachable!() };
            let read = Offer::from_recorded(body).unwrap();
            let fields = |offer: &Offer| {
                format!(
                    "{:?}",
                    (
                        &offer.id,
                        offer.created,
                        offer.updated.map(|time| time.with().subsec_nanosecond(0).build().unwrap()),
                        &offer.title,
                        &offer.rome,
                        &offer.contract,
                        &offer.contract_kind,
                        offer.by_partner,
                        &offer.partner,
                        &offer.place,
                        (&offer.sector, &offer.naf, offer.full_time, offer.qualification),
                        (offer.experience_required, offer.accessible, offer.hard_to_fill),
                    )
                )
            };
            assert_eq!(fields(&read), fields(&offer));
        }
    }
}
