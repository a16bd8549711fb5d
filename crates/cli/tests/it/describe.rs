//! What an action takes, as people read it, and a workflow file to begin with.

use insta::assert_snapshot;
use serde_json::Value;
use tempfile::TempDir;

use crate::served::command;

fn described(arguments: &[&str], columns: &str) -> String {
    let mut command = command();
    let output = command.arg("describe").args(arguments).env("COLUMNS", columns).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

fn action(mode: &str) -> String {
    format!("francetravail.{mode}_jobs_in_hrflow")
}

#[test]
fn a_page_fits_and_breaks_no_word() {
    for columns in [60, 80] {
        for mode in ["archive", "create", "sync", "update"] {
            let page = described(&[&action(mode)], &columns.to_string());
            for line in page.lines() {
                // An address is longer, and stays whole.
                let is_one_word = line.split_whitespace().count() <= 2;
                assert!(line.chars().count() <= columns || is_one_word, "{columns}: {line}");
            }
        }
    }
    let page = described(&[&action("archive")], "60");
    assert!(page.contains("\n  modeSelectionPartenaires <string>\n"), "{page}");
    assert_snapshot!("page_of_60", page);
    assert_snapshot!("page_of_80", described(&[&action("archive")], "80"));
}

#[test]
fn a_page_has_every_key_of_a_workflow_file() {
    let page = described(&[&action("sync")], "80");
    let json = described(&[&action("sync"), "--output", "json"], "80");
    let json: Value = serde_json::from_str(&json).unwrap();
    for section in ["connector_auth", "hrflow_auth", "pull_parameters", "push_parameters"] {
        assert!(page.contains(&format!("\n[{section}]\n")), "{section}");
    }
    let fields = json.as_object().unwrap().values().filter_map(Value::as_array).flatten();
    for name in fields.filter(|field| field["type"].is_string()) {
        let name = name["name"].as_str().unwrap();
        assert!(page.contains(&format!("\n  {name} <")), "{name}");
    }
    assert!(page.contains("\n  action <string>  (required)\n"));
}

#[test]
fn the_example_is_a_workflow_file_that_check_accepts() {
    let folder = TempDir::new().unwrap();
    for mode in ["archive", "create", "sync", "update"] {
        let example = described(&[&action(mode), "--example"], "80");
        let path = folder.path().join(format!("{mode}.toml"));
        std::fs::write(&path, example).unwrap();
        let path = path.to_str().unwrap();
        let output = command().args(["check", path, "--sandbox"]).output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(0), "{mode}: {said}");
        assert!(said.is_empty(), "{mode}: {said}");
    }
    let example = described(&["--example"], "80");
    assert_eq!(example, described(&[&action("sync"), "--example"], "60"), "a file has no width");
    assert_snapshot!("example", example);
}

/// Everything that an example leaves out can be written in a file: no key of it is unknown.
#[test]
fn every_key_of_the_example_is_known() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("all.toml");
    let example = described(&["--example"], "80");
    let is_key = |line: &str| {
        line.strip_prefix("# ").is_some_and(|line| {
            let name = line.split(" = ").next().unwrap();
            name.len() < line.len() && !name.contains(' ')
        })
    };
    let lines = example.lines().map(|line| if is_key(line) { &line[2..] } else { line });
    std::fs::write(&path, lines.collect::<Vec<_>>().join("\n")).unwrap();
    let output = command().args(["check", path.to_str().unwrap(), "--sandbox"]).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(!said.contains("unknown") && !said.contains("TOML"), "{said}");
}
