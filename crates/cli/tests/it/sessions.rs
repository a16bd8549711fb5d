//! What stands on a terminal while a run goes on and when it has ended, at three widths.

use std::process::Command;

use insta::assert_snapshot;
use rustix::process::{Signal, kill_process};
use tempfile::TempDir;

use crate::served::{Served, command};
use crate::terminal::Session;

const BOARD: &str = "board_key=0123456789012345678901234567890123456789";

struct Desk {
    served: Served,
    folder: TempDir,
}

impl Desk {
    fn new(flags: &[&str]) -> Self {
        let first = ["--offers", "400", "--francetravail-rate", "0"];
        Self { served: Served::start(&[&first, flags].concat()), folder: TempDir::new().unwrap() }
    }

    fn run(&self, more: &[&str]) -> Command {
        let mut command = command();
        command
            .args(["run", "francetravail.archive_jobs_in_hrflow", "--workflow-id", "x", "--yes"])
            .args(["--store", "sqlite:state.sqlite", "--push", BOARD, "--pull"])
            .arg("typeContrat=CDI,CDD,MIS,SAI,CCE,FRA,LIB,REP,TTI,DDI,DIN,DDT")
            .args(more)
            .envs(self.served.1.clone())
            .env_remove("HRFLOW_CONNECTORS_LOG")
            .env("TERM", "xterm-256color")
            .current_dir(self.folder.path());
        command
    }
}

/// Numbers, which differ from run to run, as `#`.
fn plain(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    for sign in text.chars().filter(|sign| !matches!(sign, '█' | '░')) {
        match sign {
            '0'..='9' | ',' | '.' if plain.ends_with('#') => {}
            '0'..='9' => plain.push('#'),
            sign => plain.push(sign),
        }
    }
    plain.trim_start().to_owned()
}

/// A screen at the end, without ids and times.
fn ended(screen: &str) -> String {
    // What is left of a command that is longer than the terminal.
    let is_rest = |line: &&str| line.contains("state.sqlite") && !line.contains("store  ");
    let filtered =
        screen.lines().filter(|line| line.contains("Continue") || !is_rest(line)).map(|line| {
            match line.trim_start() {
                read if read.starts_with("read  ") => "  read".to_owned(),
                run if run.starts_with("run  ") => "  run         [RUN]".to_owned(),
                line if line.starts_with("Interrupted: ") => {
                    plain_line(line.split(", in ").next().unwrap()) + ", in [TIME]."
                }
                line if line.starts_with("Continue: ") => "Continue: [COMMAND]".to_owned(),
                _ => plain_line(line),
            }
        });
    filtered.collect::<Vec<_>>().join("\n")
}

/// A line whose spaces are kept.
fn plain_line(line: &str) -> String {
    let indent = line.len() - line.trim_start().len();
    let words = line.split_whitespace().map(plain).collect::<Vec<_>>().join(" ");
    format!("{}{words}", " ".repeat(indent))
}

#[test]
fn a_run_that_waits_says_for_what_and_fits() {
    for columns in [60, 80, 120] {
        // HrFlow takes a few requests a second, and so refuses many.
        let desk = Desk::new(&["--hrflow-rate", "40"]);
        let mut session = Session::start(desk.run(&["--limit", "150"]), columns);
        session.wait_for("Done: ");
        let (screen, status, frames) = session.end();
        assert!(status.success(), "{screen}");
        let bars: Vec<_> = frames.iter().filter(|line| line.contains("Processing")).collect();
        assert!(bars.iter().any(|line| line.contains("/150  ")), "{frames:#?}");
        for line in &bars {
            assert!(line.chars().count() <= columns.into(), "{line}");
        }
        let has_bar = bars.iter().any(|line| line.contains(['█', '░']));
        assert_eq!(has_bar, columns >= 80, "the bar shrinks before the words do");
        assert!(!screen.contains(" INFO ") && !screen.contains(" WARN "), "{screen}");
    }
}

#[test]
fn an_interrupt_says_what_is_left_and_how_to_continue() {
    for columns in [60, 80, 120] {
        let desk = Desk::new(&["--hrflow-latency", "400"]);
        let mut session = Session::start(desk.run(&["--write-concurrency", "2"]), columns);
        session.wait_for(" archived");
        kill_process(session.pid(), Signal::INT).unwrap();
        let (screen, status, _) = session.end();
        assert_eq!(status.code(), Some(130), "{screen}");
        assert_snapshot!(format!("interrupt_at_{columns}"), ended(&screen));
    }
}

#[test]
fn faults_are_told_once_in_the_end() {
    let desk = Desk::new(&["--faults", "10%"]);
    let mut session = Session::start(desk.run(&["--limit", "150"]), 80);
    session.wait_for(": ");
    let (screen, _, _) = session.end();
    assert!(screen.contains("retries ") && screen.contains("requests repeated"), "{screen}");
    assert!(!screen.contains(" WARN "), "{screen}");
}
