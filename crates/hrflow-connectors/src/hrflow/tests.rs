//! What the boards as targets show of themselves, against the sandbox over HTTP.

use std::collections::BTreeSet;

use sandbox::{Hrflow, Sandbox, Settings, Share};
use serde_json::json;
use tokio::sync::mpsc;

use super::version::EXCEPTIONS;
use super::{ArchiveParameters, CreateParameters, HrflowAuth, PushParameters, SyncParameters};
use super::{BoardArchive, BoardCreate, BoardMirror, BoardUpdate, OnBoard};
use crate::francetravail::job_of_offer;
use crate::{
    Attempt, ClientOptions, Difference, Environment, Held, Item, Key, Op, Outcome, Requires, Scope,
    Step, Target,
};

const WORKFLOW: &str = "paris";
const BOARD: &str = "0123456789012345678901234567890123456789";

async fn sandbox(offers: usize, hrflow: Hrflow) -> Sandbox {
    Sandbox::start(Settings { offers, hrflow, ..Settings::default() }).await.unwrap()
}

fn board_targets(sandbox: &Sandbox, key: &str) -> [Box<dyn Target>; 4] {
    let environment = Environment::from_iter([("HRFLOW_API_URL", sandbox.hrflow_api_url())]);
    let client_options = ClientOptions::over_https().unwrap();
    let board_key = || BOARD.parse().unwrap();
    let auth = || HrflowAuth::new(key, "recruiting@example.org");
    let push = PushParameters { board_key: board_key() };
    let archive = ArchiveParameters::new(board_key());
    let create = CreateParameters::new(board_key());
    let sync = SyncParameters::new(board_key());
    [
        Box::new(OnBoard(
            BoardArchive::connect(WORKFLOW, auth(), archive, &environment, &client_options)
                .unwrap(),
        )),
        Box::new(OnBoard(
            BoardCreate::connect(WORKFLOW, auth(), create, &environment, &client_options).unwrap(),
        )),
        Box::new(OnBoard(
            BoardMirror::connect(WORKFLOW, auth(), sync, &environment, &client_options).unwrap(),
        )),
        Box::new(OnBoard(
            BoardUpdate::connect(WORKFLOW, auth(), push, &environment, &client_options).unwrap(),
        )),
    ]
}

fn item(value: serde_json::Value) -> Item {
    serde_json::from_value(value).unwrap()
}

fn step(op: Op, reference: &str) -> Step {
    let (attempt, requires) = (Attempt::First, Requires::Nothing);
    Step { key: Key::Id(reference.into()), op, fingerprint: None, attempt, requires }
}

async fn write(target: &dyn Target, item: Item) -> Outcome {
    let reference = target.reference(&item).unwrap_or_default();
    target.apply(&step(Op::Write(item), &reference)).await.unwrap().outcome
}

async fn list(target: &dyn Target) -> Vec<Held> {
    let (sender, mut receiver) = mpsc::channel(1);
    let drain = async {
        let mut items = Vec::new();
        while let Some(batch) = receiver.recv().await {
            items.extend(batch);
        }
        items
    };
    let (read, items) = futures::join!(target.list(sender), drain);
    read.unwrap();
    items
}

fn references(held: &[Held]) -> BTreeSet<String> {
    held.iter().filter_map(|held| held.reference.clone()).collect()
}

#[tokio::test]
async fn every_board_shows_the_job_that_it_holds_archived_or_not() {
    let sandbox = sandbox(3, Hrflow::default()).await;
    let reference = sandbox.world().references(BOARD)[0].clone();
    let targets = board_targets(&sandbox, "ask_0");
    for target in &targets {
        let held = target.get(&reference).await.unwrap().unwrap();
        assert_eq!(held.reference.as_ref(), Some(&reference));
        assert!(!held.is_retired);
        assert_eq!(target.get("nobody").await.unwrap(), None);
    }
    write(&*targets[0], item(json!({"reference": reference}))).await;
    for target in &targets {
        let held = target.get(&reference).await.unwrap().unwrap();
        assert!(held.is_retired && held.item["archived_at"].is_string());
    }
}

#[tokio::test]
async fn a_job_is_also_held_under_its_key() {
    let sandbox = sandbox(1, Hrflow::default()).await;
    let [archive, ..] = board_targets(&sandbox, "ask_0");
    let reference = sandbox.world().references(BOARD)[0].clone();
    let held = archive.get(&reference).await.unwrap().unwrap();
    let key = held.item.text("key").unwrap();
    assert_eq!(archive.get(key).await.unwrap().unwrap().reference, Some(reference));
    assert_eq!(archive.get(&"f".repeat(40)).await.unwrap(), None);
}

#[tokio::test]
async fn a_board_shows_all_that_it_holds_each_job_once() {
    for lists_archived in [true, false] {
        let hrflow = Hrflow { lists_archived, ..Hrflow::default() };
        let sandbox = sandbox(95, hrflow).await;
        let all: BTreeSet<String> = sandbox.world().references(BOARD).into_iter().collect();
        let targets = board_targets(&sandbox, "ask_0");
        let archived = all.first().unwrap().clone();
        write(&*targets[0], item(json!({"reference": archived}))).await;
        for target in &targets {
            let held = list(target.as_ref()).await;
            let live: Vec<Held> = held.iter().filter(|held| !held.is_retired).cloned().collect();
            assert_eq!(live.len(), 94);
            assert_eq!(held.len(), if lists_archived { 95 } else { 94 });
            assert!(!references(&live).contains(&archived));
            assert!(references(&held).is_subset(&all));
        }
    }
}

#[tokio::test]
async fn an_empty_board_holds_nothing() {
    let sandbox = sandbox(0, Hrflow::default()).await;
    let [archive, ..] = board_targets(&sandbox, "ask_0");
    assert!(list(archive.as_ref()).await.is_empty());
}

#[tokio::test]
async fn jobs_that_leave_the_list_while_it_is_read_hide_no_other() {
    let hrflow = Hrflow { lists_archived: false, ..Hrflow::default() };
    let sandbox = sandbox(600, hrflow).await;
    let [archive, ..] = board_targets(&sandbox, "ask_0");
    let all: Vec<String> = sandbox.world().references(BOARD);
    let (sender, mut receiver) = mpsc::channel(1);
    let change = async {
        let mut items: Vec<Held> = receiver.recv().await.unwrap();
        for reference in &all[..45] {
            write(&*archive, item(json!({"reference": reference}))).await;
        }
        while let Some(batch) = receiver.recv().await {
            items.extend(batch);
        }
        items
    };
    let (read, items) = futures::join!(archive.list(sender), change);
    read.unwrap();
    let found = references(&items);
    assert_eq!(found.len(), items.len());
    assert!(all[45..].iter().all(|reference| found.contains(reference)));
}

#[tokio::test]
async fn nobody_who_listens_is_no_failure_and_no_further_call() {
    let sandbox = sandbox(600, Hrflow::default()).await;
    let [archive, ..] = board_targets(&sandbox, "ask_0");
    let (sender, receiver) = mpsc::channel(1);
    drop(receiver);
    archive.list(sender).await.unwrap();
    assert!(sandbox.world().request_count(sandbox::Api::Hrflow) <= 6);
}

#[tokio::test]
async fn a_key_that_may_not_read_is_told_so() {
    let sandbox = sandbox(3, Hrflow::default()).await;
    let [archive, ..] = board_targets(&sandbox, "askw_5ec4e7");
    let failure = archive.get("1").await.unwrap_err();
    assert_eq!(failure.scope, Scope::Run);
    assert!(failure.message.contains("(401)") && !failure.message.contains("5ec4e7"), "{failure}");
    assert!(failure.source.is_some());
}

#[tokio::test]
async fn only_a_mirror_archives_a_job_by_its_reference() {
    let sandbox = sandbox(1, Hrflow::default()).await;
    let [archive, create, mirror, update] = board_targets(&sandbox, "ask_0");
    let reference = sandbox.world().references(BOARD)[0].clone();
    let retire = step(Op::Retire, &reference);
    for target in [create, update] {
        assert!(target.apply(&retire).await.unwrap_err().message.contains("nothing is archived"));
    }
    assert_eq!(mirror.apply(&retire).await.unwrap().outcome, Outcome::Archived);
    assert_eq!(archive.apply(&retire).await.unwrap().outcome, Outcome::Archived);
}

#[tokio::test]
async fn a_job_that_was_written_does_not_differ_from_what_is_held() {
    let settings = Settings { offers: 50, board_holds: Share(0.0), ..Settings::default() };
    let sandbox = Sandbox::start(settings).await.unwrap();
    let [_, create, ..] = board_targets(&sandbox, "ask_0");
    for id in sandbox.world().offer_ids() {
        let job = job_of_offer(&item(sandbox.world().offer(&id).unwrap())).unwrap();
        write(&*create, job.clone()).await;
        let held = create.get(&id).await.unwrap().unwrap().item;
        assert_eq!(Difference::between(&held, &job, &EXCEPTIONS).to_string(), "");
        let mut changed = job.clone();
        changed.insert("name".to_owned(), "Changed".into());
        let difference = Difference::between(&held, &changed, &EXCEPTIONS);
        assert_eq!(difference.changes()[0].field, "name");
    }
}
