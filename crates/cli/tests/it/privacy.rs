//! What of people's data is left in files, and who may read them.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Output;

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::served::{Served, command};

const DOMAIN: &str = "@example.org";
const BOARD: &str = "board_key=0123456789012345678901234567890123456789";

/// A served sandbox, and a folder for what the commands write.
struct Place {
    served: Served,
    folder: TempDir,
}

impl Place {
    /// With offers, each of which names somebody.
    fn with(count: usize) -> Self {
        let offer = |number: usize| {
            json!({
                "id": format!("{number:03}ABCD"),
                "intitule": "Cuisinier",
                "dateCreation": format!("2026-01-02T03:{:02}:{:02}.000Z", number / 60, number % 60),
                "contact": {"nom": "Somebody", "courriel": format!("somebody{number}{DOMAIN}")},
            })
        };
        let offers: Vec<_> = (0..count).map(offer).collect();
        let (folder, file) = (TempDir::new().unwrap(), TempDir::new().unwrap());
        let path = file.path().join("offers.json");
        fs::write(&path, json!(offers).to_string()).unwrap();
        let flags = ["--offers-file", path.to_str().unwrap(), "--board-holds", "0"];
        let served = Served::start(&[&flags[..], &["--francetravail-rate", "0"]].concat());
        Self { served, folder }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn does(&self, arguments: &[&str]) -> Output {
        command()
            .args(arguments)
            .args(["--store", &format!("sqlite:{}", self.path("state.sqlite").display())])
            .envs(self.served.1.clone())
            .output()
            .unwrap()
    }

    fn on_board(&self, command: &str, more: &[&str]) -> Output {
        let action = "francetravail.create_jobs_in_hrflow";
        let first = [command, action, "--workflow-id", "private", "--push", BOARD];
        self.does(&[&first, more].concat())
    }
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

/// How often files hold an address of somebody.
fn addresses(folder: &Path) -> usize {
    let files = fs::read_dir(folder).unwrap().map(|entry| fs::read(entry.unwrap().path()).unwrap());
    let count = |bytes: Vec<u8>| {
        bytes.windows(DOMAIN.len()).filter(|part| *part == DOMAIN.as_bytes()).count()
    };
    files.map(count).sum()
}

#[test]
fn once_a_run_has_ended_the_store_holds_no_address_of_anybody() {
    let place = Place::with(500);
    let run = place.on_board("run", &["--output", "json"]);
    let result: Value = serde_json::from_slice(&run.stdout).unwrap();
    assert_eq!(result["outcomes"]["created"], 500);
    assert_eq!(mode(&place.path("state.sqlite")), 0o600);
    assert_eq!(addresses(place.folder.path()), 0);
    let length = fs::metadata(place.path("state.sqlite")).unwrap().len();
    assert!(length < 200_000, "the store takes {length} bytes");
}

#[test]
fn plans_and_items_are_their_users_alone() {
    let place = Place::with(20);
    let (plan, items) = (place.path("plan.json"), place.path("items.jsonl"));
    for path in [&plan, &items] {
        fs::write(path, "of an earlier run").unwrap();
        fs::set_permissions(path, Permissions::from_mode(0o644)).unwrap();
    }
    let planned = place.on_board("plan", &["--out", plan.to_str().unwrap()]);
    assert!(planned.status.success(), "{planned:?}");
    let run = place.on_board("run", &["--items", items.to_str().unwrap()]);
    assert!(run.status.success(), "{run:?}");
    for path in [&plan, &items] {
        assert_eq!(mode(path), 0o600, "{}", path.display());
    }
    assert!(addresses(place.folder.path()) > 0, "a plan holds what it would send");
    assert_eq!(fs::read_to_string(&items).unwrap().lines().count(), 20);
    let mut names: Vec<_> = fs::read_dir(place.folder.path())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    assert_eq!(names, ["items.jsonl", "plan.json", "state.sqlite"]);
}

#[test]
fn a_run_that_is_refused_leaves_the_items_of_the_one_before() {
    let place = Place::with(5);
    let items = place.path("items.jsonl");
    fs::write(&items, "of an earlier run").unwrap();
    let foreign = place.path("state.sqlite");
    fs::write(&foreign, "no store ".repeat(100)).unwrap();
    let run = place.on_board("run", &["--items", items.to_str().unwrap()]);
    assert_eq!(run.status.code(), Some(2), "{run:?}");
    assert_eq!(fs::read_to_string(&items).unwrap(), "of an earlier run");
}

#[test]
fn a_run_without_an_item_leaves_no_items_of_the_one_before() {
    let place = Place::with(0);
    let items = place.path("items.jsonl");
    fs::write(&items, "of an earlier run").unwrap();
    let run = place.on_board("run", &["--items", items.to_str().unwrap()]);
    assert!(run.status.success(), "{run:?}");
    assert_eq!(fs::read_to_string(&items).unwrap(), "");
}

#[test]
fn a_plan_that_could_not_be_kept_is_not_begun() {
    let place = Place::with(5);
    let plan = place.path("missing/plan.json");
    let planned = place.on_board("plan", &["--out", plan.to_str().unwrap()]);
    assert_eq!(planned.status.code(), Some(2));
    let said = String::from_utf8(planned.stderr).unwrap();
    assert!(said.contains("`--out`: could not write to"), "{said}");
    assert!(!said.contains("France Travail"), "{said}");
}

#[test]
fn what_is_no_file_is_written_to_and_not_replaced() {
    let place = Place::with(5);
    for (command, flag) in [("plan", "--out"), ("run", "--items")] {
        let done = place.on_board(command, &[flag, "/dev/null"]);
        assert!(done.status.success(), "{done:?}");
    }
    assert!(!fs::metadata("/dev/null").unwrap().is_file());
}
