//! `completions`: what a shell needs to complete our commands and their values.

use clap::builder::PossibleValuesParser;
use clap::{Command, CommandFactory, ValueHint};
use clap_complete::Shell;
use hrflow_connectors::francetravail::REFERENTIALS;
use hrflow_connectors::{ACTIONS, Field, Outcome, SettingKey};

use crate::arguments::{Arguments, CompletionsArguments};
use crate::exit::Exit;
use crate::output;

pub(crate) fn completions(arguments: &CompletionsArguments) -> Exit {
    let mut script = Vec::new();
    let mut command = with_values(Arguments::command(), arguments.shell);
    clap_complete::generate(arguments.shell, &mut command, "hrflow-connectors", &mut script);
    let mut script = String::from_utf8_lossy(&script).into_owned();
    match arguments.shell {
        Shell::Fish => script.push_str(&in_fish()),
        // The name of a program with a hyphen is written in two ways in this script, of which one
        // does not find the other.
        Shell::Bash => script = script.replace("hrflow__connectors", "hrflow__subcmd__connectors"),
        _ => {}
    }
    output::text(&script);
    Exit::Success
}

/// What is made for this shell completes the values of flags only.
fn in_fish() -> String {
    let lists: Vec<_> = REFERENTIALS.iter().map(|(name, ..)| *name).collect();
    let (lists, actions) = (lists.join(" "), actions().join(" "));
    let line = |command: &str, values: &str| {
        format!(
            "complete -c hrflow-connectors -n \"__fish_seen_subcommand_from {command}\" -a \"{values}\"\n"
        )
    };
    line("run plan check describe", &actions) + &line("referential", &lists)
}

/// The commands, with the values of those arguments that take one of a few. Only a script is made
/// of them: what is typed is read by its own type, which says more of a slip.
fn with_values(mut command: Command, shell: Shell) -> Command {
    let outcomes = Outcome::all().map(Outcome::name).collect::<Vec<_>>();
    let lists = REFERENTIALS.iter().map(|(name, ..)| *name).collect::<Vec<_>>();
    command = of(command, "describe", "action", &actions());
    command = of(command, "referential", "name", &lists);
    command = of(command, "items", "outcome", &outcomes);
    for name in ["run", "plan", "check"] {
        // This shell completes no file where it knows values.
        command = if shell == Shell::Zsh {
            command.mut_subcommand(name, |command| {
                command.mut_arg("subject", |argument| argument.value_hint(ValueHint::FilePath))
            })
        } else {
            of(command, name, "subject", &actions())
        };
        command = of(command, name, "pull", &pairs(|action| &action.pull_parameters));
        command = of(command, name, "push", &pairs(|action| &action.push_parameters));
    }
    command.mut_subcommands(with_settings)
}

fn of(
    command: Command,
    name: &'static str,
    argument: &'static str,
    values: &[impl ToString],
) -> Command {
    let values: Vec<_> = values.iter().map(ToString::to_string).collect();
    command.mut_subcommand(name, |command| {
        command
            .mut_arg(argument, |argument| argument.value_parser(PossibleValuesParser::new(values)))
    })
}

fn actions() -> Vec<&'static str> {
    ACTIONS.iter().map(|action| action.name()).collect()
}

/// `KEY=` of each parameter, or `KEY=VALUE` where it takes one of a few.
fn pairs(of: impl Fn(&hrflow_connectors::ActionDescription) -> &Vec<Field>) -> Vec<String> {
    let mut pairs = Vec::new();
    for action in ACTIONS.iter() {
        for field in of(&action.describe()) {
            let name = field.name;
            match &field.accepted {
                Some(values) => pairs.extend(values.iter().map(|value| {
                    format!(
                        "{name}={}",
                        value.as_str().map_or_else(|| value.to_string(), str::to_owned)
                    )
                })),
                None => pairs.push(format!("{name}=")),
            }
        }
    }
    pairs.sort_unstable();
    pairs.dedup();
    pairs
}

/// The flags of settings that take one of a few values.
fn with_settings(mut command: Command) -> Command {
    for key in SettingKey::all() {
        let (name, values) = (key.name(), key.setting().accepted());
        let has = command.get_arguments().any(|argument| argument.get_id() == name);
        if has && !values.is_empty() {
            command = command
                .mut_arg(name, |argument| argument.value_parser(PossibleValuesParser::new(values)));
        }
    }
    command
}
