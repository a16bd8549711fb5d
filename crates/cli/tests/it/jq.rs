//! Hostile jq programs in real processes: each fails its item alone, and nothing else.

use std::process::{Command, Output, Stdio};

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::served::{Served, command};

const ACTION: &str = "francetravail.archive_jobs_in_hrflow";
const BOARD: &str = "board_key=0123456789012345678901234567890123456789";
/// No program here takes so long.
const LONG: &str = "1h";

/// Two offers, one of which the programs are to fail on.
struct Desk {
    served: Served,
    folder: TempDir,
}

impl Desk {
    fn new() -> Self {
        let folder = TempDir::new().unwrap();
        let offer = |id: &str| {
            let created = "2026-01-05T08:00:00.000Z";
            json!({"id": id, "intitule": "Boulanger", "dateCreation": created})
        };
        let offers = folder.path().join("offers.json");
        std::fs::write(&offers, json!([offer("BAD"), offer("GOOD")]).to_string()).unwrap();
        let served = Served::start(&[
            "--offers-file",
            offers.to_str().unwrap(),
            "--francetravail-rate",
            "0",
        ]);
        Self { served, folder }
    }

    fn run(&self, arguments: &[&str]) -> Command {
        let mut command = command();
        command
            .args(["run", ACTION, "--workflow-id", "jq", "--push", BOARD])
            .args(arguments)
            .envs(self.served.1.clone())
            .env("HRFLOW_CONNECTORS_STORE_URL", "memory:")
            .env("HRFLOW_CONNECTORS_FUNCTION_MEMORY", "1");
        command
    }

    /// How the bad offer ends in a run with this logic, and why. The good one is archived.
    fn end(&self, logic: &str, timeout: &str) -> String {
        let logic = format!("if .id == \"BAD\" then ({logic}) else . end");
        let items = self.folder.path().join("items.jsonl");
        let flags = ["--logic", &logic, "--function-timeout", timeout, "--items"];
        let output = self.run(&flags).arg(&items).output().unwrap();
        let items = std::fs::read_to_string(items).unwrap();
        let items: Vec<Value> =
            items.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        let item = |id: &str| items.iter().find(|item| item["reference"] == id).unwrap();
        assert_eq!(items.len(), 2, "{logic}");
        assert_eq!(item("GOOD")["outcome"], "archived", "{logic}");
        let bad = item("BAD");
        let expected = if bad["outcome"] == "failed" { 3 } else { 0 };
        assert_eq!(output.status.code(), Some(expected), "{logic}: {}", err(&output));
        match bad["why"].as_str() {
            Some(why) => why.to_owned(),
            None => bad["outcome"].as_str().unwrap().to_owned(),
        }
    }

    #[track_caller]
    fn check(&self, logics: &[&str], timeout: &str, expected: &str) {
        for logic in logics {
            assert_eq!(self.end(logic, timeout), expected, "{logic}");
        }
    }
}

fn err(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

#[test]
fn a_program_without_end_fails_its_item() {
    let endless = [
        "def f: f; f",
        "def f: def g: f; g; f",
        "until(false; .)",
        "try until(false; .) catch .",
        "last(repeat(1))",
        "last(range(0; 10; 0))",
        "last(recurse(.))",
        "last(while(true; .))",
        "first(repeat(1) | select(. == 2))",
        "limit(1; repeat(1) | select(false))",
        "reduce repeat(1) as $x (0; $x)",
        "label $out | foreach repeat(1) as $x (0; 1; empty)",
        "isempty(repeat(1) | empty)",
        "all(repeat(1); . == 1)",
        "., until(false; .)",
        "reduce range(60) as $i (1; [., .]) | flatten | length",
    ];
    Desk::new().check(&endless, "500ms", "took longer than 500ms (`function_timeout`)");
}

#[test]
fn a_program_that_calls_itself_too_deeply_fails_its_item() {
    let deep = ["def f: 1 + f; f", "def f: [f]; f", "def f: {a: f}; f", "def f: f | f; f"];
    Desk::new().check(&deep, LONG, "called itself too deeply");
}

#[test]
#[cfg(target_os = "linux")]
fn a_program_that_takes_too_much_memory_fails_its_item() {
    let growing = [
        "[repeat(1)]",
        "[range(0; 10; 0)]",
        "[range(1e12)]",
        "\"x\" | until(false; . + .)",
        "last(\"x\" | recurse(. + .))",
        "[recurse([.])]",
        "reduce range(60) as $i (1; [., .]) | tojson",
        "reduce range(60) as $i (1; [., .]) | tostring",
    ];
    Desk::new().check(&growing, LONG, "used more than 1 MB of memory");
}

#[test]
fn a_program_that_gives_too_much_fails_its_item() {
    let desk = Desk::new();
    let large = ["{a: [range(300000)]}", "{a: reduce range(60) as $i (1; [., .])}"];
    desk.check(&large, LONG, "the program gave more than 1024 KB");
    let deep = "{a: reduce range(10000) as $i (0; [.])}";
    desk.check(&[deep], LONG, "the program gave a value that is nested more than 100 deep");
}

#[test]
fn what_a_program_says_is_short() {
    let desk = Desk::new();
    let texts = [
        "error(\"x\" * 100000)",
        "error(reduce range(60) as $i (1; [., .]))",
        "(reduce range(60) as $i (1; [., .])).a",
    ];
    for logic in texts {
        let why = desk.end(logic, LONG);
        assert_eq!(why.chars().count(), 501, "{logic}: {why}");
        assert!(why.ends_with('…'), "{logic}: {why}");
    }
}

#[test]
fn a_program_that_comes_to_its_end_may_do_as_it_likes() {
    let desk = Desk::new();
    let kept = [
        "if now > 0 then . else empty end",
        ".day = (now | todate)",
        ".n = ([limit(5; repeat(1))] | add)",
        ".n = (last(range(1000)) | tojson | fromjson)",
        "def env: 3; .n = env",
        "def halt: .; halt",
    ];
    desk.check(&kept, LONG, "archived");
    desk.check(&["empty", "limit(0; until(false; .))"], LONG, "discarded");
    desk.check(&["error(\"no\")"], LONG, "\"no\"");
}

/// Such a program would be refused whichever item it met, so it is before any is read.
#[test]
fn a_program_that_reads_the_machine_or_ends_the_process_is_refused() {
    let desk = Desk::new();
    for (logic, name) in [
        ("halt", "halt"),
        ("halt_error", "halt_error"),
        ("\"bye\" | halt_error(3)", "halt_error"),
        ("env | .HRFLOW_API_SECRET | error", "env"),
        ("$ENV.HRFLOW_API_SECRET | error", "$ENV"),
        ("{reference: .id, name: env.HRFLOW_API_SECRET}", "env"),
        ("input", "input"),
        ("[inputs]", "inputs"),
        ("input_line_number", "input_line_number"),
        ("debug", "debug"),
        ("debug(.id)", "debug"),
        ("stderr", "stderr"),
        ("get_search_list", "get_search_list"),
        ("import \"/etc/passwd\" as $x; $x", "import"),
        ("include \"/etc/passwd\"; .", "include"),
    ] {
        for flag in ["--logic", "--format"] {
            let output = desk.run(&[flag, logic]).output().unwrap();
            let err = err(&output);
            assert_eq!(output.status.code(), Some(2), "{logic}: {err}");
            let expected = format!("error: `{flag}`: `{name}` is not available here: it ");
            assert!(err.starts_with(&expected), "{logic}: {err}");
            assert!(err.contains("\n  hint: "), "{logic}: {err}");
            assert!(err.ends_with("1 problem; nothing was sent\n"), "{logic}: {err}");
            assert!(!err.contains("ask_"), "{logic}: {err}");
        }
    }
}

#[test]
fn a_failure_names_the_program_that_it_came_from() {
    let desk = Desk::new();
    for (flags, expected) in [
        (["--logic", "def f: 1 + f; f", "--format", "{reference: .id}"], "logic 2: called itself"),
        (["--logic", "true", "--format", "def f: [f]; f"], "format: called itself too deeply"),
        (["--logic", "until(false; .)", "--format", "."], "logic 2: took longer than 1s"),
        (["--logic", "true", "--format", "until(false; .)"], "format: took longer than 1s"),
    ] {
        let mut run = desk.run(&["--logic", "select(.id == \"BAD\")", "--function-timeout", "1s"]);
        let output = run.args(flags).output().unwrap();
        let out = String::from_utf8(output.stdout).unwrap();
        let failure = out.lines().find(|line| line.contains(expected));
        assert!(failure.is_some_and(|line| line.ends_with("(such as BAD)")), "{flags:?}: {out}");
    }
}

#[test]
fn a_time_that_is_none_is_refused() {
    for (value, fits) in
        [("0s", false), ("30", false), ("25h", false), ("soon", false), ("2m", true)]
    {
        let output = Desk::new().run(&["--function-timeout", value, "--dry-run"]).output().unwrap();
        let err = err(&output);
        let expected = "error: `--function-timeout`: must be a length of time from `10ms` to `24h`";
        assert_eq!(err.starts_with(expected), !fits, "{value}: {err}");
    }
}

/// What others do to a worker, or to the process that has started it.
#[cfg(target_os = "linux")]
mod signals {
    use std::fs::read_to_string;
    use std::os::unix::process::CommandExt;
    use std::process::Child;

    use super::{Command, Desk, LONG, Stdio, Value, command};

    /// Ticks of processor time after which a worker is in the midst of a program.
    const AT_WORK: u64 = 20;

    fn spawn(desk: &Desk, logic: &str) -> Child {
        let mut run = desk.run(&["--output", "json", "--function-timeout", LONG, "--logic", logic]);
        run.process_group(0).stdout(Stdio::piped()).spawn().unwrap()
    }

    /// The fields of a process that come after its name.
    fn stat(process: u32) -> Option<Vec<String>> {
        let text = read_to_string(format!("/proc/{process}/stat")).ok()?;
        let fields = text.rsplit_once(") ")?.1.split(' ').map(str::to_owned).collect();
        Some(fields)
    }

    fn is_there(process: u32) -> bool {
        stat(process).is_some_and(|fields| fields[0] != "Z")
    }

    /// Waits until a worker is in the midst of a program.
    fn worker_at_work(parent: u32) -> u32 {
        loop {
            let processes = std::fs::read_dir("/proc").unwrap();
            let names = processes.map(|entry| entry.unwrap().file_name());
            let found = names.filter_map(|name| name.to_str()?.parse().ok()).find(|process| {
                stat(*process).is_some_and(|fields| {
                    fields[1] == parent.to_string() && fields[11].parse::<u64>().unwrap() >= AT_WORK
                })
            });
            match found {
                Some(worker) => return worker,
                None => std::thread::yield_now(),
            }
        }
    }

    fn signal(name: &str, process: &str) {
        let sent = Command::new("kill").args(["-s", name, "--", process]).status().unwrap();
        assert!(sent.success());
    }

    fn result(run: Child) -> Value {
        serde_json::from_slice(&run.wait_with_output().unwrap().stdout).unwrap()
    }

    /// The signal goes to the whole group, as a terminal's does. The worker is in no part of it.
    #[test]
    fn a_stop_is_heard_while_a_program_goes_on() {
        let desk = Desk::new();
        for name in ["TERM", "INT"] {
            let run = spawn(&desk, "until(false; .)");
            let worker = worker_at_work(run.id());
            signal(name, &format!("-{}", run.id()));
            let result = result(run);
            assert_eq!(result["message"], "interrupted");
            assert_eq!(result["events"]["read_success"], 2);
            assert_eq!(result["events"]["logics_failure"], 0);
            assert_eq!(result["unsent"], 2);
            assert!(!is_there(worker));
        }
    }

    #[test]
    fn what_a_stop_has_left_is_done_by_the_next() {
        let desk = Desk::new();
        let store = format!("sqlite:{}/state.sqlite", desk.folder.path().display());
        let slow = "last(range(3000000)) as $x | .";
        let mut run = desk.run(&["--output", "json", "--store", &store, "--logic", slow]);
        let run = run.stdout(Stdio::piped()).spawn().unwrap();
        worker_at_work(run.id());
        signal("TERM", &run.id().to_string());
        let stopped = result(run);
        assert_eq!(stopped["outcomes"]["archived"], 0);
        let mut resume = command();
        resume.args(["resume", "--output", "json", "--store", &store]);
        let resumed = resume.envs(desk.served.1.clone()).output().unwrap();
        let resumed: Value = serde_json::from_slice(&resumed.stdout).unwrap();
        assert_eq!(resumed["run_id"], stopped["run_id"]);
        assert_eq!(resumed["outcomes"]["archived"], 2);
        assert_eq!(resumed["status"], "success");
    }

    #[test]
    fn a_worker_does_not_outlive_the_run() {
        let desk = Desk::new();
        let mut run = spawn(&desk, "until(false; .)");
        let worker = worker_at_work(run.id());
        run.kill().unwrap();
        run.wait().unwrap();
        while is_there(worker) {
            std::thread::yield_now();
        }
    }

    #[test]
    fn a_worker_that_somebody_ends_is_replaced() {
        let desk = Desk::new();
        for name in ["KILL", "TERM"] {
            let run = spawn(&desk, "last(range(3000000)) as $x | .");
            signal(name, &worker_at_work(run.id()).to_string());
            let result = result(run);
            assert_eq!(result["outcomes"]["archived"], 2, "{result}");
            assert_eq!(result["status"], "success");
        }
    }
}
