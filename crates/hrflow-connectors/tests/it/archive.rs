//! The main job against the sandbox: archive, in a board, the jobs of the offers of a search.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use hrflow_connectors::{ClientOptions, Event, Outcome, Persist, Reason, RunResult, Status};
use sandbox::{Api, ArchivedAgain, Fault, Faults, FranceTravail, Hrflow};
use serde_json::json;

use crate::world::{BOARD, Setup, World};

const SECRET: &str = "ask_5ec4e75ec4e75ec4e75ec4e75ec4e75e";

/// Each offer's job is archived, and reported so, exactly once.
fn check_all_archived(world: &World, result: &RunResult, context: &str) {
    let offers = world.services().offer_ids().len();
    assert_eq!(result.status, Status::Success, "{context}: {result:?}");
    assert_eq!(result.outcomes.count(Outcome::Archived), offers as u64, "{context}");
    assert_eq!(world.services().archived(BOARD).len(), offers, "{context}");
    assert!(result.complete, "{context}: {:?}", result.message);
}

#[tokio::test]
async fn every_offers_job_is_archived_once() {
    let world = Setup::offers(1_000).start().await;
    let result = tokio::spawn(world.archive().run()).await.unwrap().unwrap();
    check_all_archived(&world, &result, "a plain run");
    assert!(world.services().archived(BOARD).values().all(|times| *times == 1));
    assert_eq!(result.events.read_success, 1_000);
}

#[tokio::test]
async fn a_job_that_the_board_lacks_is_missing_and_no_failure() {
    let world = Setup::offers(400).on_board(0.5).start().await;
    let result = world.archive().run().await.unwrap();
    let held = world.services().references(BOARD).len() as u64;
    assert_eq!(result.status, Status::Success);
    assert_eq!(result.outcomes.count(Outcome::Archived), held);
    assert_eq!(result.outcomes.count(Outcome::Missing), 400 - held);
    assert_eq!(result.events.write_failure, 0);
}

#[tokio::test]
async fn an_archived_job_may_be_archived_again_whatever_that_answers() {
    for (again, outcome) in
        [(ArchivedAgain::Archived, Outcome::Archived), (ArchivedAgain::Unknown, Outcome::Unchanged)]
    {
        let hrflow = Hrflow { archived_again: again, ..Hrflow::default() };
        let world = Setup::offers(50).hrflow(hrflow).start().await;
        world.archive().run().await.unwrap();
        let second = world.archive().run().await.unwrap();
        assert_eq!(second.status, Status::Success, "{again:?}");
        assert_eq!(second.outcomes.count(outcome), 50, "{again:?}");
    }
}

#[tokio::test]
async fn what_a_lost_answer_archived_is_reported_as_archived() {
    let hrflow = Hrflow { archived_again: ArchivedAgain::Unknown, ..Hrflow::default() };
    let checks =
        [Fault::AppliedThenReset, Fault::AppliedThenBadGateway, Fault::Cut].map(async |fault| {
            let world = Setup::offers(200).hrflow(hrflow.clone()).start().await;
            let faults = Faults::only(fault, 5, 0.3).at(Api::Hrflow);
            world.services().set_faults(Some(faults));
            let result = world.archive().run().await.unwrap();
            check_all_archived(&world, &result, &format!("{fault:?}"));
        });
    futures::future::join_all(checks).await;
}

#[tokio::test]
async fn a_key_that_may_only_write_archives_all_the_same() {
    let hrflow = Hrflow { archived_again: ArchivedAgain::Unknown, ..Hrflow::default() };
    let mut world = Setup::offers(200).hrflow(hrflow).on_board(0.5).start().await;
    world.api_secret = "askw_1";
    let held = world.services().references(BOARD).len() as u64;
    let first = world.archive().run().await.unwrap();
    assert_eq!((first.status, first.outcomes.count(Outcome::Archived)), (Status::Success, held));
    let second = world.archive().run().await.unwrap();
    assert_eq!((second.status, second.outcomes.count(Outcome::Missing)), (Status::Success, 200));
}

#[tokio::test]
async fn every_passing_fault_is_overcome_and_nothing_is_reported_wrongly() {
    let faults = Fault::ALL.into_iter().filter(|fault| *fault != Fault::Hung);
    let checks = faults.map(async |fault| {
        let world = Setup::offers(300).start().await;
        // A service that refuses a fifth of all calls as too many is indeed called too often.
        let share = if fault == Fault::TooManyCallsBare { 0.01 } else { 0.2 };
        world.services().set_faults(Some(Faults::only(fault, 5, share)));
        let reported = Arc::new(Mutex::new(HashMap::<String, u32>::new()));
        let reports = reported.clone();
        let run = world.archive().watch(move |event| {
            if let Event::Ended { reference: Some(reference), .. } = event {
                *reports.lock().unwrap().entry(reference.clone()).or_default() += 1;
            }
        });
        let result = run.run().await.unwrap();
        check_all_archived(&world, &result, &format!("{fault:?}"));
        let reported = reported.lock().unwrap();
        assert_eq!(reported.len(), 300, "{fault:?}");
        assert!(reported.values().all(|times| *times == 1), "{fault:?}");
    });
    futures::future::join_all(checks).await;
}

#[tokio::test]
async fn a_third_of_all_answers_broken_in_every_way_loses_nothing() {
    let world = Setup::offers(1_000).start().await;
    // A bare 429 is for the pace to answer, and slowly; it has a test of its own.
    let mut faults = Faults::all(11, 0.3);
    faults.kinds.retain(|fault| *fault != Fault::TooManyCallsBare);
    world.services().set_faults(Some(faults));
    let result = world.archive().run().await.unwrap();
    check_all_archived(&world, &result, "all faults");
}

#[tokio::test]
async fn a_server_that_never_answers_is_given_up() {
    let world = Setup::offers(20).start().await;
    world.services().set_faults(Some(Faults::only(Fault::Hung, 1, 1.0).at(Api::Hrflow)));
    let mut client_options = ClientOptions::over_https().unwrap();
    client_options.answer_timeout = Duration::from_millis(20);
    let result = world.archive().client_options(client_options).run().await.unwrap();
    assert_eq!((result.status, result.reason), (Status::Fatal, Reason::WriteFailure));
    // Those after the first few are still to be sent when the run stops.
    let failed = result.outcomes.count(Outcome::Failed);
    assert!(failed > 0 && failed + result.unsent == 20, "{result:?}");
}

#[tokio::test]
async fn a_refused_key_stops_the_run_early_and_is_shown_to_nobody() {
    let known = sandbox::Credentials {
        client_id: "id".to_owned(),
        client_secret: "client-secret-5ec4e7".to_owned(),
        api_secret: "another".to_owned(),
        api_user: "another".to_owned(),
    };
    let mut world =
        Setup::offers(2_000).with(|settings| settings.credentials = Some(known)).start().await;
    world.api_secret = SECRET;
    let seen = Arc::new(Mutex::new(Vec::new()));
    let events = seen.clone();
    let run = world.archive();
    let run = run.watch(move |event| events.lock().unwrap().push(format!("{event:?}")));
    let result = run.run().await.unwrap();
    assert_eq!((result.status, result.reason), (Status::Fatal, Reason::WriteFailure));
    assert!(world.hrflow_calls() <= 64);
    assert!(!result.complete);
    let result = format!("{result:?}");
    assert!(result.contains("the API key was refused (401)"), "{result}");
    for text in seen.lock().unwrap().iter().chain([&result]) {
        assert!(!text.contains(SECRET) && !text.contains("5ec4e7"), "{text}");
    }
}

#[tokio::test]
async fn the_first_archive_leaves_while_pages_are_still_read() {
    let francetravail = FranceTravail {
        rate: None,
        latency: Duration::from_millis(30),
        ..FranceTravail::default()
    };
    let world =
        Setup::offers(3_000).with(|settings| settings.francetravail = francetravail).start().await;
    world.archive().run().await.unwrap();
    let requests = world.services().requests();
    let first_archive = requests.iter().position(|request| request.api == Api::Hrflow);
    let last_search = requests.iter().rposition(|request| request.api == Api::FranceTravail);
    assert!(first_archive.unwrap() < last_search.unwrap());
}

#[tokio::test]
async fn archives_in_flight_follow_the_concurrency_that_is_set() {
    for most in [1, 4, 20] {
        let hrflow = Hrflow { latency: Duration::from_millis(10), ..Hrflow::default() };
        let world = Setup::offers(300).hrflow(hrflow).start().await;
        let result = world.archive().write_concurrency(most).run().await.unwrap();
        check_all_archived(&world, &result, "slow answers");
        assert_eq!(world.services().most_in_flight(Api::Hrflow), most as usize);
    }
}

#[tokio::test]
async fn a_dry_run_writes_nothing() {
    let world = Setup::offers(200).start().await;
    let result = world.archive().persist(Persist::DryRun).run().await.unwrap();
    assert_eq!((result.status, result.events.read_success), (Status::Success, 200));
    assert_eq!(world.hrflow_calls(), 0);
}

#[tokio::test]
async fn a_search_that_finds_nothing_is_a_success() {
    let world = Setup::offers(200).start().await;
    let result = world.archive_of(&[("codeROME", "A9999")]).run().await.unwrap();
    assert_eq!((result.status, result.events.read_success), (Status::Success, 0));
    assert!(result.complete);
}

#[tokio::test]
async fn a_range_is_not_the_whole_and_says_so() {
    let world = Setup::offers(400).start().await;
    let result = world.archive_of(&[("range", "0-149")]).run().await.unwrap();
    assert_eq!((result.status, result.events.read_success), (Status::Success, 150));
    assert!(!result.complete);
    assert!(result.message.unwrap().contains("`range` asks for 0-149 of 400 offers"));
}

#[tokio::test]
async fn a_refusal_by_france_travail_is_a_failure_to_read_in_its_own_words() {
    let known = sandbox::Credentials {
        client_id: "another".to_owned(),
        client_secret: "another".to_owned(),
        api_secret: SECRET.to_owned(),
        api_user: "recruiting@example.org".to_owned(),
    };
    let world = Setup::offers(10).with(|settings| settings.credentials = Some(known)).start().await;
    let result = world.archive().run().await.unwrap();
    assert_eq!((result.status, result.reason), (Status::Fatal, Reason::ReadFailure));
    assert!(result.message.unwrap().contains("invalid_client"));
    assert_eq!(world.hrflow_calls(), 0);
}

#[tokio::test]
async fn functions_select_and_shape_what_is_archived() {
    let world = Setup::offers(300).start().await;
    let seen = Arc::new(Mutex::new(Vec::new()));
    let called = seen.clone();
    let result = world
        .archive()
        .logic(|offer| (offer["typeContrat"] == "CDI").then_some(offer))
        .format(|offer| json!({"reference": offer["id"], "title": offer["intitule"]}))
        .callback(move |finished| *called.lock().unwrap() = finished.items)
        .run()
        .await
        .unwrap();
    let archived = world.services().archived(BOARD);
    assert_eq!(result.events.logics_discard + archived.len() as u64, 300);
    assert!(
        archived.keys().all(|id| { world.services().offer(id).unwrap()["typeContrat"] == "CDI" })
    );
    let seen = seen.lock().unwrap();
    assert_eq!(seen.len(), archived.len());
    assert!(seen.iter().all(|item| item["title"].is_string()));
    assert_eq!(result.events.callback_executed, 1);
}

#[tokio::test]
async fn recorded_offers_are_archived_each_once() {
    let folder: PathBuf =
        [env!("CARGO_MANIFEST_DIR"), "..", "..", "..", "shared", "samples", "francetravail"]
            .iter()
            .collect();
    if !folder.is_dir() {
        println!("skipped: the folder of recorded answers is not there");
        return;
    }
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if !name.starts_with("offers_") {
            continue;
        }
        let world =
            Setup::offers(0).with(|settings| settings.offers_file = Some(path)).start().await;
        let result = world.archive().run().await.unwrap();
        check_all_archived(&world, &result, &name);
        assert!(world.services().archived(BOARD).values().all(|times| *times == 1), "{name}");
        println!("{name}: {} offers", result.events.read_success);
    }
}
