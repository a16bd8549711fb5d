//! The table of settings against all that follows from it.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::table::Values;
use super::{Environment, Given, Place, SectionName, SettingKey, Settings};
use crate::RunId;
use crate::{RunKind, RunRecord, RunState};

fn place() -> Place {
    Place::Argument("here".to_owned())
}

/// A value that the setting takes, and that is not its default.
fn sample(key: SettingKey) -> Value {
    match key {
        SettingKey::WorkflowId => json!("paris"),
        SettingKey::Action => json!("francetravail.sync_jobs_in_hrflow"),
        SettingKey::Format => json!("{reference: .id}"),
        SettingKey::Persist => json!(false),
        SettingKey::Incremental | SettingKey::AllowMassArchive => json!(true),
        SettingKey::Since => json!("creation_date"),
        SettingKey::SinceOverlap => json!("36h"),
        SettingKey::Wait | SettingKey::Patience => json!("20m"),
        SettingKey::FunctionTimeout => json!("2m"),
        SettingKey::BeginAnew => json!("archive"),
        SettingKey::MaxFailures => json!("5%"),
        SettingKey::KeepRuns
        | SettingKey::Limit
        | SettingKey::WriteConcurrency
        | SettingKey::WriteRate => json!(7),
        SettingKey::Store => json!("memory:"),
        SettingKey::ReadRate => json!(0.5),
        SettingKey::Content => json!("mapped"),
        SettingKey::Contact => json!("drop"),
        SettingKey::LicenceLanguage => json!("fr"),
        SettingKey::MethodUrl => json!("https://example.org/method"),
    }
}

fn problems(settings: &Settings) -> Vec<String> {
    let mut problems = settings.problems.clone();
    Values::read(settings, &mut problems);
    problems.iter().map(ToString::to_string).collect()
}

/// The settings as the record of a run gives them back.
fn recorded(settings: &Settings) -> Settings {
    let record = RunRecord {
        run_id: RunId::new(),
        workflow_id: String::new(),
        action: String::new(),
        started_at: jiff::Timestamp::UNIX_EPOCH,
        state: RunState::Running,
        kind: RunKind::Whole,
        fingerprint: String::new(),
        workflow: Some(settings.to_recorded(false)),
        result: None,
        journal_bytes: 0,
    };
    let text = serde_json::to_string(&record).unwrap();
    Settings::of_run(&serde_json::from_str(&text).unwrap(), &Environment::default()).unwrap()
}

#[test]
fn a_setting_takes_its_default_and_every_value_that_it_names() {
    for key in SettingKey::all() {
        let field = key.setting().field();
        let named = field.accepted.into_iter().flatten().chain([field.default, sample(key)]);
        for value in named {
            let settings = Settings::default().with(key, Given::json(value.clone(), place()));
            assert_eq!(problems(&settings), [""; 0], "{} = {value}", key.name());
        }
    }
}

#[test]
fn a_setting_that_cannot_be_read_is_a_problem_of_its_place() {
    for key in SettingKey::all() {
        let settings = Settings::default().with(key, Given::json(json!([]), place()));
        let problems = problems(&settings);
        assert!(
            matches!(problems.as_slice(), [one] if one.starts_with("`here`: ")),
            "{problems:?}"
        );
    }
}

#[test]
fn a_workflow_file_holds_each_setting_under_its_name_or_not_at_all() {
    for key in SettingKey::all() {
        let text = format!("{} = {}\n", key.name(), sample(key));
        let settings = Settings::from_toml(&text, "x.toml", &Environment::default());
        if key.setting().is_in_file {
            let given = settings.get(key).map(|given| given.value.clone());
            assert_eq!(given, Some(Given::json(sample(key), place()).value), "{text}");
            assert_eq!(settings.iter().count(), 1, "{text}");
        } else {
            let problem = settings.problems[0].to_string();
            assert!(problem.contains("unknown key"), "{problem}");
        }
    }
}

#[test]
fn a_name_is_never_another_ones() {
    let names: Vec<_> = SettingKey::all().map(SettingKey::name).collect();
    for (index, name) in names.iter().enumerate() {
        assert!(!names[..index].contains(name), "{name}");
        assert!(SectionName::titled(name).is_none() && *name != "logics");
    }
}

/// Text or JSON, as it may stand in any layer.
fn any_given() -> impl Strategy<Value = Given> {
    let text = "[a-zA-Z0-9 %:]{0,12}";
    prop_oneof![
        text.prop_map(|text| Given::text(text, place())),
        text.prop_map(|text| Given::json(text, place())),
        any::<bool>().prop_map(|truth| Given::json(truth, place())),
        any::<i64>().prop_map(|number| Given::json(number, place())),
        any::<i32>().prop_map(|number| Given::json(f64::from(number) / 4.0, place())),
    ]
}

fn any_key() -> impl Strategy<Value = SettingKey> {
    prop::sample::select(SettingKey::all().collect::<Vec<_>>())
}

proptest! {
    #[test]
    fn what_is_recorded_is_read_back_the_same(
        values in prop::collection::vec((any_key(), any_given()), 0..20),
        logics in prop::collection::vec(any_given(), 0..3),
        parameters in prop::collection::vec(
            (prop::sample::select(SectionName::ALL.to_vec()), "[a-z_]{1,8}", any_given()), 0..8,
        ),
    ) {
        let mut settings = Settings::default();
        for (key, given) in values {
            settings.set(key, given);
        }
        for logic in logics {
            settings.push_logic(logic);
        }
        for (section, name, given) in parameters {
            settings.sections.get_mut(section).push(name, given);
        }
        let read = recorded(&settings);
        for key in SettingKey::all() {
            let expected = settings.get(key).filter(|_| key.setting().is_recorded);
            prop_assert_eq!(
                read.get(key).map(|given| &given.value),
                expected.map(|given| &given.value),
                "{}", key.name(),
            );
        }
        let values = |given: &Option<Vec<Given>>| -> Vec<_> {
            given.iter().flatten().map(|given| given.value.clone()).collect()
        };
        prop_assert!(values(&read.logics) == values(&settings.logics));
        for section in SectionName::ALL {
            let pairs = |settings: &Settings| -> Vec<_> {
                let section = settings.sections.get(section).iter();
                section.map(|(name, given)| (name.to_owned(), given.value.clone())).collect()
            };
            let expected = if section.is_secret() { Vec::new() } else { pairs(&settings) };
            prop_assert!(pairs(&read) == expected, "{}", section.title());
        }
    }
}
