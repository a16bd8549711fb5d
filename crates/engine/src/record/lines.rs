//! The lines of a journal: one JSON value for each item, below a line that names their format.
//!
//! Pages without that line are of format 1: there the key of an item without id is `#` and its
//! content, and the key of an item that was to be archived begins with `-`.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use store::Fingerprint;

use super::life::Line;
use crate::{
    Attempt, EndError, Ending, Event, Item, Key, Op, OpKind, Outcome, Requires, Scope, Stage, Step,
    StepError,
};

const HEADER: &str = "{\"format\":2}\n";

/// A page with these lines.
pub(super) fn page_of(lines: &str) -> String {
    format!("{HEADER}{lines}")
}

/// The lines of a page, read one by one; none where one cannot be read.
pub(super) fn read_page<T>(
    page: &str,
    read: impl Fn(&str) -> Option<T>,
    read_v1: impl Fn(&str) -> Option<T>,
) -> Option<Vec<T>> {
    match page.strip_prefix(HEADER) {
        Some(lines) => lines.lines().map(read).collect(),
        None if page.starts_with('{') && page.lines().next().is_some_and(is_header) => None,
        None => page.lines().map(read_v1).collect(),
    }
}

fn is_header(line: &str) -> bool {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Header {
        #[serde(rename = "format")]
        _format: u32,
    }
    serde_json::from_str::<Header>(line).is_ok()
}

/// `["048KLTP","write","5f0c…",{…}]`; what nobody remembers has no fingerprint.
#[derive(Deserialize, Serialize)]
struct IntentLine(Key, Verb, Option<String>, Option<Item>, #[serde(default)] Requires);

#[derive(Clone, Copy, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
enum Verb {
    Write,
    Replace,
    Retire,
}

pub(super) fn intent_line(step: &Step) -> String {
    let (verb, item) = match &step.op {
        Op::Write(item) => (Verb::Write, Some(item)),
        Op::Replace(item) => (Verb::Replace, Some(item)),
        Op::Retire => (Verb::Retire, None),
    };
    let fingerprint = step.fingerprint.map(|fingerprint| fingerprint.to_string());
    json_line(&(&step.key, verb, fingerprint, item, step.requires))
}

/// A step that an interrupted process has announced.
pub(super) fn read_intent(line: &str) -> Option<Step> {
    let IntentLine(key, verb, fingerprint, item, requires) = serde_json::from_str(line).ok()?;
    let op = match verb {
        Verb::Write => Op::Write(item?),
        Verb::Replace => Op::Replace(item?),
        Verb::Retire => Op::Retire,
    };
    Some(Step { key, op, fingerprint: parsed(fingerprint)?, attempt: Attempt::InDoubt, requires })
}

/// `["048KLTP","5f0c…",false,{…}]`.
pub(super) fn read_intent_v1(line: &str) -> Option<Step> {
    let (key, fingerprint, replaces, item): (String, Option<String>, bool, Item) =
        serde_json::from_str(line).ok()?;
    let (_, key) = read_key_v1(&key);
    let op = if replaces { Op::Replace(item) } else { Op::Write(item) };
    let fingerprint = parsed(fingerprint)?;
    Some(Step { key, op, fingerprint, attempt: Attempt::InDoubt, requires: Requires::Nothing })
}

/// None where there is a text that is no fingerprint.
#[allow(clippy::option_option, reason = "a text that cannot be read is not a missing one")]
fn parsed(fingerprint: Option<String>) -> Option<Option<Fingerprint>> {
    match fingerprint {
        Some(text) => Some(Some(Fingerprint::parse(&text)?)),
        None => Some(None),
    }
}

fn read_key_v1(text: &str) -> (OpKind, Key) {
    if let Some(id) = text.strip_prefix('-') {
        return (OpKind::Retire, Key::Id(id.into()));
    }
    match text.strip_prefix('#').and_then(Fingerprint::parse) {
        Some(content) => (OpKind::Write, Key::Content(content)),
        None => (OpKind::Write, Key::Id(text.into())),
    }
}

/// How an item ended, as `items` lists it.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct ItemReport {
    /// The reference at the target, or the id at the origin where it ended before.
    pub reference: Option<String>,
    /// `archived`, `created`, … or `discarded`, `failed`; `not_sent` where the run was stopped.
    pub outcome: String,
    /// Where it failed: `read`, `logic 2`, `format`, `write`; or the logic that discarded it.
    pub stage: Option<String>,
    /// Why it failed.
    pub why: Option<String>,
    /// Whether trying again can help, where it failed.
    pub can_be_retried: Option<bool>,
}

const DISCARDED: &str = "discarded";
const NOT_SENT: &str = "not_sent";

impl ItemReport {
    /// How an event ends an item; none where it ends none.
    pub fn of(event: &Event) -> Option<Self> {
        match event {
            Event::Ended { reference, ending, .. } => {
                Some(Self::of_ending(reference.clone(), ending))
            }
            Event::Unsent { reference, .. } => Some(Self::plain(reference.clone(), NOT_SENT)),
            Event::Phase { .. }
            | Event::Listed { .. }
            | Event::Read { .. }
            | Event::Checked
            | Event::Formatted { .. }
            | Event::ReadFailed { .. }
            | Event::Drifted(_)
            | Event::Withheld(_)
            | Event::Pending { .. }
            | Event::CallbackExecuted
            | Event::CallbackFailed { .. }
            | Event::StateNotSaved { .. }
            | Event::Waiting(_) => None,
        }
    }

    fn of_ending(reference: Option<String>, ending: &Ending) -> Self {
        match ending {
            Ending::Done(outcome) => Self::plain(reference, outcome.name()),
            Ending::Withdrawn => Self::plain(reference, Outcome::Missing.name()),
            Ending::Discarded { logic } => Self {
                stage: Some(Stage::Logic(*logic).to_string()),
                ..Self::plain(reference, DISCARDED)
            },
            Ending::Failed(StepError { stage, error }) => Self {
                stage: Some(stage.to_string()),
                why: Some(error.message.clone()),
                can_be_retried: Some(error.retryable),
                ..Self::plain(reference, Outcome::Failed.name())
            },
        }
    }

    fn plain(reference: Option<String>, outcome: &str) -> Self {
        let outcome = outcome.to_owned();
        Self { reference, outcome, stage: None, why: None, can_be_retried: None }
    }

    fn into_ending(self) -> Option<Ending> {
        let Self { outcome, stage, why, can_be_retried, reference: _ } = self;
        match stage.as_deref().map(Stage::parse) {
            None => outcome.parse().ok().map(Ending::Done),
            Some(Some(Stage::Logic(logic))) if outcome == DISCARDED => {
                Some(Ending::Discarded { logic })
            }
            Some(stage) => {
                let error = EndError {
                    retryable: can_be_retried.unwrap_or_default(),
                    scope: Scope::Item,
                    ..EndError::item(why.unwrap_or_default())
                };
                Some(Ending::Failed(StepError { stage: stage?, error }))
            }
        }
    }
}

/// How an item ended, as a journal says it.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct EndedItem {
    pub(super) key: Key,
    pub(super) op: OpKind,
    pub(super) report: ItemReport,
}

impl EndedItem {
    /// The line as the life of the item sees it.
    pub(super) fn line(&self) -> Line {
        let ItemReport { outcome, stage, .. } = &self.report;
        let how = format!("{outcome} {}", stage.as_deref().unwrap_or_default());
        Line::Outcome(Fingerprint::of(how.as_bytes()))
    }

    /// The event that it reports.
    pub(super) fn into_event(self) -> Option<Event> {
        let Self { key, op, report } = self;
        let reference = report.reference.clone();
        Some(Event::Ended { op, key, reference, ending: report.into_ending()? })
    }
}

/// `["048KLTP","archived"]`, with what more there is to say in a third place.
#[derive(Deserialize)]
struct OutcomeLine(Key, String, #[serde(default)] Details);

/// The same of format 1.
#[derive(Deserialize)]
struct OutcomeLineV1(String, String, #[serde(default)] Details);

#[derive(Default, Deserialize, PartialEq, Serialize)]
struct Details {
    #[serde(default, skip_serializing_if = "is_write")]
    op: OpKind,
    /// The reference, where it is not the id.
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

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
fn is_write(op: &OpKind) -> bool {
    *op == OpKind::Write
}

/// The line that says how an operation on the item of that key ended.
pub(super) fn outcome_line(
    key: &Key,
    op: OpKind,
    reference: Option<&str>,
    ending: &Ending,
) -> String {
    if let (OpKind::Write, Ending::Done(outcome), Key::Id(id)) = (op, ending, key)
        && reference == Some(&**id)
    {
        // Nearly every line is of this kind.
        return json_line(&(id, outcome.name()));
    }
    let report = ItemReport::of_ending(None, ending);
    let details = Details {
        op,
        reference: reference.filter(|reference| key.id() != Some(reference)).map(str::to_owned),
        nameless: reference.is_none(),
        stage: report.stage,
        why: report.why,
        can_be_retried: report.can_be_retried,
    };
    if details == Details::default() {
        json_line(&(key, report.outcome))
    } else {
        json_line(&(key, report.outcome, details))
    }
}

pub(super) fn read_outcome(line: &str) -> Option<EndedItem> {
    let OutcomeLine(key, outcome, details) = serde_json::from_str(line).ok()?;
    let op = details.op;
    Some(ended(key, op, outcome, details))
}

pub(super) fn read_outcome_v1(line: &str) -> Option<EndedItem> {
    let OutcomeLineV1(key, outcome, details) = serde_json::from_str(line).ok()?;
    let (op, key) = read_key_v1(&key);
    Some(ended(key, op, outcome, details))
}

fn ended(key: Key, op: OpKind, outcome: String, details: Details) -> EndedItem {
    let Details { reference, nameless, stage, why, can_be_retried, op: _ } = details;
    let own = || (!nameless).then(|| key.to_string());
    let reference = reference.or_else(own);
    EndedItem { key, op, report: ItemReport { reference, outcome, stage, why, can_be_retried } }
}

/// An item that failed for good, in the form in which it was sent.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct DeadLetter {
    /// What the item is known by at the origin.
    pub key: Key,
    /// What was to be done.
    #[serde(default, skip_serializing_if = "is_write")]
    pub op: OpKind,
    /// Where it failed.
    pub stage: String,
    /// Why.
    pub why: String,
    /// Whether trying again can help.
    pub can_be_retried: bool,
    /// The form in which it was sent; none where it failed before it had one.
    pub item: Option<Item>,
    /// Tells its content at the origin, where that is remembered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub print: Option<String>,
}

impl DeadLetter {
    /// Of an item that failed; none for every other ending.
    pub(super) fn of(key: &Key, op: OpKind, ending: &Ending, step: Option<&Step>) -> Option<Self> {
        let Ending::Failed(StepError { stage, error }) = ending else { return None };
        let print = step.and_then(|step| step.fingerprint);
        Some(Self {
            key: key.clone(),
            op,
            stage: stage.to_string(),
            why: error.message.clone(),
            can_be_retried: error.retryable,
            item: step.and_then(|step| step.op.item().cloned()),
            print: print.map(|print| print.to_string()),
        })
    }
}

pub(super) fn letter_line(letter: &DeadLetter) -> String {
    json_line(letter)
}

pub(super) fn read_letter(line: &str) -> Option<DeadLetter> {
    serde_json::from_str(line).ok()
}

pub(super) fn read_letter_v1(line: &str) -> Option<DeadLetter> {
    let letter = read_letter(line)?;
    let (op, key) = read_key_v1(letter.key.id()?);
    Some(DeadLetter { key, op, ..letter })
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
    use serde_json::json;

    use super::*;

    fn id(text: &str) -> Key {
        Key::Id(text.into())
    }

    #[track_caller]
    fn check(key: &Key, op: OpKind, reference: Option<&str>, ending: &Ending, expected: &str) {
        let line = outcome_line(key, op, reference, ending);
        assert_eq!(line.trim_end(), expected);
        let reference = reference.map(str::to_owned);
        let event = Event::Ended { op, key: key.clone(), reference, ending: ending.clone() };
        assert_eq!(read_outcome(&line).and_then(EndedItem::into_event), Some(event));
    }

    fn failed(stage: Stage, why: &str) -> Ending {
        Ending::Failed(StepError { stage, error: EndError::item(why) })
    }

    #[test]
    fn a_line_says_how_an_item_ended() {
        let (key, write) = (id("048KLTP"), OpKind::Write);
        let own = Some("048KLTP");
        let archived = Ending::Done(Outcome::Archived);
        check(&key, write, own, &archived, r#"["048KLTP","archived"]"#);
        let other = Some("A1");
        check(&key, write, other, &archived, r#"["048KLTP","archived",{"as":"A1"}]"#);
        check(&key, OpKind::Retire, own, &archived, r#"["048KLTP","archived",{"op":"retire"}]"#);
        let content = Key::Content(Fingerprint::of(b"5f"));
        let unchanged = Ending::Done(Outcome::Unchanged);
        let hex = Fingerprint::of(b"5f");
        let line = format!(r#"[{{"content":"{hex}"}},"unchanged",{{"nameless":true}}]"#);
        check(&content, write, None, &unchanged, &line);
        let discarded = Ending::Discarded { logic: 2 };
        check(&key, write, own, &discarded, r#"["048KLTP","discarded",{"stage":"logic 2"}]"#);
        let line =
            r#"["048KLTP","failed",{"stage":"write","why":"no\n“really”","can_be_retried":true}]"#;
        check(&key, write, own, &failed(Stage::Write, "no\n“really”"), line);
    }

    #[test]
    fn an_intent_is_the_step_itself() {
        let item: Item = serde_json::from_value(json!({"reference": "048KLTP"})).unwrap();
        for (op, requires) in [
            (Op::Write(item.clone()), Requires::Listed),
            (Op::Replace(item), Requires::Nothing),
            (Op::Retire, Requires::Absent),
        ] {
            let fingerprint = Some(Fingerprint::of(b"content"));
            let attempt = Attempt::InDoubt;
            let step = Step { key: id("048KLTP"), op, fingerprint, attempt, requires };
            assert_eq!(read_intent(&intent_line(&step)), Some(step));
        }
    }

    #[test]
    fn pages_of_format_1_are_read() {
        let page = "[\"048KLTP\",\"archived\"]\n[\"-048KLTP\",\"missing\"]\n\
                    [\"#0000000000000000000000000000005f\",\"unchanged\",{\"nameless\":true}]\n";
        let lines = read_page(page, read_outcome, read_outcome_v1).unwrap();
        let keys: Vec<_> = lines.iter().map(|line| (line.op, line.key.to_string())).collect();
        let content = "#0000000000000000000000000000005f".to_owned();
        let expected = [
            (OpKind::Write, "048KLTP".to_owned()),
            (OpKind::Retire, "048KLTP".to_owned()),
            (OpKind::Write, content),
        ];
        assert_eq!(keys, expected);
        let page = "[\"048KLTP\",null,true,{\"reference\":\"048KLTP\"}]\n";
        let steps = read_page(page, read_intent, read_intent_v1).unwrap();
        assert!(matches!(steps[0].op, Op::Replace(_)));
        let page =
            r#"{"key":"-048KLTP","stage":"write","why":"no","can_be_retried":true,"item":null}"#;
        let letters = read_page(page, read_letter, read_letter_v1).unwrap();
        assert_eq!((letters[0].op, letters[0].key.id()), (OpKind::Retire, Some("048KLTP")));
    }

    #[test]
    fn a_page_of_a_later_format_is_not_taken_for_another() {
        assert_eq!(read_page("{\"format\":3}\n[]\n", |_| Some(()), |_| Some(())), None);
        assert_eq!(read_page("", |_| Some(()), |_| Some(())), Some(Vec::new()));
    }

    proptest! {
        #[test]
        fn whatever_is_written_is_read(name in ".*", why in ".*", number in 1_usize..9, again: bool) {
            let error = EndError { retryable: again, ..EndError::item(why) };
            let ending = Ending::Failed(StepError { stage: Stage::Logic(number), error });
            let (key, op) = (id(&name), OpKind::Retire);
            let line = outcome_line(&key, op, Some(&name), &ending);
            prop_assert_eq!(line.matches('\n').count(), 1);
            let event = Event::Ended { op, key, reference: Some(name), ending };
            prop_assert_eq!(read_outcome(&line).and_then(EndedItem::into_event), Some(event));
        }

        #[test]
        fn a_line_that_was_cut_is_not_taken_for_another(cut in 0_usize..20) {
            let ending = Ending::Done(Outcome::Archived);
            let line = outcome_line(&id("048KLTP"), OpKind::Write, Some("048KLTP"), &ending);
            prop_assert_eq!(read_outcome(&line[..cut]), None);
        }
    }
}
