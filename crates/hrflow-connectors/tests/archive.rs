//! The main job against the sandbox: archive, in a board, the jobs of the offers of a search.

#![allow(clippy::unwrap_used, reason = "a test ends at the first surprise")]

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use hrflow_connectors::francetravail::archive_jobs_in_hrflow;
use hrflow_connectors::francetravail::{ArchiveJobs, ConnectorAuth, SearchParameters};
use hrflow_connectors::hrflow::{ArchiveParameters, HrflowAuth};
use hrflow_connectors::{
    ClientOptions, Environment, Event, Outcome, Persist, Reason, RunBuilder, RunResult, Status,
};
use sandbox::{Api, ArchivedAgain, Fault, Faults, FranceTravail, Hrflow, Sandbox, Settings, Share};
use serde_json::json;

const BOARD: &str = "0123456789012345678901234567890123456789";
const SECRET: &str = "ask_5ec4e75ec4e75ec4e75ec4e75ec4e75e";

fn settings(offers: usize) -> Settings {
    let francetravail = FranceTravail { rate: None, ..FranceTravail::default() };
    Settings { offers, francetravail, ..Settings::default() }
}

fn environment(sandbox: &Sandbox) -> Environment {
    Environment::from_iter([
        ("FRANCETRAVAIL_API_URL", sandbox.francetravail_api_url()),
        ("FRANCETRAVAIL_TOKEN_URL", sandbox.francetravail_token_url()),
        ("HRFLOW_API_URL", sandbox.hrflow_api_url()),
    ])
}

fn archive(sandbox: &Sandbox, pull: &[(&str, &str)]) -> RunBuilder {
    archive_with(SECRET, sandbox, pull)
}

fn archive_with(key: &str, sandbox: &Sandbox, pull: &[(&str, &str)]) -> RunBuilder {
    let mut client_options = ClientOptions::over_https().unwrap();
    client_options.read_rate = Some(10_000.0);
    archive_jobs_in_hrflow(ArchiveJobs {
        workflow_id: "test".to_owned(),
        connector_auth: ConnectorAuth::new("id", "client-secret-5ec4e7"),
        hrflow_auth: HrflowAuth::new(key, "recruiting@example.org"),
        pull_parameters: SearchParameters::from_pairs(pull.iter().copied()).unwrap(),
        push_parameters: ArchiveParameters::new(BOARD.parse().unwrap()),
    })
    .environment(environment(sandbox))
    .client_options(client_options)
}

/// Each offer's job is archived, and reported so, exactly once.
fn check_all_archived(sandbox: &Sandbox, result: &RunResult, context: &str) {
    let offers = sandbox.world().offer_ids().len();
    assert_eq!(result.status, Status::Success, "{context}: {result:?}");
    assert_eq!(result.outcomes.count(Outcome::Archived), offers as u64, "{context}");
    assert_eq!(sandbox.world().archived(BOARD).len(), offers, "{context}");
    assert!(result.complete, "{context}: {:?}", result.message);
}

#[tokio::test]
async fn every_offers_job_is_archived_once() {
    let sandbox = Sandbox::start(settings(1_000)).await.unwrap();
    let result = tokio::spawn(archive(&sandbox, &[]).run()).await.unwrap().unwrap();
    check_all_archived(&sandbox, &result, "a plain run");
    assert!(sandbox.world().archived(BOARD).values().all(|times| *times == 1));
    assert_eq!(result.events.read_success, 1_000);
}

#[tokio::test]
async fn a_job_that_the_board_lacks_is_missing_and_no_failure() {
    let holds = Settings { board_holds: Share(0.5), ..settings(400) };
    let sandbox = Sandbox::start(holds).await.unwrap();
    let result = archive(&sandbox, &[]).run().await.unwrap();
    let held = sandbox.world().references(BOARD).len() as u64;
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
        let sandbox = Sandbox::start(Settings { hrflow, ..settings(50) }).await.unwrap();
        archive(&sandbox, &[]).run().await.unwrap();
        let second = archive(&sandbox, &[]).run().await.unwrap();
        assert_eq!(second.status, Status::Success, "{again:?}");
        assert_eq!(second.outcomes.count(outcome), 50, "{again:?}");
    }
}

#[tokio::test]
async fn what_a_lost_answer_archived_is_reported_as_archived() {
    let hrflow = Hrflow { archived_again: ArchivedAgain::Unknown, ..Hrflow::default() };
    let checks =
        [Fault::AppliedThenReset, Fault::AppliedThenBadGateway, Fault::Cut].map(async |fault| {
            let settings = Settings { hrflow: hrflow.clone(), ..settings(200) };
            let sandbox = Sandbox::start(settings).await.unwrap();
            let faults = Faults::only(fault, 5, 0.3).at(Api::Hrflow);
            sandbox.world().set_faults(Some(faults));
            let result = archive(&sandbox, &[]).run().await.unwrap();
            check_all_archived(&sandbox, &result, &format!("{fault:?}"));
        });
    futures::future::join_all(checks).await;
}

#[tokio::test]
async fn a_key_that_may_only_write_archives_all_the_same() {
    let hrflow = Hrflow { archived_again: ArchivedAgain::Unknown, ..Hrflow::default() };
    let settings = Settings { hrflow, board_holds: Share(0.5), ..settings(200) };
    let sandbox = Sandbox::start(settings).await.unwrap();
    let held = sandbox.world().references(BOARD).len() as u64;
    let first = archive_with("askw_1", &sandbox, &[]).run().await.unwrap();
    assert_eq!((first.status, first.outcomes.count(Outcome::Archived)), (Status::Success, held));
    let second = archive_with("askw_1", &sandbox, &[]).run().await.unwrap();
    assert_eq!((second.status, second.outcomes.count(Outcome::Missing)), (Status::Success, 200));
}

#[tokio::test]
async fn every_passing_fault_is_overcome_and_nothing_is_reported_wrongly() {
    let faults = Fault::ALL.into_iter().filter(|fault| *fault != Fault::Hung);
    let checks = faults.map(async |fault| {
        let sandbox = Sandbox::start(settings(300)).await.unwrap();
        // A service that refuses a fifth of all calls as too many is indeed called too often.
        let share = if fault == Fault::TooManyCallsBare { 0.01 } else { 0.2 };
        sandbox.world().set_faults(Some(Faults::only(fault, 5, share)));
        let reported = Arc::new(Mutex::new(HashMap::<String, u32>::new()));
        let reports = reported.clone();
        let run = archive(&sandbox, &[]).watch(move |event| {
            if let Event::Ended { reference: Some(reference), .. } = event {
                *reports.lock().unwrap().entry(reference.clone()).or_default() += 1;
            }
        });
        let result = run.run().await.unwrap();
        check_all_archived(&sandbox, &result, &format!("{fault:?}"));
        let reported = reported.lock().unwrap();
        assert_eq!(reported.len(), 300, "{fault:?}");
        assert!(reported.values().all(|times| *times == 1), "{fault:?}");
    });
    futures::future::join_all(checks).await;
}

#[tokio::test]
async fn a_third_of_all_answers_broken_in_every_way_loses_nothing() {
    let sandbox = Sandbox::start(settings(1_000)).await.unwrap();
    // A bare 429 is for the pace to answer, and slowly; it has a test of its own.
    let mut faults = Faults::all(11, 0.3);
    faults.kinds.retain(|fault| *fault != Fault::TooManyCallsBare);
    sandbox.world().set_faults(Some(faults));
    let result = archive(&sandbox, &[]).run().await.unwrap();
    check_all_archived(&sandbox, &result, "all faults");
}

#[tokio::test]
async fn a_server_that_never_answers_is_given_up() {
    let sandbox = Sandbox::start(settings(20)).await.unwrap();
    sandbox.world().set_faults(Some(Faults::only(Fault::Hung, 1, 1.0).at(Api::Hrflow)));
    let mut client_options = ClientOptions::over_https().unwrap();
    client_options.answer_timeout = Duration::from_millis(20);
    let result = archive(&sandbox, &[]).client_options(client_options).run().await.unwrap();
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
    let known = Settings { credentials: Some(known), ..settings(2_000) };
    let sandbox = Sandbox::start(known).await.unwrap();
    let seen = Arc::new(Mutex::new(Vec::new()));
    let events = seen.clone();
    let run = archive(&sandbox, &[]);
    let run = run.watch(move |event| events.lock().unwrap().push(format!("{event:?}")));
    let result = run.run().await.unwrap();
    assert_eq!((result.status, result.reason), (Status::Fatal, Reason::WriteFailure));
    assert!(sandbox.world().request_count(Api::Hrflow) <= 64);
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
    let sandbox = Sandbox::start(Settings { francetravail, ..settings(3_000) }).await.unwrap();
    archive(&sandbox, &[]).run().await.unwrap();
    let requests = sandbox.world().requests();
    let first_archive = requests.iter().position(|request| request.api == Api::Hrflow);
    let last_search = requests.iter().rposition(|request| request.api == Api::FranceTravail);
    assert!(first_archive.unwrap() < last_search.unwrap());
}

#[tokio::test]
async fn archives_in_flight_follow_the_concurrency_that_is_set() {
    for most in [1, 4, 20] {
        let hrflow = Hrflow { latency: Duration::from_millis(10), ..Hrflow::default() };
        let sandbox = Sandbox::start(Settings { hrflow, ..settings(300) }).await.unwrap();
        let result = archive(&sandbox, &[]).write_concurrency(most).run().await.unwrap();
        check_all_archived(&sandbox, &result, "slow answers");
        assert_eq!(sandbox.world().most_in_flight(Api::Hrflow), most as usize);
    }
}

#[tokio::test]
async fn a_dry_run_writes_nothing() {
    let sandbox = Sandbox::start(settings(200)).await.unwrap();
    let result = archive(&sandbox, &[]).persist(Persist::DryRun).run().await.unwrap();
    assert_eq!((result.status, result.events.read_success), (Status::Success, 200));
    assert_eq!(sandbox.world().request_count(Api::Hrflow), 0);
}

#[tokio::test]
async fn a_search_that_finds_nothing_is_a_success() {
    let sandbox = Sandbox::start(settings(200)).await.unwrap();
    let result = archive(&sandbox, &[("codeROME", "A9999")]).run().await.unwrap();
    assert_eq!((result.status, result.events.read_success), (Status::Success, 0));
    assert!(result.complete);
}

#[tokio::test]
async fn a_range_is_not_the_whole_and_says_so() {
    let sandbox = Sandbox::start(settings(400)).await.unwrap();
    let result = archive(&sandbox, &[("range", "0-149")]).run().await.unwrap();
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
    let known = Settings { credentials: Some(known), ..settings(10) };
    let sandbox = Sandbox::start(known).await.unwrap();
    let result = archive(&sandbox, &[]).run().await.unwrap();
    assert_eq!((result.status, result.reason), (Status::Fatal, Reason::ReadFailure));
    assert!(result.message.unwrap().contains("invalid_client"));
    assert_eq!(sandbox.world().request_count(Api::Hrflow), 0);
}

#[tokio::test]
async fn functions_select_and_shape_what_is_archived() {
    let sandbox = Sandbox::start(settings(300)).await.unwrap();
    let seen = Arc::new(Mutex::new(Vec::new()));
    let called = seen.clone();
    let result = archive(&sandbox, &[])
        .logic(|offer| (offer["typeContrat"] == "CDI").then_some(offer))
        .format(|offer| json!({"reference": offer["id"], "title": offer["intitule"]}))
        .callback(move |finished| *called.lock().unwrap() = finished.items)
        .run()
        .await
        .unwrap();
    let archived = sandbox.world().archived(BOARD);
    assert_eq!(result.events.logics_discard + archived.len() as u64, 300);
    assert!(
        archived.keys().all(|id| { sandbox.world().offer(id).unwrap()["typeContrat"] == "CDI" })
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
        let recorded = Settings { offers_file: Some(path), ..settings(0) };
        let sandbox = Sandbox::start(recorded).await.unwrap();
        let result = archive(&sandbox, &[]).run().await.unwrap();
        check_all_archived(&sandbox, &result, &name);
        assert!(sandbox.world().archived(BOARD).values().all(|times| *times == 1), "{name}");
        println!("{name}: {} offers", result.events.read_success);
    }
}
