//! Stores that an earlier version left behind: what it began, this one ends.

#![allow(clippy::unwrap_used, reason = "a test ends at the first surprise")]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use hrflow_connectors::{
    ClientOptions, Environment, ItemReport, ListedRun, Outcome, Run, RunResult, Runs, Settings,
    StateStore, Status, StoreUrl,
};
use sandbox::{FranceTravail, Sandbox};
use tempfile::TempDir;

const BOARD: &str = "0123456789012345678901234567890123456789";
/// How many offers the services had when the stores were written.
const OFFERS: usize = 60;
/// How many of them the interrupted mirror no longer found.
const GONE: usize = 6;

/// The services as they were, and a copy of a store.
struct World {
    sandbox: Sandbox,
    folder: TempDir,
}

impl World {
    async fn of(golden: &str) -> Self {
        let settings = sandbox::Settings {
            offers: OFFERS,
            francetravail: FranceTravail { rate: None, ..FranceTravail::default() },
            ..sandbox::Settings::default()
        };
        let sandbox = Sandbox::start(settings).await.unwrap();
        let folder = tempfile::tempdir().unwrap();
        let from = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/v1").join(golden);
        copy(&from, &folder.path().join("state"));
        Self { sandbox, folder }
    }

    fn state(&self) -> StateStore {
        StateStore::at(StoreUrl::File(self.folder.path().join("state")))
    }

    fn environment(&self) -> Environment {
        Environment::from_iter([
            ("FRANCETRAVAIL_API_URL", self.sandbox.francetravail_api_url()),
            ("FRANCETRAVAIL_TOKEN_URL", self.sandbox.francetravail_token_url()),
            ("HRFLOW_API_URL", self.sandbox.hrflow_api_url()),
            ("FRANCETRAVAIL_CLIENT_ID", "id".to_owned()),
            ("FRANCETRAVAIL_CLIENT_SECRET", "secret".to_owned()),
            ("HRFLOW_API_SECRET", "ask_".to_owned()),
            ("HRFLOW_API_USER", "recruiting@example.org".to_owned()),
            ("HRFLOW_CONNECTORS_STORE_URL", format!("file:{}/state", self.folder.path().display())),
        ])
    }

    /// A run by the workflow that the record keeps, as `resume` and `retry` make it.
    fn run_of(&self, run: &ListedRun) -> Run {
        let settings = Settings::of_run(&run.record, &self.environment()).unwrap();
        settings.plan(&self.environment(), &ClientOptions::over_https().unwrap()).unwrap()
    }

    async fn runs(&self) -> Runs {
        Runs::open(&self.state()).await.unwrap()
    }

    async fn only_unfinished(&self) -> ListedRun {
        let mut runs = self.runs().await.list().await.unwrap();
        runs.retain(ListedRun::is_unfinished);
        runs.pop().unwrap()
    }

    async fn reports(&self, run: &ListedRun) -> Vec<ItemReport> {
        let mut reports = Vec::new();
        self.runs().await.items(&run.record.run_id, |report| reports.push(report)).await.unwrap();
        reports
    }

    async fn resume(&self) -> (ListedRun, RunResult) {
        let unfinished = self.only_unfinished().await;
        let mut run = self.run_of(&unfinished);
        run.resume(unfinished.clone());
        (unfinished, run.run().await)
    }
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
    let world = World::of("archive_interrupted").await;
    let (unfinished, result) = world.resume().await;
    assert_eq!((result.status, &result.run_id), (Status::Success, &unfinished.record.run_id));
    assert_eq!(result.outcomes.count(Outcome::Archived), OFFERS as u64);
    let references: BTreeSet<_> = world
        .reports(&unfinished)
        .await
        .into_iter()
        .filter_map(|report| report.reference)
        .collect();
    assert_eq!(references.len(), OFFERS);
    assert_eq!(world.sandbox.world().archived(BOARD).len(), OFFERS);
}

#[tokio::test]
async fn failed_items_are_shown_and_can_be_retried() {
    let world = World::of("archive_with_dead_letters").await;
    let [run] = world.runs().await.list().await.unwrap().try_into().unwrap();
    let reports = world.reports(&run).await;
    let failed = reports.iter().filter(|report| report.outcome == "failed").count();
    let letters = world.runs().await.dead_letters(&run.record.run_id).await.unwrap();
    assert_eq!((reports.len(), letters.len()), (OFFERS, failed));
    assert!(failed > 0);
    let result = world.run_of(&run).retry(run.record.run_id.clone(), letters).await;
    // The format that made them still stands in the record, and they fail as they did.
    assert_eq!(result.outcomes.count(Outcome::Failed), failed as u64);
}

#[tokio::test]
async fn an_interrupted_mirror_is_resumed_and_archives_what_vanished() {
    let world = World::of("sync_interrupted").await;
    // The board comes into being with the jobs of what is listed now.
    assert_eq!(world.sandbox.world().references(BOARD).len(), OFFERS);
    let gone: Vec<String> = world.sandbox.world().offer_ids().into_iter().take(GONE).collect();
    for id in &gone {
        world.sandbox.world().remove_offer(id);
    }
    let (unfinished, result) = world.resume().await;
    assert_eq!((result.status, &result.run_id), (Status::Success, &unfinished.record.run_id));
    let archived: BTreeSet<_> = world.sandbox.world().archived(BOARD).into_keys().collect();
    assert_eq!(archived, gone.into_iter().collect());
}
