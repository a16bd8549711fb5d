//! The command line of hrflow-connectors, for its own program and for the Python package.

mod arguments;
mod commands;
mod confirm;
mod display;
mod env_file;
mod example;
mod exit;
mod failures;
mod files;
mod gauge;
mod hints;
mod item_log;
mod logs;
mod metrics_file;
mod output;
mod plan_text;
mod printable;
mod progress;
mod run_table;
mod samples;
mod setting_flags;
mod signals;
mod subject;
mod summary;
mod summary_rows;
mod surroundings;
mod telemetry;
mod units;
mod version;
mod wrap;

use std::ffi::OsString;

use clap::{CommandFactory, FromArgMatches};
use hrflow_connectors::JqHost;

use crate::arguments::{Arguments, Command};
use crate::display::Display;
use crate::exit::Exit;
use crate::telemetry::Telemetry;

pub use surroundings::{VARIABLES, own_jq_host};

/// The command by which a process of this program evaluates jq programs for another one.
const JQ_WORKER: &str = "jq-worker";

/// Does what the arguments say, the program's name first, and gives the exit code. Arguments that
/// cannot be read end the process, as `--help` does. `jq` says where jq programs are evaluated.
pub fn run(arguments: impl IntoIterator<Item = impl Into<OsString>>, jq: JqHost) -> u8 {
    let arguments: Vec<OsString> = arguments.into_iter().map(Into::into).collect();
    // No command for people, so no help or completion lists it.
    if arguments.get(1).is_some_and(|command| command == JQ_WORKER) {
        return hrflow_connectors::run_jq_worker();
    }
    let command = Arguments::command().color(display::help_colours(&arguments));
    let arguments = Arguments::from_arg_matches(&command.get_matches_from(arguments));
    let arguments = arguments.unwrap_or_else(|error| error.exit());
    surroundings::set_jq_host(jq);
    if let Err(error) = output::probe() {
        output::error(&format!("could not write to stdout: {error}; nothing was done"));
        return Exit::Fatal.code();
    }
    if let Some(path) = &arguments.env_file {
        match env_file::read(path) {
            Ok(variables) => surroundings::add(variables),
            Err(why) => {
                output::error(&why);
                return Exit::Refused.code();
            }
        }
    }
    let exit = match tokio::runtime::Runtime::new() {
        Ok(runtime) => {
            let display = arguments.display.display();
            let telemetry = Telemetry::start();
            logs::begin(&display, &telemetry);
            let exit = runtime.block_on(carry_out(arguments.command, display));
            telemetry.finish();
            exit
        }
        Err(error) => {
            output::error(&format!("could not start: {error}"));
            Exit::Fatal
        }
    };
    match output::failure() {
        Some(error) => {
            output::error(&format!("could not write to stdout: {error}"));
            Exit::Fatal.code()
        }
        None => exit.code(),
    }
}

async fn carry_out(command: Command, display: Display) -> Exit {
    match command {
        Command::Run(arguments) => Box::pin(commands::run::run(*arguments, display)).await,
        Command::Init(arguments) => commands::init::init(arguments).await,
        Command::Schema(arguments) => commands::schema::schema(&arguments),
        Command::Resume(arguments) => commands::resume::resume(*arguments, display).await,
        Command::Plan(arguments) => commands::plan::plan(*arguments, &display).await,
        Command::Apply(arguments) => commands::apply::apply(*arguments, display).await,
        Command::Retry(arguments) => commands::retry::retry(*arguments, display).await,
        Command::Runs(arguments) => commands::runs::runs(arguments).await,
        Command::Items(arguments) => commands::items::items(arguments).await,
        Command::Undo(arguments) => commands::undo::undo(*arguments).await,
        Command::State(arguments) => commands::state::state(arguments).await,
        Command::Check(arguments) => commands::check::check(*arguments).await,
        Command::Status(arguments) => commands::status::status(arguments).await,
        Command::Console(arguments) => commands::console::console(arguments).await,
        Command::Report(arguments) => commands::report::report(arguments).await,
        Command::Serve(arguments) => commands::serve::serve(arguments).await,
        Command::Notify(arguments) => commands::notify::notify(arguments).await,
        Command::Doctor(arguments) => commands::doctor::doctor(arguments).await,
        Command::Describe(arguments) => commands::describe::describe(&arguments),
        Command::Referential(arguments) => commands::referential::referential(arguments).await,
        Command::Sandbox(arguments) => commands::sandbox::sandbox(arguments).await,
        Command::Completions(arguments) => commands::completions::completions(&arguments),
        Command::Man(arguments) => commands::man::man(&arguments),
    }
}
