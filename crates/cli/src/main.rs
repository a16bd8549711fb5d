//! The program `hrflow-connectors`.

use std::process::ExitCode;

use hrflow_connectors_cli::{own_jq_host, run};
use mimalloc::MiMalloc;

/// Offers are many small allocations on several threads: `docs/performance.md` has the difference.
/// A library leaves that choice to its program.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

fn main() -> ExitCode {
    run(std::env::args_os(), own_jq_host()).into()
}
