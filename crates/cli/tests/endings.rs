//! How a run ends: what is printed of it, where, and the exit code.

#![allow(clippy::unwrap_used, reason = "a test ends at the first surprise")]

mod served;

use std::process::{Command, Output};

use insta::assert_snapshot;
use serde_json::Value;
use served::{Served, command};
use tempfile::TempDir;

const BOARD: &str = "board_key=0123456789012345678901234567890123456789";

/// A served sandbox, and a folder for a store and other files.
struct Fixture {
    served: Served,
    folder: TempDir,
}

impl Fixture {
    fn new(flags: &[&str]) -> Self {
        let served = Served::start(&[flags, &["--francetravail-rate", "0"]].concat());
        Self { served, folder: TempDir::new().unwrap() }
    }

    fn path(&self, name: &str) -> String {
        self.folder.path().join(name).display().to_string()
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = command();
        command
            .args(arguments)
            .envs(self.served.1.clone())
            .env("HRFLOW_CONNECTORS_STORE_URL", format!("sqlite:{}", self.path("state.sqlite")))
            .env("HRFLOW_CONNECTORS_LOG", "error")
            .current_dir(self.folder.path());
        command
    }

    /// A command on one action, whose offers are filtered so that nothing is warned of.
    fn of(&self, command: &str, action: &str, more: &[&str]) -> Command {
        let action = format!("francetravail.{action}_jobs_in_hrflow");
        let first = [command, &action, "--workflow-id", "x", "--push", BOARD];
        let filter = ["--pull", "typeContrat=CDI,CDD,MIS,SAI,CCE,FRA,LIB,REP,TTI,DDI,DIN,DDT"];
        self.command(&[&first[..], &filter, more].concat())
    }

    fn run(&self, action: &str, more: &[&str]) -> Output {
        self.of("run", action, more).output().unwrap()
    }
}

fn out(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn err(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

/// Everything that was said, and the exit code, without what differs from run to run.
fn said(output: &Output) -> String {
    format!("{}{}exit {}", out(output), err(output), output.status.code().unwrap())
}

fn filtered(check: impl FnOnce()) {
    let filters = vec![
        (r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", "[RUN]"),
        (r"in \d[^ ]* m?s\.", "in [TIME]."),
        (r"\d\d\d[A-Z]{4}|\d{7}", "[OFFER]"),
    ];
    insta::with_settings!({filters => filters}, { check() });
}

#[test]
fn a_dry_run_says_what_would_be_done_of_what_is_left() {
    let fixture = Fixture::new(&["--offers", "48", "--board-holds", "0"]);
    filtered(|| {
        for action in ["create", "update", "archive", "sync"] {
            let output = fixture.run(action, &["--dry-run"]);
            assert_snapshot!(format!("{action}_before"), said(&output));
        }
        assert_eq!(fixture.run("sync", &[]).status.code(), Some(0));
        let synced = fixture.run("sync", &["--dry-run", "--output", "json"]);
        let synced: Value = serde_json::from_slice(&synced.stdout).unwrap();
        assert_eq!(synced["outcomes"]["unchanged"], 48);
        assert_snapshot!("sync_after", said(&fixture.run("sync", &["--dry-run"])));
    });
}

#[test]
fn a_dry_run_fails_where_the_run_would() {
    let fixture = Fixture::new(&["--offers", "20", "--board-holds", "1"]);
    let half = "if .id | endswith(\"1\", \"3\", \"5\", \"7\", \"B\", \"C\", \"D\", \"F\") then {} \
                else {reference: .id} end";
    for (action, format) in [
        ("archive", "{id: .id}"),
        ("archive", "{}"),
        ("archive", "{reference: .nope}"),
        ("archive", "{reference: 12}"),
        ("update", "{name: .intitule}"),
        ("create", "{reference: .id, location: {text: \"France\"}}"),
        ("create", "{reference: .id, name: .intitule}"),
        ("create", "{reference: 12, name: .intitule, location: {text: \"France\"}}"),
        ("sync", "{name: .intitule, location: {text: \"France\"}}"),
        ("archive", half),
    ] {
        let run = |command: &str, more: &[&str]| {
            let format = ["--format", format, "--output", "json", "--store", "memory:"];
            let output = fixture.of(command, action, &[&format, more].concat()).output().unwrap();
            let printed: Value = serde_json::from_slice(&output.stdout).unwrap();
            let result = printed.get("result").unwrap_or(&printed).clone();
            let of = |part: &Value| part["failed"].clone();
            (output.status.code(), result["status"].clone(), of(&result["outcomes"]))
        };
        let expected = run("run", &[]);
        assert!(matches!(expected.0, Some(1 | 3)), "{action} {format}: {expected:?}");
        assert_eq!(run("run", &["--dry-run"]), expected, "{action} {format}");
        assert_eq!(run("plan", &[]).2, expected.2, "{action} {format}");
    }
    filtered(|| {
        let output = fixture.run("archive", &["--dry-run", "--format", "{id: .id}"]);
        assert_snapshot!(said(&output));
    });
}
