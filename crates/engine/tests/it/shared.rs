//! Runs that read together what is read once.

use std::time::Duration;

use engine::{RunResult, SharedReading, Status};
use tokio::time::{Instant, sleep};

use crate::shelf::Kind;
use crate::world::{Workflow, World, counts};

fn of(world: &World, members: usize) -> SharedReading {
    SharedReading::new(world.build(&Workflow::mirror("reader")), members)
}

async fn run_with(world: &World, id: &'static str, reading: &SharedReading) -> RunResult {
    world.build(&Workflow::mirror(id)).read_with(reading).run().await
}

#[tokio::test(start_paused = true)]
async fn what_two_runs_search_is_read_once() {
    let world = World::of(2_000).await;
    let reading = of(&world, 2);
    let (first, second) =
        tokio::join!(run_with(&world, "first", &reading), run_with(&world, "second", &reading));
    for result in [&first, &second] {
        assert_eq!((result.status, result.complete), (Status::Success, true), "{result:?}");
        assert_eq!(result.events.read_success, 2_000);
    }
    assert_eq!((world.catalog.readings(), world.shelf.live().len()), (1, 2_000));
}

#[tokio::test(start_paused = true)]
async fn a_run_that_ends_early_ends_the_reading_for_nobody_else() {
    let world = World::of(2_000).await;
    let reading = of(&world, 2);
    let stopped = world.build(&Workflow::mirror("first")).read_with(&reading);
    let stop = stopped.stop();
    let stopping = async move {
        tokio::task::yield_now().await;
        stop.interrupt("enough");
    };
    let (first, second, ()) =
        tokio::join!(stopped.run(), run_with(&world, "second", &reading), stopping);
    assert!(first.interrupted, "{first:?}");
    assert_eq!((second.complete, second.events.read_success), (true, 2_000), "{second:?}");
}

#[tokio::test(start_paused = true)]
async fn a_run_that_does_not_begin_keeps_nobody_waiting() {
    let world = World::of(300).await;
    let reading = of(&world, 2);
    let refused = world.build(&Workflow::mirror("first")).read_with(&reading);
    let began = Instant::now();
    drop(refused);
    let result = run_with(&world, "second", &reading).await;
    assert_eq!(counts(&result)["created"], 300);
    assert!(began.elapsed() < Duration::from_mins(1));
}

#[tokio::test(start_paused = true)]
async fn a_run_that_comes_too_late_reads_for_itself() {
    let world = World::of(300).await;
    let reading = of(&world, 2);
    let late = async {
        sleep(Duration::from_mins(10)).await;
        run_with(&world, "second", &reading).await
    };
    let (first, second) = tokio::join!(run_with(&world, "first", &reading), late);
    assert!(first.complete && second.complete);
    assert_eq!(second.events.read_success, 300);
    assert_eq!(world.catalog.readings(), 2);
}

#[tokio::test(start_paused = true)]
async fn one_that_changes_only_what_is_there_reads_with_a_mirror() {
    let world = World::of(450).await;
    world.run(&Workflow::mirror("before")).await;
    let reading = of(&world, 2);
    let archiving = world.build(&Workflow::plain("second", Kind::Archive)).read_with(&reading);
    let (first, second) = tokio::join!(run_with(&world, "first", &reading), archiving.run());
    assert_eq!((first.status, second.status), (Status::Success, Status::Success));
    assert_eq!(world.catalog.readings(), 2);
}
