//! A folder of workflows: run together, and looked at together.

use std::fs;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use serde_json::Value;
use tempfile::TempDir;

use crate::served::{Served, command};

const BOARD: &str = "0123456789012345678901234567890123456789";

/// A folder of mirrors, one a département, with their own store, against one sandbox.
pub(crate) struct Fleet {
    folder: TempDir,
    sandbox: Served,
}

impl Fleet {
    fn of(departements: &[&str]) -> Self {
        Self::beside(&["--offers", "400", "--board-holds", "0"], departements)
    }

    /// The same beside a sandbox with these flags.
    pub(crate) fn beside(sandbox: &[&str], departements: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = folder.path().join("state.sqlite");
        let shared = format!(
            "store = \"sqlite:{}\"\nshared_boards = [\"{BOARD}\"]\njobs = 2\n\
             [push_parameters]\nboard_key = \"{BOARD}\"\n",
            store.display()
        );
        fs::write(folder.path().join("fleet.toml"), shared).unwrap();
        let sandbox = Served::start(sandbox);
        let fleet = Self { folder, sandbox };
        for departement in departements {
            fleet.write(departement, &format!("departement = \"{departement}\""));
        }
        fleet
    }

    pub(crate) fn write(&self, name: &str, pull: &str) {
        let text = format!(
            "workflow_id = \"{name}\"\naction = \"francetravail.sync_jobs_in_hrflow\"\n\
             [pull_parameters]\n{pull}\n"
        );
        fs::write(self.path().join(format!("{name}.toml")), text).unwrap();
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    fn command(&self, arguments: &[&str]) -> Output {
        self.prepared(arguments).output().unwrap()
    }

    /// A command in whose arguments `.` stands for the folder.
    pub(crate) fn prepared(&self, arguments: &[&str]) -> Command {
        let folder = self.path().to_str().unwrap();
        let arguments = arguments.iter().map(|it| if *it == "." { folder } else { it });
        let mut command = command();
        command.envs(self.sandbox.1.clone()).args(arguments);
        command
    }

    /// What is printed to stdout, with its exit code.
    pub(crate) fn json(&self, arguments: &[&str]) -> (Value, Option<i32>) {
        let output = self.command(arguments);
        let json = serde_json::from_slice(&output.stdout);
        let said = String::from_utf8_lossy(&output.stderr);
        (json.unwrap_or_else(|_| panic!("{said}")), output.status.code())
    }

    pub(crate) fn refusal(&self, arguments: &[&str]) -> String {
        let output = self.command(arguments);
        assert_eq!(output.status.code(), Some(2), "{output:?}");
        let said = String::from_utf8(output.stderr).unwrap();
        said.replace(self.path().to_str().unwrap(), "FOLDER")
    }
}

/// Each workflow's name and health.
pub(crate) fn health(status: &Value) -> Vec<(&str, &str)> {
    let workflows = status["workflows"].as_array().unwrap().iter();
    workflows.map(|it| (it["name"].as_str().unwrap(), it["health"].as_str().unwrap())).collect()
}

#[test]
fn every_workflow_runs_and_is_healthy_afterwards() {
    let fleet = Fleet::of(&["75", "69", "13"]);
    let (before, code) = fleet.json(&["status", ".", "--output", "json"]);
    let never = [("13", "never_ran"), ("69", "never_ran"), ("75", "never_ran")];
    assert_eq!((health(&before), code), (never.to_vec(), Some(1)));

    let (result, code) = fleet.json(&["run", ".", "--output", "json"]);
    assert_eq!((&result["status"], code), (&Value::from("success"), Some(0)));
    let runs = result["runs"].as_array().unwrap();
    let ids: Vec<_> = runs.iter().map(|run| run["workflow_id"].as_str().unwrap()).collect();
    assert_eq!(ids, ["13", "69", "75"]);
    let created = |run: &Value| run["outcomes"]["created"].as_u64().unwrap();
    assert!(runs.iter().all(|run| created(run) > 0));

    let (after, code) = fleet.json(&["status", ".", "--output", "json"]);
    let healthy = [("13", "healthy"), ("69", "healthy"), ("75", "healthy")];
    assert_eq!((health(&after), code), (healthy.to_vec(), Some(0)));
    assert_eq!(after["workflows"][2]["jobs"], created(&runs[2]));
}

#[test]
fn small_workflows_run_first_also_those_that_have_never_run() {
    let fleet = Fleet::of(&["75", "48"]);
    fleet.write("00-all", "");
    let sizes_in_order = || {
        let (result, _) = fleet.json(&["run", ".", "--jobs", "1", "--output", "json"]);
        let mut runs = result["runs"].as_array().unwrap().clone();
        runs.sort_by_key(|run| run["started_at"].as_str().unwrap().to_owned());
        runs.iter().map(|run| run["events"]["read_success"].as_u64().unwrap()).collect::<Vec<_>>()
    };
    for _ in 0..2 {
        let sizes = sizes_in_order();
        assert!(sizes.is_sorted() && sizes[0] < sizes[2], "{sizes:?}");
    }
}

#[test]
fn patterns_and_failures_choose_what_runs() {
    let fleet = Fleet::of(&["75", "69", "13"]);
    let (result, _) =
        fleet.json(&["run", ".", "--select", "7*", "--select", "13", "--output", "json"]);
    assert_eq!(result["runs"].as_array().unwrap().len(), 2);
    let (result, _) = fleet.json(&["run", ".", "--failed", "--output", "json"]);
    let runs = result["runs"].as_array().unwrap();
    assert_eq!((runs.len(), &runs[0]["workflow_id"]), (1, &Value::from("69")));
    let (result, code) = fleet.json(&["run", ".", "--failed", "--output", "json"]);
    assert_eq!((result["runs"].as_array().unwrap().len(), code), (0, Some(0)));
}

#[test]
fn the_exit_is_that_of_the_worst_and_the_others_are_done() {
    let fleet = Fleet::of(&["75", "13"]);
    // A format that fails on each offer.
    let bad =
        "format = '{}'\n".to_owned() + &fs::read_to_string(fleet.path().join("13.toml")).unwrap();
    fs::write(fleet.path().join("13.toml"), bad).unwrap();
    let (result, code) = fleet.json(&["run", ".", "--output", "json"]);
    assert_eq!((&result["status"], code), (&Value::from("fatal"), Some(1)));
    assert_eq!(result["runs"][1]["status"], "success");
    let (status, code) = fleet.json(&["status", ".", "--output", "json"]);
    assert_eq!((health(&status), code), (vec![("13", "failing"), ("75", "healthy")], Some(1)));
    assert_eq!(status["health"], "failing");
}

#[test]
fn mistakes_are_told_all_at_once_and_nothing_runs() {
    let fleet = Fleet::of(&["75", "13"]);
    fleet.write("69", "departement = \"zz\"");
    fs::copy(fleet.path().join("75.toml"), fleet.path().join("75b.toml")).unwrap();
    insta::assert_snapshot!(fleet.refusal(&["run", "."]));
    assert!(!fleet.path().join("state.sqlite").exists());
}

#[test]
fn what_is_for_one_workflow_is_refused_for_a_folder_and_the_reverse() {
    let fleet = Fleet::of(&["75"]);
    let one = fleet.path().join("75.toml");
    insta::assert_snapshot!(
        [
            fleet.refusal(&["run", ".", "--items", "x.jsonl"]),
            fleet.refusal(&["run", ".", "--workflow-id", "x"]),
            fleet.refusal(&["run", one.to_str().unwrap(), "--select", "7*"]),
            fleet.refusal(&["run", ".", "--select", "["]),
        ]
        .join("\n")
    );
}

#[test]
fn a_run_of_one_workflow_of_the_folder_is_resumed_and_listed_with_what_the_fleet_shares() {
    let fleet = Fleet::of(&["75"]);
    let one = fleet.path().join("75.toml");
    let (result, code) = fleet.json(&["run", one.to_str().unwrap(), "--output", "json"]);
    assert_eq!((&result["status"], code), (&Value::from("success"), Some(0)));
    let (status, _) = fleet.json(&["status", ".", "--output", "json"]);
    assert_eq!(health(&status), [("75", "healthy")]);
}

#[test]
fn all_workflows_with_one_key_share_one_write_limit() {
    let fleet = Fleet::of(&["75", "69", "13", "33"]);
    let limited = "write_rate = 1200\n".to_owned()
        + &fs::read_to_string(fleet.path().join("fleet.toml")).unwrap();
    fs::write(fleet.path().join("fleet.toml"), limited).unwrap();
    let (result, _) = fleet.json(&["run", ".", "--jobs", "4", "--output", "json"]);
    let runs = result["runs"].as_array().unwrap();
    let created: u64 = runs.iter().map(|run| run["outcomes"]["created"].as_u64().unwrap()).sum();
    let longest = runs.iter().map(|run| run["duration_ms"].as_u64().unwrap()).max().unwrap();
    // 20 a second for all of them together; each alone would take a fraction of that.
    let least = created.saturating_sub(20) * 1_000 / 20;
    assert!(longest >= least, "{created} jobs in {longest} ms");
}

#[test]
fn two_workflows_that_search_the_same_read_once() {
    let fleet = Fleet::of(&["75"]);
    let count = |arguments: &[&str]| {
        let file = fleet.path().join("metrics.prom");
        let mut all =
            vec!["run", ".", "--output", "json", "--metrics-file", file.to_str().unwrap()];
        all.extend(arguments);
        let (result, code) = fleet.json(&all);
        assert_eq!(code, Some(0), "{result}");
        let metrics = fs::read_to_string(file).unwrap();
        let requests = |line: &&str| {
            line.starts_with("hrflow_connectors_http_requests_total{service=\"France Travail\"")
        };
        let counts = metrics.lines().filter(requests).map(|line| line.rsplit_once(' ').unwrap().1);
        let requests: u64 = counts.map(|count| count.parse::<u64>().unwrap()).sum();
        (result, requests)
    };
    let (alone, of_one) = count(&[]);
    // Another board with the same search.
    let other = fs::read_to_string(fleet.path().join("75.toml")).unwrap();
    let other = other.replace("\"75\"\naction", "\"again\"\naction");
    let other =
        other + "[push_parameters]\nboard_key = \"1111111111111111111111111111111111111111\"\n";
    fs::write(fleet.path().join("again.toml"), other).unwrap();
    let (both, of_two) = count(&["--jobs", "1"]);
    // A token more is asked for at most.
    assert!(of_two <= of_one + 1, "{of_two} requests for two, {of_one} for one");
    let read = |run: &Value| run["events"]["read_success"].clone();
    let runs = both["runs"].as_array().unwrap();
    assert_eq!((read(&runs[0]), read(&runs[1])), (read(&alone["runs"][0]), read(&runs[0])));
    assert_eq!(runs[1]["outcomes"]["created"], runs[1]["events"]["read_success"]);
}

#[test]
fn a_folder_is_checked_planned_and_applied_as_a_file_is() {
    let fleet = Fleet::of(&["75", "13"]);
    let (checked, code) = fleet.json(&["check", ".", "--output", "json"]);
    assert_eq!((&checked["ok"], code), (&Value::from(true), Some(0)));
    let plans = fleet.path().join("plans");
    let out = plans.to_str().unwrap();
    let (planned, code) = fleet.json(&["plan", ".", "--out", out, "--output", "json"]);
    assert_eq!(code, Some(0), "{planned}");
    let steps = |index: usize| planned["plans"][index]["plan"]["steps"].as_array().unwrap().len();
    let (applied, code) = fleet.json(&["apply", out, "--output", "json"]);
    assert_eq!((&applied["status"], code), (&Value::from("success"), Some(0)), "{applied}");
    for index in [0, 1] {
        assert_eq!(applied["runs"][index]["outcomes"]["created"], steps(index));
    }
    let (again, _) = fleet.json(&["plan", ".", "--select", "13", "--output", "json"]);
    assert_eq!(again["plans"][0]["plan"]["steps"].as_array().unwrap().len(), 0);
    assert!(fleet.refusal(&["apply", "."]).contains("has no plan file"));
}

#[test]
fn processes_with_one_store_share_the_allowance_of_an_account() {
    let fleet = Fleet::beside(&["--offers", "900", "--board-holds", "0"], &[]);
    let names = ["one", "two", "three"];
    for name in names {
        fleet.write(name, "");
    }
    let run = |name: &str| {
        let path = fleet.path().join(format!("{name}.toml"));
        let arguments = ["run", path.to_str().unwrap(), "--output", "json"];
        fleet.prepared(&arguments).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap()
    };
    for process in names.map(run) {
        let output = process.wait_with_output().unwrap();
        let result: Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(result["events"]["read_success"], 900, "{result}");
        let waits = result["spent"]["waits"].as_array().unwrap();
        assert!(waits.iter().all(|wait| wait["cause"] == "pace"), "none was refused: {waits:?}");
    }
}
