//! What a workflow is, and what becomes of what it remembers when it changes.
//!
//! | what changed | what was delivered | an interrupted run |
//! |---|---|---|
//! | nothing | counts | is resumed by the next run |
//! | the jq programs or functions, the action's own format | is looked at again | is abandoned for a new run |
//! | the action, the selection, the target | a person decides | is abandoned for a new run |
//!
//! Functions whose code nobody can tell are never taken for the same: a run with such functions is
//! resumed only by a program that says so.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::record::short_hash;

/// What a workflow is. Two runs with equal identities do the same with the same items.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq, Serialize)]
pub struct Identity {
    /// The action's name.
    pub action: String,
    /// What is read.
    pub selection: Value,
    /// Where it is written, and what of it.
    pub target: Value,
    /// What items go through in between.
    #[serde(default)]
    pub programs: Programs,
    /// What the action itself makes of an item; none where that has only one version.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub action_format: Option<Program>,
}

/// The user's programs, each by what tells it from another.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Eq, Serialize)]
pub struct Programs {
    /// In the order in which they are applied.
    pub logics: Vec<Program>,
    /// None for the action's own format.
    pub format: Option<Program>,
}

/// One program, by what tells it from another: the text of a jq program as it was written, or what
/// tells the code of a function.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Program(Value);

impl Program {
    /// A jq program, as it was written.
    pub fn jq(written: Value) -> Self {
        Self(written)
    }

    /// A function, by a text that changes when its code does.
    pub fn function(version: &str) -> Self {
        Self(json!({"function": version}))
    }

    /// A function whose code nobody can tell.
    pub fn unknown() -> Self {
        Self(json!({"function": null}))
    }

    /// What an action itself does, by the version of that and its parameters.
    pub fn action(version: &Value) -> Self {
        Self(json!({"action": version}))
    }

    /// The version and parameters of what an action itself does.
    pub(crate) fn of_action(&self) -> Option<&Value> {
        self.0.get("action")
    }

    fn is_unknown(&self) -> bool {
        self.0.get("function").is_some_and(Value::is_null)
    }
}

impl Programs {
    /// Whether it can be told whether others are the same.
    pub fn are_known(&self) -> bool {
        !self.logics.iter().chain(&self.format).any(Program::is_unknown)
    }

    /// What tells these programs from others; empty where there are none.
    fn salt(&self) -> String {
        let known = |program: &&Program| !program.is_unknown();
        let logics: Vec<_> = self.logics.iter().filter(known).map(|logic| &logic.0).collect();
        let logics = if logics.is_empty() { String::new() } else { json!(logics).to_string() };
        let format = self.format.as_ref().filter(known).map(|format| format.0.to_string());
        logics + &format.unwrap_or_default()
    }
}

/// A part of a workflow's identity.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// The action.
    Action,
    /// What is read.
    Selection,
    /// Where it is written.
    Target,
    /// What items go through in between.
    Programs,
}

/// What becomes of what a workflow remembers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Answer {
    /// What was delivered is looked at again.
    LookAgain,
    /// A person decides.
    AskPerson,
}

impl Part {
    /// What becomes of what was delivered when this has changed.
    pub(crate) fn answer(self) -> Answer {
        match self {
            Self::Action | Self::Selection | Self::Target => Answer::AskPerson,
            Self::Programs => Answer::LookAgain,
        }
    }
}

impl Identity {
    /// What tells what an item goes through from anything else; empty where it goes through
    /// nothing. It is part of the fingerprint of what is delivered.
    pub(crate) fn salt(&self) -> String {
        let action_format = self.action_format.as_ref().map(|format| format.0.to_string());
        self.programs.salt() + &action_format.unwrap_or_default()
    }

    /// What tells action, selection and target from others.
    pub(crate) fn filter(&self) -> String {
        short_hash(&format!("{}\n{}", self.selection, self.target))
    }

    /// What tells the workflow from others, its programs included.
    pub(crate) fn fingerprint(&self) -> String {
        short_hash(&format!("{}\n{}\n{}", self.action, self.filter(), self.salt()))
    }

    /// The parts in which this workflow is another than before. Programs whose code nobody can
    /// tell are not taken for changed.
    pub(crate) fn changed_parts(&self, before: &Self) -> Vec<Part> {
        [
            (Part::Action, self.action != before.action),
            (Part::Selection, self.selection != before.selection),
            (Part::Target, self.target != before.target),
            (Part::Programs, self.salt() != before.salt()),
        ]
        .into_iter()
        .filter_map(|(part, is_changed)| is_changed.then_some(part))
        .collect()
    }

    /// What has changed since before, in words: ``the action was `a` and is now `b```.
    pub(crate) fn changes_since(&self, before: &Self) -> Vec<String> {
        let mut changes = Vec::new();
        if self.action != before.action {
            changes
                .push(format!("the action was `{}` and is now `{}`", before.action, self.action));
        }
        for (before, now) in [(&before.selection, &self.selection), (&before.target, &self.target)]
        {
            changes.extend(changed_values(before, now));
        }
        changes
    }
}

impl fmt::Display for Part {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Action => "action",
            Self::Selection => "selection",
            Self::Target => "target",
            Self::Programs => "programs",
        })
    }
}

fn changed_values(before: &Value, now: &Value) -> Vec<String> {
    let (before, now) = (named_values(before), named_values(now));
    let names = before.keys().chain(now.keys().filter(|name| !before.contains_key(*name)));
    let shown = |value: Option<&String>| match value {
        Some(value) => format!("`{value}`"),
        None => "not set".to_owned(),
    };
    names
        .filter(|name| before.get(*name) != now.get(*name))
        .map(|name| {
            let (before, now) = (before.get(name), now.get(name));
            format!("`{name}` was {} and is now {}", shown(before), shown(now))
        })
        .collect()
}

/// The values of an object, and of lists of pairs of name and value in it, by their names.
fn named_values(value: &Value) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    let plain = |value: &Value| match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    for (name, value) in value.as_object().into_iter().flatten() {
        let pairs = value.as_array().filter(|list| {
            !list.is_empty() && list.iter().all(|pair| pair[0].is_string() && pair[1].is_string())
        });
        match pairs {
            Some(pairs) => {
                found.extend(pairs.iter().map(|pair| (plain(&pair[0]), plain(&pair[1]))));
            }
            None if value.as_array().is_some_and(Vec::is_empty) => {}
            None => {
                found.insert(name.clone(), plain(value));
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn identity() -> Identity {
        Identity {
            action: "a.archive".to_owned(),
            selection: json!({"origin": "A", "search": [["departement", "75"]]}),
            target: json!({"board_key": "0a"}),
            programs: Programs::default(),
            action_format: None,
        }
    }

    #[track_caller]
    fn check(change: impl FnOnce(&mut Identity), parts: &[Part], words: &[&str]) {
        let mut now = identity();
        change(&mut now);
        assert_eq!(now.changed_parts(&identity()), parts);
        assert_eq!(now.changes_since(&identity()), words);
        assert_eq!(now.fingerprint() == identity().fingerprint(), parts.is_empty());
    }

    #[test]
    fn every_part_is_told_from_another() {
        check(|_| {}, &[], &[]);
        check(
            |now| now.action = "a.update".to_owned(),
            &[Part::Action],
            &["the action was `a.archive` and is now `a.update`"],
        );
        check(
            |now| now.selection = json!({"origin": "A", "search": [["region", "11"]]}),
            &[Part::Selection],
            &["`departement` was `75` and is now not set", "`region` was not set and is now `11`"],
        );
        check(
            |now| now.selection = json!({"origin": "A", "search": []}),
            &[Part::Selection],
            &["`departement` was `75` and is now not set"],
        );
        check(
            |now| now.target = json!({"board_key": "0b"}),
            &[Part::Target],
            &["`board_key` was `0a` and is now `0b`"],
        );
        let jq = || Program::jq(json!({"text": "."}));
        check(|now| now.programs.logics.push(jq()), &[Part::Programs], &[]);
        check(|now| now.programs.format = Some(jq()), &[Part::Programs], &[]);
        check(|now| now.programs.format = Some(Program::function("v2")), &[Part::Programs], &[]);
        let action_format = Some(Program::action(&json!({"mapping": 2})));
        check(|now| now.action_format = action_format, &[Part::Programs], &[]);
    }

    #[test]
    fn functions_of_unknown_code_are_never_known_to_be_the_same() {
        let mut now = identity();
        assert!(now.programs.are_known());
        now.programs.logics.push(Program::unknown());
        assert!(!now.programs.are_known());
        assert_eq!(now.fingerprint(), identity().fingerprint());
    }

    #[test]
    fn an_identity_that_was_saved_before_actions_had_versions_is_read() {
        let saved = json!({"action": "a.archive", "target": {"board_key": "0a"},
            "selection": {"origin": "A", "search": [["departement", "75"]]}});
        let before: Identity = serde_json::from_value(saved.clone()).unwrap();
        assert_eq!(before, identity());
        let mut now = identity();
        now.action_format = Some(Program::action(&json!({"mapping": 2})));
        assert_eq!(now.changed_parts(&before), [Part::Programs]);
        assert_eq!(serde_json::to_value(&before).unwrap()["action_format"], Value::Null);
    }

    #[test]
    fn the_salt_of_jq_programs_is_that_of_earlier_versions() {
        let programs = Programs {
            logics: vec![Program::jq(json!({"text": "select(.a)"}))],
            format: Some(Program::jq(json!({"json": "{reference: .id}"}))),
        };
        let expected = r#"[{"text":"select(.a)"}]{"json":"{reference: .id}"}"#;
        assert_eq!(programs.salt(), expected);
        assert_eq!(Programs::default().salt(), "");
    }
}
