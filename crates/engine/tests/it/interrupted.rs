//! What a run does after another was interrupted.

use engine::{Event, Grace, MirrorRules, Reason, RunState, Status};

use crate::shelf::{Job, Kind};
use crate::world::{Workflow, World, counts, ids};

async fn filled(offers: usize) -> World {
    let world = World::of(offers).await;
    for id in ids(0..offers) {
        world.shelf.by_hand(&id, |job| *job = Some(Job::default()));
    }
    world
}

async fn states(world: &World) -> Vec<RunState> {
    let runs = world.runs().await.list().await.unwrap();
    runs.iter().map(|run| run.record.state).collect()
}

#[tokio::test(start_paused = true)]
async fn the_next_run_resumes_one_that_does_the_same() {
    let world = filled(300).await;
    let workflow = Workflow::plain("w", Kind::Archive);
    world.killed_after(&workflow, 120).await;
    let result = world.run(&workflow).await;
    assert!(result.resumed);
    assert_eq!(result.status, Status::Success);
    assert_eq!(states(&world).await, [RunState::Ended]);
    assert!(world.shelf.live().is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_run_with_other_functions_begins_anew() {
    let world = filled(300).await;
    let workflow = Workflow::plain("w", Kind::Archive);
    world.killed_after(&workflow, 120).await;
    let archived = 300 - world.shelf.live().len();
    let all = ids(0..300);
    let changed = workflow.versioned(Some("2")).dropping(&all);
    let result = world.run(&changed).await;
    assert!(!result.resumed);
    assert_eq!(result.events.logics_discard, 300);
    assert_eq!(300 - world.shelf.live().len(), archived, "more was archived");
    assert_eq!(states(&world).await, [RunState::Ended, RunState::Abandoned]);
}

#[tokio::test(start_paused = true)]
async fn functions_of_unknown_code_are_not_taken_for_the_same() {
    let world = filled(300).await;
    let workflow = Workflow::plain("w", Kind::Archive).versioned(None);
    world.killed_after(&workflow, 120).await;
    assert!(!world.run(&workflow).await.resumed);
    assert_eq!(states(&world).await, [RunState::Ended, RunState::Abandoned]);
}

#[tokio::test(start_paused = true)]
async fn a_program_may_say_that_a_run_is_resumed() {
    let world = filled(300).await;
    let workflow = Workflow::plain("w", Kind::Archive).versioned(None);
    world.killed_after(&workflow, 120).await;
    let [found] = world.runs().await.list().await.unwrap().try_into().unwrap();
    let mut run = world.build(&workflow);
    run.resume(found);
    let result = run.run().await;
    assert!(result.resumed && world.shelf.live().is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_resumed_mirror_counts_what_it_archived_before_its_process_died() {
    for writes in 0..12 {
        let world = World::of(100).await;
        let rules = MirrorRules { grace: Grace::Readings(1), ..MirrorRules::default() };
        let workflow = Workflow { rules, ..Workflow::mirror("w") };
        world.run(&workflow).await;
        world.catalog.remove(ids(0..12));
        world.killed_after(&workflow, writes).await;
        let result = world.run(&workflow).await;
        let expected = [("unchanged", 88), ("archived", 12)].into();
        assert_eq!(counts(&result), expected, "killed after {writes}");
        assert_eq!(world.shelf.live().len(), 88);
    }
}

#[tokio::test(start_paused = true)]
async fn an_offer_that_came_back_is_not_archived_by_a_resumed_run() {
    let world = World::of(100).await;
    let rules = MirrorRules { grace: Grace::Readings(1), ..MirrorRules::default() };
    let workflow = Workflow { rules, ..Workflow::mirror("w") };
    world.run(&workflow).await;
    world.catalog.remove(ids(0..12));
    world.killed_after(&workflow, 3).await;
    for id in ids(0..12) {
        world.catalog.list(&id, "first");
    }
    let result = world.run(&workflow).await;
    assert_eq!(result.status, Status::Success, "{result:?}");
    assert_eq!(world.shelf.live().len(), 100);
}

#[tokio::test(start_paused = true)]
async fn of_two_runs_of_any_workflow_at_once_the_second_is_refused() {
    let world = filled(300).await;
    let workflow = Workflow::plain("w", Kind::Archive);
    let (first, second) = (world.build(&workflow), world.build(&workflow));
    let (first, second) = tokio::join!(first.run(), second.run());
    let mut reasons = [first.reason, second.reason];
    reasons.sort_by_key(|reason| reason.is_refusal());
    assert_eq!(reasons, [Reason::None, Reason::WorkflowBusy]);
    assert_eq!(world.shelf.writes(), 300);
}

#[tokio::test(start_paused = true)]
async fn what_was_not_sent_because_a_run_was_stopped_is_sent_when_it_is_resumed() {
    let world = filled(300).await;
    let workflow = Workflow::plain("w", Kind::Archive);
    let mut run = world.build(&workflow);
    let stop = run.stop();
    run.watch(move |event| {
        if matches!(event, Event::Ended { .. }) {
            stop.interrupt("interrupted");
        }
    });
    let stopped = run.run().await;
    assert!(stopped.unsent > 0 && stopped.interrupted);
    let [found] = world.runs().await.list().await.unwrap().try_into().unwrap();
    let mut run = world.build(&workflow);
    run.resume(found);
    assert_eq!(counts(&run.run().await), [("archived", 300)].into());
    assert_eq!(world.shelf.writes(), 300);
}
