//! Tells the program from which commit, for which target and with which features it is built.

#![allow(clippy::disallowed_methods, reason = "what Cargo says, it says in the environment")]

use std::env;
use std::path::Path;
use std::process::Command;

/// Says the commit where there is no repository, as in a container.
const COMMIT: &str = "HRFLOW_CONNECTORS_COMMIT";

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    println!("cargo:rerun-if-env-changed={COMMIT}");
    let given = env::var(COMMIT).ok().filter(|commit| !commit.is_empty());
    let commit = given.or_else(of_repository).unwrap_or_else(|| "unknown".to_owned());
    let target = env::var("TARGET").unwrap_or_default();
    println!("cargo:rustc-env=BUILD_COMMIT={commit}");
    println!("cargo:rustc-env=BUILD_TARGET={target}");
    println!("cargo:rustc-env=BUILD_FEATURES={}", features());
}

/// The features that are on, but for `default`, which only names others.
fn features() -> String {
    let names = env::vars().filter_map(|(name, _)| {
        name.strip_prefix("CARGO_FEATURE_").map(|name| name.to_lowercase().replace('_', "-"))
    });
    let mut names: Vec<_> = names.filter(|name| name != "default").collect();
    names.sort_unstable();
    if names.is_empty() { "none".to_owned() } else { names.join(", ") }
}

/// The commit and its day, of the repository that this file belongs to.
fn of_repository() -> Option<String> {
    // Sources that were unpacked in the repository of another project are not of its commit.
    git(&["ls-files", "--error-unmatch", "build.rs"])?;
    // These change with each commit. A path that does not exist would make every build run this.
    for name in ["HEAD", "logs/HEAD"] {
        let path = git(&["rev-parse", "--git-path", name])?;
        if Path::new(&path).exists() {
            println!("cargo:rerun-if-changed={path}");
        }
    }
    git(&["log", "-1", "--format=%h %cs", "--abbrev=12"])
}

fn git(arguments: &[&str]) -> Option<String> {
    let output = Command::new("git").args(arguments).output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    output.status.success().then(|| text.trim().to_owned())
}
