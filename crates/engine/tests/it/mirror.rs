//! What a mirror archives, repairs, and leaves alone.

use engine::{Drifted, Grace, Hint, LeftSearch, MirrorRules, OnDrift, Status, Verify};

use crate::shelf::Job;
use crate::world::{Workflow, World, counts, ids};

fn at_once() -> MirrorRules {
    MirrorRules { grace: Grace::Readings(1), ..MirrorRules::default() }
}

fn mirror(id: &'static str, rules: MirrorRules) -> Workflow {
    Workflow { rules, ..Workflow::mirror(id) }
}

#[tokio::test(start_paused = true)]
async fn what_one_workflow_drops_another_keeps_until_it_drops_it_too() {
    let world = World::of(120).await;
    let (first, second) = (mirror("first", at_once()), mirror("second", at_once()));
    world.run(&first).await;
    world.run(&second).await;
    let dropped = ids(0..40);
    let narrowed = first.clone().versioned(Some("2")).dropping(&dropped);
    let result = world.run(&narrowed).await;
    assert_eq!(counts(&result)["released"], 40, "{result:?}");
    assert_eq!(result.status, Status::Success);
    assert_eq!(world.shelf.live().len(), 120);
    assert_eq!(counts(&world.run(&second).await).get("released"), None);

    let both = second.versioned(Some("2")).dropping(&dropped);
    assert_eq!(counts(&world.run(&both).await)["archived"], 40);
    assert_eq!(world.shelf.live().len(), 80);
}

#[tokio::test(start_paused = true)]
async fn a_job_that_another_workflow_has_archived_is_live_again_at_the_next_run() {
    let world = World::of(20).await;
    let (first, second) = (mirror("first", at_once()), mirror("second", at_once()));
    world.run(&first).await;
    world.run(&second).await;
    // A version that knew nothing of claims has archived it.
    world.shelf.by_hand("00003", |job| job.as_mut().unwrap().is_archived = true);
    let result = world.run(&second).await;
    assert_eq!(counts(&result)["updated"], 1);
    assert_eq!(world.shelf.live().len(), 20);
}

#[tokio::test(start_paused = true)]
async fn offers_that_leave_the_search_do_not_count_as_gone() {
    let world = World::of(1_000).await;
    let workflow = mirror("sliding", at_once());
    world.run(&workflow).await;
    world.catalog.leave(ids(0..300));
    world.catalog.remove(ids(300..330));
    let result = world.run(&workflow).await;
    assert_eq!((result.status, counts(&result)["archived"]), (Status::Success, 30), "{result:?}");
    assert_eq!(world.shelf.live().len(), 970);

    // They are not asked for again for a day, and then they are, until they are gone.
    let asked = world.catalog.asked();
    assert_eq!(counts(&world.run(&workflow).await).get("archived"), None);
    assert_eq!(world.catalog.asked(), asked);
}

#[tokio::test(start_paused = true)]
async fn offers_that_leave_the_search_are_archived_where_the_user_chose_so() {
    let world = World::of(1_000).await;
    let rules = MirrorRules { left_search: LeftSearch::Archive, ..at_once() };
    let workflow = mirror("sliding", rules);
    world.run(&workflow).await;
    world.catalog.leave(ids(0..300));
    let result = world.run(&workflow).await;
    assert_eq!((result.status, counts(&result)["archived"]), (Status::Success, 300));
    assert_eq!(counts(&world.run(&workflow).await).get("archived"), None);
}

#[tokio::test(start_paused = true)]
async fn a_reading_that_the_offers_themselves_refute_archives_nothing() {
    let world = World::of(1_000).await;
    let workflow = mirror("refuted", at_once());
    world.run(&workflow).await;
    world.catalog.hide(ids(0..150));
    world.catalog.remove(ids(500..510));
    let result = world.run(&workflow).await;
    assert_eq!((result.status, result.complete), (Status::SuccessWithFailures, false));
    assert!(result.message.as_ref().unwrap().contains("the reading was wrong"), "{result:?}");
    assert_eq!(world.shelf.live().len(), 1_000);

    // A reading that was wrong has missed nothing.
    world.catalog.show_all();
    let two = MirrorRules { grace: Grace::Readings(2), ..MirrorRules::default() };
    let patient = mirror("refuted", two);
    assert_eq!(world.run(&patient).await.pending, 10);
    assert_eq!(counts(&world.run(&patient).await)["archived"], 10);
}

#[tokio::test(start_paused = true)]
async fn an_empty_listing_archives_nothing_and_is_not_in_sync() {
    let world = World::of(30).await;
    let workflow = mirror("empty", MirrorRules::default());
    world.run(&workflow).await;
    let token = |result: &engine::RunResult| -> engine::IncrementalToken {
        serde_json::from_str(result.incremental_token.as_ref().unwrap()).unwrap()
    };
    let in_sync = token(&world.run(&workflow).await).last_complete_reading;
    world.catalog.hide(ids(0..30));
    let result = world.run(&workflow).await;
    assert_eq!(result.hints, [Hint::AllowMassArchive]);
    assert_eq!(token(&result).last_complete_reading, in_sync);
    assert_eq!(world.shelf.live().len(), 30);
}

#[tokio::test(start_paused = true)]
async fn what_a_hand_has_done_is_repaired() {
    let world = World::of(90).await;
    let workflow = mirror("hands", at_once());
    world.run(&workflow).await;
    change_by_hand(&world);
    let result = world.run(&workflow).await;
    assert_eq!(result.drifted, Some(Drifted { archived: 1, edited: 1, deleted: 1 }));
    assert_eq!((counts(&result)["updated"], counts(&result)["created"]), (2, 1), "{result:?}");
    assert_eq!(world.shelf.live().len(), 90);
    assert_eq!(world.shelf.job("00001").unwrap().content, "first");

    let writes = world.shelf.writes();
    let again = world.run(&workflow).await;
    assert_eq!((again.drifted, world.shelf.writes()), (None, writes));
}

#[tokio::test(start_paused = true)]
async fn what_a_hand_has_done_is_reported_where_the_user_chose_so() {
    let world = World::of(90).await;
    let rules = MirrorRules { on_drift: OnDrift::Report, ..at_once() };
    let workflow = mirror("hands", rules);
    world.run(&workflow).await;
    change_by_hand(&world);
    let result = world.run(&workflow).await;
    assert_eq!(result.drifted, Some(Drifted { archived: 1, edited: 1, deleted: 1 }));
    assert_eq!(counts(&result), [("unchanged", 90)].into());
    assert_eq!(world.shelf.job("00001").unwrap().content, "edited");
}

#[tokio::test(start_paused = true)]
async fn hands_are_not_looked_for_where_the_user_chose_so() {
    let world = World::of(90).await;
    let rules = MirrorRules { verify: Verify::Never, ..at_once() };
    let workflow = mirror("hands", rules);
    world.run(&workflow).await;
    change_by_hand(&world);
    assert_eq!(world.run(&workflow).await.drifted, None);
}

fn change_by_hand(world: &World) {
    world.shelf.by_hand("00000", |job| job.as_mut().unwrap().is_archived = true);
    world.shelf.by_hand("00001", |job| job.as_mut().unwrap().content = "edited".into());
    world.shelf.by_hand("00002", |job| *job = None);
}

#[tokio::test(start_paused = true)]
async fn a_board_of_an_earlier_version_is_claimed_once() {
    let world = World::of(60).await;
    let workflow = mirror("claims", at_once());
    world.run(&workflow).await;
    for id in ids(0..60) {
        world.shelf.by_hand(&id, |job| job.as_mut().unwrap().claimed_by.clear());
    }
    let result = world.run(&workflow).await;
    assert_eq!((counts(&result)["updated"], result.drifted), (60, None));
    assert_eq!(counts(&world.run(&workflow).await), [("unchanged", 60)].into());
}

#[tokio::test(start_paused = true)]
async fn jobs_of_other_makers_are_neither_adopted_nor_archived() {
    let world = World::of(10).await;
    let theirs = Job { claimed_by: ["other".to_owned()].into(), ..Job::default() };
    world.shelf.by_hand("theirs", |job| *job = Some(theirs));
    world.shelf.by_hand("free", |job| *job = Some(Job::default()));
    let workflow = mirror("adopting", at_once());
    // What nobody claims was made from an offer that is gone.
    let result = world.run(&workflow).await;
    assert_eq!(counts(&result)["archived"], 1, "{result:?}");
    assert!(world.shelf.live().contains("theirs"));
}

#[tokio::test(start_paused = true)]
async fn one_item_that_cannot_be_written_is_not_fatal_in_a_mirror() {
    let world = World::of(27).await;
    let workflow = mirror("one", at_once());
    world.run(&workflow).await;
    world.catalog.list("99999", "unwritable");
    let result = world.run(&workflow).await;
    assert_eq!(result.status, Status::SuccessWithFailures);
    assert_eq!(counts(&result), [("unchanged", 27), ("failed", 1)].into());
}
