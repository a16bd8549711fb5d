//! What is logged, in which form, and when not.

use std::process::{Command, Output};

use serde_json::Value;

use crate::served::command;
use crate::terminal::Session;

const RUN: [&str; 8] = [
    "run",
    "francetravail.archive_jobs_in_hrflow",
    "--workflow-id",
    "demo",
    "--sandbox",
    "--pull",
    "range=0-149",
    "--dry-run",
];

/// The demonstration, with no variable that says what to log.
fn demonstration(flags: &[&str]) -> Command {
    let mut command = command();
    command.env_remove("HRFLOW_CONNECTORS_LOG").args(RUN).args(flags);
    command
}

fn err(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

fn logged(flags: &[&str]) -> String {
    err(&demonstration(flags).output().unwrap())
}

#[test]
fn at_debug_every_request_is_logged_and_nothing_of_other_crates() {
    let text = logged(&["-v"]);
    let requests: Vec<_> = text.lines().filter(|line| line.contains(" request ")).collect();
    assert!(!requests.is_empty(), "{text}");
    for part in ["method=", "url=", "status=", "attempt=1", "duration_ms=", "service="] {
        assert!(requests.iter().all(|line| line.contains(part)), "{part}: {requests:#?}");
    }
    assert!(!text.contains("hyper") && !text.contains("reqwest"), "{text}");
    assert!(!text.contains("ask_0000"), "no secret is logged");
}

#[test]
fn how_much_is_logged_can_be_chosen() {
    assert!(logged(&[]).contains("INFO"));
    assert!(!logged(&[]).contains("DEBUG"));
    let quiet = logged(&["-q"]);
    assert!(!quiet.contains("INFO") && !quiet.contains("Processing"), "{quiet}");
    let refused = demonstration(&["-q", "-v"]).output().unwrap();
    assert_eq!(refused.status.code(), Some(2));
    // A flag wins over the variable.
    let output = demonstration(&["-v"]).env("HRFLOW_CONNECTORS_LOG", "off").output().unwrap();
    assert!(err(&output).contains("DEBUG"));
    let output = demonstration(&[]).env("HRFLOW_CONNECTORS_LOG", "off").output().unwrap();
    assert!(!err(&output).contains("INFO"));
}

#[test]
fn every_line_of_a_json_log_is_an_object() {
    let text = logged(&["-v", "--log-format", "json"]);
    let lines: Vec<_> = text.lines().filter(|line| line.starts_with('{')).collect();
    assert!(lines.len() > 3, "{text}");
    for line in lines {
        let object: Value = serde_json::from_str(line).unwrap();
        assert!(object["timestamp"].is_string() && object["level"].is_string(), "{line}");
        assert!(object["message"].is_string(), "{line}");
    }
}

#[test]
fn colours_are_shown_where_they_are_wanted() {
    const COLOUR: char = '\u{1b}';
    assert!(!logged(&[]).contains(COLOUR), "a file is not coloured");
    assert!(logged(&["--color", "always"]).contains(COLOUR));
    assert!(!logged(&["--color", "never"]).contains(COLOUR));
    let help = |when: &str| command().args(["--help", "--color", when]).output().unwrap().stdout;
    assert!(help("always").contains(&0x1b) && !help("never").contains(&0x1b));
}

/// What stands on a terminal at the end.
fn on_terminal(flags: &[&str], variables: &[(&str, &str)]) -> (String, Vec<String>) {
    let mut command = demonstration(flags);
    command.env("TERM", "xterm-256color").envs(variables.iter().copied());
    let (screen, status, frames) = Session::start(command, 80).end();
    assert!(status.success(), "{screen}");
    (screen, frames)
}

#[test]
fn no_log_lines_stand_beside_the_bar_unless_they_are_asked_for() {
    let (screen, frames) = on_terminal(&[], &[]);
    assert!(!screen.contains("INFO") && screen.contains("Dry run"), "{screen}");
    assert!(frames.iter().any(|line| line.contains("Processing")), "{frames:#?}");
    let (screen, _) = on_terminal(&["-v"], &[]);
    assert!(screen.contains("DEBUG"), "{screen}");
}

#[test]
fn a_dumb_terminal_gets_lines() {
    let (screen, frames) = on_terminal(&[], &[("TERM", "dumb")]);
    assert!(screen.contains("INFO"), "{screen}");
    assert!(!frames.iter().any(|line| line.contains("Processing")), "{frames:#?}");
}
