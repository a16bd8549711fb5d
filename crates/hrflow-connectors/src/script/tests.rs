//! Programs, each through a host that needs no other process.

use std::time::Duration;

use serde_json::{Value, json};

use crate::script::{Bounds, Host, JqHost, Script};
use crate::{Evaluated, Item, Pass, ProgramHost, Role, Stop};

fn offer() -> Item {
    let fields = json!({"id": "196CWQH", "romeCode": "M1805", "salaire": {"min": 1801.8}});
    serde_json::from_value(fields).unwrap()
}

fn pass(programs: &[(Role, &str)]) -> Vec<Pass<Script>> {
    let compiled = |(role, source): &(Role, &str)| (*role, Script::compile(source).unwrap());
    vec![programs.iter().map(compiled).collect()]
}

fn thread(programs: &[(Role, &str)], time: Duration) -> Host {
    let bounds = Bounds { time, memory: u64::MAX };
    Host::start(&JqHost::Thread, pass(programs), bounds, &Stop::new()).unwrap()
}

fn apply(host: &mut Host, item: &Item) -> Evaluated {
    let mut heard = 0;
    let mut answers = host.evaluate(0, &[item], &Stop::new(), &mut |place, _| heard += place + 1);
    assert_eq!(heard, 1, "each answer is heard once");
    answers.pop().unwrap().unwrap()
}

/// Here, and over a link, the same comes out.
#[track_caller]
fn check(programs: &[(Role, &str)], expected: &Evaluated) {
    assert_eq!(&apply(&mut Host::here(pass(programs)), &offer()), expected, "here");
    let mut thread = thread(programs, Duration::MAX);
    assert_eq!(&apply(&mut thread, &offer()), expected, "over a link");
}

#[track_caller]
fn check_logic(source: &str, expected: &Evaluated) {
    check(&[(Role::Logic, source)], expected);
}

fn changed(fields: Value) -> Evaluated {
    Evaluated::Changed(serde_json::from_value(fields).unwrap())
}

fn failed(why: &str) -> Evaluated {
    Evaluated::Failed(0, why.to_owned())
}

#[test]
fn a_logic_keeps_changes_or_discards() {
    check_logic("select(.romeCode | startswith(\"M18\"))", &Evaluated::Kept);
    check_logic(".romeCode == \"M1805\"", &Evaluated::Kept);
    check_logic("select(.romeCode == \"A1101\")", &Evaluated::Discarded(0));
    check_logic("null", &Evaluated::Discarded(0));
    check_logic("false", &Evaluated::Discarded(0));
    let other = json!({"id": "196CWQH", "n": 1, "f": 1.5});
    check_logic("{id, n: 1, f: 1.5}", &changed(other));
    check_logic(".id, .romeCode", &failed("the program gave more than one output"));
    let text =
        "the logic gave a string; it may give the item, an object, true, false, null or nothing";
    check_logic(".id", &failed(text));
    check_logic("error(\"no\")", &failed("\"no\""));
}

#[test]
fn a_format_gives_one_object() {
    let check = |source: &str, expected| check(&[(Role::Format, source)], &expected);
    check("{reference: .id}", changed(json!({"reference": "196CWQH"})));
    check(".", Evaluated::Kept);
    check(".id", failed("the format gave a string, not an object"));
    check("empty", failed("the format gave nothing; it must give one object"));
}

#[test]
fn a_pass_says_which_program_an_item_ended_at() {
    let pass = |second: &str, expected: &Evaluated| {
        check(&[(Role::Logic, ".n = 1"), (Role::Logic, second), (Role::Format, "{n}")], expected);
    };
    pass("true", &changed(json!({"n": 1})));
    pass("select(.n == 2)", &Evaluated::Discarded(1));
    pass(
        "error",
        &Evaluated::Failed(
            1,
            "{\"id\":\"196CWQH\",\"romeCode\":\"M1805\",\"salaire\":{\"min\":1801.8},\"n\":1}"
                .to_owned(),
        ),
    );
}

#[test]
fn numbers_and_texts_stay_what_they_are() {
    let source = "{a: 9007199254740993, b: 1.0, c: 0.1, d: (1/0), e: nan, f: 18446744073709551616, g: \"é\\n\\u0000\"}";
    let expected = r#"{"a":9007199254740993,"b":1.0,"c":0.1,"d":null,"e":null,"f":1.8446744073709552e+19,"g":"é\n\u0000"}"#;
    let Evaluated::Changed(item) = apply(&mut Host::here(pass(&[(Role::Logic, source)])), &offer())
    else {
        panic!("no object");
    };
    assert_eq!(serde_json::to_string(&item).unwrap(), expected);
    check_logic(source, &Evaluated::Changed(item));
}

#[test]
fn what_json_cannot_hold_is_a_failure() {
    check_logic(
        "{a: (\"x\" | tobytes)}",
        &failed("the program gave bytes, which JSON cannot hold"),
    );
    check_logic(
        "{(1|tojson): 1} | {(.): 1}",
        &failed("the program gave an object with the key {\"1\":1}, which is no text"),
    );
    let deep = "the program gave a value that is nested more than 100 deep";
    check_logic("{a: reduce range(101) as $i (0; [.])}", &failed(deep));
}

#[test]
fn what_a_program_says_is_short() {
    let Evaluated::Failed(0, why) =
        apply(&mut Host::here(pass(&[(Role::Logic, "error(\"x\" * 100000)")])), &offer())
    else {
        panic!("no failure");
    };
    assert_eq!(why.chars().count(), 501);
}

/// Also where it shares its parts, so that it is small in memory and beyond measure in JSON.
#[test]
fn what_a_program_gives_is_not_much_more_than_the_item() {
    let large = failed("the program gave more than 1024 KB");
    let mut host = thread(
        &[(Role::Logic, "{a: reduce range(60) as $i (1; [., .])}")],
        Duration::from_mins(10),
    );
    assert_eq!(apply(&mut host, &offer()), large);
}

#[test]
fn a_program_that_takes_too_long_fails_alone() {
    let source = "if .id == \"long\" then last(range(20000000)) else . end";
    let mut host = thread(&[(Role::Logic, "true"), (Role::Logic, source)], Duration::from_secs(1));
    let long = Item::from_iter([("id".to_owned(), json!("long"))]);
    let fine = offer();
    let answers = host.evaluate(0, &[&fine, &long, &fine], &Stop::new(), &mut |_, _| {});
    let late = Evaluated::Failed(1, "took longer than 1s (`function_timeout`)".to_owned());
    assert_eq!(answers, [Some(Evaluated::Kept), Some(late), Some(Evaluated::Kept)]);
}

#[test]
fn a_stop_is_heard_while_a_program_goes_on() {
    let mut host = thread(&[(Role::Logic, "last(range(20000000))")], Duration::from_mins(10));
    let stop = Stop::new();
    let asked = stop.clone();
    let stopping = std::thread::spawn(move || asked.interrupt("interrupted"));
    let item = offer();
    assert_eq!(host.evaluate(0, &[&item, &item], &stop, &mut |_, _| {}), [None, None]);
    stopping.join().unwrap();
}

#[track_caller]
fn check_error(source: &str, expected: &str, hint: Option<&str>) {
    let error = Script::compile(source).unwrap_err();
    assert_eq!((error.to_string().as_str(), error.hint()), (expected, hint));
}

#[test]
fn an_error_shows_the_place() {
    check_error(
        "select(.a ==)",
        "expected term (line 1, column 13)\n    select(.a ==)\n                ^",
        None,
    );
    check_error(
        "select(.romeCode\n  | startwith(\"M18\"))",
        "there is no filter `startwith` (line 2, column 5)\n      | startwith(\"M18\"))\n        ^",
        None,
    );
    check_error(
        "{a: $b}",
        "there is no variable `$b` (line 1, column 5)\n    {a: $b}\n        ^",
        None,
    );
}

#[test]
fn of_a_long_line_the_place_is_shown() {
    let source = format!("{}nothing | {}", ". | ".repeat(1_000), ". | ".repeat(1_000));
    let text = Script::compile(&(source + ".")).unwrap_err().to_string();
    assert!(text.starts_with("there is no filter `nothing` (line 1, column 4001)\n"), "{text}");
    assert!(text.chars().count() < 500, "{text}");
    let lines: Vec<_> = text.lines().collect();
    assert_eq!(lines[1].find("nothing"), lines[2].find('^'));
}

#[test]
fn what_reads_the_machine_or_ends_the_process_is_refused() {
    let check = |source: &str, name: &str| {
        let error = Script::compile(source).unwrap_err();
        let text = error.to_string();
        assert!(text.starts_with(&format!("`{name}` is not available here: it ")), "{text}");
        assert!(error.hint().is_some(), "{name}");
        let mark = text.lines().last().unwrap().find('^').unwrap() - 4;
        let line = source.lines().find(|line| line.contains(name)).unwrap();
        assert!(line[mark..].starts_with(name), "{text}");
    };
    for (source, name) in [
        ("halt", "halt"),
        ("select(.a) | halt_error", "halt_error"),
        ("halt_error(3)", "halt_error"),
        (". as $x |\n  env.HOME", "env"),
        ("$ENV", "$ENV"),
        ("$ENV.PATH", "$ENV"),
        ("[inputs]", "inputs"),
        ("input", "input"),
        ("input_filename", "input_filename"),
        ("input_line_number", "input_line_number"),
        ("debug", "debug"),
        ("debug(\"x\")", "debug"),
        ("stderr", "stderr"),
        ("debug_empty", "debug_empty"),
        ("stderr_empty", "stderr_empty"),
        ("get_search_list", "get_search_list"),
        ("\"a\" | modulemeta", "modulemeta"),
        ("$__prog_args", "$__prog_args"),
        ("import \"/etc/passwd\" as $x; $x", "import"),
        ("import \"a\" as a; a::b", "import"),
        ("include \"import\"; .", "include"),
    ] {
        check(source, name);
    }
}

#[test]
fn names_that_are_withheld_can_be_given_to_other_things() {
    for source in
        ["def env: {}; env", "def halt: .; halt", "{env: 1, debug: .input}", ". as $ENV | $ENV"]
    {
        Script::compile(source).unwrap();
    }
}

#[test]
fn a_text_that_nests_deeply_is_read_or_refused() {
    let nested = |depth: usize| format!("{}1{}", "(".repeat(depth), ")".repeat(depth));
    Script::compile(&nested(2_000)).unwrap();
    let text = Script::compile(&nested(50_000)).unwrap_err().to_string();
    assert!(
        text.starts_with("it is too long: it has 100001 words and signs, and may have 50000"),
        "{text}"
    );
}

/// Workers that are none.
#[cfg(unix)]
mod workers {
    use std::time::Duration;

    use super::{Role, pass};
    use crate::script::protocol::Sending;
    use crate::script::{Bounds, Host, JqHost, WorkerCommand};
    use crate::{Problems, Stop};

    fn shell(script: &str) -> WorkerCommand {
        WorkerCommand::new("/bin/sh", ["-c", script])
    }

    #[track_caller]
    fn check(host: &JqHost, expected: &str) {
        let bounds = Bounds { time: Duration::from_secs(30), memory: u64::MAX };
        let started = Host::start(host, pass(&[(Role::Logic, ".")]), bounds, &Stop::new());
        let problems: Problems = started.err().unwrap().into();
        assert_eq!(problems.to_string(), format!("jq programs: {expected}"));
    }

    #[track_caller]
    fn check_command(command: WorkerCommand, expected: &str) {
        let expected = format!("could not start the process that runs jq programs: {expected}");
        check(&JqHost::Process(command), &expected);
    }

    #[test]
    fn a_run_does_not_begin_without_its_worker() {
        let nowhere = WorkerCommand::new("/nowhere/at/all", [""]);
        check_command(nowhere, "No such file or directory (os error 2)");
        check_command(shell("echo hello; cat"), "it answers as none does");
        check_command(shell("echo '?of another version'; cat"), "of another version");
        check_command(shell("exit 3"), "it ended: exit status: 3");
        check_command(shell("kill -s TERM $$"), "it was ended by a signal");
        let (why, hint) = ("there is none".to_owned(), "get one".to_owned());
        check(&JqHost::Missing { why, hint }, "there is none\n  hint: get one");
    }

    #[test]
    fn a_worker_gets_no_environment_but_what_is_named() {
        let command = WorkerCommand::new("/usr/bin/env", [] as [&str; 0]);
        let link = command.variable("TZ", "Europe/Paris").start(Sending::Together).unwrap();
        let lines: Vec<_> =
            link.lines.iter().map(|line| String::from_utf8(line).unwrap()).collect();
        assert_eq!(lines, ["TZ=Europe/Paris\n"]);
    }
}
