//! What the command line refuses before anything is sent, and with which words.

use insta::assert_snapshot;
use tempfile::TempDir;

use crate::served::{Served, command};

const ARCHIVE: &str = "francetravail.archive_jobs_in_hrflow";

/// The exit code, and what stands on stderr.
fn refusal(arguments: &[&str]) -> String {
    let output = command().args(arguments).output().unwrap();
    let text = String::from_utf8(output.stderr).unwrap();
    format!("exit {}\n{text}", output.status.code().unwrap())
}

/// The same of a workflow file.
fn refusal_of_file(command: &str, text: &str) -> String {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("x.toml");
    std::fs::write(&path, text).unwrap();
    let path = path.to_str().unwrap();
    refusal(&[command, path]).replace(path, "x.toml")
}

#[test]
fn a_value_beyond_its_bounds_is_refused_with_them() {
    let long = "x".repeat(500);
    let run = ["run", ARCHIVE, "--sandbox", "--workflow-id", &long];
    assert_snapshot!(refusal(&[&run[..], &["--write-concurrency", "100000"]].concat()));
}

#[test]
fn a_negative_number_is_refused_as_what_it_is() {
    assert_snapshot!(refusal(&[
        "run",
        ARCHIVE,
        "--sandbox",
        "--workflow-id",
        "x",
        "--max-failures",
        "-1",
        "--keep-runs",
        "-3",
        "--write-rate",
        "-0.5",
        "--read-rate",
        "-2",
        "--since-overlap",
        "-1h",
    ]));
}

#[test]
fn a_number_of_percent_is_not_taken_for_a_share() {
    let sync = "francetravail.sync_jobs_in_hrflow";
    let run = |share: &str| {
        let share = format!("max_archive={share}");
        refusal(&["run", sync, "--workflow-id", "x", "--sandbox", "--push", "grace=0", &share])
    };
    let file = "workflow_id = \"x\"\naction = \"francetravail.sync_jobs_in_hrflow\"\n\
                [push_parameters]\nmax_archive = 20\n";
    assert_snapshot!(
        [run("20"), run("0"), run("-0.2"), run("many"), run("20%"), run("0.2")].join("\n")
    );
    assert_snapshot!(refusal_of_file("check", file));
    assert_snapshot!(refusal(&["sandbox", "--faults", "20"]));
    assert_snapshot!(refusal(&["sandbox", "--board-holds", "-1"]));
}

#[test]
fn what_is_for_one_run_stands_in_no_file() {
    let file = "workflow_id = \"x\"\naction = \"francetravail.sync_jobs_in_hrflow\"\n\
                [push_parameters]\nboard_key = \"0123456789012345678901234567890123456789\"\n\
                allow_mass_archive = true\n";
    assert_snapshot!(refusal_of_file("run", file));
}

#[test]
fn a_flag_is_not_taken_for_the_value_of_another() {
    for flag in ["--workflow-id", "--store"] {
        let said = refusal(&["run", ARCHIVE, flag, "--dry-run"]);
        assert!(said.contains("a value is required"), "{said}");
    }
}

#[test]
fn a_flag_that_means_nothing_to_a_command_is_refused() {
    for arguments in [
        ["check", ARCHIVE, "--dry-run"],
        ["check", ARCHIVE, "--begin-anew"],
        ["check", ARCHIVE, "--allow-mass-archive"],
        ["check", ARCHIVE, "--keep-runs=3"],
        ["plan", ARCHIVE, "--dry-run"],
        ["plan", ARCHIVE, "--keep-runs=3"],
    ] {
        let said = refusal(&arguments);
        assert!(said.starts_with("exit 2\nerror: unexpected argument"), "{arguments:?}: {said}");
    }
}

#[test]
fn missing_credentials_are_told_with_the_variable_to_set() {
    assert_snapshot!(refusal(&["run", ARCHIVE]));
}

#[test]
fn a_slip_is_one_problem_and_makes_no_other() {
    let start = format!("workflow_id = \"x\"\naction = \"{ARCHIVE}\"\nstore = \"memory:\"\n");
    let connector = "[connector_auth]\nclient_id = \"i\"\nclient_secret = \"s\"\n";
    let hrflow = "[hrflow_auth]\napi_secret = \"ask_\"\napi_user = \"a@example.org\"\n";
    let push = format!("[push_parameters]\nboard_key = \"{}\"\n", "0".repeat(40));
    let rest = format!("{connector}{hrflow}{push}");
    let slips = [
        format!("{start}{}", rest.replace("\"i\"", "{ env = \"NOT_SET\" }")),
        format!("{start}{rest}").replace("\"x\"", "{}"),
        format!("{start}hrflow_auth = 3\n{connector}{push}"),
        format!("{start}incremental = 3\nsince = \"creation_date\"\n{rest}"),
        format!("{start}since = 3\nsince_overlap = \"3h\"\nincremental = true\n{rest}"),
        "workflow_id = \"x\naction = 7\n".to_owned(),
    ];
    for slip in slips {
        let said = refusal_of_file("run", &slip);
        assert!(said.contains("\n1 problem; nothing was sent"), "{slip}\n{said}");
    }
}

#[test]
fn a_misspelt_action_invents_no_missing_credentials() {
    let output = command()
        .args(["run", "francetravail.archive_job_in_hrflow", "--workflow-id", "x", "--push"])
        .arg("board_key=0123456789012345678901234567890123456789")
        .env("FRANCETRAVAIL_CLIENT_ID", "i")
        .env("FRANCETRAVAIL_CLIENT_SECRET", "s")
        .env("HRFLOW_API_SECRET", "ask_")
        .env("HRFLOW_API_USER", "a@example.org")
        .output()
        .unwrap();
    assert_snapshot!(String::from_utf8_lossy(&output.stderr));
}

#[test]
fn an_unknown_key_is_refused_with_those_that_there_are() {
    assert_snapshot!(refusal_of_file("run", "schedule = \"daily\"\n"));
}

/// What is said of some pull parameters by a command that asks a small sandbox.
fn said_of(command: &str, action: &str, pull: &[&str]) -> String {
    let action = format!("francetravail.{action}_jobs_in_hrflow");
    let served = Served::start(&["--offers", "3"]);
    let folder = TempDir::new().unwrap();
    let store = format!("sqlite:{}", folder.path().join("state.sqlite").display());
    let output = crate::served::command()
        .args([command, &action, "--workflow-id", "x", "--store", &store, "--push"])
        .arg("board_key=0123456789012345678901234567890123456789")
        .args((!pull.is_empty()).then_some("--pull"))
        .args(pull)
        .envs(served.1.clone())
        .output()
        .unwrap();
    let text = String::from_utf8(output.stderr).unwrap();
    format!("exit {}\n{text}", output.status.code().unwrap())
}

#[test]
fn a_place_that_is_widened_and_not_named_is_refused() {
    assert_snapshot!(said_of("run", "archive", &["distance=10", "inclureLimitrophes=true"]));
    let misspelt = said_of("run", "archive", &["distance=10", "comune=74010"]);
    assert!(misspelt.contains("\n1 problem"), "what was meant is told once: {misspelt}");
    let misread = said_of("run", "archive", &["distance=10", "commune=Annecy"]);
    assert!(misread.contains("\n1 problem"), "what was meant is told once: {misread}");
}

#[test]
fn what_may_surprise_is_warned_of_and_goes_on() {
    let pull = [
        "tempsPlein=true",
        "dureeHebdo=2",
        "departement=75",
        "region=11",
        "commune=75056",
        "typeContrat=CDI",
        "natureContrat=E2",
        "partenaires=METEOJOB",
    ];
    assert_snapshot!(said_of("check", "archive", &pull));
    for action in ["archive", "sync"] {
        for command in ["run", "plan", "check"] {
            let said = said_of(command, action, &[]);
            assert!(said.starts_with("exit 0\nwarning: `pull_parameters`: no filter"), "{said}");
            assert_eq!(said_of(command, action, &["departement=75"]), "exit 0\n");
        }
    }
    assert_eq!(said_of("check", "create", &[]), "exit 0\n");
}

#[test]
fn a_check_gives_its_warnings_as_data() {
    let output = command()
        .args(["check", ARCHIVE, "--workflow-id", "x", "--sandbox", "--output", "json"])
        .args(["--pull", "publieeDepuis=7", "minCreationDate=2025-01-01"])
        .arg("maxCreationDate=2025-01-02")
        .output()
        .unwrap();
    let checked: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_snapshot!(format!("{:#}", checked["warnings"]));
}

#[test]
fn a_part_of_a_name_finds_the_name_that_was_meant() {
    let said = |arguments: &[&str]| refusal(arguments);
    assert_snapshot!(
        [
            said(&["describe", "archive"]),
            said(&["describe", "archive_jobs_in_hrflow"]),
            said(&["describe", "jobs"]),
            said(&["referential", "codeROME"]),
            said(&["referential", "paysContinent"]),
            said(&["referential", "metier"]),
            said(&["referential", "nothing"]),
        ]
        .join("\n")
    );
    let run = said(&["run", "archive_jobs_in_hrflow", "--workflow-id", "x"]);
    assert!(run.contains("hint: did you mean `francetravail.archive_jobs_in_hrflow`?"), "{run}");
}

#[test]
fn a_variable_that_nothing_replaces_is_no_secret() {
    let text = "workflow_id = \"x\"\naction = \"francetravail.archive_jobs_in_hrflow\"\n\
                [connector_auth]\nclient_id = \"i\"\n\
                client_secret = \"${FRANCETRAVAIL_CLIENT_SECRET}\"\n\
                [hrflow_auth]\napi_secret = \"ask_\"\napi_user = \"$a{b}@example.org\"\n\
                [push_parameters]\nboard_key = \"0123456789012345678901234567890123456789\"\n";
    assert_snapshot!(refusal_of_file("run", text));
    let flag = ["--sandbox", "--hrflow-auth", "api_secret=${HRFLOW_API_SECRET}"];
    let said = refusal(&[&["run", ARCHIVE, "--workflow-id", "x"], &flag[..]].concat());
    assert!(said.contains("hint: write `\"$HRFLOW_API_SECRET\"`"), "{said}");
}
