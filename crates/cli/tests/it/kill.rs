//! Real processes that are killed, and what the next one makes of what they left.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{Read, Write};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use serde_json::Value;
#[cfg(unix)]
use store::{Lease, Liveness, Owner};
use tempfile::TempDir;

use crate::served::{Served, command};

const ACTION: &str = "francetravail.archive_jobs_in_hrflow";
const BOARD: &str = "0123456789012345678901234567890123456789";
const OFFERS: usize = 2_000;
/// How often a run is killed, in all.
const KILLS: u64 = 12;
/// So many kills befall one run, one after the other.
const KILLS_A_RUN: u64 = 3;
/// A run takes about so long where nobody kills it.
const WHOLE_RUN_MS: u64 = 1_500;

/// A service that runs, and the store of one workflow.
struct Place {
    served: Served,
    folder: TempDir,
}

impl Place {
    fn new() -> Self {
        let served = Served::start(&[
            "--offers",
            &OFFERS.to_string(),
            "--board-holds",
            "0.9",
            "--francetravail-rate",
            "0",
            "--hrflow-latency",
            "15",
        ]);
        Self { served, folder: TempDir::new().unwrap() }
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = command();
        command
            .args(arguments)
            .args(["--store", &format!("sqlite:{}/state.sqlite", self.folder.path().display())])
            .args(["--output", "json"])
            .envs(self.served.1.clone());
        command
    }

    /// The references that are archived, as the board itself lists them.
    fn archived(&self) -> BTreeSet<String> {
        let variable = |name: &str| {
            self.served.1.iter().find(|(known, _)| known == name).map(|(_, value)| value).unwrap()
        };
        let (key, user) = (variable("HRFLOW_API_SECRET"), variable("HRFLOW_API_USER"));
        let headers = format!("X-API-KEY: {key}\r\nX-USER-EMAIL: {user}\r\n");
        let page = |page: u64| {
            let list = format!("storing/jobs?board_keys=%5B%22{BOARD}%22%5D&limit=30&page={page}");
            get(&format!("{}/{list}", variable("HRFLOW_API_URL")), &headers)
        };
        let pages = page(1)["meta"]["maxPage"].as_u64().unwrap();
        let jobs = (1..=pages).flat_map(|number| page(number)["data"].as_array().unwrap().clone());
        let archived = jobs.filter(|job| !job["archived_at"].is_null());
        archived.map(|job| job["reference"].as_str().unwrap().to_owned()).collect()
    }

    /// Takes a run from the process that is at it.
    #[cfg(unix)]
    fn break_lease(&self) {
        let url = format!("sqlite:{}/state.sqlite", self.folder.path().display());
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let broken = runtime.block_on(async {
            let store = store::open(&url.parse().unwrap(), &[]).await.unwrap();
            let names = store.list("workflows/").await.unwrap();
            let lease = names.into_iter().find(|name| name.ends_with("/lease")).unwrap();
            Lease::break_lock(&*store, &lease, &Owner::here("test")).await.unwrap()
        });
        assert_eq!(broken.unwrap().liveness, Liveness::Alive);
    }

    fn run(&self) -> Command {
        self.command(&[
            "run",
            ACTION,
            "--workflow-id",
            "killed",
            "--push",
            &format!("board_key={BOARD}"),
        ])
    }
}

/// The answer to a GET, read to the end of the connection.
fn get(url: &str, headers: &str) -> Value {
    let (host, path) = url.strip_prefix("http://").unwrap().split_once('/').unwrap();
    let mut stream = TcpStream::connect(host).unwrap();
    write!(stream, "GET /{path} HTTP/1.0\r\n{headers}\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    serde_json::from_str(answer.split_once("\r\n\r\n").unwrap().1).unwrap()
}

/// What a command prints.
fn json(mut command: Command) -> Value {
    let output = command.output().unwrap();
    serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|_| panic!("{}", String::from_utf8_lossy(&output.stderr)))
}

/// Ends a process as a power cut does, after a while.
fn kill(mut child: Child, after: Duration) {
    std::thread::sleep(after);
    child.kill().unwrap();
    child.wait().unwrap();
}

/// How each reference ended, each told of once.
fn endings(items: &Value) -> BTreeMap<String, String> {
    let text = |item: &Value, field: &str| item[field].as_str().unwrap().to_owned();
    let items = items["items"].as_array().unwrap();
    let endings: BTreeMap<_, _> =
        items.iter().map(|item| (text(item, "reference"), text(item, "outcome"))).collect();
    assert_eq!(endings.len(), items.len(), "an item is reported twice");
    endings
}

/// Kills a run some times, goes on with it, and compares it with one that nobody kills.
fn check(seed: u64, expected: &Value) {
    let place = Place::new();
    let mut random = fastrand::Rng::with_seed(seed);
    for kills in 0..KILLS_A_RUN {
        let mut begun = if kills == 0 { place.run() } else { place.command(&["resume"]) };
        let child = begun.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        kill(child, Duration::from_millis(random.u64(5..WHOLE_RUN_MS / KILLS_A_RUN)));
    }
    // A process that was killed before it wrote anything leaves nothing to go on with.
    let runs = json(place.command(&["runs", "list"]));
    let begun = runs["runs"].as_array().unwrap().first();
    let result = match begun {
        Some(run) => json(place.command(&["resume", run["run_id"].as_str().unwrap()])),
        None => json(place.run()),
    };
    for part in ["status", "events", "outcomes", "complete"] {
        assert_eq!(result[part], expected[part], "{part} of the run of seed {seed}");
    }
    let id = result["run_id"].as_str().unwrap();
    let ended = endings(&json(place.command(&["items", id])));
    assert_eq!(ended.len(), OFFERS);
    let reported = ended.iter().filter(|(_, outcome)| *outcome == "archived");
    let reported: BTreeSet<_> = reported.map(|(reference, _)| reference.clone()).collect();
    assert_eq!(reported, place.archived(), "the run of seed {seed} says other than the board");
}

#[test]
fn a_run_that_is_killed_and_gone_on_with_ends_as_one_that_is_not() {
    let place = Place::new();
    let expected = json(place.run());
    assert_eq!(expected["status"], "success");
    for seed in 0..KILLS / KILLS_A_RUN {
        check(seed, &expected);
    }
}

/// As a container without an init process leaves it, or a supervisor that is busy: until somebody
/// waits for it, the dead process is a zombie.
#[cfg(target_os = "linux")]
#[test]
fn a_run_whose_process_nobody_has_waited_for_is_interrupted_at_once() {
    let place = Place::new();
    let mut killed = place.run().stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let state = || json(place.command(&["runs", "list"]))["runs"][0]["state"].clone();
    while state() != "running" {}
    killed.kill().unwrap();
    // It takes a moment to die, and none of these waits for its lease.
    let interrupted = (0..100).find(|_| state() == "interrupted");
    assert!(interrupted.is_some(), "the run is {}", state());
    let resumed = json(place.command(&["resume"]));
    assert_eq!(resumed["status"], "success");
    assert_eq!(resumed["outcomes"]["archived"], 1_800);
    killed.wait().unwrap();
}

/// Sends a signal to a process that lives.
#[cfg(unix)]
fn signal(child: &Child, name: &str) {
    let sent = Command::new("kill").args([name, &child.id().to_string()]).status().unwrap();
    assert!(sent.success());
}

/// A process that is stopped, as by a machine that is put to sleep, loses its lease; here the lease
/// is broken, so that the next need not wait until it expires.
#[cfg(unix)]
#[test]
fn a_process_that_was_stopped_does_not_overwrite_the_record_of_the_run() {
    let place = Place::new();
    let mut stopped = place.run().stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let runs = loop {
        let runs = json(place.command(&["runs", "list"]));
        if runs["runs"][0]["state"] == "running" {
            break runs;
        }
    };
    signal(&stopped, "-STOP");
    let run = runs["runs"][0]["run_id"].as_str().unwrap();
    place.break_lease();
    let resumed = json(place.command(&["resume", run]));
    assert_eq!(resumed["status"], "success");
    let record = json(place.command(&["runs", "show", run]));
    signal(&stopped, "-CONT");
    stopped.wait().unwrap();
    assert_eq!(json(place.command(&["runs", "show", run])), record);
    let ended = endings(&json(place.command(&["items", run])));
    assert_eq!(ended.len(), OFFERS);
}
