//! Where credentials may come from: a command, and a file of variables.

use std::process::Output;

use tempfile::TempDir;

use crate::served::{Served, command};

const BOARD: &str = "0123456789012345678901234567890123456789";

/// A served sandbox, and a folder with a workflow and a file of all variables but those of HrFlow.
struct Desk {
    served: Served,
    folder: TempDir,
}

impl Desk {
    fn new(secret: &str) -> Self {
        let served = Served::start(&["--offers", "5", "--francetravail-rate", "0"]);
        let desk = Self { served, folder: TempDir::new().unwrap() };
        desk.write(
            "paris.toml",
            &format!(
                "workflow_id = \"paris\"\naction = \"francetravail.create_jobs_in_hrflow\"\n\
                 write_rate = \"10/s\"\n[hrflow_auth]\napi_secret = {secret}\n\
                 [pull_parameters]\ndepartement = \"75\"\n\
                 [push_parameters]\nboard_key = \"{BOARD}\"\n"
            ),
        );
        let variables = desk.served.1.iter().filter(|(name, _)| name != "HRFLOW_API_SECRET");
        let lines = variables.map(|(name, value)| format!("export {name}=\"{value}\"\n"));
        desk.write(".env", &format!("# all of them\n{}", lines.collect::<String>()));
        desk
    }

    fn write(&self, name: &str, text: &str) {
        std::fs::write(self.folder.path().join(name), text).unwrap();
    }

    fn run(&self, more: &[&str]) -> Output {
        let first = ["run", "paris.toml", "--store", "memory:"];
        command().args(first).args(more).current_dir(self.folder.path()).output().unwrap()
    }
}

fn err(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

#[test]
fn a_secret_comes_from_a_command_and_variables_from_a_file() {
    let desk = Desk::new("{ command = \"printf ask_%032d 7\" }");
    let output = desk.run(&["--env-file", ".env"]);
    assert!(output.status.success(), "{}", err(&output));
    assert_eq!(desk.run(&[]).status.code(), Some(2), "the file is only read where it is named");
}

#[test]
fn a_command_that_fails_is_refused_without_what_it_printed() {
    let desk = Desk::new("{ command = \"echo hunter2; exit 4\" }");
    let output = desk.run(&["--env-file", ".env"]);
    assert_eq!(output.status.code(), Some(2));
    let said = err(&output);
    assert!(said.contains("paris.toml:5:"), "{said}");
    assert!(said.contains("`echo` failed") && !said.contains("hunter2"), "{said}");
}

#[test]
fn a_line_that_is_no_variable_is_named_and_not_repeated() {
    let desk = Desk::new("\"ask_00000000000000000000000000000007\"");
    desk.write("broken.env", "A=1\nhunter2\n");
    let output = desk.run(&["--env-file", "broken.env"]);
    assert_eq!(output.status.code(), Some(2));
    assert_eq!(err(&output), "error: broken.env:2: expects NAME=value\n");
    let absent = desk.run(&["--env-file", "absent.env"]);
    assert!(err(&absent).starts_with("error: `--env-file`: could not read `absent.env`"));
}
