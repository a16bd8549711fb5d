//! The real binary: what people type, what they see, and how it ends.

use std::io::Write;
use std::path::Path;
use std::process::Output;

use insta::assert_snapshot;
use serde_json::Value;
use tempfile::TempDir;

use crate::served::{Served, command};

const ACTION: &str = "francetravail.archive_jobs_in_hrflow";

fn run(arguments: &[&str]) -> Output {
    command().args(arguments).output().unwrap()
}

fn out(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn err(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

/// The exit code and what stands on stderr.
fn refusal(arguments: &[&str]) -> String {
    let output = run(arguments);
    format!("exit {}\n{}", output.status.code().unwrap(), err(&output))
}

fn workflow(folder: &TempDir, text: &str) -> String {
    let path = folder.path().join("paris.toml");
    std::fs::write(&path, text).unwrap();
    path.to_str().unwrap().to_owned()
}

#[test]
fn the_demonstration_says_what_it_did() {
    let output = run(&["run", ACTION, "--workflow-id", "demo", "--sandbox"]);
    assert_eq!(output.status.code(), Some(0), "{}", err(&output));
    let filters = vec![
        (r"in \d.*\.\n", "in [TIME].\n"),
        (r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", "[RUN]"),
    ];
    insta::with_settings!({filters => filters}, {
        assert_snapshot!(out(&output), @r"
        Done: 2,923 archived, in [TIME].

          read             3,000   complete
          archived         2,923
          missing             77   no such job on the board

          run         [RUN]
          workflow    demo
          board       5a4db0c5a4db0c5a4db0c5a4db0c5a4db0c5a4db
          store       memory:
        ");
    });
    assert_snapshot!(err(&output), @r"
    warning: `pull_parameters`: no filter: all of France is read, about 500,000 offers, by an action that archives jobs
      hint: give a filter, such as `departement` or `codeROME`
    ");
}

#[test]
fn json_is_one_object_with_the_fields_of_the_contract() {
    let output = run(&[
        "run",
        ACTION,
        "--workflow-id",
        "demo",
        "--sandbox",
        "--output",
        "json",
        "--pull",
        "range=0-149",
        "--logic",
        "select(.typeContrat == \"CDI\")",
    ]);
    let result: Value = serde_json::from_slice(&output.stdout).unwrap();
    let names: Vec<_> = result.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(
        names,
        [
            "workflow_id",
            "action",
            "run_id",
            "status",
            "reason",
            "message",
            "incremental",
            "incremental_token",
            "events",
            "outcomes",
            "complete",
            "started_at",
            "duration_ms",
            "spent",
        ]
    );
    let events: Vec<_> = result["events"].as_object().unwrap().keys().collect();
    assert_eq!(
        events,
        [
            "read_success",
            "read_failure",
            "format_failure",
            "logics_discard",
            "logics_failure",
            "write_failure",
            "callback_failure",
            "callback_executed",
            "getting_incremental_token_failure",
        ]
    );
    assert_eq!(result["events"]["read_success"], 150);
    assert_eq!(result["complete"], false);
    assert_eq!(result["status"], "success");
}

#[test]
fn describe_lists_every_parameter_of_the_action() {
    let output = run(&["describe", ACTION, "--output", "json"]);
    let description: Value = serde_json::from_slice(&output.stdout).unwrap();
    let names = |section: &str| -> Vec<String> {
        let fields = description[section].as_array().unwrap().iter();
        fields.map(|field| field["name"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(names("connector_auth"), ["client_id", "client_secret"]);
    assert_eq!(names("hrflow_auth"), ["api_secret", "api_user"]);
    assert_eq!(
        names("push_parameters"),
        [
            "board_key",
            "select",
            "max_archive",
            "grace",
            "confirm",
            "left_search",
            "allow_mass_archive",
            "on_archive"
        ]
    );
    assert_eq!(names("pull_parameters").len(), 42);
    assert_snapshot!(names("pull_parameters").join(" "), @"range sort domaine codeROME theme appellation codeNAF secteurActivite experience experienceExigence typeContrat natureContrat origineOffre qualification tempsPlein commune distance departement inclureLimitrophes region paysContinent niveauFormation permis motsCles salaireMin periodeSalaire accesTravailleurHandicape offresMRS grandDomaine experienceExige publieeDepuis minCreationDate maxCreationDate partenaires modeSelectionPartenaires dureeHebdo dureeHebdoMin dureeHebdoMax dureeContratMin dureeContratMax offresManqueCandidats entreprisesAdaptees");
    let wide = run(&["describe", ACTION]);
    assert!(out(&wide).contains("board_key"));
    let markdown = run(&["describe", ACTION, "--output", "markdown"]);
    assert!(out(&markdown).contains("| `departement` |"));
}

#[test]
fn every_mistake_on_the_command_line_is_named_before_any_call() {
    assert_snapshot!(refusal(&[
        "run",
        ACTION,
        "--pull",
        "departemant=75",
        "tempsPlein=oui",
        "salaireMin=2000",
        "minCreationDate=2026-01-01",
        "--push",
        "board_key=short",
        "--logic",
        "select(.a",
        "--write-concurrency",
        "many",
    ]));
}

#[test]
fn a_refusal_is_an_object_too_where_one_is_asked_for() {
    let output = run(&[
        "run",
        ACTION,
        "--workflow-id",
        "x",
        "--sandbox",
        "--output",
        "json",
        "--pull",
        "nom=x",
    ]);
    assert_eq!(output.status.code(), Some(2));
    let result: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(
        (&result["status"], &result["reason"]),
        (&"fatal".into(), &"bad_origin_parameters".into())
    );
    assert!(result["message"].as_str().unwrap().contains("nom"));
}

#[test]
fn every_mistake_in_a_workflow_file_is_named_with_its_place() {
    let folder = TempDir::new().unwrap();
    let path = workflow(
        &folder,
        r#"workflow_id = "paris"
action = "francetravail.archive_job_in_hrflow"
logic = ["."]
persist = "yes"

[connector_auth]
client_id = { env = "NOT_SET" }
client_secret = { file = "missing.txt" }

[pull_parameters]
departement = 75
codeROM = "M1805"
publieeDepuis = 5

[push_parameters]
board_key = "0123456789012345678901234567890123456789"
"#,
    );
    insta::with_settings!({filters => vec![(path.as_str(), "paris.toml"), (folder.path().to_str().unwrap(), "[FOLDER]")]}, {
        assert_snapshot!(refusal(&["check", &path]));
    });
}

#[test]
fn an_unknown_action_and_an_absent_file_are_named() {
    assert_snapshot!(refusal(&["run", "absent.toml"]), @r"
    exit 2
    error: absent.toml: could not be read: No such file or directory (os error 2)
    ");
    assert_eq!(run(&["describe", "nothing"]).status.code(), Some(2));
    assert_eq!(run(&["walk"]).status.code(), Some(2));
}

#[test]
fn a_workflow_file_runs_and_flags_win_over_it() {
    let folder = TempDir::new().unwrap();
    let path = workflow(
        &folder,
        r#"workflow_id = "paris"
action = "francetravail.archive_jobs_in_hrflow"
format = '{reference: .id, name: .intitule}'
persist = true
[pull_parameters]
departement = "75"
"#,
    );
    let items = folder.path().join("items.jsonl");
    let output = run(&[
        "run",
        &path,
        "--sandbox",
        "--output",
        "json",
        "--pull",
        "departement=92",
        "--items",
        items.to_str().unwrap(),
    ]);
    let result: Value = serde_json::from_slice(&output.stdout).unwrap();
    let read = result["events"]["read_success"].as_u64().unwrap();
    assert!(read > 0);
    let lines = std::fs::read_to_string(items).unwrap();
    assert_eq!(lines.lines().count() as u64, read);
    let line: Value = serde_json::from_str(lines.lines().next().unwrap()).unwrap();
    assert!(line["reference"].is_string() && line["outcome"].is_string(), "{line}");
}

#[test]
fn both_services_are_asked_by_a_check() {
    let output = run(&["check", ACTION, "--workflow-id", "x", "--sandbox"]);
    assert_snapshot!(out(&output), @r#"
    duty    licence, art. 7: after an offer's end keep no employer, contact, address or place: `on_archive = "anonymise"` takes them out
    duty    licence, art. 10: call the service at least once in 12 months, or its credentials lapse
    duty    licence, art. 2, 3, 5.1, 6: they bind whoever runs the workflow: https://francetravail.io/produits-partages/documentation/conditions-dutilisation-api/licence-offres-emploi
    ok      France Travail: the search lists 3000 offers
    ok      HrFlow: the board is “Sandbox”
    "#);
}

#[test]
fn codes_are_found_by_their_words() {
    let found = run(&["referential", "regions", "--search", "reunion", "--sandbox"]);
    assert_eq!(out(&found), "04       La Réunion\n");
    assert!(out(&run(&["referential"])).contains("codeROME"));
    assert_eq!(run(&["referential", "nothing", "--sandbox"]).status.code(), Some(2));
}

#[test]
fn every_list_of_codes_is_printed() {
    let served = Served::start(&["--offers", "10", "--francetravail-rate", "0"]);
    for (list, search, expected) in [
        ("domaines", "m18", "M18"),
        ("metiers", "m1805", "M1805"),
        ("themes", "17", "17"),
        ("appellations", "jardinier paysagiste", "10001"),
        ("nafs", "patisserie boulangerie", "10.71C"),
        ("secteursActivites", "10", "10"),
        ("typesContrats", "tremplin", "DDT"),
        ("naturesContrats", "apprentissage", "E2"),
        ("communes", "annecy", "74010"),
        ("departements", "reunion", "974"),
        ("regions", "reunion", "04"),
        ("pays", "luxembourg", "99137"),
        ("continents", "europe", "991"),
        ("niveauxFormations", "bep", "NV5"),
        ("permis", "voiture b96", "B96"),
    ] {
        let found = command()
            .args(["referential", list, "--search", search, "--store", "memory:"])
            .args(["--output", "json"])
            .envs(served.1.clone())
            .output()
            .unwrap();
        let entries: Value = serde_json::from_slice(&found.stdout).unwrap();
        assert_eq!(entries[0]["code"], expected, "{list}: {}", err(&found));
    }
}

#[test]
fn a_list_that_was_kept_is_printed_with_its_age() {
    let folder = TempDir::new().unwrap();
    let store = format!("sqlite:{}/state.sqlite", folder.path().display());
    let served = Served::start(&["--offers", "10"]);
    let list = || {
        let arguments = ["referential", "regions", "--search", "corse", "--store", &store];
        command().args(arguments).envs(served.1.clone()).output().unwrap()
    };
    assert_eq!(
        (out(&list()), err(&list())),
        ("94       Corse\n".to_owned(), "cached 0 min ago (refreshed daily)\n".to_owned(),)
    );
}

/// A check of some pull parameters, and how it ends.
fn check(pull: &[&str]) -> String {
    let output = command()
        .args(["check", ACTION, "--workflow-id", "x", "--sandbox", "--pull"])
        .args(pull)
        .output()
        .unwrap();
    format!("exit {}\n{}{}", output.status.code().unwrap(), out(&output), err(&output))
}

#[test]
fn codes_that_the_service_knows_are_told_with_their_names() {
    let said = check(&["departement=74,75", "codeROME=M1805", "paysContinent=99137,991"]);
    insta::with_settings!({filters => vec![(r"lists \d+", "lists [N]")]}, {
        assert_snapshot!(said, @r#"
    exit 0
    duty    licence, art. 7: after an offer's end keep no employer, contact, address or place: `on_archive = "anonymise"` takes them out
    duty    licence, art. 10: call the service at least once in 12 months, or its credentials lapse
    duty    licence, art. 2, 3, 5.1, 6: they bind whoever runs the workflow: https://francetravail.io/produits-partages/documentation/conditions-dutilisation-api/licence-offres-emploi
    ok      France Travail: the search lists [N] offers
    ok      HrFlow: the board is “Sandbox”
    ok      France Travail codes: departement 74 (Haute-Savoie), departement 75 (Paris), codeROME M1805 (Développeur / Développeuse web), paysContinent 99137 (Luxembourg), paysContinent 991 (Europe)
    "#);
    });
}

#[test]
fn a_code_that_the_service_does_not_know_fails_the_check_with_the_one_that_was_meant() {
    let said = check(&["codeROME=M1805,M1850", "commune=74600", "typeContrat=CDJ", "permis=B97"]);
    assert_snapshot!(said, @r#"
    exit 1
    duty    licence, art. 7: after an offer's end keep no employer, contact, address or place: `on_archive = "anonymise"` takes them out
    duty    licence, art. 10: call the service at least once in 12 months, or its credentials lapse
    duty    licence, art. 2, 3, 5.1, 6: they bind whoever runs the workflow: https://francetravail.io/produits-partages/documentation/conditions-dutilisation-api/licence-offres-emploi
    failed  France Travail: could not search for offers: refused (400): Valeur du paramètre « typeContrat » incorrecte.
    ok      HrFlow: the board is “Sandbox”
    failed  France Travail codes: `codeROME`: the service does not know `M1850`
      hint: did you mean `M1805` (Développeur / Développeuse web)?
    failed  France Travail codes: `commune`: the service does not know `74600`
      hint: `74600` is a post code; use `74010` (ANNECY)
    failed  France Travail codes: `typeContrat`: the service does not know `CDJ`
      hint: did you mean `CDD` (Contrat à durée déterminée) or `CDI` (Contrat à durée indéterminée)?
    failed  France Travail codes: `permis`: the service does not know `B97`
      hint: did you mean `B79` (Voiture, mention 79)?
    "#);
    let output = run(&[
        "check",
        ACTION,
        "--workflow-id",
        "x",
        "--sandbox",
        "--output",
        "json",
        "--pull",
        "codeROME=M1850",
    ]);
    assert_eq!(output.status.code(), Some(1));
    let checked: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(checked["services"][2]["service"], "France Travail codes");
    assert_eq!(checked["services"][2]["ok"], false);
    assert!(checked["services"][2]["message"].as_str().unwrap().contains("M1850"), "{checked}");
    assert!(checked["services"][2]["hint"].as_str().unwrap().contains("M1805"), "{checked}");
}

#[test]
fn a_name_in_place_of_a_code_is_refused_with_the_code() {
    assert_snapshot!(check(&["departement=Paris", "typeContrat=Intérim"]), @r"
    exit 2
    error: `--pull departement`: `Paris` is not a département: `01` to `95`, `2A`, `2B`, `971` to `974` or `976`
      hint: `Paris` is a name; use `75`
    error: `--pull typeContrat`: `Intérim` is not three capital letters, such as `CDI`
      hint: `hrflow-connectors referential typesContrats` lists the codes
    2 problems; nothing was sent
    ");
}

#[test]
fn a_mirror_remembers_what_it_delivered() {
    let folder = TempDir::new().unwrap();
    let store = format!("sqlite:{}/state.sqlite", folder.path().display());
    let served = Served::start(&["--offers", "200", "--board-holds", "0"]);
    let sync = || {
        let output = command()
            .args(["run", "francetravail.sync_jobs_in_hrflow", "--workflow-id", "mirror"])
            .args(["--push", "board_key=0123456789012345678901234567890123456789"])
            .args(["--output", "json", "--store", &store])
            .envs(served.1.clone())
            .output()
            .unwrap();
        serde_json::from_slice::<Value>(&output.stdout).unwrap()["outcomes"].clone()
    };
    assert_eq!(sync()["created"], 200);
    assert_eq!(sync()["unchanged"], 200);
}

#[test]
#[allow(clippy::disallowed_methods, reason = "it is given to this test")]
fn what_was_delivered_is_remembered_in_a_bucket() {
    let Ok(address) = std::env::var("HRFLOW_CONNECTORS_TEST_S3") else {
        // Past the harness, which would keep it to itself.
        writeln!(std::io::stderr(), "skipped: no S3 server; `make test` starts one").unwrap();
        return;
    };
    let served = Served::start(&["--offers", "300", "--francetravail-rate", "0"]);
    let run = || {
        let output = command()
            .args(["run", ACTION, "--workflow-id", "paris", "--incremental", "--output", "json"])
            .args(["--push", "board_key=0123456789012345678901234567890123456789"])
            .args(["--store", "s3://tests/of/the/command"])
            .envs(served.1.clone())
            .env("AWS_ENDPOINT", &address)
            .env("AWS_ALLOW_HTTP", "true")
            .env("AWS_REGION", "eu-west-3")
            .env("AWS_ACCESS_KEY_ID", "anybody")
            .env("AWS_SECRET_ACCESS_KEY", "secret")
            .output()
            .unwrap();
        assert_eq!(output.status.code(), Some(0), "{}", err(&output));
        serde_json::from_slice::<Value>(&output.stdout).unwrap()["outcomes"].clone()
    };
    assert_eq!(run()["archived"], 300);
    assert_eq!(run()["unchanged"], 300);
}

#[test]
fn a_shell_gets_its_completions() {
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let script = out(&run(&["completions", shell]));
        for value in ["metiers", "board_key=", "experience=1", "creation_date", "archived"] {
            // Two of them know the values of flags only by their names.
            let is_known = script.contains(value) || ["powershell", "elvish"].contains(&shell);
            assert!(is_known, "{shell} completes no `{value}`");
        }
    }
    // Bash itself reads the script, and completes an action and a parameter.
    let script = out(&run(&["completions", "bash"]));
    let completed = |words: &str, last: &str| {
        let ask = format!(
            "{script}\nCOMP_WORDS=({words} '{last}'); COMP_CWORD=$((${{#COMP_WORDS[@]}} - 1))\n\
             _hrflow__subcmd__connectors hrflow-connectors '{last}' ''; echo \"${{COMPREPLY[@]}}\""
        );
        let output = std::process::Command::new("bash").args(["-c", &ask]).output().unwrap();
        String::from_utf8(output.stdout).unwrap()
    };
    assert_eq!(
        completed("hrflow-connectors describe", "francetravail.s"),
        "francetravail.sync_jobs_in_hrflow\n"
    );
    assert_eq!(completed("hrflow-connectors referential", "met"), "metiers\n");
}

#[test]
fn the_sandbox_serves_recorded_offers_to_another_process() {
    let folder = TempDir::new().unwrap();
    let offers = folder.path().join("offers.json");
    let offer = r#"{"id": "048KLTP", "dateCreation": "2026-11-20T08:00:00.000Z"}"#;
    std::fs::write(&offers, format!("[{offer}]")).unwrap();
    let served = Served::start(&["--offers-file", offers.to_str().unwrap()]);
    let output = command()
        .args(["run", ACTION, "--workflow-id", "x", "--output", "json"])
        .args(["--push", "board_key=0123456789012345678901234567890123456789"])
        .envs(served.1.clone())
        .output()
        .unwrap();
    let result: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(result["outcomes"]["archived"], 1, "{result}");
}

#[test]
fn only_the_shelf_knows_the_http_library_and_the_sandbox_knows_none_of_ours() {
    let crates = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    for entry in std::fs::read_dir(crates).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let manifest = std::fs::read_to_string(path.join("Cargo.toml")).unwrap();
        let knows = |dependency: &str| {
            manifest.lines().any(|line| line.starts_with(&format!("{dependency}.workspace")))
        };
        assert_eq!(knows("reqwest"), name == "api-client", "{name}");
        if name == "sandbox" {
            let ours = ["api-client", "francetravail-api", "hrflow-api", "hrflow-connectors"];
            assert!(!ours.into_iter().any(knows), "the sandbox shares a type with the clients");
        }
    }
}

/// Secrets that stand out in whatever repeats them.
const SECRETS: [&str; 3] =
    ["client-5ec4e7-secret", "ask_5ec4e75ec4e75ec4e75ec4e75ec4e75e", "5ec4e7-flag"];

/// Runs with secrets, logs everything, and gives every byte that came out of it.
fn spoken(served: &Served, folder: &TempDir, arguments: &[&str], key: &str) -> Vec<u8> {
    let store = format!("sqlite:{}/state.sqlite", folder.path().display());
    let items = folder.path().join("items.jsonl");
    let output = command()
        .args(["run", ACTION, "--workflow-id", "secrets", "--incremental", "--begin-anew"])
        .args(["--store", &store, "--items", items.to_str().unwrap()])
        .args(arguments)
        .envs(served.1.clone())
        .env("HRFLOW_CONNECTORS_LOG", "trace")
        .env("RUST_BACKTRACE", "1")
        .env("FRANCETRAVAIL_CLIENT_SECRET", SECRETS[0])
        .env("HRFLOW_API_SECRET", key)
        .output()
        .unwrap();
    let mut bytes = [output.stdout, output.stderr].concat();
    for entry in std::fs::read_dir(folder.path()).unwrap() {
        bytes.extend(std::fs::read(entry.unwrap().path()).unwrap());
    }
    bytes
}

#[test]
fn no_secret_is_in_any_byte_that_comes_out() {
    const BOARD: &str = "board_key=0123456789012345678901234567890123456789";
    let served = Served::start(&["--offers", "60", "--faults", "0.3", "--francetravail-rate", "0"]);
    let paths: [&[&str]; 6] = [
        &["--push", BOARD],
        &["--push", BOARD, "--output", "json"],
        &["--push", BOARD, "--format", "error(\"no\")"],
        &["--push", BOARD, "--pull", "departemant=75"],
        &["--push", "board_key=5ec4e7"],
        &["--push", BOARD, "--hrflow-auth", "api_secre=5ec4e7-flag", "api_user"],
    ];
    for arguments in paths {
        // A key that may only read is refused with a message that repeats it.
        for key in [SECRETS[1], "askr_5ec4e75ec4e75ec4e75ec4e75ec4e75e"] {
            let folder = TempDir::new().unwrap();
            let spoken =
                String::from_utf8_lossy(&spoken(&served, &folder, arguments, key)).into_owned();
            for secret in SECRETS.iter().chain([&key]) {
                assert!(!spoken.contains(secret), "{arguments:?} shows {secret}:\n{spoken}");
            }
        }
    }
}
