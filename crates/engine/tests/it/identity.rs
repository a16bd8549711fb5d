//! What becomes of what a workflow remembers when the workflow changes.

use engine::{Hint, Incremental, Reason, Reset};

use crate::shelf::{Job, Kind};
use crate::world::{Workflow, World, counts, ids};

async fn filled(offers: usize) -> World {
    let world = World::of(offers).await;
    for id in ids(0..offers) {
        world.shelf.by_hand(&id, |job| *job = Some(Job::default()));
    }
    world
}

#[tokio::test(start_paused = true)]
async fn another_action_under_the_same_name_is_refused() {
    let world = filled(30).await;
    world.run(&Workflow::plain("w", Kind::Update).incremental()).await;
    let archive = Workflow::plain("w", Kind::Archive).incremental();
    let refused = world.run(&archive).await;
    assert_eq!(refused.reason, Reason::FilterChanged);
    let message = refused.message.unwrap();
    let change = "the action was `catalog.update_jobs_in_shelf` and is now \
                  `catalog.archive_jobs_in_shelf`";
    assert!(message.contains(change), "{message}");
    assert_eq!(refused.hints, [Hint::ResetState { is_mirror: false }]);

    let reset = Incremental { reset: Reset::Keep, ..Incremental::default() };
    let archive = Workflow { incremental: Some(reset), ..archive };
    assert_eq!(counts(&world.run(&archive).await), [("archived", 30)].into());
}

#[tokio::test(start_paused = true)]
async fn another_selection_is_refused_with_what_has_changed() {
    let world = filled(3).await;
    let workflow = Workflow::plain("w", Kind::Archive).incremental();
    world.run(&workflow).await;
    let refused = world.run(&Workflow { selection: "Lyon", ..workflow }).await;
    let message = refused.message.unwrap();
    assert!(message.contains("`place` was `Paris` and is now `Lyon`"), "{message}");
}

#[tokio::test(start_paused = true)]
async fn what_was_delivered_by_other_functions_is_looked_at_again() {
    let world = filled(30).await;
    let workflow = Workflow::plain("w", Kind::Update).incremental();
    assert_eq!(counts(&world.run(&workflow).await), [("updated", 30)].into());
    assert_eq!(counts(&world.run(&workflow).await), [("unchanged", 30)].into());
    let changed = workflow.versioned(Some("2"));
    assert_eq!(counts(&world.run(&changed).await), [("updated", 30)].into());
}

#[tokio::test(start_paused = true)]
async fn what_the_target_does_not_have_is_not_remembered_as_delivered() {
    let world = World::of(100).await;
    let workflow = Workflow::plain("w", Kind::Archive).incremental();
    assert_eq!(counts(&world.run(&workflow).await), [("missing", 100)].into());
    for id in ids(0..100) {
        world.shelf.by_hand(&id, |job| *job = Some(Job::default()));
    }
    assert_eq!(counts(&world.run(&workflow).await), [("archived", 100)].into());
    assert_eq!(counts(&world.run(&workflow).await), [("unchanged", 100)].into());
}
