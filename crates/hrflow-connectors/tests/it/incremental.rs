//! Delivering only what a workflow has not delivered yet.

use std::time::Duration;

use hrflow_connectors::{
    ClientOptions, Hint, Incremental, IncrementalToken, Outcome, Reason, Reset, RunBuilder,
    RunResult, Status,
};
use sandbox::{Api, Fault, Faults, Hrflow};

use crate::world::{Setup, World};

fn run(world: &World, pull: &[(&str, &str)]) -> RunBuilder {
    world.archive_of(pull).state(world.state()).incremental(Incremental::default())
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
    let world = Setup::offers(300).start().await;
    let first = run(&world, &[]).run().await.unwrap();
    assert_eq!(counts(&first), (300, 0, 0));
    assert_eq!(token(&first).delivered, 300);
    assert!(token(&first).last_complete_reading.is_some());

    let second = run(&world, &[]).run().await.unwrap();
    assert_eq!(counts(&second), (0, 300, 0));
    assert_eq!(second.status, Status::Success);
    assert_eq!(world.hrflow_calls(), 300);

    let changed = world.services().offer_ids()[7].clone();
    world.change(&changed, "intitule", "Changed");
    let third = run(&world, &[]).run().await.unwrap();
    assert_eq!(counts(&third), (1, 299, 0));
}

#[tokio::test]
async fn what_failed_is_delivered_by_the_next_run() {
    let world = Setup::offers(200).start().await;
    let format = |item: hrflow_connectors::Item| {
        let id = item.text("id").unwrap_or_default().to_owned();
        if id.ends_with('3') { Err("not today") } else { Ok(serde_json::json!({"reference": id})) }
    };
    let first = run(&world, &[]).format(format).run().await.unwrap();
    assert_eq!(first.status, Status::SuccessWithFailures);
    assert_eq!(token(&first).last_complete_reading, None);
    let failed = first.events.format_failure;
    assert!(failed > 0);
    let second = run(&world, &[]).run().await.unwrap();
    assert_eq!(counts(&second), (failed, 200 - failed, 0));
}

#[tokio::test]
async fn a_run_that_dies_at_any_moment_skips_nothing() {
    for moment in [1, 20, 45, 70, 90, 120, 150, 200] {
        let hrflow = Hrflow { latency: Duration::from_millis(2), ..Hrflow::default() };
        let world = Setup::offers(1_500).hrflow(hrflow).start().await;
        let killed = run(&world, &[]).run();
        let killed = tokio::time::timeout(Duration::from_millis(moment), killed).await;
        let mut next = run(&world, &[]).run().await.unwrap();
        // What the killed run was just writing may come late.
        while killed.is_err() && next.reason == Reason::WorkflowBusy {
            world.expire_leases().await;
            next = run(&world, &[]).run().await.unwrap();
        }
        let archived = world.archived();
        assert!(archived == world.listed(), "killed after {moment} ms: {}", archived.len());
    }
}

#[tokio::test]
async fn a_changed_filter_is_refused_and_can_begin_anew() {
    let world = Setup::offers(200).start().await;
    run(&world, &[("typeContrat", "CDI")]).run().await.unwrap();
    let calls = world.services().request_count(Api::FranceTravail);

    let refused = run(&world, &[("typeContrat", "CDD")]).run().await.unwrap();
    assert_eq!((refused.status, refused.reason), (Status::Fatal, Reason::FilterChanged));
    assert_eq!(refused.hints, [Hint::ResetState { is_mirror: false }]);
    assert_eq!(world.services().request_count(Api::FranceTravail), calls);

    let anew = Incremental { reset: Reset::Keep, ..Incremental::default() };
    let other = run(&world, &[("typeContrat", "CDD")]).incremental(anew);
    let other = other.run().await.unwrap();
    assert_eq!(other.status, Status::Success);
    assert_eq!(counts(&other).1, 0);
}

#[tokio::test]
async fn of_two_runs_at_once_the_second_is_refused() {
    let world = Setup::offers(500).start().await;
    let first = run(&world, &[]).run();
    let second = async {
        while world.services().request_count(Api::Token) == 0 {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        run(&world, &[]).run().await
    };
    let (first, second) = tokio::join!(first, second);
    assert_eq!(first.unwrap().status, Status::Success);
    assert_eq!(second.unwrap().reason, Reason::WorkflowBusy);
}

#[tokio::test]
async fn a_broken_store_is_said_before_any_call() {
    let world = Setup::offers(50).start().await;
    std::fs::write(world.folder.path().join("state.sqlite"), "this is no database, by any reading")
        .unwrap();
    let result = run(&world, &[]).run().await.unwrap();
    assert_eq!((result.status, result.reason), (Status::Fatal, Reason::StoreFailure));
    assert_eq!(world.services().request_count(Api::FranceTravail), 0);
}

#[tokio::test]
async fn a_reading_that_breaks_off_remembers_what_it_delivered() {
    let world = Setup::offers(1_000).start().await;
    let broken = Faults::only(Fault::Hung, 9, 0.5).at(Api::FranceTravail);
    world.services().set_faults(Some(broken));
    let mut client_options = ClientOptions::over_https().unwrap();
    client_options.answer_timeout = Duration::from_millis(40);
    let first = run(&world, &[]).client_options(client_options).run().await.unwrap();
    world.services().set_faults(None);
    let delivered = counts(&first).0;
    let second = run(&world, &[]).run().await.unwrap();
    assert_eq!(counts(&second), (1_000 - delivered, delivered, 0));
}
