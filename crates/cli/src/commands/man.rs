//! `man`: a page of the manual for each command.

use std::fs;
use std::io;
use std::path::Path;

use clap::{Command, CommandFactory};
use clap_mangen::Man;
use clap_mangen::roff::{Roff, bold, roman};
use hrflow_connectors::{VARIABLES, Variable};

use crate::arguments::{Arguments, ManArguments, OutputFormat};
use crate::commands::refusal::Refusal;
use crate::exit::{Exit, Signal};
use crate::{output, version};

const PROGRAM: &str = "hrflow-connectors";
const MANUAL: &str = "Commands";

pub(crate) fn man(arguments: &ManArguments) -> Exit {
    let pages = pages();
    match write(&pages, &arguments.out) {
        Ok(()) => {
            output::note(&format!("{} pages written to {}", pages.len(), arguments.out.display()));
            Exit::Success
        }
        Err(error) => {
            let why = format!("could not write to {}: {error}", arguments.out.display());
            Refusal::because(why).print(OutputFormat::Text)
        }
    }
}

fn write(pages: &[(String, Vec<u8>)], folder: &Path) -> io::Result<()> {
    fs::create_dir_all(folder)?;
    for (name, page) in pages {
        fs::write(folder.join(name), page)?;
    }
    Ok(())
}

/// The name of each page with what it says, the overview last.
fn pages() -> Vec<(String, Vec<u8>)> {
    let mut command = Arguments::command().disable_help_subcommand(true);
    command.build();
    let mut pages = Vec::new();
    add(&command, &mut pages);
    pages
}

fn add(command: &Command, pages: &mut Vec<(String, Vec<u8>)>) {
    for command in command.get_subcommands().filter(|command| !command.is_hide_set()) {
        add(command, pages);
    }
    let is_overview = command.get_name() == PROGRAM;
    let mut page = Vec::new();
    // A text in memory takes everything that is written to it.
    let _ = page_of(command, if is_overview { overview } else { see_overview }, &mut page);
    pages.push((named(command), page));
}

fn named(command: &Command) -> String {
    format!("{}.1", command.get_display_name().unwrap_or_else(|| command.get_name()))
}

fn page_of(command: &Command, end: fn(&mut Roff), page: &mut Vec<u8>) -> io::Result<()> {
    let man = Man::new(command.clone())
        .date(version::day())
        .source(concat!("hrflow-connectors ", env!("CARGO_PKG_VERSION")))
        .manual(MANUAL);
    man.render_title(page)?;
    let mut layout = Roff::default();
    // Names of flags and addresses are neither divided nor spread.
    layout.control("nh", []).control("ad", ["l"]).to_writer(page)?;
    man.render_name_section(page)?;
    man.render_synopsis_section(page)?;
    man.render_description_section(page)?;
    man.render_options_section(page)?;
    if command.has_subcommands() {
        man.render_subcommands_section(page)?;
    }
    let mut last = Roff::default();
    end(&mut last);
    last.to_writer(page)
}

/// How the program ends, and what it reads of the environment.
fn overview(roff: &mut Roff) {
    roff.control("SH", ["EXIT STATUS"]);
    let interrupted = |signal| Exit::Interrupted(signal);
    for (exit, meaning) in [
        (Exit::Success, "Success."),
        (Exit::Fatal, "A run that had begun failed, a check failed, or output was not written."),
        (Exit::Refused, "Refused before anything was changed."),
        (Exit::SuccessWithFailures, "Success, with failures."),
        (interrupted(Signal::Interrupt), "Stopped by SIGINT."),
        (interrupted(Signal::Terminate), "Stopped by SIGTERM."),
    ] {
        entry(roff, &exit.code().to_string(), meaning);
    }
    roff.control("SH", ["ENVIRONMENT"]);
    for Variable { name, description, default } in VARIABLES.iter().chain(&crate::VARIABLES) {
        let default =
            if default.is_empty() { String::new() } else { format!(" [default: {default}]") };
        entry(roff, name, &format!("{description}{default}"));
    }
}

fn see_overview(roff: &mut Roff) {
    roff.control("SH", ["SEE ALSO"]);
    roff.text([bold(PROGRAM), roman("(1)")]);
}

fn entry(roff: &mut Roff, name: &str, meaning: &str) {
    roff.control("TP", []);
    roff.text([bold(name)]);
    roff.text([roman(meaning)]);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_command_and_every_command_of_a_command_has_a_page() {
        let pages = pages();
        for name in ["run", "man", "runs-show", "state-unlock", "notify-test"] {
            let file = format!("{PROGRAM}-{name}.1");
            assert!(pages.iter().any(|(name, _)| *name == file), "{file}");
        }
        assert_eq!(pages.last().unwrap().0, "hrflow-connectors.1");
        let without_command = pages.iter().find(|(name, _)| name.contains("jq-worker"));
        assert!(without_command.is_none(), "no command for people");
    }

    #[test]
    fn a_page_says_what_help_says() {
        let pages = pages();
        let page = |name: &str| {
            let found = pages.iter().find(|(known, _)| known == name).unwrap();
            String::from_utf8(found.1.clone()).unwrap().replace('\\', "")
        };
        let run = page("hrflow-connectors-run.1");
        for said in ["--workflow-id", "--dry-run", "GLOBAL OPTIONS", "SEE ALSO"] {
            assert!(run.contains(said), "{said}");
        }
        let overview = page("hrflow-connectors.1");
        for said in ["EXIT STATUS", "143", "HRFLOW_API_SECRET", "hrflow-connectors-run(1)"] {
            assert!(overview.contains(said), "{said}");
        }
    }
}
