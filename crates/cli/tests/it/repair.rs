//! Putting things right: jobs that were archived by mistake, a lock, a state; and what `check` says
//! of the store.

use std::process::Output;

use insta::assert_snapshot;
use serde_json::Value;
use tempfile::TempDir;

use crate::served::{Served, command};

const BOARD: &str = "board_key=0123456789012345678901234567890123456789";

struct Desk {
    served: Served,
    folder: TempDir,
}

impl Desk {
    fn new(offers: &str, held: &str) -> Self {
        let flags = ["--offers", offers, "--board-holds", held, "--francetravail-rate", "0"];
        Self { served: Served::start(&flags), folder: TempDir::new().unwrap() }
    }

    fn does(&self, arguments: &[&str]) -> Output {
        let store = self.folder.path().join("state.sqlite").display().to_string();
        command()
            .args(arguments)
            .envs(self.served.1.clone())
            .env("HRFLOW_CONNECTORS_STORE_URL", format!("sqlite:{store}"))
            .env("TZ", "UTC")
            .output()
            .unwrap()
    }

    fn of(&self, command: &str, action: &str, more: &[&str]) -> Output {
        let action = format!("francetravail.{action}_jobs_in_hrflow");
        let first = [command, &action, "--workflow-id", "desk", "--push", BOARD];
        let filter = ["--pull", "typeContrat=CDI,CDD,MIS,SAI,CCE,FRA,LIB,REP,TTI,DDI,DIN,DDT"];
        self.does(&[&first[..], &filter, more].concat())
    }

    /// What a command says, with what changes from run to run taken out.
    fn says(&self, arguments: &[&str]) -> String {
        self.shown(&self.does(arguments))
    }

    fn shown(&self, output: &Output) -> String {
        let text = [output.stdout.clone(), output.stderr.clone()].concat();
        let text = String::from_utf8(text).unwrap();
        let text = format!("{text}exit {}", output.status.code().unwrap());
        text.replace(&self.folder.path().display().to_string(), "[FOLDER]")
    }
}

fn json(output: &Output) -> Value {
    serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|_| panic!("{}", String::from_utf8_lossy(&output.stderr)))
}

#[test]
fn what_a_run_has_archived_is_brought_back() {
    let desk = Desk::new("20", "1");
    let run = json(&desk.of("run", "archive", &["--output", "json"]));
    assert_eq!(run["outcomes"]["archived"], 20);
    assert_snapshot!(desk.says(&["undo", "latest", "--dry-run"]), @r"
    Dry run: 20 jobs would be taken out of the archive.
    exit 0
    ");
    assert_snapshot!(desk.says(&["undo", "latest"]), @r"
    Undone: 20 taken out of the archive.
    exit 0
    ");
    // They can be archived again, so they were no longer.
    let plan = json(&desk.of("plan", "archive", &["--output", "json"]));
    assert_eq!(plan["plan"]["steps"].as_array().unwrap().len(), 20);
    let run = json(&desk.of("run", "create", &["--output", "json"]));
    let said = desk.says(&["undo", run["run_id"].as_str().unwrap()]);
    assert!(said.contains("has archived no job") && said.ends_with("exit 2"), "{said}");
}

#[test]
fn nothing_is_brought_back_while_a_run_is_at_the_board() {
    let desk = Desk::new("5", "1");
    assert!(desk.of("run", "archive", &[]).status.success());
    let url = format!("sqlite:{}/state.sqlite", desk.folder.path().display());
    let store = hrflow_connectors::StateStore::at(url.parse().unwrap());
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let held = runtime.block_on(async {
        let workflow = hrflow_connectors::WorkflowState::open(&store, "desk").await.unwrap();
        workflow.hold().await.unwrap()
    });
    let said = desk.says(&["undo", "latest"]);
    assert!(said.contains("a run of the workflow is in progress: locked by pid"), "{said}");
    assert!(said.ends_with("exit 2"), "{said}");
    runtime.block_on(held.release()).unwrap();
    assert!(desk.says(&["undo", "latest"]).starts_with("Undone: 5 taken out"));
}

#[test]
fn a_state_is_shown_and_forgotten() {
    let desk = Desk::new("12", "0");
    assert!(desk.of("run", "sync", &[]).status.success());
    let filters = vec![(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", "[TIME]")];
    insta::with_settings!({filters => filters}, {
        assert_snapshot!(desk.says(&["state", "show", "desk"]), @r"
        workflow   desk
        delivered  12
        missing    0
        complete   [TIME] UTC
        verified   [TIME] UTC
        locked by  nobody
        store      sqlite:[FOLDER]/state.sqlite
        exit 0
        ");
    });
    let shown = json(&desk.does(&["state", "show", "desk", "--output", "json"]));
    assert_eq!(shown["token"]["delivered"], 12);
    assert_snapshot!(desk.says(&["state", "unlock", "desk"]), @r"
    Workflow `desk` is not locked.
    exit 0
    ");
    assert_snapshot!(desk.says(&["state", "forget", "desk"]), @r"
    Forgot the state of `desk`. Past runs stay listed.
    exit 0
    ");
    assert_snapshot!(desk.says(&["state", "forget", "desk"]), @r"
    Workflow `desk` has no state.
    exit 0
    ");
    let again = json(&desk.of("run", "sync", &["--output", "json"]));
    assert_eq!(again["outcomes"]["unchanged"], 0, "{again}");
}

#[test]
fn a_check_looks_at_the_store() {
    let desk = Desk::new("5", "0");
    let store = |output: &Output| {
        let text = desk.shown(output);
        let lines = text.lines().filter(|line| line.contains("Store:") || line.starts_with("exit"));
        lines.collect::<Vec<_>>().join("\n")
    };
    assert_snapshot!(store(&desk.of("check", "create", &[])), @r"
    ok      Store: sqlite:[FOLDER]/state.sqlite does not exist yet; a run makes it
    exit 0
    ");
    assert!(desk.of("run", "sync", &[]).status.success());
    assert_snapshot!(store(&desk.of("check", "sync", &[])), @r"
    ok      Store: sqlite:[FOLDER]/state.sqlite can be written
    exit 0
    ");
    let absent = desk.folder.path().join("absent/state.sqlite");
    let absent = format!("sqlite:{}", absent.display());
    assert_snapshot!(store(&desk.of("check", "create", &["--store", &absent])), @r"
    failed  Store: sqlite:[FOLDER]/absent/state.sqlite: the folder does not exist
    exit 1
    ");
    let broken = desk.folder.path().join("broken.sqlite");
    std::fs::write(&broken, "this is no database, and longer than a header of one would be")
        .unwrap();
    let broken = format!("sqlite:{}", broken.display());
    let said = store(&desk.of("check", "create", &["--store", &broken]));
    assert!(said.starts_with("failed  Store:") && said.ends_with("exit 1"), "{said}");
    let memory = desk.of("check", "sync", &["--store", "memory:"]);
    let said = String::from_utf8_lossy(&memory.stderr).into_owned();
    assert!(said.contains("forgets everything when the run ends"), "{said}");
}

#[test]
fn a_doctor_looks_at_the_machine_without_a_workflow() {
    let desk = Desk::new("5", "0");
    let filters = vec![(r"127\.0\.0\.1:\d+", "[SANDBOX]"), (r"in \d[^ ]* m?s", "in [TIME]")];
    insta::with_settings!({filters => filters}, {
        assert_snapshot!("doctor", desk.says(&["doctor"]));
    });
    let nowhere = command()
        .args(["doctor", "--store", "sqlite:/absent/state.sqlite", "--output", "json"])
        .env("HRFLOW_API_URL", "http://127.0.0.1:9")
        .env("FRANCETRAVAIL_API_URL", "http://127.0.0.1:9")
        .env("FRANCETRAVAIL_TOKEN_URL", "http://example.org")
        .output()
        .unwrap();
    assert_eq!(nowhere.status.code(), Some(1));
    let findings = json(&nowhere);
    let of = |name: &str| {
        let all = findings["findings"].as_array().unwrap();
        all.iter().find(|found| found["name"] == name).unwrap().clone()
    };
    assert!(of("HrFlow API")["message"].as_str().unwrap().contains("could not connect"));
    assert!(of("HrFlow API")["hint"].as_str().unwrap().contains("`HRFLOW_API_URL`"));
    assert!(of("France Travail tokens")["message"].as_str().unwrap().contains("unencrypted"));
    assert_eq!(
        (&of("Store")["state"], &of("Credentials")["state"]),
        (&"failed".into(), &"note".into())
    );
}
