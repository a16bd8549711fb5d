//! What the engine must not know.

use std::fs;
use std::path::{Path, PathBuf};

/// Names of services, of their fields, and of front ends.
const UNKNOWN_WORDS: [&str; 9] = [
    "francetravail",
    "france travail",
    "hrflow",
    "board_key",
    "updated_at",
    "jq program that",
    "reqwest",
    "pyo3",
    "clap",
];

fn sources(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries
        .flat_map(|path| if path.is_dir() { sources(&path) } else { vec![path] })
        .filter(|path| path.extension().is_some_and(|extension| extension == "rs"))
        .collect()
}

/// The source without its unit tests.
fn code(path: &Path) -> String {
    let text = fs::read_to_string(path).unwrap();
    text.split("#[cfg(test)]\nmod tests").next().unwrap_or_default().to_owned()
}

#[test]
fn the_engine_names_no_connector_no_service_and_no_flag() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut found = Vec::new();
    for path in sources(&folder).iter().filter(|path| !path.ends_with("run/tests.rs")) {
        let text = code(path).to_lowercase();
        let words = UNKNOWN_WORDS.iter().filter(|word| text.contains(*word));
        found.extend(words.map(|word| format!("{}: {word}", path.display())));
        // Flags stand in backticks: `--store`.
        if text.contains("`--") {
            found.push(format!("{}: a flag", path.display()));
        }
    }
    assert!(found.is_empty(), "{found:#?}");
}

#[test]
fn the_engine_depends_on_no_client_and_no_front_end() {
    let manifest = Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.toml");
    let manifest = fs::read_to_string(manifest).unwrap();
    let dependencies = manifest.split("[dev-dependencies]").next().unwrap_or_default();
    let dependencies = dependencies.split("[dependencies]").nth(1).unwrap_or_default();
    let names = dependencies.lines().filter_map(|line| line.split(['.', ' ', '=']).next());
    let allowed = [
        "futures",
        "jiff",
        "memchr",
        "parking_lot",
        "serde",
        "serde_json",
        "store",
        "strum",
        "thiserror",
        "tokio",
        "tokio-util",
        "tracing",
        "uuid",
    ];
    let others: Vec<_> = names.filter(|name| !name.is_empty() && !allowed.contains(name)).collect();
    assert!(others.is_empty(), "{others:?}");
}
