//! The binary, and a sandbox that it serves to other processes.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

/// The binary, with an environment in which nothing is set.
pub(crate) fn command() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_hrflow-connectors"));
    command.env_clear().env("HRFLOW_CONNECTORS_LOG", "warn");
    command
}

/// The sandbox as a process of its own, ended when it is dropped; and the variables that turn a run
/// to it.
pub(crate) struct Served(Child, pub(crate) Vec<(String, String)>);

impl Served {
    pub(crate) fn start(arguments: &[&str]) -> Self {
        let mut child =
            command().arg("sandbox").args(arguments).stdout(Stdio::piped()).spawn().unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines().map(Result::unwrap);
        let exports = lines
            .skip(1)
            .map_while(|line| {
                let (name, value) = line.strip_prefix("export ")?.split_once('=')?;
                Some((name.to_owned(), value.to_owned()))
            })
            .collect();
        Self(child, exports)
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }
}
