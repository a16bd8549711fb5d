//! What packages contain beside the program, and what is promised of it.

use std::fs;
use std::path::Path;

use tempfile::TempDir;

use crate::served::command;

#[test]
fn every_command_gets_a_man_page() {
    let folder = TempDir::new().unwrap();
    let out = folder.path().join("man/man1");
    let output = command().args(["man", "--out", out.to_str().unwrap()]).output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let help = command().arg("--help").output().unwrap();
    let help = String::from_utf8(help.stdout).unwrap();
    let commands = help.split("Commands:").nth(1).unwrap().split("Options:").next().unwrap();
    let names = commands.lines().filter_map(|line| line.split_whitespace().next());
    for name in names.filter(|name| *name != "help") {
        let page = fs::read_to_string(out.join(format!("hrflow-connectors-{name}.1")));
        assert!(page.unwrap().contains("SYNOPSIS"), "{name}");
    }
    assert!(out.join("hrflow-connectors.1").exists());
}

#[test]
fn pages_that_cannot_be_written_are_an_error() {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("file");
    fs::write(&file, "").unwrap();
    let output = command().args(["man", "--out", file.to_str().unwrap()]).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.starts_with("error: could not write to "), "{said}");
}

#[test]
fn a_version_tells_one_build_from_another() {
    let said = |flag| {
        let output = command().arg(flag).output().unwrap();
        String::from_utf8(output.stdout).unwrap()
    };
    let short = format!("hrflow-connectors {}\n", env!("CARGO_PKG_VERSION"));
    assert_eq!(said("-V"), short);
    let long = said("--version");
    assert!(long.starts_with(&short), "{long}");
    for name in ["commit: ", "target: ", "features: "] {
        let value = long.lines().find_map(|line| line.strip_prefix(name));
        assert!(value.is_some_and(|value| !value.is_empty()), "{name}{long}");
    }
}

/// The files of tests that SECURITY.md names.
#[test]
fn every_test_that_the_threat_model_names_is_there() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let page = fs::read_to_string(root.join("SECURITY.md")).unwrap();
    let named: Vec<_> = page.split('`').filter(|text| text.starts_with("crates/")).collect();
    assert!(named.len() > 20, "{named:?}");
    for path in named {
        let test = fs::read_to_string(root.join(path));
        let test = test.unwrap_or_else(|error| panic!("{path}: {error}"));
        assert!(test.contains("#[test]") || test.contains("#[tokio::test"), "{path} has no test");
    }
}

#[test]
fn a_console_that_others_could_open_is_refused() {
    let folder = TempDir::new().unwrap();
    let store = format!("sqlite:{}/state.sqlite", folder.path().display());
    let run = ["run", "francetravail.archive_jobs_in_hrflow", "--workflow-id", "x", "--sandbox"];
    let made = command().args(run).args(["--store", &store]).output().unwrap();
    assert!(made.status.success(), "{made:?}");
    let console = ["console", "--listen", "0.0.0.0:0", "--store", &store];
    let output = command().args(console).output().unwrap();
    assert_eq!(output.status.code(), Some(2), "{output:?}");
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.contains("could read the jobs of the store"), "{said}");
    assert!(said.contains("hint: set `HRFLOW_CONNECTORS_CONSOLE_TOKEN`"), "{said}");
}

/// An image without anything has no certificates either.
#[test]
fn without_certificates_the_sandbox_runs_and_a_service_is_not_trusted() {
    let bare = || {
        let mut command = crate::served::command();
        command.envs([("SSL_CERT_FILE", "/nowhere"), ("SSL_CERT_DIR", "/nowhere")]);
        command
    };
    let action = "francetravail.archive_jobs_in_hrflow";
    let workflow = ["--workflow-id", "bare", "--pull", "departement=48"];
    let run = bare().args(["run", action, "--sandbox"]).args(workflow).output().unwrap();
    assert!(run.status.success(), "{run:?}");
    let check = bare()
        .args(["check", action, "--push", "board_key=0123456789012345678901234567890123456789"])
        .args(workflow)
        .args(["--store", "memory:"])
        .envs([("FRANCETRAVAIL_CLIENT_ID", "a"), ("FRANCETRAVAIL_CLIENT_SECRET", "b")])
        .envs([("HRFLOW_API_SECRET", "ask_a"), ("HRFLOW_API_USER", "a@example.org")])
        .output()
        .unwrap();
    let said = String::from_utf8([check.stdout, check.stderr].concat()).unwrap();
    for failed in ["France Travail: could not get a token", "HrFlow: could not read the board"] {
        let why = "no secure connection: this machine has no certificates of authorities";
        assert!(said.contains(&format!("{failed}: {why}")), "{said}");
    }
}
