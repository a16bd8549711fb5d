//! The flags of settings, which follow from the library's table.

use std::marker::PhantomData;

use clap::{Arg, ArgAction, ArgMatches, Args, Command, FromArgMatches};
use hrflow_connectors::{Flag, Given, Place, SettingKey, Settings};

/// Which settings a command takes.
pub(crate) trait FlagSet {
    /// Whether the setting means something to the command.
    fn takes(key: SettingKey) -> bool;
}

/// `run` takes every setting.
#[derive(Debug)]
pub(crate) struct OfRun;

impl FlagSet for OfRun {
    fn takes(_: SettingKey) -> bool {
        true
    }
}

/// `plan` leaves no run in the store.
#[derive(Debug)]
pub(crate) struct OfPlan;

impl FlagSet for OfPlan {
    fn takes(key: SettingKey) -> bool {
        !matches!(key, SettingKey::KeepRuns | SettingKey::Wait)
    }
}

/// `check` moves nothing: what only changes what a run does to the past means nothing to it.
#[derive(Debug)]
pub(crate) struct OfCheck;

impl FlagSet for OfCheck {
    fn takes(key: SettingKey) -> bool {
        let of_one_run = [
            SettingKey::BeginAnew,
            SettingKey::AllowMassArchive,
            SettingKey::Limit,
            SettingKey::KeepRuns,
            SettingKey::Wait,
        ];
        !of_one_run.contains(&key)
    }
}

/// The document that tells how offers are modified follows from what is chosen of their terms.
#[derive(Debug)]
pub(crate) struct OfMethod;

impl FlagSet for OfMethod {
    fn takes(key: SettingKey) -> bool {
        [
            SettingKey::Content,
            SettingKey::Contact,
            SettingKey::LicenceLanguage,
            SettingKey::MethodUrl,
        ]
        .contains(&key)
    }
}

/// The record of a run holds the rest.
#[derive(Debug)]
pub(crate) struct OfRecorded;

impl FlagSet for OfRecorded {
    fn takes(key: SettingKey) -> bool {
        [
            SettingKey::Store,
            SettingKey::Wait,
            SettingKey::Patience,
            SettingKey::FunctionTimeout,
            SettingKey::WriteConcurrency,
            SettingKey::WriteRate,
        ]
        .contains(&key)
    }
}

/// The settings that were typed as flags.
#[derive(Debug)]
pub(crate) struct SettingFlags<S> {
    given: Vec<(SettingKey, Given)>,
    set: PhantomData<S>,
}

impl<S> SettingFlags<S> {
    /// What was typed.
    pub(crate) fn settings(&self) -> Settings {
        let settings = Settings::default();
        self.given
            .iter()
            .fold(settings, |settings, (key, given)| settings.with(*key, given.clone()))
    }
}

impl<S: FlagSet> Args for SettingFlags<S> {
    fn augment_args(command: Command) -> Command {
        keys::<S>().filter_map(argument).fold(command, Command::arg)
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

impl<S: FlagSet> FromArgMatches for SettingFlags<S> {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let given = keys::<S>().filter_map(|key| Some((key, typed(key, matches)?))).collect();
        Ok(Self { given, set: PhantomData })
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

fn keys<S: FlagSet>() -> impl Iterator<Item = SettingKey> {
    SettingKey::all().filter(|key| S::takes(*key))
}

/// The flag of a setting; none where the command line has another way to it.
fn argument(key: SettingKey) -> Option<Arg> {
    let setting = key.setting();
    let argument = Arg::new(setting.name)
        .long(setting.name.replace('_', "-"))
        .help(setting.description.trim_end_matches('.'));
    Some(match setting.flag {
        Flag::None => return None,
        Flag::Switch => argument.action(ArgAction::SetTrue),
        Flag::Value(word) => argument.value_name(word).allow_hyphen_values(is_checked(key)),
        Flag::ValueOr(word, otherwise) => {
            argument.value_name(word).num_args(0..=1).default_missing_value(otherwise)
        }
    })
}

/// Whether a value that begins with a hyphen is a mistake that the setting's own type names. A name
/// is not checked, and a flag is not to be taken for one.
fn is_checked(key: SettingKey) -> bool {
    !matches!(key, SettingKey::WorkflowId | SettingKey::Store)
}

/// What was typed for a setting.
fn typed(key: SettingKey, matches: &ArgMatches) -> Option<Given> {
    let setting = key.setting();
    let place = || Place::Flag(format!("--{}", setting.name.replace('_', "-")));
    match setting.flag {
        Flag::None => None,
        Flag::Switch => matches.get_flag(setting.name).then(|| Given::json(true, place())),
        Flag::Value(_) | Flag::ValueOr(..) => {
            let text = matches.get_one::<String>(setting.name)?;
            Some(Given::text(text, place()))
        }
    }
}
