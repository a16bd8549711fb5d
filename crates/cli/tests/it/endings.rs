//! How a run ends: what is printed of it, where, and the exit code.

use std::fs::{self, File, OpenOptions};
use std::io::{BufRead, BufReader, Read};
use std::process::{Child, Command, Output, Stdio};

use insta::assert_snapshot;
use serde_json::Value;
use tempfile::TempDir;

use crate::served::{Served, command};

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
        (r"sqlite:\S+", "[STORE]"),
        (r"[0-9]{40}", "[BOARD]"),
        (r"\d\d\d[A-Z]{4}|\d{7}", "[OFFER]"),
    ];
    insta::with_settings!({filters => filters}, { check() });
}

#[test]
fn services_on_this_machine_are_not_asked_for_through_a_proxy() {
    let fixture = Fixture::new(&["--offers", "5"]);
    // Nobody listens there.
    let nowhere = "http://127.0.0.1:9";
    let output = fixture
        .of("run", "archive", &["--output", "json"])
        .envs([("HTTP_PROXY", nowhere), ("http_proxy", nowhere), ("ALL_PROXY", nowhere)])
        .output()
        .unwrap();
    let result: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(result["outcomes"]["archived"], 5, "{}", err(&output));
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

#[test]
fn failures_are_grouped_by_reason_and_the_next_step_is_named() {
    let fixture = Fixture::new(&["--offers", "20", "--board-holds", "1"]);
    let format = "if .id | test(\"[1357BDF]$\") then error(\"\\(.id) is odd\") else {} end";
    filtered(|| assert_snapshot!(said(&fixture.run("archive", &["--format", format]))));
    // Elsewhere than where `items` would look, the store is named.
    let store = format!("sqlite:{}", fixture.path("other.sqlite"));
    let text = said(&fixture.run("archive", &["--format", "{}", "--store", &store]));
    assert!(text.contains(&format!("--outcome failed --store {store}` lists them")), "{text}");
    let in_memory = said(&fixture.run("archive", &["--format", "{}", "--store", "memory:"]));
    assert!(in_memory.contains("hint: `--items FILE.jsonl` lists every item"), "{in_memory}");
}

#[test]
fn a_refused_command_leaves_its_files_as_they_were() {
    let fixture = Fixture::new(&["--offers", "5"]);
    let (items, plan) = (fixture.path("items.jsonl"), fixture.path("plan.json"));
    fs::write(&items, "before").unwrap();
    fs::write(&plan, "before").unwrap();
    let refused = |command: &str, more: &[&str]| {
        let output = fixture.of(command, "archive", more).output().unwrap();
        assert_eq!(output.status.code(), Some(2), "{more:?}: {}", said(&output));
        for file in [&items, &plan] {
            assert_eq!(fs::read_to_string(file).unwrap(), "before", "{more:?}");
        }
    };
    let bad_store = format!("sqlite:{}/state.sqlite", fixture.path("items.jsonl"));
    refused("run", &["--items", &items, "--max-failures", "many"]);
    refused("run", &["--items", &items, "--store", &bad_store]);
    refused("plan", &["--out", &plan, "--max-failures", "many"]);
    refused("plan", &["--out", &plan, "--incremental", "--store", &bad_store]);
    let resumed = fixture.command(&["resume", "--items", &items]).output().unwrap();
    assert_eq!(resumed.status.code(), Some(2));
    assert_eq!(fs::read_to_string(&items).unwrap(), "before");
    let fresh = fixture.path("fresh.jsonl");
    refused("run", &["--items", &fresh, "--store", &bad_store]);
    assert!(!fs::exists(fresh).unwrap());

    let done = fixture.run("archive", &["--items", &items]);
    assert_eq!(fs::read_to_string(&items).unwrap().lines().count(), 5, "{}", said(&done));
}

#[test]
fn a_file_that_cannot_be_written_is_told_before_anything_is_read() {
    let fixture = Fixture::new(&["--offers", "5"]);
    for (command, flag) in [("run", "--items"), ("plan", "--out")] {
        for path in ["absent/x", "."] {
            let output = fixture.of(command, "archive", &[flag, path]).output().unwrap();
            let said = said(&output);
            assert!(
                said.contains(&format!("error: `{flag}`: could not write to `{path}`")),
                "{said}"
            );
            assert!(said.ends_with("exit 2"), "{said}");
        }
    }
    assert!(!fs::exists(fixture.path("state.sqlite")).unwrap(), "nothing had begun");
}

#[test]
fn a_plan_that_cannot_be_saved_is_shown_all_the_same() {
    let fixture = Fixture::new(&["--offers", "5"]);
    let output = fixture.of("plan", "archive", &["--out", "/dev/full"]).output().unwrap();
    assert!(out(&output).contains("Plan: 5 to archive."), "{}", said(&output));
    assert!(err(&output).contains("error: `--out`: could not write `/dev/full`"));
    assert_eq!(output.status.code(), Some(1));
}

#[test]
fn items_go_to_stdout_and_the_summary_to_stderr() {
    let fixture = Fixture::new(&["--offers", "5"]);
    let output = fixture.run("archive", &["--items", "-"]);
    assert_eq!(out(&output).lines().count(), 5);
    for line in out(&output).lines() {
        assert_eq!(serde_json::from_str::<Value>(line).unwrap()["outcome"], "archived");
    }
    assert!(err(&output).starts_with("Done: 5 archived"), "{}", err(&output));
    assert!(!fs::exists(fixture.path("-")).unwrap());
    let both = fixture.run("archive", &["--items", "-", "--output", "json"]);
    assert_eq!(both.status.code(), Some(2));
    assert!(err(&both).contains("`--items -`: the result is printed to stdout, too"));
}

#[test]
fn a_stdout_that_cannot_be_written_is_an_error() {
    let fixture = Fixture::new(&["--offers", "5"]);
    let full = || OpenOptions::new().write(true).open("/dev/full").unwrap();
    for arguments in [&["describe"][..], &["runs", "list"], &["completions", "bash"]] {
        let output = fixture.command(arguments).stdout(full()).output().unwrap();
        assert_eq!(output.status.code(), Some(1), "{arguments:?}");
        assert!(err(&output).starts_with("error: could not write to stdout: "), "{}", err(&output));
    }
    let mut run = fixture.of("run", "archive", &["--output", "json"]);
    let output = run.stdout(full()).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(!fs::exists(fixture.path("state.sqlite")).unwrap(), "nothing had begun");
}

/// A pipe of which nobody reads.
fn broken_pipe() -> std::io::PipeWriter {
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    writer
}

#[test]
fn a_reader_that_has_gone_away_is_no_failure() {
    let fixture = Fixture::new(&["--offers", "5"]);
    let mut run = fixture.of("run", "archive", &["--items", "-"]);
    let output = run.stdout(broken_pipe()).output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    for arguments in [&["describe"][..], &["runs", "list"], &["runs", "list", "--output", "json"]] {
        let output = fixture.command(arguments).stdout(broken_pipe()).output().unwrap();
        assert_eq!((output.status.code(), err(&output)), (Some(0), String::new()));
    }
}

#[test]
fn a_stderr_that_cannot_be_written_hinders_nothing() {
    let fixture = Fixture::new(&["--offers", "5"]);
    let full = || OpenOptions::new().write(true).open("/dev/full").unwrap();
    let mut run = fixture.of("run", "archive", &["--format", "{}"]);
    let output = run.env("HRFLOW_CONNECTORS_LOG", "trace").stderr(full()).output().unwrap();
    assert_eq!(output.status.code(), Some(1), "{}", said(&output));
    assert!(out(&output).starts_with("Failed: every write failed"));
}

#[test]
fn a_check_tries_logics_and_format_on_some_items() {
    let fixture = Fixture::new(&["--offers", "20"]);
    let check = |more: &[&str]| {
        let output = fixture.of("check", "archive", more).output().unwrap();
        let last = out(&output).lines().last().unwrap().to_owned();
        format!("{last}\nexit {}", output.status.code().unwrap())
    };
    let twice = ["--logic", "select(.typeContrat == \"CDI\")", "--format", "{reference: .id}"];
    filtered(|| {
        assert_snapshot!(
            [
                check(&[]),
                check(&["--format", "{id: .id}"]),
                check(&["--format", ".id"]),
                check(&["--logic", "false"]),
                check(&twice),
                check(&[
                    "--format",
                    "if .typeContrat == \"CDI\" then {reference: .id} else {} end"
                ]),
            ]
            .join("\n")
        );
    });
}

/// Waits until a run writes the first line of its items.
fn wait_for_items(run: &mut Child) {
    let mut first = String::new();
    BufReader::new(run.stdout.as_mut().unwrap()).read_line(&mut first).unwrap();
    assert!(first.contains("archived"), "{first}");
}

#[cfg(unix)]
#[test]
fn a_signal_that_stops_a_run_is_its_exit_code() {
    let latency = ["--offers", "400", "--hrflow-latency", "100"];
    let fixture = Fixture::new(&latency);
    for (signal, code) in [("INT", 130), ("TERM", 143)] {
        let mut run = fixture.of("run", "archive", &["--items", "-"]);
        let mut run = run.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        wait_for_items(&mut run);
        let kill = ["-s", signal, &run.id().to_string()].map(str::to_owned);
        assert!(Command::new("kill").args(kill).status().unwrap().success());
        let status = run.wait().unwrap();
        let mut text = String::new();
        run.stderr.take().unwrap().read_to_string(&mut text).unwrap();
        assert_eq!(status.code(), Some(code), "{text}");
        assert!(text.starts_with("Stopping after open requests."), "{text}");
        let headline = text.lines().find(|line| line.starts_with("Interrupted: ")).unwrap();
        assert!(headline.contains(" archived, "), "{text}");
        let next = text.lines().find(|line| line.starts_with("Continue: ")).unwrap();
        assert!(next.starts_with("Continue: hrflow-connectors resume "), "{text}");
        assert!(!text.contains("Failures:") && !text.contains("\ninterrupted\n"), "{text}");
    }
    let resumed = fixture.command(&["resume", "--output", "json"]).output().unwrap();
    assert_eq!(resumed.status.code(), Some(0), "{}", said(&resumed));
}

/// A title that would take the terminal over.
const HOSTILE: &str = "\u{1b}[2J\u{1b}]8;;http://evil\u{7}x\r- 1 Fake\n+ 2 Fake\u{202e}\u{9b}31m";

/// Whether a text would do more in a terminal than be read.
fn is_harmless(text: &str) -> bool {
    let is_command = |sign: char| {
        (sign.is_control() && sign != '\n')
            || matches!(sign, '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    !text.chars().any(is_command)
}

#[test]
fn nothing_from_outside_reaches_the_terminal_but_text() {
    let folder = TempDir::new().unwrap();
    let offers = folder.path().join("offers.json");
    let titles = [HOSTILE.to_owned(), HOSTILE.repeat(20_000)];
    let offers_of = |(index, title): (usize, &String)| {
        serde_json::json!({
            "id": format!("048KLT{index}"), "intitule": title, "typeContrat": "CDI",
            "lieuTravail": {"libelle": title}, "description": title,
            "dateCreation": "2026-11-20T08:00:00.000Z",
        })
    };
    let all: Vec<_> = titles.iter().enumerate().map(offers_of).collect();
    fs::write(&offers, serde_json::to_string(&all).unwrap()).unwrap();
    let served = Served::start(&["--offers-file", offers.to_str().unwrap()]);
    let fixture = Fixture { served, folder };
    let show = |output: Output| {
        let text = said(&output);
        assert!(is_harmless(&text), "{}", text.escape_debug());
        assert!(text.len() < 200_000, "{} bytes", text.len());
        assert!(!text.lines().any(|line| line.starts_with("+ 2 Fake")), "{text}");
        text
    };
    let plan = show(fixture.of("plan", "sync", &[]).output().unwrap());
    assert!(plan.contains("\\u{1b}[2J\\u{1b}]8;;http://evil\\u{7}x\\r- 1 Fake + 2 Fake"), "{plan}");
    let failing = [
        ("archive", ".intitule | error"),
        ("archive", "{reference: .intitule[0:300]}"),
        ("create", "{reference: .intitule[0:300], name: 1}"),
    ];
    for (action, format) in failing {
        for command in ["run", "plan"] {
            let mut run = fixture.of(command, action, &["--format", format]);
            show(run.env("HRFLOW_CONNECTORS_LOG", "debug").output().unwrap());
        }
        let result = fixture.run(action, &["--format", format, "--output", "json", "--items", "i"]);
        let json: Value = serde_json::from_slice(&result.stdout).unwrap();
        let run = json["run_id"].as_str().unwrap();
        for format in ["text", "json"] {
            for of in [&["runs", "show", run, "--failed"][..], &["items", run], &["runs", "list"]] {
                let arguments = [of, &["--output", format]].concat();
                let output = fixture.command(&arguments).output().unwrap();
                assert!(is_harmless(&out(&output)) && is_harmless(&err(&output)), "{arguments:?}");
            }
        }
    }
    let hostile = format!("--workflow-id={HOSTILE}");
    show(fixture.of("run", "archive", &[&hostile]).output().unwrap());
    show(fixture.command(&["runs", "list"]).output().unwrap());
    let workflow = fixture.path("hostile.toml");
    fs::write(&workflow, "\"\\u001b[2J\\r\" = 1\n").unwrap();
    show(fixture.command(&["check", &workflow]).output().unwrap());
    show(fixture.command(&["check", "\u{1b}[2J.toml"]).output().unwrap());
}

#[test]
fn a_refusal_is_an_object_whatever_was_refused() {
    let fixture = Fixture::new(&["--offers", "1"]);
    fs::write(fixture.path("x.json"), "{}").unwrap();
    File::create(fixture.path("empty.toml")).unwrap();
    for arguments in [
        &["run", "absent.toml"][..],
        &["check", "absent.toml"],
        &["plan", "absent.toml"],
        &["run", "empty.toml"],
        &["apply", "absent.json"],
        &["apply", "x.json"],
        &["resume"],
        &["resume", "nobody"],
        &["retry", "nobody"],
        &["run", "empty.toml", "--items", "absent/x"],
    ] {
        let output =
            fixture.command(&[arguments, &["--output", "json"]].concat()).output().unwrap();
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        let result: Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(result["status"], "fatal");
        assert!(result["message"].as_str().is_some_and(|why| !why.is_empty()), "{result}");
    }
}

#[test]
fn a_log_filter_that_cannot_be_read_is_warned_of_and_goes_on() {
    let fixture = Fixture::new(&["--offers", "1"]);
    for filter in ["garbage=x=y", "verbose"] {
        let mut run = fixture.of("run", "archive", &[]);
        let output = run.env("HRFLOW_CONNECTORS_LOG", filter).output().unwrap();
        assert_eq!(output.status.code(), Some(0));
        let text = err(&output);
        assert!(text.starts_with("warning: `HRFLOW_CONNECTORS_LOG`: "), "{text}");
        assert!(text.contains("run ended"), "the usual is logged: {text}");
    }
}
