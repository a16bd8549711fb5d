//! Every call against the sandbox.

#![allow(clippy::unwrap_used, reason = "a test ends at the first surprise")]

use std::sync::Arc;

use api_client::{Caller, HttpTransport};
use hrflow_api::{
    Archived, BoardKey, Client, Created, Credentials, Edited, Failure, JobId, Permission,
    Unarchived,
};
use sandbox::{Api, ArchivedAgain, ArchivedEdited, Fault, Faults, Hrflow, Sandbox, Settings};
use serde_json::{Map, Value, json};

const BOARD: &str = "0123456789012345678901234567890123456789";

fn board() -> BoardKey {
    BOARD.parse().unwrap()
}

async fn sandbox(offers: usize) -> Sandbox {
    Sandbox::start(Settings { offers, ..Settings::default() }).await.unwrap()
}

fn client(sandbox: &Sandbox, key: &str) -> Client {
    let caller = Caller::new("HrFlow", Arc::new(HttpTransport::new().unwrap())).with_seed(3);
    let url = sandbox.hrflow_api_url().parse().unwrap();
    Client::new(Credentials::new(key, "recruiting@example.org"), caller, url)
}

fn job(reference: &str, name: &str) -> Map<String, Value> {
    let job = json!({"reference": reference, "name": name, "location": {"text": "Paris"}});
    let Value::Object(job) = job else { unreachable!() };
    job
}

fn reference(reference: &str) -> JobId {
    JobId::Reference(reference.to_owned())
}

#[tokio::test]
async fn a_job_is_created_read_edited_archived_and_brought_back() {
    let sandbox = sandbox(0).await;
    let client = client(&sandbox, "ask_0");
    let (board, id) = (board(), reference("1"));
    assert_eq!(client.job(&board, &id).await.unwrap(), None);
    assert_eq!(client.edit_job(&board, &job("1", "A")).await.unwrap().0, Edited::Missing);
    assert_eq!(client.create_job(&board, &job("1", "A")).await.unwrap().0, Created::Done);
    assert_eq!(client.create_job(&board, &job("1", "B")).await.unwrap().0, Created::Exists);
    assert_eq!(client.edit_job(&board, &job("1", "C")).await.unwrap().0, Edited::Done);
    let found = client.job(&board, &id).await.unwrap().unwrap();
    assert_eq!((found.0["name"].as_str(), found.is_archived()), (Some("C"), false));
    assert_eq!(client.archive_job(&board, &id).await.unwrap(), Archived::Done);
    assert!(client.job(&board, &id).await.unwrap().unwrap().is_archived());
    let key = JobId::Key(found.key().unwrap().to_owned());
    assert_eq!(client.unarchive_job(&board, &key).await.unwrap(), Unarchived::Done);
    assert!(!client.job(&board, &id).await.unwrap().unwrap().is_archived());
    assert_eq!(client.archive_job(&board, &reference("2")).await.unwrap(), Archived::Missing);
}

#[tokio::test]
async fn a_job_is_created_once_whatever_becomes_of_the_answer() {
    let faults = [Fault::AppliedThenReset, Fault::Reset, Fault::Cut, Fault::AppliedThenBadGateway];
    let checks = faults.map(async |fault| {
        let sandbox = sandbox(0).await;
        let client = client(&sandbox, "ask_0");
        sandbox.world().set_faults(Some(Faults::only(fault, 5, 0.3)));
        for number in 0..20 {
            let job = job(&number.to_string(), "A");
            let created = client.create_job(&board(), &job).await.unwrap().0;
            assert_ne!(created, Created::Exists);
        }
        let written = sandbox.world().written(BOARD);
        assert_eq!(written.len(), 20, "{fault:?}");
        assert!(written.values().all(|times| *times == 1), "{fault:?}");
    });
    futures::future::join_all(checks).await;
}

#[tokio::test]
async fn a_board_is_listed_page_by_page() {
    let sandbox = sandbox(65).await;
    let client = client(&sandbox, "ask_0");
    let mut listed = Vec::new();
    let mut page = 1;
    loop {
        let jobs = client.jobs(&board(), page).await.unwrap();
        assert_eq!((jobs.pages, jobs.total), (3, 65));
        listed.extend(jobs.jobs.iter().filter_map(|job| job.reference().map(str::to_owned)));
        if page >= jobs.pages {
            break;
        }
        page += 1;
    }
    listed.sort();
    let mut offers = sandbox.world().offer_ids();
    offers.sort();
    assert_eq!(listed, offers);
}

#[tokio::test]
async fn texts_are_parsed_in_their_order() {
    let sandbox = sandbox(0).await;
    let client = client(&sandbox, "ask_0");
    let parsed = client.parse_texts(&["Python et Anglais", "rigueur"]).await.unwrap();
    assert_eq!(parsed[0].parsing.skills_hard, ["Python"]);
    assert_eq!(parsed[0].parsing.languages, ["Anglais"]);
    assert_eq!(parsed[1].parsing.skills_soft, ["rigueur"]);
}

#[tokio::test]
async fn a_key_tells_what_it_allows_and_a_refusal_does_not_repeat_it() {
    let sandbox = sandbox(0).await;
    let permission = async |key: &str| client(&sandbox, key).permission().await.unwrap();
    assert_eq!(permission("ask_0").await, Some(Permission::All));
    assert_eq!(permission("askr_0").await, Some(Permission::Read));
    assert_eq!(permission("askw_0").await, Some(Permission::Write));
    let error = client(&sandbox, "askr_5ec4e7").archive_job(&board(), &reference("1")).await;
    let error = error.unwrap_err();
    assert!(matches!(error.failure, Failure::Unauthorized(_)) && error.is_fatal_to_run());
    assert!(!format!("{error} {error:?}").contains("5ec4e7"), "{error}");
    assert_eq!(sandbox.world().request_count(Api::Hrflow), 4);
}

async fn forgetful(offers: usize) -> Sandbox {
    let hrflow = Hrflow {
        archived_again: ArchivedAgain::Unknown,
        archived_edited: ArchivedEdited::Unknown,
        ..Hrflow::default()
    };
    Sandbox::start(Settings { offers, hrflow, ..Settings::default() }).await.unwrap()
}

#[tokio::test]
async fn an_archived_job_that_hrflow_does_not_know_is_looked_at() {
    let sandbox = forgetful(0).await;
    let client = client(&sandbox, "ask_0");
    let (board, id) = (board(), reference("1"));
    client.create_job(&board, &job("1", "A")).await.unwrap();
    assert_eq!(client.archive_job(&board, &id).await.unwrap(), Archived::Done);
    assert_eq!(client.archive_job(&board, &id).await.unwrap(), Archived::Before);
    assert_eq!(client.edit_job(&board, &job("1", "B")).await.unwrap().0, Edited::Archived);
    assert_eq!(client.archive_job(&board, &reference("2")).await.unwrap(), Archived::Missing);
    assert_eq!(client.edit_job(&board, &job("2", "B")).await.unwrap().0, Edited::Missing);
}

#[tokio::test]
async fn a_job_that_a_lost_try_archived_is_archived_by_that_call() {
    let faults = [Fault::AppliedThenReset, Fault::AppliedThenBadGateway, Fault::Cut];
    let checks = faults.map(async |fault| {
        let sandbox = forgetful(40).await;
        let client = client(&sandbox, "ask_0");
        sandbox.world().set_faults(Some(Faults::only(fault, 5, 0.4)));
        let archive = async |id: String| {
            let archived = client.archive_job(&board(), &reference(&id)).await.unwrap();
            assert_eq!(archived, Archived::Done, "{fault:?}");
        };
        futures::future::join_all(sandbox.world().references(BOARD).into_iter().map(archive)).await;
        assert_eq!(sandbox.world().archived(BOARD).len(), 40);
    });
    futures::future::join_all(checks).await;
}

#[tokio::test]
async fn a_key_that_may_not_read_archives_and_asks_once_whether_it_may() {
    let sandbox = forgetful(3).await;
    let client = client(&sandbox, "askw_0");
    let board = board();
    for id in sandbox.world().references(BOARD) {
        let archive = async || client.archive_job(&board, &reference(&id)).await.unwrap();
        assert_eq!(archive().await, Archived::Done);
        assert_eq!(archive().await, Archived::Missing);
    }
    assert_eq!(sandbox.world().request_count(Api::Hrflow), 7);
}
