//! Trying a workflow out: jobs as they would be sent, a few items, and a word before much is done.

use std::process::{Command, Output};

use insta::assert_snapshot;
use serde_json::Value;
use tempfile::TempDir;

use crate::served::{Served, command};
use crate::terminal::Session;

const BOARD: &str = "board_key=0123456789012345678901234567890123456789";

/// A served sandbox, and a folder for a store and other files.
struct Desk {
    served: Served,
    folder: TempDir,
}

impl Desk {
    fn new(offers: &str, held: &str) -> Self {
        let flags = ["--offers", offers, "--board-holds", held, "--francetravail-rate", "0"];
        Self { served: Served::start(&flags), folder: TempDir::new().unwrap() }
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
            .env("TERM", "xterm")
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

    fn json(&self, command: &str, action: &str, more: &[&str]) -> Value {
        let output = self.of(command, action, &[more, &["--output", "json"]].concat()).output();
        json(&output.unwrap())
    }
}

fn json(output: &Output) -> Value {
    serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|_| panic!("{}", String::from_utf8_lossy(&output.stderr)))
}

#[test]
fn a_dry_run_shows_jobs_as_they_would_be_sent() {
    let desk = Desk::new("20", "0");
    let more = ["--dry-run", "--show", "2"];
    let output = desk.of("run", "create", &more).output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let jobs: Vec<Value> =
        serde_json::Deserializer::from_str(&text).into_iter().map_while(Result::ok).collect();
    assert_eq!(jobs.len(), 2, "{text}");
    assert!(jobs.iter().all(|job| job["name"].is_string() && job["reference"].is_string()));
    assert!(text.contains("\nDry run: nothing was written"), "{text}");
    let result = desk.json("run", "create", &more);
    assert_eq!(result["shown"].as_array().unwrap().len(), 2);
    let alone = desk.of("run", "create", &["--show", "2"]).output().unwrap();
    assert_eq!(alone.status.code(), Some(2), "nothing is shown of what is sent");
}

#[test]
fn a_limit_reads_a_few_and_is_never_taken_for_everything() {
    let desk = Desk::new("40", "0");
    let limited = desk.json("run", "sync", &["--limit", "5"]);
    assert_eq!(limited["outcomes"]["created"], 5, "{limited}");
    assert_eq!((&limited["complete"], &limited["status"]), (&false.into(), &"success".into()));
    assert!(limited["message"].as_str().unwrap().contains("no more than 5 items"), "{limited}");
    // The other 35 are not missing, and have not been delivered either.
    let rest = desk.json("run", "sync", &[]);
    assert_eq!(rest["outcomes"]["created"], 35, "{rest}");
    for _ in 0..3 {
        let again = desk.json("run", "sync", &["--limit", "5", "--push", "grace=1"]);
        assert_eq!(again["outcomes"]["archived"], 0, "{again}");
        assert!(again["pending"].is_null() || again["pending"] == 0, "{again}");
    }
    let whole = desk.json("run", "sync", &[]);
    assert_eq!(whole["outcomes"]["unchanged"], 40, "{whole}");
    assert_eq!(
        desk.json("plan", "create", &["--limit", "3"])["result"]["events"]["read_success"],
        3
    );
}

fn session(command: Command) -> Session {
    Session::start(command, 80)
}

#[test]
fn on_a_terminal_open_offers_are_archived_after_a_word() {
    let desk = Desk::new("30", "1");
    let mut asked = session(desk.of("run", "archive", &[]));
    asked.wait_for("Continue? [y/N]");
    asked.type_line("n");
    let (screen, status, _) = asked.end();
    assert_eq!(status.code(), Some(2));
    assert_snapshot!(screen, @r"
    This archives the jobs of 30 offers that are open.
      board  0123456789012345678901234567890123456789
    Continue? [y/N] n
    error: not confirmed; nothing was sent
      hint: `--yes` confirms beforehand
    ");
    let mut asked = session(desk.of("run", "archive", &[]));
    asked.wait_for("Continue? [y/N]");
    asked.type_line("y");
    let (screen, status, _) = asked.end();
    assert!(status.success() && screen.contains("Done: 30 archived"), "{screen}");
}

#[test]
fn who_says_yes_and_scripts_are_not_asked() {
    let desk = Desk::new("30", "1");
    let (screen, status, _) = session(desk.of("run", "archive", &["--yes"])).end();
    assert!(status.success() && !screen.contains("[y/N]"), "{screen}");
    let (screen, status, _) = session(desk.of("run", "archive", &["--dry-run"])).end();
    assert!(status.success() && !screen.contains("[y/N]"), "{screen}");
    let output = desk.of("run", "archive", &[]).output().unwrap();
    assert!(output.status.success());
}

#[test]
fn many_new_jobs_are_asked_for_once() {
    let desk = Desk::new("120", "0");
    let mut asked = session(desk.of("run", "sync", &[]));
    asked.wait_for("This creates up to 120 jobs.");
    asked.type_line("yes");
    let (screen, status, _) = asked.end();
    assert!(status.success() && screen.contains("120 created"), "{screen}");
    let (screen, status, _) = session(desk.of("run", "sync", &[])).end();
    assert!(status.success() && !screen.contains("[y/N]"), "{screen}");
}

#[test]
fn a_plan_that_creates_much_is_applied_after_a_word_and_while_it_is_fresh() {
    let desk = Desk::new("101", "0");
    assert!(desk.of("plan", "sync", &["--out", "plan.json"]).output().unwrap().status.success());
    let old = desk.command(&["apply", "plan.json", "--max-age", "1ms"]).output().unwrap();
    assert_eq!(old.status.code(), Some(2));
    let said = String::from_utf8_lossy(&old.stderr).into_owned();
    assert!(said.contains("longer than `--max-age` allows"), "{said}");
    let mut asked = session(desk.command(&["apply", "plan.json", "--max-age", "1h"]));
    asked.wait_for("This plan creates 101 jobs.");
    asked.type_line("y");
    asked.wait_for("Verifying ");
    rustix::process::kill_process(asked.pid(), rustix::process::Signal::INT).unwrap();
    let (screen, status, frames) = asked.end();
    assert_eq!(status.code(), Some(130));
    assert!(screen.contains("Interrupted: ") && screen.contains("run         "), "{screen}");
    assert!(frames.iter().all(|line| line.chars().count() <= 80), "{frames:#?}");
}

fn out(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

#[test]
fn a_plan_begins_with_its_counts_and_can_be_no_more_than_them() {
    let desk = Desk::new("150", "0");
    let plan = out(&desk.of("plan", "sync", &[]).output().unwrap());
    let mut lines = plan.lines();
    assert_eq!(lines.next(), Some("Plan: 150 to create, 0 to update, 0 to archive."));
    assert_eq!((lines.next(), lines.next()), (Some(""), Some("150 to create:")));
    assert_eq!(lines.filter(|line| line.starts_with("+ ")).count(), 100);
    assert!(plan.ends_with("\n  … and 50 more; `--output json` lists all\n"), "{plan}");
    let counts = out(&desk.of("plan", "sync", &["--summary"]).output().unwrap());
    assert_eq!(counts, "Plan: 150 to create, 0 to update, 0 to archive.\n");
}

#[test]
fn an_empty_plan_and_a_run_without_work_say_so() {
    let desk = Desk::new("0", "0");
    assert!(desk.of("plan", "sync", &["--out", "plan.json"]).output().unwrap().status.success());
    let applied = desk.command(&["apply", "plan.json"]).output().unwrap();
    assert_eq!(String::from_utf8_lossy(&applied.stderr), "The plan has no steps.\n");
    assert!(out(&applied).starts_with("Done: no changes, in "), "{}", out(&applied));
    let flags = ["referential", "metiers", "--search", "no such words", "--store", "memory:"];
    let none = desk.command(&flags).output().unwrap();
    assert!(none.status.success() && none.stdout.is_empty());
    let said = String::from_utf8_lossy(&none.stderr).into_owned();
    assert_eq!(said, "No code of `metiers` matches `no such words`.\n");
}
