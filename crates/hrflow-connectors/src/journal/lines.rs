//! The lines of a journal: one JSON value for each item.
//!
//! An item is known by its key: its id at the origin, `#` and a fingerprint of its content where it
//! has none, or `-` and the id of an item that a mirror takes out of use.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use store::Fingerprint;

use crate::{Event, Item, Outcome, Stage};

/// An item about to be sent.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Intent {
    pub(crate) key: Box<str>,
    pub(crate) print: Option<Fingerprint>,
    /// Whether the target was known to have it, with another content.
    pub(crate) replaces: bool,
    pub(crate) item: Item,
}

/// `["048KLTP","5f0c…",false,{…}]`; an item that nobody remembers has no fingerprint.
impl Intent {
    pub(crate) fn line(
        key: &str,
        print: Option<Fingerprint>,
        replaces: bool,
        item: &Item,
    ) -> String {
        let print = print.map(|print| print.to_string());
        json_line(&(key, print, replaces, item))
    }

    pub(crate) fn read(line: &str) -> Option<Self> {
        let (key, print, replaces, item): (Box<str>, Option<String>, bool, Item) =
            serde_json::from_str(line).ok()?;
        let print = match print {
            Some(print) => Some(Fingerprint::parse(&print)?),
            None => None,
        };
        Some(Self { key, print, replaces, item })
    }
}

/// How an item ended, as `items` lists it.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct Report {
    /// The reference at the target, or the id at the origin where it ended before.
    pub reference: Option<String>,
    /// `archived`, `created`, … or `discarded`, `failed`.
    pub outcome: String,
    /// Where it failed: `logic 2`, `format`, `write`; or the logic that discarded it.
    pub stage: Option<String>,
    /// Why it failed.
    pub why: Option<String>,
    /// Whether trying again can help, where it failed.
    pub can_be_retried: Option<bool>,
}

const DISCARDED: &str = "discarded";

impl Report {
    /// How an event ends an item; none where it ends none.
    pub fn of(event: &Event) -> Option<Self> {
        let plain = |reference: &Option<String>, outcome: &str| Self {
            reference: reference.clone(),
            outcome: outcome.to_owned(),
            stage: None,
            why: None,
            can_be_retried: None,
        };
        match event {
            Event::Discarded { reference, logic } => Some(Self {
                stage: Some(Stage::Logic(*logic).to_string()),
                ..plain(reference, DISCARDED)
            }),
            Event::Written { reference, outcome } => Some(plain(reference, outcome.name())),
            Event::ItemFailed { reference, stage, why, can_be_retried } => Some(Self {
                stage: Some(stage.to_string()),
                why: Some(why.clone()),
                can_be_retried: Some(*can_be_retried),
                ..plain(reference, Outcome::Failed.name())
            }),
            Event::Listed { .. }
            | Event::Read { .. }
            | Event::ReadFailed { .. }
            | Event::CallbackExecuted
            | Event::CallbackFailed { .. }
            | Event::StateNotSaved { .. }
            | Event::Withheld { .. }
            | Event::Waiting(_) => None,
        }
    }

    /// The event that it tells of.
    pub(crate) fn into_event(self) -> Option<Event> {
        let Self { reference, outcome, stage, why, can_be_retried } = self;
        match stage.as_deref().map(Stage::parse) {
            None => Some(Event::Written { reference, outcome: Outcome::parse(&outcome)? }),
            Some(Some(Stage::Logic(logic))) if outcome == DISCARDED => {
                Some(Event::Discarded { reference, logic })
            }
            Some(stage) => Some(Event::ItemFailed {
                reference,
                stage: stage?,
                why: why.unwrap_or_default(),
                can_be_retried: can_be_retried.unwrap_or_default(),
            }),
        }
    }
}

/// `["048KLTP","archived"]`, with what more there is to say in a third place.
#[derive(Deserialize, Serialize)]
#[serde(untagged)]
enum Ending {
    Plain(Box<str>, Box<str>),
    Told(Box<str>, Box<str>, Told),
}

#[derive(Default, Deserialize, PartialEq, Serialize)]
struct Told {
    /// The reference, where it is not the key.
    #[serde(default, skip_serializing_if = "Option::is_none", rename = "as")]
    reference: Option<String>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    nameless: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    stage: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    why: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    can_be_retried: Option<bool>,
}

/// The line that tells how the item of that key ended; none where the event ends no item.
pub(crate) fn ending(key: &str, event: &Event) -> Option<String> {
    if let Event::Written { reference: Some(reference), outcome } = event
        && reference == key
    {
        // Nearly every line is of this kind.
        return Some(json_line(&(key, outcome.name())));
    }
    let Report { reference, outcome, stage, why, can_be_retried } = Report::of(event)?;
    let nameless = reference.is_none();
    let reference = reference.filter(|reference| reference != key);
    let told = Told { reference, nameless, stage, why, can_be_retried };
    Some(if told == Told::default() {
        json_line(&(key, outcome))
    } else {
        json_line(&(key, outcome, told))
    })
}

/// The key of the item that a line tells of, and how it ended.
pub(crate) fn read_ending(line: &str) -> Option<(Box<str>, Report)> {
    let (key, outcome, told) = match serde_json::from_str(line).ok()? {
        Ending::Plain(key, outcome) => (key, outcome, Told::default()),
        Ending::Told(key, outcome, told) => (key, outcome, told),
    };
    let Told { reference, nameless, stage, why, can_be_retried } = told;
    let reference = reference.or_else(|| (!nameless).then(|| key.to_string()));
    let outcome = outcome.into_string();
    Some((key, Report { reference, outcome, stage, why, can_be_retried }))
}

/// An item that failed for good.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct Letter {
    /// The item's id at the origin.
    pub key: String,
    /// Where it failed.
    pub stage: String,
    /// Why.
    pub why: String,
    /// Whether trying again can help.
    pub can_be_retried: bool,
    /// The form in which it was sent; none where it failed before it had one.
    pub item: Option<Item>,
    /// What tells its content at the origin, where that is remembered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub print: Option<String>,
}

/// The line of an item that failed; none where the event is no failure.
pub(crate) fn letter(
    key: &str,
    event: &Event,
    item: Option<&Item>,
    print: Option<Fingerprint>,
) -> Option<String> {
    let Event::ItemFailed { stage, why, can_be_retried, .. } = event else { return None };
    Some(letter_line(&Letter {
        key: key.to_owned(),
        stage: stage.to_string(),
        why: why.clone(),
        can_be_retried: *can_be_retried,
        item: item.cloned(),
        print: print.map(|print| print.to_string()),
    }))
}

pub(crate) fn letter_line(letter: &Letter) -> String {
    json_line(letter)
}

pub(crate) fn read_letter(line: &str) -> Option<Letter> {
    serde_json::from_str(line).ok()
}

fn json_line(value: &impl Serialize) -> String {
    // Text, numbers and JSON values: there is nothing that could not be written, and JSON is UTF-8.
    let mut line = Vec::with_capacity(64);
    if serde_json::to_writer(&mut line, value).is_err() {
        line = Value::Null.to_string().into_bytes();
    }
    line.push(b'\n');
    String::from_utf8(line).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[track_caller]
    fn check(key: &str, event: &Event, expected: &str) {
        let line = ending(key, event).unwrap();
        assert_eq!(line.trim_end(), expected);
        let (read, report) = read_ending(&line).unwrap();
        assert_eq!((&*read, report.into_event().as_ref()), (key, Some(event)));
    }

    #[test]
    fn a_line_tells_how_an_item_ended() {
        let reference = Some("048KLTP".to_owned());
        let archived = Event::Written { reference: reference.clone(), outcome: Outcome::Archived };
        check("048KLTP", &archived, r#"["048KLTP","archived"]"#);
        check("0603040", &archived, r#"["0603040","archived",{"as":"048KLTP"}]"#);
        let nameless = Event::Written { reference: None, outcome: Outcome::Unchanged };
        check("#5f", &nameless, r##"["#5f","unchanged",{"nameless":true}]"##);
        let discarded = Event::Discarded { reference: reference.clone(), logic: 2 };
        check("048KLTP", &discarded, r#"["048KLTP","discarded",{"stage":"logic 2"}]"#);
        let failed = Event::ItemFailed {
            reference,
            stage: Stage::Write,
            why: "no\n“really”".to_owned(),
            can_be_retried: true,
        };
        let line =
            r#"["048KLTP","failed",{"stage":"write","why":"no\n“really”","can_be_retried":true}]"#;
        check("048KLTP", &failed, line);
    }

    proptest! {
        #[test]
        fn whatever_is_written_is_read(key in ".*", why in ".*", number in 1_usize..9, again: bool) {
            let reference = Some(key.clone());
            let event = Event::ItemFailed {
                reference, stage: Stage::Logic(number), why, can_be_retried: again,
            };
            let line = ending(&key, &event).unwrap();
            prop_assert_eq!(line.matches('\n').count(), 1);
            let (read, report) = read_ending(&line).unwrap();
            prop_assert_eq!((&*read, report.into_event()), (&*key, Some(event)));
        }

        #[test]
        fn a_line_that_was_cut_is_not_taken_for_another(cut in 0_usize..20) {
            let event = Event::Written {
                reference: Some("048KLTP".to_owned()), outcome: Outcome::Archived,
            };
            let line = ending("048KLTP", &event).unwrap();
            prop_assert_eq!(read_ending(&line[..cut]), None);
        }
    }
}
