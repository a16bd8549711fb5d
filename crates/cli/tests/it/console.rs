//! `console` and `report`, as processes of their own.

use std::fs;
use std::process::{Command, Output};

use tempfile::TempDir;

use crate::serve::Service;
use crate::served::{Served, command};

const ACTION: &str = "francetravail.create_jobs_in_hrflow";
const BOARD: &str = "board_key=0123456789012345678901234567890123456789";
const TOKEN: &str = "5ec4e7-token";
/// Secrets of the runs, which stand out in whatever repeats them.
const SECRETS: [&str; 3] = ["client-5ec4e7-secret", "ask_5ec4e75ec4e75ec4e75ec4e75ec4e75e", TOKEN];

/// A store with a run, a fifth of whose items failed.
struct Place {
    folder: TempDir,
    store: String,
}

impl Place {
    fn new() -> Self {
        let folder = TempDir::new().unwrap();
        let store = format!("sqlite:{}/state.sqlite", folder.path().display());
        let served = Served::start(&["--offers", "40", "--faults", "0.2", "--board-holds", "0"]);
        let logic = "if .intitule | length % 5 == 0 then error(\"no title\") else true end";
        let run = command()
            .args(["run", ACTION, "--workflow-id", "paris", "--push", BOARD, "--store", &store])
            .args(["--logic", logic])
            .envs(served.1.clone())
            .env("FRANCETRAVAIL_CLIENT_SECRET", SECRETS[0])
            .env("HRFLOW_API_SECRET", SECRETS[1])
            .output()
            .unwrap();
        assert!(run.status.code().is_some_and(|code| code != 2), "{run:?}");
        Self { folder, store }
    }

    fn path(&self, name: &str) -> String {
        self.folder.path().join(name).display().to_string()
    }

    fn prepared(&self, arguments: &[&str]) -> Command {
        let mut command = command();
        command.args(arguments).args(["--store", &self.store]);
        command
    }

    fn does(&self, arguments: &[&str]) -> Output {
        self.prepared(arguments).output().unwrap()
    }
}

fn said(output: &Output) -> String {
    String::from_utf8([output.stdout.clone(), output.stderr.clone()].concat()).unwrap()
}

#[test]
fn a_console_shows_a_store_to_this_machine() {
    let place = Place::new();
    let console = Service::of(place.prepared(&["console", "--listen", "127.0.0.1:0"]));
    console.until(|it| it.get("/").1.contains("/workflows/paris"));
    let (status, page) = console.get("/workflows/paris");
    assert_eq!(status, 200);
    assert!(page.contains("departement") || page.contains("board_key"), "{page}");
    for path in ["/nothing", "/workflows/lyon", "/workflows/paris/runs/0", "/plans/..%2Fstate"] {
        assert_eq!(console.get(path).0, 404, "{path}");
    }
    let host = [("Host", "evil.example")];
    assert_eq!(console.call("GET /", &host, "").0, 403, "a name that leads here");
    assert_eq!(console.get("/workflows/paris/ask/run").0, 404, "it changes nothing");
}

#[test]
fn a_console_beyond_this_machine_asks_for_its_token() {
    let place = Place::new();
    let mut command = place.prepared(&["console", "--listen", "0.0.0.0:0"]);
    command.env("HRFLOW_CONNECTORS_CONSOLE_TOKEN", TOKEN);
    let console = Service::of(command);
    let host = ("Host", "boards.example");
    assert_eq!(console.call("GET /", &[host], "").0, 401);
    let bearer = format!("Bearer {TOKEN}");
    assert_eq!(console.call("GET /", &[host, ("Authorization", &bearer)], "").0, 200);
    // `ann:5ec4e7-token`
    let basic = ("Authorization", "Basic YW5uOjVlYzRlNy10b2tlbg==");
    assert_eq!(console.call("GET /", &[host, basic], "").0, 200);

    let behind = Service::of(place.prepared(&[
        "console",
        "--listen",
        "0.0.0.0:0",
        "--user-header",
        "X-Forwarded-User",
    ]));
    assert_eq!(behind.call("GET /", &[host], "").0, 403);
    assert_eq!(behind.call("GET /", &[host, ("X-Forwarded-User", "ann")], "").0, 200);
}

#[test]
fn what_cannot_be_shown_is_refused() {
    let place = Place::new();
    let refused = |command: &mut Command| {
        let output = command.output().unwrap();
        assert_eq!(output.status.code(), Some(2), "{output:?}");
        said(&output).replace(&place.path(""), "FOLDER/").replace(&place.store, "STORE")
    };
    let broken = place.path("broken.json");
    fs::write(&broken, "{}").unwrap();
    let missing = format!("sqlite:{}", place.path("missing.sqlite"));
    let unguarded = refused(&mut place.prepared(&["console", "--listen", "0.0.0.0:8091"]));
    let no_store = refused(command().args(["console", "--store", &missing]));
    let header = refused(&mut place.prepared(&["console", "--user-header", "not a header"]));
    let unknown = refused(&mut place.prepared(&["report", "lyon", "--format", "markdown"]));
    let no_plan = refused(&mut place.prepared(&["report", &broken, "--format", "markdown"]));
    let folder = refused(&mut place.prepared(&["report", "paris", "--html", &place.path("a/b")]));
    insta::assert_snapshot!([unguarded, no_store, header, unknown, no_plan, folder].join("\n"));
}

#[test]
fn a_report_says_the_same_as_a_file_and_as_text() {
    let place = Place::new();
    let file = place.path("report.html");
    let written = place.does(&["report", "latest", "--html", &file, "--language", "en"]);
    assert!(written.status.success(), "{written:?}");
    let html = fs::read_to_string(&file).unwrap();
    assert!(html.contains("no title") && html.contains("</html>"), "{html}");
    // Nothing in it leads elsewhere.
    assert!(!html.contains("<script") && !html.contains("src=\"http"), "{html}");
    let text = said(&place.does(&["report", "paris", "--format", "markdown", "--language", "fr"]));
    assert!(text.starts_with("# paris\n") && text.contains("no title"), "{text}");
    assert!(text.contains("| Début | Résultat | Durée |"), "{text}");
}

#[test]
fn no_secret_is_on_a_page_or_in_a_report() {
    let place = Place::new();
    let mut command = place.prepared(&["console", "--listen", "127.0.0.1:0"]);
    command.env("HRFLOW_CONNECTORS_CONSOLE_TOKEN", TOKEN);
    let console = Service::of(command);
    let bearer = format!("Bearer {TOKEN}");
    let page = |path: &str| console.call(&format!("GET {path}"), &[("Authorization", &bearer)], "");
    let (_, workflow) = page("/workflows/paris");
    let run = workflow.split('"').find(|part| part.contains("/runs/")).unwrap().to_owned();
    let mut spoken = workflow.clone();
    for path in ["/".to_owned(), run.clone(), format!("{run}/items"), "/calls".to_owned()] {
        let (status, text) = page(&path);
        assert_eq!(status, 200, "{path}");
        spoken += &text;
    }
    let file = place.path("report.html");
    spoken += &said(&place.does(&["report", "paris", "--html", &file]));
    spoken += &said(&place.does(&["report", "latest", "--format", "markdown"]));
    spoken += &fs::read_to_string(&file).unwrap();
    for secret in SECRETS {
        assert!(!spoken.contains(secret), "{secret}: {spoken}");
    }
}
