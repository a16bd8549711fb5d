//! An offer that is broken fails alone: the others of its page are read.

use std::collections::BTreeSet;
use std::sync::Arc;

use francetravail_api::{ReadEvent, Reading, Search, UnreadableOffer};
use proptest::prelude::*;
use serde_json::Value;
use tokio::sync::mpsc;

use crate::independent_server::{Behaviour, Offer, Service};
use crate::wrong_answers::{in_process, runtime};

/// A page and a half.
const OFFERS: u32 = 225;

/// What was read of a list in which one offer is broken.
struct Read {
    /// How many of the others were read.
    others: usize,
    broken: Option<Value>,
    nameless: usize,
    unreadable: Vec<UnreadableOffer>,
    reading: Reading,
}

/// Reads a list whose offer of that number has this body.
fn read(number: u32, body: &str) -> Read {
    let offers = (0..OFFERS).map(|one| match Offer::new(one, one * 7) {
        offer if one == number => offer.with_body(body),
        offer => offer,
    });
    let service = Service::new(offers.collect(), Behaviour::default());
    runtime().block_on(read_from(service, &format!("{number:07}")))
}

async fn read_from(service: Arc<Service>, broken: &str) -> Read {
    let client = in_process(service, false);
    let (sender, mut deliveries) = mpsc::channel(1);
    let everything = Search::everything();
    let collect = async {
        let (mut offers, mut unreadable) = (Vec::new(), Vec::new());
        while let Some(delivery) = deliveries.recv().await {
            match delivery {
                ReadEvent::Total(total) => assert_eq!(total, u64::from(OFFERS)),
                ReadEvent::Offers(some) => offers.extend(some),
                ReadEvent::Unreadable(some) => unreadable.extend(some),
            }
        }
        (offers, unreadable)
    };
    let (reading, (offers, unreadable)) = tokio::join!(client.read(&everything, sender), collect);
    let found = offers.iter().find(|offer| offer.id() == Some(broken));
    let others: BTreeSet<_> =
        (0..OFFERS).map(|one| format!("{one:07}")).filter(|id| id != broken).collect();
    Read {
        others: offers
            .iter()
            .filter(|offer| offer.id().is_some_and(|id| others.contains(id)))
            .count(),
        broken: found.map(|offer| serde_json::to_value(offer).unwrap()),
        nameless: offers.iter().filter(|offer| offer.id().is_none()).count(),
        unreadable,
        reading: reading.unwrap(),
    }
}

/// An offer as it should be, but for what stands in its title.
fn titled(number: u32, title: &str) -> String {
    let created = "2026-10-01T00:10:00.000Z";
    format!(r#"{{"id":"{number:07}","intitule":{title},"dateCreation":"{created}"}}"#)
}

#[test]
fn half_of_a_surrogate_pair_becomes_a_replacement_character() {
    for number in [0, 75, 149, 224] {
        let read = read(number, &titled(number, r#""Serveur \ud83d""#));
        assert_eq!(read.broken.unwrap()["intitule"], "Serveur \u{FFFD}");
        assert_eq!((read.others, read.reading.doubts.len()), (224, 0));
    }
}

#[test]
fn a_control_character_is_read_as_it_is() {
    let read = read(75, &titled(75, "\"Ser\u{1}\tveur\""));
    assert_eq!(read.broken.unwrap()["intitule"], "Ser\u{1}\tveur");
    assert_eq!((read.others, read.reading.doubts.len()), (224, 0));
}

#[test]
fn what_no_offer_can_be_is_told_with_its_id_and_counts_as_listed() {
    let deep = format!("{}{}", "[".repeat(200), "]".repeat(200));
    for number in [0, 75, 76, 149, 224] {
        for title in ["1e400", "NaN", "-", "tru", &deep] {
            let read = read(number, &titled(number, title));
            let ids: Vec<_> = read.unreadable.iter().map(|offer| offer.id.as_deref()).collect();
            assert_eq!(ids, [Some(format!("{number:07}").as_str())], "{title}");
            assert_eq!((read.others, read.broken), (224, None), "{title}");
            assert_eq!(read.reading.doubts, [""; 0], "{title}");
            assert_eq!(read.reading.delivered, u64::from(OFFERS));
        }
    }
}

#[test]
fn what_cannot_be_named_leaves_the_reading_in_doubt() {
    for body in ["null", "17", r#""Serveur""#, "[]", "NaN", r#"{"x":NaN}"#, r#"{"id":17,"x":NaN}"#]
    {
        let read = read(75, body);
        assert_eq!((read.others, read.unreadable.len()), (224, 1), "{body}");
        assert_eq!(read.reading.doubts, ["1 offers could not be read, and have no id"], "{body}");
    }
    for body in ["{}", r#"{"id":17}"#, r#"{"id":""}"#, r#"{"id":null,"intitule":"Serveur"}"#] {
        let read = read(75, body);
        assert_eq!((read.others, read.nameless), (224, 1), "{body}");
        assert_eq!(read.reading.doubts, ["an offer has no id"], "{body}");
    }
}

/// Any JSON.
fn json() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        ".*".prop_map(Value::from),
    ];
    let nested = leaf.prop_recursive(4, 20, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map(".{0,5}", inner, 0..4)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    });
    nested.prop_map(|value| value.to_string())
}

/// What makes JSON unreadable, or nearly.
fn poison() -> impl Strategy<Value = String> {
    let deep = |depth: usize| format!("{}1{}", "[{\"a\":".repeat(depth), "}]".repeat(depth));
    prop_oneof![
        json(),
        prop::sample::select(vec![
            r#""\ud83d""#,
            r#""\udc00\ud83d""#,
            "1e400",
            "-1e400",
            "NaN",
            "Infinity",
            "\"\u{0}\n\u{1f}\"",
            r#""\u12""#,
            r#""\x""#,
            "null",
            "01",
            "'Serveur'",
        ])
        .prop_map(str::to_owned),
        (60_usize..2_000).prop_map(deep),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn whatever_an_offer_holds_the_others_are_read(
        number in 0..OFFERS,
        field in prop::sample::select(vec!["id", "dateCreation", "typeContrat", "intitule", "x", ""]),
        poison in poison(),
        depth in 0_usize..3,
    ) {
        let value = format!("{}{poison}{}", "{\"x\":[".repeat(depth), "]}".repeat(depth));
        let body = match field {
            "" => value,
            "id" => format!(r#"{{"id":{value},"intitule":"Serveur"}}"#),
            field => format!(r#"{{"id":"{number:07}","{field}":{value}}}"#),
        };
        let read = read(number, &body);
        let id = format!("{number:07}");
        prop_assert_eq!(read.others, 224, "{}", body);
        let is_told = read.broken.is_some()
            || read.reading.delivered == u64::from(OFFERS)
            || read.unreadable.iter().any(|offer| offer.id.as_deref() == Some(&*id))
            || !read.reading.doubts.is_empty();
        prop_assert!(is_told, "{}", body);
    }
}
