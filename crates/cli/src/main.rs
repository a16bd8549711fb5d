//! The program `hrflow-connectors`.

use std::process::ExitCode;

use hrflow_connectors_cli::{own_jq_host, run};

fn main() -> ExitCode {
    run(std::env::args_os(), own_jq_host()).into()
}
