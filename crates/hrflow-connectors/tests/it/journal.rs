//! What runs leave in the store, and what can be done with it.

use std::collections::BTreeSet;
use std::time::Duration;

use hrflow_connectors::{
    ClientOptions, Environment, Event, Given, Hint, Outcome, Place, Run, RunKind, RunState,
    SettingKey, Settings, Status,
};
use sandbox::Hrflow;

use crate::world::{BOARD, Setup, World};

/// So many offers, and an HrFlow that takes its time.
async fn world_of(offers: usize, latency_ms: u64) -> World {
    let latency = Duration::from_millis(latency_ms);
    Setup::offers(offers).hrflow(Hrflow { latency, ..Hrflow::default() }).start().await
}

/// Breaks a run off when so many items have ended, as `kill` does.
async fn break_off(world: &World, mut plan: Run, items: u64) {
    let (sender, mut ended) = tokio::sync::mpsc::unbounded_channel();
    plan.watch(move |event| {
        if matches!(event, Event::Ended { .. }) {
            let _ = sender.send(());
        }
    });
    let killed = async {
        for _ in 0..items {
            ended.recv().await;
        }
    };
    tokio::select! {
        biased;
        () = killed => {}
        result = plan.run() => panic!("it has ended: {result:?}"),
    }
    world.expire_leases().await;
}

#[tokio::test]
async fn a_run_leaves_its_result_and_each_item_once() {
    let world = world_of(300, 0).await;
    let result = world.run("archive", "").await;
    let [run] = world.runs().await.list().await.unwrap().try_into().unwrap();
    assert_eq!((run.record.state, run.is_alive), (RunState::Ended, false));
    assert_eq!(run.record.result, serde_json::to_value(&result).ok());
    let reports = world.reports(&run.record.run_id).await;
    let references: BTreeSet<_> = reports.iter().filter_map(|it| it.reference.clone()).collect();
    assert_eq!((reports.len(), references), (300, world.listed()));
    assert!(reports.iter().all(|report| report.outcome == "archived"));
    assert!((6_000..9_000).contains(&run.record.journal_bytes), "{}", run.record.journal_bytes);
}

#[tokio::test]
async fn the_next_run_goes_on_where_one_was_broken_off() {
    for items in [1, 149, 400] {
        let world = world_of(600, 1).await;
        break_off(&world, world.plan("archive", ""), items).await;
        let result = world.run("archive", "").await;
        assert_eq!(result.status, Status::Success);
        assert_eq!(result.outcomes.count(Outcome::Archived), 600, "broken off after {items}");
        assert_eq!((result.events.read_success, result.complete), (600, true));
        assert_eq!(world.archived(), world.listed());
        let [run] = world.runs().await.list().await.unwrap().try_into().unwrap();
        assert_eq!(world.reports(&run.record.run_id).await.len(), 600);
        // What was saved is not sent again; a second of work is, and whatever was in flight.
        let twice = world.services().archived(BOARD).values().filter(|it| **it > 1).count();
        assert!(twice < 600, "{twice} jobs were archived twice");
    }
}

#[tokio::test]
async fn what_was_created_by_a_process_that_died_counts_as_created() {
    let world = world_of(200, 1).await;
    // The board has a job of each offer, so the jobs to create are given other references.
    let format =
        "format = '{reference: (\"new-\" + .id), name: .intitule, location: {text: \"F\"}}'";
    break_off(&world, world.plan("create", format), 90).await;
    let result = world.run("create", format).await;
    assert_eq!(
        (result.outcomes.count(Outcome::Created), result.outcomes.count(Outcome::Unchanged)),
        (200, 0)
    );
}

#[tokio::test]
async fn a_stopped_run_can_be_gone_on_with() {
    let world = world_of(500, 1).await;
    let mut plan = world.plan("archive", "");
    let stop = plan.stop();
    let mut written = 0;
    plan.watch(move |event| {
        written += u32::from(matches!(event, Event::Ended { .. }));
        if written == 200 {
            stop.interrupt("interrupted");
        }
    });
    let stopped = plan.run().await;
    assert!(stopped.unsent > 0 && stopped.outcomes.count(Outcome::Archived) >= 200);
    assert_eq!((stopped.outcomes.count(Outcome::Failed), stopped.interrupted), (0, true));
    assert_eq!(stopped.hints, [Hint::Resume(stopped.run_id.clone())]);

    let runs = world.runs().await;
    let [run] = runs.list().await.unwrap().try_into().unwrap();
    assert_eq!(run.record.state, RunState::Stopped);
    assert_eq!(runs.dead_letters(&run.record.run_id).await.unwrap(), []);
    let mut resumed = world.plan_by_record(&run);
    resumed.resume(run);
    let result = resumed.run().await;
    assert_eq!(
        (result.outcomes.count(Outcome::Archived), result.outcomes.count(Outcome::Failed)),
        (500, 0)
    );
    assert_eq!(result.run_id, stopped.run_id);
    assert_eq!(world.archived(), world.listed());
}

#[tokio::test]
async fn a_stopped_run_is_over_once_a_later_one_was_at_the_same_items() {
    let world = world_of(300, 1).await;
    // Most of what is under way waits for its turn.
    let mut plan = world.plan("archive", "write_rate = 1200");
    let (stop, mut items) = (plan.stop(), 0);
    plan.watch(move |event| {
        items += u32::from(matches!(event, Event::Ended { .. }));
        if items == 20 {
            stop.interrupt("interrupted");
        }
    });
    let stopped = plan.run().await;
    // What was in flight has not failed.
    assert_eq!(
        (stopped.outcomes.count(Outcome::Failed), stopped.unsent > 0),
        (0, true),
        "{stopped:?}"
    );
    let later = world.run("archive", "").await;
    assert_eq!((later.status, later.run_id != stopped.run_id), (Status::Success, true));
    let states: Vec<_> = world.runs().await.list().await.unwrap();
    let states: Vec<_> = states.iter().map(|run| run.record.state).collect();
    assert_eq!(states, [RunState::Ended, RunState::Abandoned]);
}

#[tokio::test]
async fn a_run_of_another_workflow_is_not_gone_on_with() {
    let world = world_of(300, 1).await;
    break_off(&world, world.plan("archive", ""), 100).await;
    let other = "logics = ['select(.typeContrat == \"CDI\")']";
    let result = world.run("archive", other).await;
    assert_eq!(result.events.read_success, 300);
    assert!(result.events.logics_discard > 0);
    let states: Vec<_> = world.runs().await.list().await.unwrap();
    let states: Vec<_> = states.iter().map(|run| run.record.state).collect();
    assert_eq!(states, [RunState::Ended, RunState::Abandoned]);
}

#[tokio::test]
async fn what_failed_for_good_can_be_sent_again() {
    let world = world_of(120, 0).await;
    let format = "format = 'if .id | endswith(\"7\") then {} else {reference: .id} end'";
    let first = world.run("archive", format).await;
    let failed = first.outcomes.count(Outcome::Failed);
    assert!(failed > 0 && first.status == Status::SuccessWithFailures);

    let runs = world.runs().await;
    let [run] = runs.list().await.unwrap().try_into().unwrap();
    let letters = runs.dead_letters(&run.record.run_id).await.unwrap();
    assert_eq!(letters.len() as u64, failed);
    assert!(
        letters
            .iter()
            .all(|letter| letter.key.id().unwrap().ends_with('7') && letter.stage == "write")
    );
    assert!(letters[0].why.contains("neither a `reference` nor a `key`"), "{}", letters[0].why);

    // They fail again in the form that they have.
    let again = world.plan_by_record(&run);
    let second = again.retry(run.record.run_id.clone(), letters.clone()).await;
    assert_eq!(
        (second.events.read_success, second.outcomes.count(Outcome::Failed)),
        (failed, failed)
    );
    assert_eq!(runs.dead_letters(&run.record.run_id).await.unwrap().len() as u64, failed);

    // With another form they do not, and then they are no more among what failed.
    let mended = letters.into_iter().map(|mut letter| {
        letter.item =
            Some([("reference".to_owned(), letter.key.id().unwrap().into())].into_iter().collect());
        letter
    });
    let again = world.plan_by_record(&run);
    let third = again.retry(run.record.run_id.clone(), mended.collect()).await;
    assert_eq!((third.status, third.outcomes.count(Outcome::Archived)), (Status::Success, failed));
    assert_eq!(runs.dead_letters(&run.record.run_id).await.unwrap(), []);
    assert_eq!(world.archived(), world.listed());
    let newest = &runs.list().await.unwrap()[0];
    assert_eq!(newest.record.kind, RunKind::Retry { of: run.record.run_id });
}

#[tokio::test]
async fn an_item_that_failed_before_it_had_a_form_is_read_anew() {
    let world = world_of(60, 0).await;
    let logic = "logics = ['if .id | endswith(\"3\") then error(\"no\") else . end']";
    let first = world.run("update", logic).await;
    let failed = first.events.logics_failure;
    assert!(failed > 0);
    let runs = world.runs().await;
    let [run] = runs.list().await.unwrap().try_into().unwrap();
    let letters = runs.dead_letters(&run.record.run_id).await.unwrap();
    assert!(letters.iter().all(|letter| letter.item.is_none() && letter.stage == "logic 1"));
    let again = world.plan_of(world.settings("update", ""));
    let second = again.retry(run.record.run_id.clone(), letters).await;
    assert_eq!(
        (second.outcomes.count(Outcome::Updated), second.events.read_success),
        (failed, failed)
    );
}

#[tokio::test]
async fn an_offer_that_is_gone_is_not_written_again() {
    let world = world_of(40, 0).await;
    let format = "format = 'if .id | endswith(\"1\") then {reference: .id} else {reference: .id, \
                  name: \"x\", location: {text: \"y\"}} end'";
    let first = world.run("update", format).await;
    let failed = first.outcomes.count(Outcome::Failed);
    assert!(failed > 0);
    let runs = world.runs().await;
    let [run] = runs.list().await.unwrap().try_into().unwrap();
    let letters = runs.dead_letters(&run.record.run_id).await.unwrap();
    world.services().remove_offer(letters[0].key.id().unwrap());
    let again = world.plan_by_record(&run);
    let second = again.retry(run.record.run_id.clone(), letters).await;
    assert_eq!(
        (second.outcomes.count(Outcome::Missing), second.outcomes.count(Outcome::Failed)),
        (1, failed - 1)
    );
}

#[tokio::test]
async fn a_run_ends_early_when_too_much_fails() {
    let world = world_of(2_000, 0).await;
    let settings = "max_failures = 10\nformat = '{}'";
    let result = world.run("archive", settings).await;
    let message = result.message.clone().unwrap();
    assert!(message.contains("more than `max_failures` = 10"), "{message}");
    assert!(result.events.read_success < 2_000 && !result.complete);
    let share = "max_failures = \"5%\"\nlogics = ['if .id | endswith(\"3\") then error(\"no\") else . end']";
    let result = world.run("archive", share).await;
    assert!(result.message.unwrap().contains("= 5%"));
    let none = "max_failures = \"20%\"\nlogics = ['if .id | endswith(\"3\") then error(\"no\") else . end']";
    let result = world.run("archive", none).await;
    assert_eq!((result.message, result.complete), (None, true));
}

#[tokio::test]
async fn old_runs_are_forgotten() {
    let world = world_of(30, 0).await;
    for _ in 0..4 {
        world.run("archive", "keep_runs = 2").await;
    }
    let runs = world.runs().await.list().await.unwrap();
    assert_eq!(runs.len(), 2);
    let store = world.store().await;
    let journals = store.list("journals/").await.unwrap();
    let owners: BTreeSet<_> = journals.iter().filter_map(|name| name.split('/').nth(1)).collect();
    assert_eq!(owners.len(), 2);
}

#[tokio::test]
async fn a_journal_holds_no_intent_of_a_run_that_is_done() {
    let world = world_of(500, 0).await;
    world.run("archive", "").await;
    let store = world.store().await;
    let names = store.list("journals/").await.unwrap();
    assert!(names.iter().all(|name| !name.contains("/intents/")), "{names:?}");
}

#[tokio::test]
async fn only_what_was_created_since_is_read_where_somebody_chooses_so() {
    let world = world_of(400, 0).await;
    let since = "incremental = true\nsince = \"creation_date\"\nsince_overlap = \"1h\"";
    let first = world.run("archive", since).await;
    assert_eq!((first.outcomes.count(Outcome::Archived), first.complete), (400, true));
    let second = world.run("archive", since).await;
    assert!(second.events.read_success < 400, "{:?}", second.outcomes);
    assert!(!second.complete && second.status == Status::Success);
    assert!(second.message.unwrap().contains("only what was created since"));
}

#[test]
fn what_does_not_go_together_is_refused() {
    let problems = |text: &str| {
        let text = format!("workflow_id = \"x\"\n{text}");
        let settings = Settings::from_toml(&text, "x.toml", &Environment::default());
        let client_options = ClientOptions::over_https().unwrap();
        settings.plan(&Environment::default(), &client_options).unwrap_err().to_string()
    };
    let sync = "action = \"francetravail.sync_jobs_in_hrflow\"\nsince = \"creation_date\"";
    assert!(problems(sync).contains("reads everything that is listed"));
    let overlap = "action = \"francetravail.archive_jobs_in_hrflow\"\nsince_overlap = \"1h\"";
    assert!(problems(overlap).contains("requires `since = \"creation_date\"`"));
    let alone = "action = \"francetravail.archive_jobs_in_hrflow\"\nsince = \"creation_date\"";
    assert!(problems(alone).contains("requires `incremental = true`"));
    let wrong = "action = \"francetravail.archive_jobs_in_hrflow\"\nmax_failures = \"many\"\n\
                 since = \"yesterday\"\nkeep_runs = 0";
    let told = problems(wrong);
    for part in ["max_failures", "5%", "since", "`delivered`", "keep_runs"] {
        assert!(told.contains(part), "{part}: {told}");
    }
}

#[tokio::test]
async fn a_run_that_has_begun_anew_is_resumed() {
    let world = world_of(120, 10).await;
    assert_eq!(world.run("sync", "").await.status, Status::Success);
    let narrowed = "[pull_parameters]\ntypeContrat = \"CDI\"";
    let mut settings = world.settings("sync", narrowed);
    settings.set(SettingKey::BeginAnew, Given::text("archive", Place::Flag("here".to_owned())));
    break_off(&world, world.plan_of(settings), 70).await;
    let run = world.runs().await.list().await.unwrap().remove(0);
    let mut plan = world.plan_by_record(&run);
    plan.resume(run);
    let result = plan.run().await;
    assert_eq!((result.status, &result.message), (Status::Success, &None));
    let listed = result.events.read_success;
    assert_eq!(result.outcomes.count(Outcome::Archived) + listed, 120);
    assert_eq!(world.run("sync", narrowed).await.outcomes.count(Outcome::Unchanged), listed);
}

#[tokio::test]
async fn a_run_that_is_resumed_forgets_nothing_that_it_has_delivered() {
    let world = world_of(150, 400).await;
    let mut settings = world.settings("archive", "incremental = true");
    settings.set(SettingKey::BeginAnew, Given::text("keep", Place::Flag("here".to_owned())));
    break_off(&world, world.plan_of(settings), 130).await;
    let run = world.runs().await.list().await.unwrap().remove(0);
    let mut plan = world.plan_by_record(&run);
    plan.resume(run);
    assert_eq!(plan.run().await.outcomes.count(Outcome::Archived), 150);
    let after = world.run("archive", "incremental = true").await;
    assert_eq!(after.outcomes.count(Outcome::Unchanged), 150);
}
