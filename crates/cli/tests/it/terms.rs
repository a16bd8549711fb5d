//! What the command line says of the terms of the offers.

use std::process::Output;

use insta::assert_snapshot;
use serde_json::Value;

use crate::served::command;

fn run(arguments: &[&str]) -> Output {
    command().args(arguments).output().unwrap()
}

fn out(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

#[test]
fn the_document_to_publish_is_printed_as_it_was_chosen() {
    let published = include_str!("../../../../docs/method.md");
    assert_eq!(out(&run(&["describe", "--method"])), published);
    let flags = ["--contact", "drop", "--licence-language", "en", "--content", "mapped"];
    let chosen = out(&run(&[&["describe", "--method"], &flags[..]].concat()));
    assert!(chosen.starts_with("# How the offers of France Travail are modified\n"), "{chosen}");
    assert!(chosen.contains("the agency, and of the contact the fields"), "{chosen}");
    assert!(!chosen.contains("naf_code"), "{chosen}");
    let refused = run(&["describe", "--method", "--contact", "nobody"]);
    assert_eq!(refused.status.code(), Some(2));
    assert!(!run(&["describe", "francetravail.sync_jobs_in_hrflow", "--method"]).status.success());
    assert!(!run(&["describe", "--contact", "drop"]).status.success());
}

fn check(flags: &[&str]) -> String {
    let action = "francetravail.sync_jobs_in_hrflow";
    let first = ["check", action, "--workflow-id", "x", "--sandbox", "--store", "memory:"];
    out(&run(&[&first, flags].concat()))
}

#[test]
fn a_check_says_which_duties_are_met_and_which_are_the_operators() {
    let duties = |flags: &[&str]| {
        let said = check(flags);
        let duties = said.lines().filter(|line| line.contains("licence, art."));
        duties.map(|line| format!("{line}\n")).collect::<String>()
    };
    assert_snapshot!("duties_by_default", duties(&[]));
    assert_snapshot!(
        "duties_as_well_as_can_be",
        duties(&[
            "--contact",
            "drop",
            "--method-url",
            "https://example.org/method",
            "--push",
            "on_archive=anonymise"
        ])
    );
    let json: Value = serde_json::from_str(&check(&["--output", "json"])).unwrap();
    assert_eq!(json["duties"][0]["article"], "4");
    assert_eq!(json["duties"][0]["state"], "met");
    assert_eq!(json["duties"][1]["state"], "operator");
}
