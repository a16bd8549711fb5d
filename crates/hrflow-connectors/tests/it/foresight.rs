//! What a run would do, and doing just that.

use std::collections::BTreeMap;

use hrflow_connectors::{
    ClientOptions, Drifted, Given, OnOutdated, Place, Reason, RunResult, SavedPlan, SettingKey,
    Settings, Status,
};

use crate::world::{BOARD, Setup, World, counts};

/// So many offers, a share of them on the board.
async fn world_of(offers: usize, held: f64) -> World {
    let setup = Setup::offers(offers).on_board(held);
    setup.with(|settings| settings.francetravail.states_rate = false).start().await
}

async fn foresee(world: &World, action: &str) -> (RunResult, SavedPlan) {
    world.plan(action, "").preview().await
}

/// How often HrFlow was asked to change something.
fn writes(world: &World) -> usize {
    let requests = world.services().requests();
    let is_write = |line: &str| !line.starts_with("GET ");
    requests.iter().filter(|it| it.api == sandbox::Api::Hrflow && is_write(&it.line)).count()
}

#[tokio::test]
async fn a_plan_tells_what_a_run_does_and_does_nothing() {
    for (action, held) in [("create", 0.5), ("update", 0.5), ("archive", 0.5), ("sync", 0.5)] {
        let world = world_of(60, held).await;
        let (foreseen, plan) = foresee(&world, action).await;
        assert_eq!(writes(&world), 0, "{action}");
        let store = world.store().await;
        assert_eq!(store.list("").await.unwrap(), [""; 0], "{action}");
        let result = world.plan(action, "").run().await;
        assert_eq!(counts(&foreseen), counts(&result), "{action}");
        let changes: u64 =
            result.outcomes.iter().filter(|(it, _)| it.is_change()).map(|(_, n)| n).sum();
        assert_eq!(plan.steps.len() as u64, changes, "{action}");
    }
}

#[tokio::test]
async fn a_plan_that_is_applied_does_just_what_it_says() {
    let world = world_of(40, 0.0).await;
    let (_, plan) = foresee(&world, "sync").await;
    assert_eq!(plan.steps.len(), 40);
    // A plan survives being written to a file.
    let plan: SavedPlan = serde_json::from_str(&serde_json::to_string(&plan).unwrap()).unwrap();
    let applied = world.plan("sync", "").apply(plan, OnOutdated::Stop).await;
    assert_eq!((applied.status, counts(&applied)["created"]), (Status::Success, 40));
    let before = writes(&world);
    let synced = world.plan("sync", "").run().await;
    assert_eq!(counts(&synced), BTreeMap::from([("unchanged", 40)]));
    assert_eq!(writes(&world), before);
}

#[tokio::test]
async fn a_change_is_told_field_by_field_and_costs_one_call() {
    let world = world_of(30, 0.0).await;
    world.plan("sync", "").run().await;
    let ids = world.services().offer_ids();
    for id in &ids[..3] {
        world.change(id, "intitule", "Boulanger de nuit (H/F)");
    }
    let (foreseen, plan) = foresee(&world, "sync").await;
    assert_eq!(counts(&foreseen), BTreeMap::from([("unchanged", 27), ("updated", 3)]));
    for step in &plan.steps {
        let told = step.changes.to_string();
        assert!(told.starts_with("~ name: \"") && told.contains("de nuit"), "{told}");
        // The board keeps its own time of creation.
        let content = told.lines().filter(|line| !line.starts_with("~ created_at"));
        assert_eq!(content.count(), 1, "{told}");
    }
    let before = writes(&world);
    world.plan("sync", "").run().await;
    assert_eq!(writes(&world) - before, 3);
}

#[tokio::test]
async fn a_plan_is_refused_when_the_world_has_moved() {
    let world = world_of(20, 0.0).await;
    let (_, plan) = foresee(&world, "sync").await;
    let moved = world.services().offer_ids();
    world.change(&moved[0], "intitule", "Changed");
    world.services().remove_offer(&moved[1]);
    let refused = world.plan("sync", "").apply(plan.clone(), OnOutdated::Stop).await;
    assert_eq!((refused.status, refused.reason), (Status::Fatal, Reason::PlanOutdated));
    let message = refused.message.unwrap();
    assert!(message.contains("2 of 20 steps no longer hold"), "{message}");
    let has = |id: &str, why: &str| message.contains(&format!("{id}: {why}"));
    assert!(has(&moved[0], "the offer has changed at the origin"), "{message}");
    assert!(has(&moved[1], "the offer is no longer listed"), "{message}");
    assert_eq!(writes(&world), 0);

    let other = world
        .plan("sync", "logics = ['select(.typeContrat == \"CDI\")']")
        .apply(plan, OnOutdated::Stop)
        .await;
    assert_eq!(other.reason, Reason::PlanOutdated);
    assert_eq!(writes(&world), 0);
}

#[tokio::test]
async fn one_step_that_no_longer_holds_keeps_all_others_back() {
    // More steps than are sent at a time.
    let world = world_of(400, 0.0).await;
    let (_, plan) = foresee(&world, "create").await;
    let last = plan.steps.last().unwrap().reference.clone();
    world.services().remove_offer(&last);
    let refused = world.plan("create", "").apply(plan.clone(), OnOutdated::Stop).await;
    let message = refused.message.unwrap();
    assert!(message.contains("1 of 400 steps no longer hold"), "{message}");
    assert!(message.ends_with("nothing was sent"), "{message}");
    assert_eq!(writes(&world), 0);
    let applied = world.plan("create", "").apply(plan, OnOutdated::Skip).await;
    assert_eq!(applied.outcomes.count(hrflow_connectors::Outcome::Created), 399);
}

#[tokio::test]
async fn a_plan_is_refused_when_its_job_was_changed_by_others() {
    let world = world_of(10, 1.0).await;
    let (_, plan) = foresee(&world, "update").await;
    assert_eq!(plan.steps.len(), 10);
    world
        .plan("update", "format = '{reference: .id, name: \"x\", location: {text: \"y\"}}'")
        .run()
        .await;
    let before = writes(&world);
    let refused = world.plan("update", "").apply(plan, OnOutdated::Stop).await;
    assert_eq!(refused.reason, Reason::PlanOutdated);
    assert!(refused.message.unwrap().contains("the job has changed at the target"));
    assert_eq!(writes(&world), before);
}

#[tokio::test]
async fn a_mirror_begins_with_what_its_board_holds_of_its_origin() {
    let world = world_of(80, 0.0).await;
    // Another workflow has filled the board; then offers vanish.
    world.plan("create", "").run().await;
    let gone = world.services().offer_ids()[..5].to_vec();
    for id in &gone {
        world.services().remove_offer(id);
    }
    let first = world.plan("sync", "").run().await;
    assert_eq!(counts(&first), BTreeMap::from([("updated", 75)]), "{:?}", first.message);
    let second = world.plan("sync", "").run().await;
    assert_eq!(counts(&second), BTreeMap::from([("archived", 5), ("unchanged", 75)]));
    let archived = world.services().archived(BOARD);
    assert!(gone.iter().all(|id| archived.contains_key(id)) && archived.len() == 5);
}

#[tokio::test]
async fn what_other_programs_discard_is_looked_at_again() {
    let world = world_of(60, 0.0).await;
    world.plan("sync", "").run().await;
    let narrowed = "logics = ['select(.typeContrat == \"CDI\")']";
    let first = world.plan("sync", narrowed).run().await;
    assert!(first.events.logics_discard > 0);
    let second = world.plan("sync", narrowed).run().await;
    // What the logics leave out goes as what is listed no more: after its grace.
    let archived = counts(&second).get("archived").copied().unwrap_or_default();
    assert_eq!(archived, second.events.logics_discard, "{:?}", second.message);
}

/// A workflow file with filters, and more push parameters than the board.
fn pushing(world: &World, action: &str, pull: &str, push: &str) -> Settings {
    world.settings_of(&format!(
        "workflow_id = \"pushing\"\naction = \"francetravail.{action}_jobs_in_hrflow\"\n\
         read_rate = 10000\n[pull_parameters]\n{pull}\n\
         [push_parameters]\nboard_key = \"{BOARD}\"\n{push}\n"
    ))
}

#[tokio::test]
async fn archive_can_take_what_the_search_lists_no_more() {
    let world = world_of(70, 0.0).await;
    world.plan("create", "").run().await;
    let vanished =
        || world.plan_of(pushing(&world, "archive", "", "select = \"vanished\"\ngrace = 1"));
    assert_eq!(counts(&vanished().run().await), BTreeMap::from([("unchanged", 70)]));
    let gone = world.services().offer_ids()[..4].to_vec();
    for id in &gone {
        world.services().remove_offer(id);
    }
    let (foreseen, plan) = vanished().preview().await;
    assert_eq!(counts(&foreseen), BTreeMap::from([("archived", 4), ("unchanged", 66)]));
    assert!(plan.steps.iter().all(|step| gone.contains(&step.reference)));
    let result = vanished().run().await;
    assert_eq!(counts(&result), counts(&foreseen));
    let archived = world.services().archived(BOARD);
    assert!(gone.iter().all(|id| archived.contains_key(id)) && archived.len() == 4);
}

#[tokio::test]
async fn the_jobs_of_a_filter_of_before_go_when_somebody_says_so() {
    let world = world_of(60, 0.0).await;
    let first = world.plan_of(pushing(&world, "sync", "", "")).run().await;
    assert_eq!(counts(&first)["created"], 60);
    let narrowed = || world.plan_of(pushing(&world, "sync", "typeContrat = \"CDI\"", ""));
    let refused = narrowed().run().await;
    assert_eq!(refused.reason, Reason::FilterChanged);
    let mut settings = pushing(&world, "sync", "typeContrat = \"CDI\"", "");
    let place = Place::Flag("--begin-anew".to_owned());
    settings.set(SettingKey::BeginAnew, Given::text("archive", place));
    let anew = world.plan_of(settings).run().await;
    let kept = counts(&anew)["unchanged"];
    assert_eq!(counts(&anew), BTreeMap::from([("archived", 60 - kept), ("unchanged", kept)]));
    let after = narrowed().run().await;
    assert_eq!(counts(&after), BTreeMap::from([("unchanged", kept)]));
}

/// Why a workflow file is refused.
fn refused(world: &World, text: &str) -> String {
    let options = ClientOptions::over_https().unwrap();
    let refused = world.settings_of(text).plan(&world.environment(), &options);
    refused.unwrap_err().to_string()
}

#[tokio::test]
async fn steps_have_nothing_to_do_where_nothing_listed_is_written() {
    let world = world_of(1, 0.0).await;
    let text = format!(
        "workflow_id = \"x\"\naction = \"francetravail.archive_jobs_in_hrflow\"\nlogics = ['.']\n\
         [push_parameters]\nboard_key = \"{BOARD}\"\nselect = \"vanished\"\n"
    );
    let problems = refused(&world, &text);
    assert!(problems.contains("logics[0]") && problems.contains("nothing that is listed"));
    let text = text.replace("select = \"vanished\"", "grace = 3").replace("logics = ['.']", "");
    let problems = refused(&world, &text);
    assert!(problems.contains("requires `select = \"vanished\"`"), "{problems}");
}

#[tokio::test]
async fn a_check_tells_how_old_a_mirror_is() {
    let world = world_of(5, 0.0).await;
    let told = |checked: Vec<hrflow_connectors::Checked>| checked[2].answer.clone().unwrap();
    assert!(told(world.plan("sync", "").check().await).contains("never in sync yet"));
    world.plan("sync", "").run().await;
    assert!(told(world.plan("sync", "").check().await).contains("less than an hour ago"));
    assert_eq!(world.plan("archive", "").check().await.len(), 2);
}

#[tokio::test]
async fn what_another_workflow_mirrors_into_the_same_board_is_left_alone() {
    let world = world_of(150, 0.0).await;
    world.plan("create", "").run().await;
    let narrowed = || {
        world.plan_of(pushing(
            &world,
            "sync",
            "typeContrat = \"CDD\"",
            "grace = 1\nconfirm = \"listing\"",
        ))
    };
    // Most of the board is not in this search, and still listed: nothing is withheld or archived.
    let first = narrowed().run().await;
    let own = counts(&first)["updated"];
    assert!(own > 0 && own < 75, "{own} of 150");
    assert_eq!((first.status, counts(&first).get("archived")), (Status::Success, None));
    assert_eq!(counts(&narrowed().run().await), BTreeMap::from([("unchanged", own)]));
}

#[tokio::test]
async fn jobs_that_somebody_archived_are_live_again() {
    let world = world_of(10, 0.0).await;
    world.plan("sync", "").run().await;
    world.plan("archive", "").run().await;
    let id = world.services().offer_ids()[0].clone();
    world.change(&id, "intitule", "Changed");
    let result = world.plan("sync", "").run().await;
    assert_eq!(counts(&result), BTreeMap::from([("updated", 10)]));
    let drifted = Drifted { archived: 10, ..Drifted::default() };
    assert_eq!(result.drifted, Some(drifted));
    assert!(world.services().archived(BOARD).is_empty());
}
