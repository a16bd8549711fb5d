//! The program `hrflow-connectors`.

use std::process::ExitCode;

fn main() -> ExitCode {
    hrflow_connectors_cli::run(std::env::args_os()).into()
}
