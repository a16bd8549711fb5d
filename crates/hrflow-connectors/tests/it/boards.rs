//! Creating and updating the jobs of offers.

use hrflow_connectors::francetravail::job_of_offer;
use hrflow_connectors::hrflow::{CreateParameters, Enrich};
use hrflow_connectors::{Ending, Event, Item, Outcome, RunBuilder, Status, StepError};
use sandbox::{Fault, Faults, Hrflow, Parsing};

use crate::world::{BOARD, Setup, World, board_key};

async fn empty_board(hrflow: Hrflow) -> World {
    Setup::offers(300).on_board(0.0).hrflow(hrflow).start().await
}

fn create_parsed(world: &World, enrich: Enrich) -> RunBuilder {
    world.create_with(CreateParameters {
        enrich_with_parsing: true,
        enrich,
        ..CreateParameters::new(board_key())
    })
}

/// The board's job has every field that the offer's mapping has.
fn check_job(world: &World, reference: &str) {
    let offer: Item = serde_json::from_value(world.services().offer(reference).unwrap()).unwrap();
    let mut job = world.job(reference);
    // Each job also says which workflow and which run has written it.
    if let Some(metadatas) = job["metadatas"].as_array_mut() {
        metadatas.retain(|entry| !entry["name"].as_str().unwrap().starts_with("delivered_"));
    }
    for (field, value) in job_of_offer(&offer).unwrap().iter() {
        if field != "created_at" {
            assert_eq!(&job[field], value, "{field} of {reference}");
        }
    }
}

#[tokio::test]
async fn offers_become_jobs_and_what_is_there_is_left_alone() {
    let world = empty_board(Hrflow::default()).await;
    let first = world.create().run().await.unwrap();
    assert_eq!((first.status, first.outcomes.count(Outcome::Created)), (Status::Success, 300));
    for reference in world.services().offer_ids() {
        check_job(&world, &reference);
    }
    let second = world.create().run().await.unwrap();
    assert_eq!((second.status, second.outcomes.count(Outcome::Unchanged)), (Status::Success, 300));
    assert!(world.services().written(BOARD).values().all(|times| *times == 1));
}

#[tokio::test]
async fn faults_create_no_job_twice() {
    let world = empty_board(Hrflow::default()).await;
    let mut faults = Faults::all(4, 0.2);
    faults.kinds.retain(|fault| *fault != Fault::TooManyCallsBare);
    world.services().set_faults(Some(faults));
    let run = world.create().watch(|event| {
        if let Event::Ended { ending: Ending::Failed(StepError { error, .. }), .. } = event {
            let why = &error.message;
            println!("{why}");
        }
    });
    let result = run.run().await.unwrap();
    assert_eq!(result.status, Status::Success, "{result:?}");
    let written = world.services().written(BOARD);
    assert_eq!(written.len(), 300);
    assert!(written.values().all(|times| *times == 1));
}

#[tokio::test]
async fn text_parsing_adds_what_it_finds() {
    let world = empty_board(Hrflow::default()).await;
    let logic = |mut offer: Item| {
        offer.insert("description".to_owned(), "<p>Python, Anglais et rigueur</p>".into());
        Some(offer)
    };
    let result = create_parsed(&world, Enrich::Required).logic(logic).run().await.unwrap();
    assert_eq!(result.outcomes.count(Outcome::Created), 300);
    let job = world.services().job(BOARD, &world.services().offer_ids()[0]).unwrap();
    let skills = job["skills"].as_array().unwrap();
    let soft = skills.iter().find(|skill| skill["name"] == "rigueur").unwrap();
    assert_eq!(soft["type"], "soft");
    assert!(skills.iter().any(|skill| skill["name"] == "Python"));
}

/// How often text parsing was called.
fn parsings(world: &World) -> usize {
    let requests = world.services().requests();
    requests.iter().filter(|request| request.line.ends_with("/text/parsing")).count()
}

/// Describes each offer in the same words, and one of them in those that parsing refuses.
fn described(world: &World) -> impl FnMut(Item) -> Option<Item> + Send + 'static {
    let odd = world.services().offer_ids()[0].clone();
    move |mut offer: Item| {
        let text = if offer["id"] == odd.as_str() { "<p>poison</p>" } else { "<p>Python</p>" };
        offer.insert("description".to_owned(), text.into());
        Some(offer)
    }
}

#[tokio::test]
async fn texts_are_parsed_together_a_few_at_a_time() {
    let parsing = Parsing { most_texts: 15, ..Parsing::default() };
    let world = empty_board(Hrflow { parsing, ..Hrflow::default() }).await;
    let result =
        create_parsed(&world, Enrich::Required).logic(described(&world)).run().await.unwrap();
    assert_eq!(result.outcomes.count(Outcome::Created), 300);
    assert!(parsings(&world) < 100, "{} calls", parsings(&world));
}

#[tokio::test]
async fn a_text_that_is_refused_concerns_its_job_alone() {
    let parsing = Parsing { refused_word: Some("poison".to_owned()), ..Parsing::default() };
    for (enrich, created, failed) in [(Enrich::Required, 299, 1), (Enrich::BestEffort, 300, 0)] {
        let hrflow = Hrflow { parsing: parsing.clone(), ..Hrflow::default() };
        let world = empty_board(hrflow).await;
        let run = create_parsed(&world, enrich).logic(described(&world));
        let result = run.run().await.unwrap();
        assert_eq!(result.outcomes.count(Outcome::Created), created, "{enrich:?}");
        assert_eq!(result.outcomes.count(Outcome::Failed), failed, "{enrich:?}");
        let ids = world.services().offer_ids();
        let is_found = |id: &str| {
            let job = world.services().job(BOARD, id).unwrap();
            job["skills"].as_array().unwrap().iter().any(|skill| skill["name"] == "Python")
        };
        assert!(ids[1..].iter().all(|id| is_found(id)), "{enrich:?}");
    }
}

#[tokio::test]
async fn parsing_that_is_not_allowed_stops_the_run_or_is_done_without() {
    let refused = Parsing { key_is_good: false, ..Parsing::default() };
    let spent = Parsing { quota: Some(3), ..Parsing::default() };
    for parsing in [refused, spent] {
        let hrflow = Hrflow { parsing, ..Hrflow::default() };
        let required = empty_board(hrflow.clone()).await;
        let stopped = create_parsed(&required, Enrich::Required).run().await.unwrap();
        assert!(stopped.outcomes.count(Outcome::Created) < 100);
        assert!(stopped.message.unwrap().contains("could not parse the text"));

        let optional = empty_board(hrflow).await;
        let run = create_parsed(&optional, Enrich::BestEffort);
        let result = run.run().await.unwrap();
        assert_eq!(
            (result.status, result.outcomes.count(Outcome::Created)),
            (Status::Success, 300)
        );
        assert!(parsings(&optional) < 30, "{} calls", parsings(&optional));
    }
}

#[tokio::test]
async fn jobs_are_replaced_where_the_board_has_them() {
    let world = Setup::offers(300).on_board(0.5).start().await;
    let held = world.services().references(BOARD);
    let result = world.update().run().await.unwrap();
    assert_eq!(result.status, Status::Success);
    assert_eq!(result.outcomes.count(Outcome::Updated), held.len() as u64);
    assert_eq!(result.outcomes.count(Outcome::Missing), 300 - held.len() as u64);
    for reference in held {
        check_job(&world, &reference);
    }
}
