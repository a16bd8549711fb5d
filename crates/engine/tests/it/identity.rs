//! What becomes of what a workflow remembers when the workflow changes.

use engine::{Hint, Incremental, OnOutdated, Reason, Reset};

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
async fn what_an_earlier_version_of_the_action_has_written_is_planned_and_replaced_once() {
    let world = World::of(30).await;
    let workflow = Workflow::mirror("w");
    assert_eq!(counts(&world.run(&workflow).await), [("created", 30)].into());
    let changed = workflow.mapped(2);
    let (foreseen, _) = world.build(&changed).preview().await;
    assert_eq!(counts(&foreseen), [("updated", 30)].into());
    assert_eq!(counts(&world.run(&changed).await), [("updated", 30)].into());
    assert_eq!(counts(&world.run(&changed).await), [("unchanged", 30)].into());
}

#[tokio::test(start_paused = true)]
async fn a_plan_says_once_that_what_was_written_before_versions_gets_one() {
    let world = World::of(30).await;
    let workflow = Workflow::mirror("w");
    let hints = async |workflow: &Workflow| world.build(workflow).preview().await.0.hints;
    assert_eq!(hints(&workflow.clone().mapped(2)).await, [], "nothing was written");
    world.run(&workflow).await;
    let changed = workflow.mapped(2);
    assert_eq!(hints(&changed).await, [Hint::Text("jobs get a version".to_owned())]);
    world.run(&changed).await;
    assert_eq!(hints(&changed).await, []);
    assert_eq!(hints(&changed.mapped(3)).await, []);
}

#[tokio::test(start_paused = true)]
async fn a_workflow_of_before_keeps_its_format_where_nobody_has_chosen_one() {
    let former = async |workflow: &Workflow| {
        let world = World::of(3).await;
        world.run(workflow).await;
        let chosen = Workflow::mirror("w").mapped(2).or_former(1);
        let (_, plan) = world.build(&chosen).preview().await;
        assert_eq!(world.build(&chosen).apply(plan, OnOutdated::Stop).await.reason, Reason::None);
        world.run(&chosen).await;
        let content = world.shelf.job(&ids(0..1)[0]).unwrap().content;
        content.chars().next_back().unwrap()
    };
    assert_eq!(former(&Workflow::mirror("w")).await, '1');
    assert_eq!(former(&Workflow::mirror("w").mapped(1)).await, '1');
    assert_eq!(former(&Workflow::mirror("w").mapped(2)).await, '2');
    assert_eq!(former(&Workflow::mirror("another")).await, '2');
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
