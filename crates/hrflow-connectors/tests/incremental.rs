//! Delivering only what a workflow has not delivered yet.

#![allow(clippy::unwrap_used, reason = "a test ends at the first surprise")]

use std::collections::BTreeSet;
use std::path::Path;
use std::time::Duration;

use hrflow_connectors::francetravail::{
    ArchiveJobs, ConnectorAuth, SearchParameters, archive_jobs_in_hrflow,
};
use hrflow_connectors::hrflow::{ArchiveParameters, HrflowAuth};
use hrflow_connectors::{
    ClientOptions, Environment, Hint, Incremental, IncrementalToken, Outcome, Reason, Reset,
    RunBuilder, RunResult, StateStore, Status, StoreUrl,
};
use sandbox::{Api, Fault, Faults, FranceTravail, Hrflow, Sandbox, Settings};
use serde_json::Value;

const BOARD: &str = "0123456789012345678901234567890123456789";

async fn sandbox(offers: usize) -> Sandbox {
    let francetravail = FranceTravail { rate: None, ..FranceTravail::default() };
    Sandbox::start(Settings { offers, francetravail, ..Settings::default() }).await.unwrap()
}

fn run(sandbox: &Sandbox, folder: &Path, pull: &[(&str, &str)]) -> RunBuilder {
    let mut client_options = ClientOptions::over_https().unwrap();
    client_options.read_rate = Some(10_000.0);
    archive_jobs_in_hrflow(ArchiveJobs {
        workflow_id: "Paris / test".to_owned(),
        connector_auth: ConnectorAuth::new("id", "secret"),
        hrflow_auth: HrflowAuth::new("ask_", "recruiting@example.org"),
        pull_parameters: SearchParameters::from_pairs(pull.iter().copied()).unwrap(),
        push_parameters: ArchiveParameters::new(BOARD.parse().unwrap()),
    })
    .environment(Environment::from_iter([
        ("FRANCETRAVAIL_API_URL", sandbox.francetravail_api_url()),
        ("FRANCETRAVAIL_TOKEN_URL", sandbox.francetravail_token_url()),
        ("HRFLOW_API_URL", sandbox.hrflow_api_url()),
    ]))
    .client_options(client_options)
    .state(StateStore::at(StoreUrl::Sqlite(folder.join("state.sqlite"))))
    .incremental(Incremental::default())
}

fn counts(result: &RunResult) -> (u64, u64, u64) {
    let count = |outcome| result.outcomes.count(outcome);
    (count(Outcome::Archived), count(Outcome::Unchanged), count(Outcome::Failed))
}

fn token(result: &RunResult) -> IncrementalToken {
    serde_json::from_str(result.incremental_token.as_ref().unwrap()).unwrap()
}

#[tokio::test]
async fn only_what_is_new_or_changed_is_delivered() {
    let (sandbox, folder) = (sandbox(300).await, tempfile::tempdir().unwrap());
    let first = run(&sandbox, folder.path(), &[]).run().await.unwrap();
    assert_eq!(counts(&first), (300, 0, 0));
    assert_eq!(token(&first).delivered, 300);
    assert!(token(&first).last_complete_reading.is_some());

    let second = run(&sandbox, folder.path(), &[]).run().await.unwrap();
    assert_eq!(counts(&second), (0, 300, 0));
    assert_eq!(second.status, Status::Success);
    assert_eq!(sandbox.world().request_count(Api::Hrflow), 300);

    let changed = sandbox.world().offer_ids()[7].clone();
    let Value::Object(mut offer) = sandbox.world().offer(&changed).unwrap() else { unreachable!() };
    sandbox.world().remove_offer(&changed);
    offer.insert("intitule".to_owned(), "Changed".into());
    sandbox.world().add_offer(offer).unwrap();
    let third = run(&sandbox, folder.path(), &[]).run().await.unwrap();
    assert_eq!(counts(&third), (1, 299, 0));
}

#[tokio::test]
async fn what_failed_is_delivered_by_the_next_run() {
    let (sandbox, folder) = (sandbox(200).await, tempfile::tempdir().unwrap());
    let format = |item: hrflow_connectors::Item| {
        let id = item.text("id").unwrap_or_default().to_owned();
        if id.ends_with('3') { Err("not today") } else { Ok(serde_json::json!({"reference": id})) }
    };
    let first = run(&sandbox, folder.path(), &[]).format(format).run().await.unwrap();
    assert_eq!(first.status, Status::SuccessWithFailures);
    assert_eq!(token(&first).last_complete_reading, None);
    let failed = first.events.format_failure;
    assert!(failed > 0);
    let second = run(&sandbox, folder.path(), &[]).run().await.unwrap();
    assert_eq!(counts(&second), (failed, 200 - failed, 0));
}

#[tokio::test]
async fn a_run_that_dies_at_any_moment_skips_nothing() {
    for moment in [1, 20, 45, 70, 90, 120, 150, 200] {
        let hrflow = Hrflow { latency: Duration::from_millis(2), ..Hrflow::default() };
        let francetravail = FranceTravail { rate: None, ..FranceTravail::default() };
        let settings = Settings { offers: 1_500, hrflow, francetravail, ..Settings::default() };
        let sandbox = Sandbox::start(settings).await.unwrap();
        let folder = tempfile::tempdir().unwrap();
        let killed = run(&sandbox, folder.path(), &[]).run();
        let killed = tokio::time::timeout(Duration::from_millis(moment), killed).await;
        let mut next = run(&sandbox, folder.path(), &[]).run().await.unwrap();
        // What a dead process leaves behind is a lease of a process that is no more; this one
        // still lives, so the lease is taken away by hand. What it was just writing may come late.
        while killed.is_err() && next.reason == Reason::WorkflowBusy {
            let url = StoreUrl::Sqlite(folder.path().join("state.sqlite"));
            let store = store::open(&url, &[]).await.unwrap();
            for name in store.list("").await.unwrap() {
                if name.ends_with("/lease") {
                    store.delete(&name).await.unwrap();
                }
            }
            next = run(&sandbox, folder.path(), &[]).run().await.unwrap();
        }
        let archived: BTreeSet<_> = sandbox.world().archived(BOARD).into_keys().collect();
        let offers: BTreeSet<_> = sandbox.world().offer_ids().into_iter().collect();
        assert!(archived == offers, "killed after {moment} ms: {} archived", archived.len());
    }
}

#[tokio::test]
async fn a_changed_filter_is_refused_and_can_begin_anew() {
    let (sandbox, folder) = (sandbox(200).await, tempfile::tempdir().unwrap());
    run(&sandbox, folder.path(), &[("typeContrat", "CDI")]).run().await.unwrap();
    let calls = sandbox.world().request_count(Api::FranceTravail);

    let refused = run(&sandbox, folder.path(), &[("typeContrat", "CDD")]).run().await.unwrap();
    assert_eq!((refused.status, refused.reason), (Status::Fatal, Reason::FilterChanged));
    assert_eq!(refused.hints, [Hint::ResetState { is_mirror: false }]);
    assert_eq!(sandbox.world().request_count(Api::FranceTravail), calls);

    let anew = Incremental { reset: Reset::Keep, ..Incremental::default() };
    let other = run(&sandbox, folder.path(), &[("typeContrat", "CDD")]).incremental(anew);
    let other = other.run().await.unwrap();
    assert_eq!(other.status, Status::Success);
    assert_eq!(counts(&other).1, 0);
}

#[tokio::test]
async fn of_two_runs_at_once_the_second_is_refused() {
    let (sandbox, folder) = (sandbox(500).await, tempfile::tempdir().unwrap());
    let first = run(&sandbox, folder.path(), &[]).run();
    let second = async {
        while sandbox.world().request_count(Api::Token) == 0 {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        run(&sandbox, folder.path(), &[]).run().await
    };
    let (first, second) = tokio::join!(first, second);
    assert_eq!(first.unwrap().status, Status::Success);
    assert_eq!(second.unwrap().reason, Reason::WorkflowBusy);
}

#[tokio::test]
async fn a_broken_store_is_said_before_any_call() {
    let (sandbox, folder) = (sandbox(50).await, tempfile::tempdir().unwrap());
    std::fs::write(folder.path().join("state.sqlite"), "this is no database, by any reading")
        .unwrap();
    let result = run(&sandbox, folder.path(), &[]).run().await.unwrap();
    assert_eq!((result.status, result.reason), (Status::Fatal, Reason::StoreFailure));
    assert_eq!(sandbox.world().request_count(Api::FranceTravail), 0);
}

#[tokio::test]
async fn a_reading_that_breaks_off_remembers_what_it_delivered() {
    let (sandbox, folder) = (sandbox(1_000).await, tempfile::tempdir().unwrap());
    let broken = Faults::only(Fault::Hung, 9, 0.5).at(Api::FranceTravail);
    sandbox.world().set_faults(Some(broken));
    let mut client_options = ClientOptions::over_https().unwrap();
    client_options.answer_timeout = Duration::from_millis(40);
    let first =
        run(&sandbox, folder.path(), &[]).client_options(client_options).run().await.unwrap();
    sandbox.world().set_faults(None);
    let delivered = counts(&first).0;
    let second = run(&sandbox, folder.path(), &[]).run().await.unwrap();
    assert_eq!(counts(&second), (1_000 - delivered, delivered, 0));
}
