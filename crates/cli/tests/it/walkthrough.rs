//! The first steps that the documents lead to, done as they stand: their commands and files are
//! copied, and what they say is printed is printed.

#![allow(clippy::disallowed_methods, reason = "the program is found by the `PATH`, as in a shell")]
#![allow(clippy::case_sensitive_file_extension_comparisons, reason = "the documents write `.toml`")]

use std::path::Path;
use std::process::{Command, Output};

use tempfile::TempDir;

use crate::served::{Served, command};

/// The credentials, which everybody fills in.
const CREDENTIALS: [&str; 4] = [
    "FRANCETRAVAIL_CLIENT_ID",
    "FRANCETRAVAIL_CLIENT_SECRET",
    "HRFLOW_API_SECRET",
    "HRFLOW_API_USER",
];

/// A block of code in a document.
struct Block {
    language: String,
    text: String,
    /// What stands before it.
    before: String,
}

/// The blocks of a section, without what they are set in by.
fn blocks(document: &str, from: &str, to: &str) -> Vec<Block> {
    let section = document.split_once(from).unwrap().1;
    let section = section.split_once(to).unwrap().0;
    let mut blocks: Vec<Block> = Vec::new();
    let mut open: Option<Block> = None;
    let mut before = String::new();
    for line in section.lines() {
        match (line.trim_start().strip_prefix("```"), &mut open) {
            (Some(language), None) => {
                let (language, before) = (language.to_owned(), std::mem::take(&mut before));
                open = Some(Block { language, text: String::new(), before });
            }
            (Some(_), Some(_)) => blocks.extend(open.take()),
            (None, Some(block)) => {
                block.text.push_str(line.strip_prefix("   ").unwrap_or(line));
                block.text.push('\n');
            }
            (None, None) => before.push_str(line),
        }
    }
    blocks
}

/// Somebody who follows a document.
struct Reader {
    served: Served,
    folder: TempDir,
}

impl Reader {
    fn new() -> Self {
        let flags = ["--offers", "2000", "--board-holds", "0", "--francetravail-rate", "0"];
        Self { served: Served::start(&flags), folder: TempDir::new().unwrap() }
    }

    /// Does what a section says, block by block.
    fn follow(&self, blocks: &[Block]) {
        let mut printed = String::new();
        for Block { language, text, before } in blocks {
            match language.as_str() {
                "toml" => {
                    let name = before.split('`').find(|word| word.contains(".toml")).unwrap();
                    std::fs::write(self.folder.path().join(name), text).unwrap();
                }
                "sh" if text.starts_with("export ") => {
                    let names = text
                        .lines()
                        .filter_map(|line| Some(line.strip_prefix("export ")?.split_once('=')?.0));
                    assert_eq!(names.collect::<Vec<_>>(), CREDENTIALS, "{text}");
                }
                "sh" => {
                    let output = self.shell(text);
                    printed = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
                    assert_eq!(output.status.code(), Some(0), "{text}\n{printed}");
                }
                "" => {
                    let said: Vec<_> = printed.lines().map(shape).collect();
                    for line in text.lines() {
                        assert!(said.contains(&shape(line)), "`{line}` is not in:\n{printed}");
                    }
                }
                other => panic!("nobody knows what to do with a block of `{other}`"),
            }
        }
    }

    /// Commands in a shell that finds the binary, on a machine where the variables are set.
    fn shell(&self, text: &str) -> Output {
        let binary = Path::new(env!("CARGO_BIN_EXE_hrflow-connectors"));
        Command::new("sh")
            .args(["-ec", text])
            .env_clear()
            .env("PATH", format!("{}:/usr/bin:/bin", binary.parent().unwrap().display()))
            .env("HOME", self.folder.path())
            .env("HRFLOW_CONNECTORS_LOG", "warn")
            .envs(self.served.1.clone())
            .current_dir(self.folder.path())
            .output()
            .unwrap()
    }
}

/// A line without its numbers, ids and paths.
fn shape(line: &str) -> String {
    let words = line.split_whitespace().map(|word| {
        if word.chars().any(|sign| sign.is_ascii_digit()) || word.starts_with("sqlite:") {
            "#"
        } else if ["ms", "ms.", "s.", "s", "min"].contains(&word) {
            "s."
        } else {
            word.trim_matches(['“', '”'])
        }
    });
    words.collect::<Vec<_>>().join(" ").replace("in # s.", "in #")
}

#[test]
fn the_quick_start_of_the_readme_works_as_it_stands() {
    let readme = include_str!("../../../../README.md");
    let reader = Reader::new();
    reader.follow(&blocks(readme, "\n## Quick start\n", "\n## "));
    let listed = reader.shell("hrflow-connectors runs");
    assert!(String::from_utf8_lossy(&listed.stdout).contains("created"));
}

#[test]
fn getting_started_works_as_it_stands() {
    let page = include_str!("../../../../docs/getting-started.md");
    Reader::new().follow(&blocks(page, "# Getting started\n", "\n## Next\n"));
}

/// The board that an example names is nobody's: whoever copies the file and runs it is told so.
#[test]
fn the_board_of_the_examples_is_no_real_one() {
    let readme = include_str!("../../../../README.md");
    let board = readme.split_once("board_key = \"").unwrap().1.split_once('"').unwrap().0;
    let example = command().args(["describe", "--example"]).output().unwrap();
    assert!(String::from_utf8_lossy(&example.stdout).contains(board));
}
