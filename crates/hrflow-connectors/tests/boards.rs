//! Creating and updating the jobs of offers.

#![allow(clippy::unwrap_used, reason = "a test ends at the first surprise")]

use hrflow_connectors::francetravail::{
    ConnectorAuth, CreateJobs, SearchParameters, UpdateJobs, create_jobs_in_hrflow, job_of_offer,
    update_jobs_in_hrflow,
};
use hrflow_connectors::hrflow::{CreateParameters, Enrich, HrflowAuth, PushParameters};
use hrflow_connectors::{Ending, Environment, Event, Item, Outcome, RunBuilder, Status, StepError};
use sandbox::{Fault, Faults, FranceTravail, Hrflow, Parsing, Sandbox, Settings, Share};

const BOARD: &str = "0123456789012345678901234567890123456789";

async fn sandbox(board_holds: f64) -> Sandbox {
    sandbox_with(board_holds, Hrflow::default()).await
}

async fn sandbox_with(board_holds: f64, hrflow: Hrflow) -> Sandbox {
    let francetravail = FranceTravail { rate: None, ..FranceTravail::default() };
    let settings = Settings {
        offers: 300,
        board_holds: Share(board_holds),
        francetravail,
        hrflow,
        ..Settings::default()
    };
    Sandbox::start(settings).await.unwrap()
}

fn at(sandbox: &Sandbox, run: RunBuilder) -> RunBuilder {
    run.environment(Environment::from_iter([
        ("FRANCETRAVAIL_API_URL", sandbox.francetravail_api_url()),
        ("FRANCETRAVAIL_TOKEN_URL", sandbox.francetravail_token_url()),
        ("HRFLOW_API_URL", sandbox.hrflow_api_url()),
    ]))
}

fn create(sandbox: &Sandbox, enrich_with_parsing: bool) -> RunBuilder {
    create_with(sandbox, enrich_with_parsing, Enrich::Required)
}

fn create_with(sandbox: &Sandbox, enrich_with_parsing: bool, enrich: Enrich) -> RunBuilder {
    let run = create_jobs_in_hrflow(CreateJobs {
        workflow_id: "test".to_owned(),
        connector_auth: ConnectorAuth::new("id", "secret"),
        hrflow_auth: HrflowAuth::new("ask_", "recruiting@example.org"),
        pull_parameters: SearchParameters::new(),
        push_parameters: CreateParameters {
            enrich_with_parsing,
            enrich,
            ..CreateParameters::new(BOARD.parse().unwrap())
        },
    });
    at(sandbox, run)
}

fn update(sandbox: &Sandbox) -> RunBuilder {
    let run = update_jobs_in_hrflow(UpdateJobs {
        workflow_id: "test".to_owned(),
        connector_auth: ConnectorAuth::new("id", "secret"),
        hrflow_auth: HrflowAuth::new("ask_", "recruiting@example.org"),
        pull_parameters: SearchParameters::new(),
        push_parameters: PushParameters { board_key: BOARD.parse().unwrap() },
    });
    at(sandbox, run)
}

/// The board's job has every field that the offer's mapping has.
fn check_job(sandbox: &Sandbox, reference: &str) {
    let offer: Item = serde_json::from_value(sandbox.world().offer(reference).unwrap()).unwrap();
    let mut job = sandbox.world().job(BOARD, reference).unwrap();
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
    let sandbox = sandbox(0.0).await;
    let first = create(&sandbox, false).run().await.unwrap();
    assert_eq!((first.status, first.outcomes.count(Outcome::Created)), (Status::Success, 300));
    for reference in sandbox.world().offer_ids() {
        check_job(&sandbox, &reference);
    }
    let second = create(&sandbox, false).run().await.unwrap();
    assert_eq!((second.status, second.outcomes.count(Outcome::Unchanged)), (Status::Success, 300));
    assert!(sandbox.world().written(BOARD).values().all(|times| *times == 1));
}

#[tokio::test]
async fn faults_create_no_job_twice() {
    let sandbox = sandbox(0.0).await;
    let mut faults = Faults::all(4, 0.2);
    faults.kinds.retain(|fault| *fault != Fault::TooManyCallsBare);
    sandbox.world().set_faults(Some(faults));
    let run = create(&sandbox, false).watch(|event| {
        if let Event::Ended { ending: Ending::Failed(StepError { error, .. }), .. } = event {
            let why = &error.message;
            println!("{why}");
        }
    });
    let result = run.run().await.unwrap();
    assert_eq!(result.status, Status::Success, "{result:?}");
    let written = sandbox.world().written(BOARD);
    assert_eq!(written.len(), 300);
    assert!(written.values().all(|times| *times == 1));
}

#[tokio::test]
async fn text_parsing_adds_what_it_finds() {
    let sandbox = sandbox(0.0).await;
    let logic = |mut offer: Item| {
        offer.insert("description".to_owned(), "<p>Python, Anglais et rigueur</p>".into());
        Some(offer)
    };
    let result = create(&sandbox, true).logic(logic).run().await.unwrap();
    assert_eq!(result.outcomes.count(Outcome::Created), 300);
    let job = sandbox.world().job(BOARD, &sandbox.world().offer_ids()[0]).unwrap();
    let skills = job["skills"].as_array().unwrap();
    let soft = skills.iter().find(|skill| skill["name"] == "rigueur").unwrap();
    assert_eq!(soft["type"], "soft");
    assert!(skills.iter().any(|skill| skill["name"] == "Python"));
}

/// How often text parsing was called.
fn parsings(sandbox: &Sandbox) -> usize {
    let requests = sandbox.world().requests();
    requests.iter().filter(|request| request.line.ends_with("/text/parsing")).count()
}

/// Describes each offer in the same words, and one of them in those that parsing refuses.
fn described(sandbox: &Sandbox) -> impl FnMut(Item) -> Option<Item> + Send + 'static {
    let odd = sandbox.world().offer_ids()[0].clone();
    move |mut offer: Item| {
        let text = if offer["id"] == odd.as_str() { "<p>poison</p>" } else { "<p>Python</p>" };
        offer.insert("description".to_owned(), text.into());
        Some(offer)
    }
}

#[tokio::test]
async fn texts_are_parsed_together_a_few_at_a_time() {
    let parsing = Parsing { most_texts: 15, ..Parsing::default() };
    let sandbox = sandbox_with(0.0, Hrflow { parsing, ..Hrflow::default() }).await;
    let result = create(&sandbox, true).logic(described(&sandbox)).run().await.unwrap();
    assert_eq!(result.outcomes.count(Outcome::Created), 300);
    assert!(parsings(&sandbox) < 100, "{} calls", parsings(&sandbox));
}

#[tokio::test]
async fn a_text_that_is_refused_concerns_its_job_alone() {
    let parsing = Parsing { refused_word: Some("poison".to_owned()), ..Parsing::default() };
    for (enrich, created, failed) in [(Enrich::Required, 299, 1), (Enrich::BestEffort, 300, 0)] {
        let hrflow = Hrflow { parsing: parsing.clone(), ..Hrflow::default() };
        let sandbox = sandbox_with(0.0, hrflow).await;
        let run = create_with(&sandbox, true, enrich).logic(described(&sandbox));
        let result = run.run().await.unwrap();
        assert_eq!(result.outcomes.count(Outcome::Created), created, "{enrich:?}");
        assert_eq!(result.outcomes.count(Outcome::Failed), failed, "{enrich:?}");
        let ids = sandbox.world().offer_ids();
        let is_found = |id: &str| {
            let job = sandbox.world().job(BOARD, id).unwrap();
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
        let required = sandbox_with(0.0, hrflow.clone()).await;
        let stopped = create(&required, true).run().await.unwrap();
        assert!(stopped.outcomes.count(Outcome::Created) < 100);
        assert!(stopped.message.unwrap().contains("could not parse the text"));

        let optional = sandbox_with(0.0, hrflow).await;
        let run = create_with(&optional, true, Enrich::BestEffort);
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
    let sandbox = sandbox(0.5).await;
    let held = sandbox.world().references(BOARD);
    let result = update(&sandbox).run().await.unwrap();
    assert_eq!(result.status, Status::Success);
    assert_eq!(result.outcomes.count(Outcome::Updated), held.len() as u64);
    assert_eq!(result.outcomes.count(Outcome::Missing), 300 - held.len() as u64);
    for reference in held {
        check_job(&sandbox, &reference);
    }
}
