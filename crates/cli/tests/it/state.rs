//! What people do with the runs that a store remembers, and with plans.

use std::process::Output;

use insta::assert_snapshot;
use serde_json::Value;
use tempfile::TempDir;

use crate::served::{Served, command};

const BOARD: &str = "board_key=0123456789012345678901234567890123456789";

/// A served sandbox, and a store that outlives each command.
struct Desk {
    served: Served,
    folder: TempDir,
}

impl Desk {
    fn with(offers: &str, held: &str) -> Self {
        let flags = ["--offers", offers, "--board-holds", held, "--francetravail-rate", "0"];
        Self { served: Served::start(&flags), folder: TempDir::new().unwrap() }
    }

    fn does(&self, arguments: &[&str]) -> Output {
        command()
            .args(arguments)
            .envs(self.served.1.clone())
            .env("HRFLOW_CONNECTORS_STORE_URL", self.url())
            .env("TZ", "UTC")
            .output()
            .unwrap()
    }

    fn url(&self) -> String {
        format!("sqlite:{}", self.path("state.sqlite"))
    }

    fn path(&self, name: &str) -> String {
        self.folder.path().join(name).display().to_string()
    }

    fn runs(&self, action: &str, more: &[&str]) -> Output {
        let action = format!("francetravail.{action}_jobs_in_hrflow");
        let first = ["run", &action, "--workflow-id", "desk", "--push", BOARD];
        self.does(&[&first, more].concat())
    }

    /// What a command says, with what changes from run to run taken out.
    fn says(&self, arguments: &[&str]) -> String {
        let output = self.does(arguments);
        let text = [output.stdout, output.stderr].concat();
        let text = String::from_utf8(text).unwrap();
        let text = format!("{text}exit {}", output.status.code().unwrap());
        text.replace(&self.folder.path().display().to_string(), "[FOLDER]")
    }
}

fn json(output: &Output) -> Value {
    serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|_| panic!("{}", String::from_utf8_lossy(&output.stderr)))
}

fn filtered(check: impl FnOnce()) {
    let filters = vec![
        (r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", "[RUN]"),
        (r"\d{4}-\d\d-\d\d \d\d:\d\d(:\d\d)?", "[TIME]"),
        (r"(?m)^[0-9a-f]{8}  ", "[RUN]  "),
        (r"in \d[^ ]* m?s\.", "in [TIME]."),
        (r"\d[\d.,]* k?B", "[SIZE]"),
    ];
    insta::with_settings!({filters => filters}, { check() });
}

#[test]
fn a_run_is_listed_and_shown_with_its_items() {
    let desk = Desk::with("3", "0.5");
    let result = json(&desk.runs("archive", &["--output", "json"]));
    filtered(|| {
        assert_snapshot!(desk.says(&["runs", "list"]));
        assert_snapshot!(desk.says(&["runs", "show", result["run_id"].as_str().unwrap()]));
        let items = desk.says(&["items", result["run_id"].as_str().unwrap()]);
        let mut items: Vec<_> = items.lines().collect();
        // They stand in the order in which they ended.
        items.sort_unstable();
        assert_snapshot!(items.join("\n"));
    });
    let run = result["run_id"].as_str().unwrap();
    let items = json(&desk.does(&["items", run, "--output", "json"]));
    assert_eq!(items["items"].as_array().unwrap().len(), 3);
    let listed = json(&desk.does(&["runs", "list", "--output", "json"]));
    assert_eq!(listed["runs"][0]["result"], result);
    assert_snapshot!(desk.says(&["runs", "list", "--workflow-id", "nobody"]), @r"
    No runs of workflow `nobody` in sqlite:[FOLDER]/state.sqlite.
    exit 0
    ");
}

#[test]
fn what_failed_is_shown_and_sent_again() {
    let desk = Desk::with("40", "1");
    let format = "if .id | endswith(\"2\") then {} else {reference: .id} end";
    let result = json(&desk.runs("archive", &["--format", format, "--output", "json"]));
    let failed = result["outcomes"]["failed"].as_u64().unwrap();
    assert!(failed > 0);
    let run = result["run_id"].as_str().unwrap();
    let shown = json(&desk.does(&["runs", "show", run, "--failed", "--output", "json"]));
    assert_eq!(shown["failed"].as_array().unwrap().len() as u64, failed);
    let text = desk.says(&["runs", "show", run, "--failed"]);
    assert!(text.contains("neither a `reference` nor a `key`"), "{text}");
    // Sent again as they are, they would fail again.
    assert!(text.contains("(not retryable)") && !text.contains("hint:"), "{text}");

    let dry = json(&desk.does(&["retry", run, "--dry-run", "--output", "json"]));
    assert_eq!(dry["events"]["read_success"], failed);
    let again = desk.does(&["retry", run, "--output", "json"]);
    assert_eq!(
        (again.status.code(), &json(&again)["outcomes"]["failed"]),
        (Some(1), &failed.into())
    );
}

#[test]
fn a_run_that_is_done_is_told_once_more() {
    let desk = Desk::with("5", "1");
    assert_snapshot!(desk.says(&["resume"]), @r"
    error: nothing to resume: no runs in the store
    exit 2
    ");
    let result = json(&desk.runs("archive", &["--output", "json"]));
    let run = result["run_id"].as_str().unwrap();
    let resumed = desk.does(&["resume", run, "--output", "json"]);
    let said = format!("Run {run} succeeded; nothing to resume.\n");
    assert_eq!(String::from_utf8_lossy(&resumed.stderr), said);
    assert_eq!((resumed.status.code(), json(&resumed)), (Some(0), result.clone()));

    // A run that died before it began has left nothing: this one's result is not its own.
    let other = desk.does(&["resume", "--output", "json"]);
    assert_eq!((other.status.code(), &json(&other)["reason"]), (Some(2), &"bad_workflow".into()));
    filtered(|| {
        assert_snapshot!(desk.says(&["resume"]), @r"
        error: nothing to resume: every run in the store has ended
          hint: the newest run, [RUN], succeeded; `resume [RUN]` prints its result
        exit 2
        ");
    });
    let failed = json(&desk.runs("archive", &["--format", "{}", "--output", "json"]));
    let recorded = desk.does(&["resume", failed["run_id"].as_str().unwrap()]);
    assert_eq!(recorded.status.code(), Some(1));
    assert_snapshot!(desk.says(&["resume", "nobody"]), @r"
    error: no run matches `nobody`
      hint: `hrflow-connectors runs` lists the runs
    exit 2
    ");
}

#[test]
fn runs_are_named_by_the_end_of_their_ids_and_fit_a_terminal() {
    let desk = Desk::with("3", "0");
    // To look for runs makes no store.
    assert_snapshot!(desk.says(&["runs"]), @r"
    No runs in sqlite:[FOLDER]/state.sqlite.
    exit 0
    ");
    assert!(!std::path::Path::new(&desk.path("state.sqlite")).exists());
    for name in ["paris", "the-whole-of-france-and-its-islands", "paris"] {
        let action = "francetravail.create_jobs_in_hrflow";
        let run = desk.does(&["run", action, "--workflow-id", name, "--push", BOARD]);
        assert_eq!(run.status.code(), Some(0));
    }
    filtered(|| assert_snapshot!("runs", desk.says(&["runs"])));
    let text = desk.says(&["runs"]);
    let rows: Vec<_> = text.lines().take(4).collect();
    assert!(rows.iter().all(|row| row.chars().count() <= 80), "{text}");
    let newest = json(&desk.does(&["runs", "show", "latest", "--output", "json"]));
    let short = rows[1].split_whitespace().next().unwrap();
    let found = json(&desk.does(&["runs", "show", short, "--output", "json"]));
    assert_eq!(found["run_id"], newest["run_id"]);
    // The start of an id is a time, which these runs share.
    let start = &newest["run_id"].as_str().unwrap()[..4];
    let said = desk.says(&["items", start]);
    assert!(said.starts_with(&format!("error: `{start}` matches 3 runs\n")), "{said}");
    assert!(said.contains(&format!("`{short}`")), "{said}");
}

#[test]
fn a_plan_is_shown_saved_and_applied_once() {
    let desk = Desk::with("2", "0");
    let plan = desk.path("plan.json");
    let action = "francetravail.sync_jobs_in_hrflow";
    let first = ["plan", action, "--workflow-id", "desk", "--push", BOARD];
    filtered(|| {
        assert_snapshot!(desk.says(&[&first[..], &["--out", &plan]].concat()));
        assert_snapshot!(desk.says(&["apply", &plan]));
        assert_snapshot!(desk.says(&["apply", &plan]));
        assert_snapshot!(desk.says(&first));
    });
    // What was refused at its own time is recorded so.
    let runs = json(&desk.does(&["runs", "list", "--output", "json"]));
    let outdated = runs["runs"].as_array().unwrap().iter();
    let outdated = outdated.filter(|run| run["result"]["reason"] == "plan_outdated");
    let outdated = outdated.map(|run| run["run_id"].as_str().unwrap()).collect::<Vec<_>>();
    assert_eq!(desk.does(&["resume", outdated[0]]).status.code(), Some(2));
    let printed = json(&desk.does(&[&first[..], &["--output", "json"]].concat()));
    assert_eq!(printed["plan"]["steps"], Value::Array(Vec::new()));
    assert_snapshot!(desk.says(&["apply", "absent.json"]), @r"
    error: could not read `absent.json`: No such file or directory (os error 2)
    exit 2
    ");
}

#[test]
fn credentials_of_a_workflow_file_are_read_again_and_are_nowhere_in_the_store() {
    let desk = Desk::with("6", "1");
    std::fs::write(desk.path("key.txt"), "ask_5ec4e75ec4e75ec4e75ec4e75ec4e75e\n").unwrap();
    let workflow = desk.path("desk.toml");
    let text = "workflow_id = \"desk\"\naction = \"francetravail.update_jobs_in_hrflow\"\n\
                format = '{}'\n[hrflow_auth]\napi_secret = { file = \"key.txt\" }\n\
                [push_parameters]\nboard_key = \"0123456789012345678901234567890123456789\"\n";
    std::fs::write(&workflow, text).unwrap();
    let runs = |arguments: &[&str]| {
        let variables = desk.served.1.iter().filter(|(name, _)| name != "HRFLOW_API_SECRET");
        command()
            .args(arguments)
            .envs(variables.cloned())
            .env("HRFLOW_CONNECTORS_STORE_URL", desk.url())
            .current_dir("/")
            .output()
            .unwrap()
    };
    let result = json(&runs(&["run", &workflow, "--output", "json"]));
    assert_eq!(result["outcomes"]["failed"], 6);
    let again = json(&runs(&["retry", result["run_id"].as_str().unwrap(), "--output", "json"]));
    assert_eq!(again["events"]["read_success"], 6);
    for entry in std::fs::read_dir(desk.folder.path()).unwrap() {
        let path = entry.unwrap().path();
        if path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("state")) {
            let bytes = std::fs::read(&path).unwrap();
            assert!(!String::from_utf8_lossy(&bytes).contains("5ec4e7"), "{}", path.display());
        }
    }
}

#[test]
fn what_only_looks_makes_no_store() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("state.sqlite");
    let store = format!("sqlite:{}", path.display());
    let mirror = ["francetravail.sync_jobs_in_hrflow", "--workflow-id", "looked-at", "--sandbox"];
    let parameters = ["--pull", "departement=48", "--push"];
    let board = "board_key=0123456789012345678901234567890123456789";
    for command in [&["check"][..], &["plan"], &["run", "--dry-run"]] {
        let looked = crate::served::command()
            .args(command)
            .args(mirror)
            .args(parameters)
            .args([board, "--store", &store])
            .output()
            .unwrap();
        assert!(looked.status.success(), "{looked:?}");
        assert!(!path.exists(), "{command:?} made a store");
    }
    for command in ["runs", "items latest", "report latest --format markdown", "state show x"] {
        let words = command.split(' ');
        let _ = crate::served::command().args(words).args(["--store", &store]).output().unwrap();
        assert!(!path.exists(), "{command} made a store");
    }
}
