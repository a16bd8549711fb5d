//! `completions`: what a shell needs to complete our commands.

use clap::CommandFactory;

use crate::arguments::{Arguments, CompletionsArguments};
use crate::exit::Exit;
use crate::output;

pub(crate) fn completions(arguments: &CompletionsArguments) -> Exit {
    let mut script = Vec::new();
    let mut command = Arguments::command();
    clap_complete::generate(arguments.shell, &mut command, "hrflow-connectors", &mut script);
    output::text(&String::from_utf8_lossy(&script));
    Exit::Success
}
