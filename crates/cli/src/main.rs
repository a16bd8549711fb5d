//! The command line of hrflow-connectors.

mod arguments;
mod commands;
mod exit;
mod item_log;
mod logs;
mod output;
mod progress;
mod summary;
mod surroundings;

use std::process::ExitCode;

use clap::Parser;

use crate::arguments::{Arguments, Command};
use crate::exit::Exit;

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    match tokio::runtime::Runtime::new() {
        Ok(runtime) => runtime.block_on(carry_out(arguments.command)).into(),
        Err(error) => {
            output::error(&format!("could not start: {error}"));
            Exit::Fatal.into()
        }
    }
}

async fn carry_out(command: Command) -> Exit {
    match command {
        Command::Run(arguments) => commands::run::run(*arguments).await,
        Command::Check(arguments) => commands::check::check(*arguments).await,
        Command::Describe(arguments) => commands::describe::describe(&arguments),
        Command::Sandbox(arguments) => commands::sandbox::sandbox(arguments).await,
        Command::Completions(arguments) => commands::completions::completions(&arguments),
    }
}
