//! Stores that an earlier version left behind: what it began, this one ends.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use hrflow_connectors::{ListedRun, Outcome, RunResult, Status};

use crate::world::{BOARD, Setup, World};

/// How many offers the services had when the stores were written.
const OFFERS: usize = 60;
/// How many of them the interrupted mirror no longer found.
const GONE: usize = 6;

/// The services as they were, and a copy of a store.
async fn left_behind(golden: &str) -> World {
    let world = Setup::offers(OFFERS).start().await;
    let from = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/v1").join(golden);
    copy(&from, &world.folder.path().join("state"));
    world
}

async fn resume(world: &World) -> (ListedRun, RunResult) {
    let mut runs = world.runs().await.list().await.unwrap();
    runs.retain(ListedRun::is_unfinished);
    let unfinished = runs.pop().unwrap();
    let mut run = world.plan_by_record(&unfinished);
    run.resume(unfinished.clone());
    (unfinished, run.run().await)
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir(to).unwrap();
    for entry in fs::read_dir(from).unwrap().map(Result::unwrap) {
        let copied: PathBuf = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &copied);
        } else {
            fs::write(copied, fs::read(entry.path()).unwrap()).unwrap();
        }
    }
}

#[tokio::test]
async fn an_interrupted_archive_is_resumed() {
    let world = left_behind("archive_interrupted").await;
    let (unfinished, result) = resume(&world).await;
    assert_eq!((result.status, &result.run_id), (Status::Success, &unfinished.record.run_id));
    assert_eq!(result.outcomes.count(Outcome::Archived), OFFERS as u64);
    let references: BTreeSet<_> = world
        .reports(&unfinished.record.run_id)
        .await
        .into_iter()
        .filter_map(|report| report.reference)
        .collect();
    assert_eq!(references.len(), OFFERS);
    assert_eq!(world.archived().len(), OFFERS);
}

#[tokio::test]
async fn failed_items_are_shown_and_can_be_retried() {
    let world = left_behind("archive_with_dead_letters").await;
    let [run] = world.runs().await.list().await.unwrap().try_into().unwrap();
    let reports = world.reports(&run.record.run_id).await;
    let failed = reports.iter().filter(|report| report.outcome == "failed").count();
    let letters = world.runs().await.dead_letters(&run.record.run_id).await.unwrap();
    assert_eq!((reports.len(), letters.len()), (OFFERS, failed));
    assert!(failed > 0);
    let result = world.plan_by_record(&run).retry(run.record.run_id.clone(), letters).await;
    // The format that made them still stands in the record, and they fail as they did.
    assert_eq!(result.outcomes.count(Outcome::Failed), failed as u64);
}

#[tokio::test]
async fn an_interrupted_mirror_is_resumed_and_archives_what_vanished() {
    let world = left_behind("sync_interrupted").await;
    // The board comes into being with the jobs of what is listed now.
    assert_eq!(world.services().references(BOARD).len(), OFFERS);
    let gone: Vec<String> = world.services().offer_ids().into_iter().take(GONE).collect();
    for id in &gone {
        world.services().remove_offer(id);
    }
    let (unfinished, result) = resume(&world).await;
    assert_eq!((result.status, &result.run_id), (Status::Success, &unfinished.record.run_id));
    assert_eq!(world.archived(), gone.into_iter().collect());
}
