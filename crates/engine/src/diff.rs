//! What writing an item would change of the one that a target holds.

use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::Item;

/// What a target does with fields, so that a difference in them says nothing.
#[derive(Clone, Copy, Debug, Default)]
pub struct Exceptions {
    /// Fields that the target keeps for itself: not the writer's to change.
    pub not_content: &'static [&'static str],
    /// When something happened to the item; a difference in these alone is none.
    pub timestamps: &'static [&'static str],
    /// Fields that the target fills where they are sent without a value.
    pub filled: &'static [&'static str],
    /// Entries of lists that are not content, by their names.
    pub entries: &'static [&'static str],
}

/// How many signs of a value people are shown.
const SHOWN: usize = 60;

/// What writing an item would change, field by field.
///
/// Only fields that the new item sends are looked at. `null`, an empty text, an empty list and a
/// field that is not there are the same; so are numbers of the same value, and times of the same
/// instant. Entries of lists that have names are compared by name, in whatever order they stand.
///
/// ```
/// # use engine::{Difference, Exceptions, Item};
/// # use serde_json::json;
/// # let item = |value| -> Item { serde_json::from_value(value).unwrap() };
/// let held = item(json!({"name": "Baker", "tags": [{"name": "rome_code", "value": "D1102"}]}));
/// let new = item(json!({"name": "Baker (night)", "tags": []}));
/// let difference = Difference::between(&held, &new, &Exceptions::default());
/// assert_eq!(
///     difference.to_string(),
///     "~ name: \"Baker\" -> \"Baker (night)\"\n- tags[rome_code]: \"D1102\""
/// );
/// ```
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
#[serde(transparent)]
pub struct Difference {
    changes: Vec<Change>,
}

/// One field that would change.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct Change {
    /// Where: `name`, `location.text`, `tags[rome_code]`.
    pub field: String,
    /// What would happen.
    pub kind: ChangeKind,
    /// The value that is held; none where the field is added.
    pub old: Option<Value>,
    /// The value that would be written; none where the field is removed.
    pub new: Option<Value>,
}

/// What would happen to a field.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum ChangeKind {
    /// It has no value, and would have one.
    Added,
    /// It has a value, and would have none.
    Removed,
    /// It would have another value.
    Changed,
}

impl Difference {
    /// What writing `new` would change of what is held.
    pub fn between(held: &Item, new: &Item, exceptions: &Exceptions) -> Self {
        let mut comparison = Comparison { exceptions, changes: Vec::new() };
        let is_content = |field: &str| !exceptions.not_content.contains(&field);
        for (field, new) in new.iter().filter(|(field, _)| is_content(field)) {
            comparison.compare(field, &held[field.as_str()], new);
        }
        let mut changes = comparison.changes;
        if changes.iter().all(|change| exceptions.timestamps.contains(&change.field.as_str())) {
            changes.clear();
        }
        Self { changes }
    }

    /// Whether writing would change nothing.
    pub fn is_empty(&self) -> bool {
        self.changes.is_empty()
    }

    /// The changes, in the order of the new item's fields.
    pub fn changes(&self) -> &[Change] {
        &self.changes
    }
}

/// A line for each change: `~ name: "old" -> "new"`, `+ url: "new"`, `- url: "old"`.
impl fmt::Display for Difference {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, change) in self.changes.iter().enumerate() {
            let line_break = if index > 0 { "\n" } else { "" };
            write!(formatter, "{line_break}{change}")?;
        }
        Ok(())
    }
}

impl fmt::Display for Change {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { kind, .. } = self;
        let field = self.field.replace(char::is_control, " ");
        let (old, new) = (shown(self.old.as_ref()), shown(self.new.as_ref()));
        match kind {
            ChangeKind::Added => write!(formatter, "+ {field}: {new}"),
            ChangeKind::Removed => write!(formatter, "- {field}: {old}"),
            ChangeKind::Changed => write!(formatter, "~ {field}: {old} -> {new}"),
        }
    }
}

impl Change {
    /// The change from one value to another; at least one is not empty.
    fn of(field: &str, old: &Value, new: &Value) -> Self {
        let kind = match (is_empty(old), is_empty(new)) {
            (true, _) => ChangeKind::Added,
            (_, true) => ChangeKind::Removed,
            _ => ChangeKind::Changed,
        };
        let known = |value: &Value| (!is_empty(value)).then(|| value.clone());
        Self { field: field.to_owned(), kind, old: known(old), new: known(new) }
    }
}

/// A value as one line, its beginning where it is long.
fn shown(value: Option<&Value>) -> String {
    let text = value.map(Value::to_string).unwrap_or_default();
    match text.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}

struct Comparison<'a> {
    exceptions: &'a Exceptions,
    changes: Vec<Change>,
}

impl Comparison<'_> {
    fn compare(&mut self, field: &str, old: &Value, new: &Value) {
        if self.exceptions.filled.contains(&field) && is_empty(new) {
            return;
        }
        if let Some((old, new)) = named_entries(old, new) {
            return self.compare_entries(field, old, new);
        }
        match (old, new) {
            (Value::Object(old), Value::Object(new)) => {
                for (name, new) in new {
                    let old = old.get(name).unwrap_or(&Value::Null);
                    self.compare(&format!("{field}.{name}"), old, new);
                }
            }
            _ if is_same(old, new) => {}
            _ => self.changes.push(Change::of(field, old, new)),
        }
    }

    /// Compares entries by name. A name may stand several times.
    fn compare_entries(&mut self, field: &str, old: &[Value], new: &[Value]) {
        let is_content = |entry: &&Value| {
            !entry["name"].as_str().is_some_and(|name| self.exceptions.entries.contains(&name))
        };
        let mut left: Vec<&Value> = old.iter().filter(is_content).collect();
        // First what is the same, so that of several entries of a name only the others are paired.
        let fresh: Vec<&Value> = new
            .iter()
            .filter(is_content)
            .filter(|new| {
                let same = left.iter().position(|old| is_same_entry(old, new));
                same.map(|position| left.remove(position)).is_none()
            })
            .collect();
        for new in fresh {
            let paired = left.iter().position(|old| old["name"] == new["name"]);
            let old = paired.map_or(&Value::Null, |position| left.remove(position));
            self.changes.push(entry_change(field, old, new));
        }
        let removed = left.into_iter().map(|old| entry_change(field, old, &Value::Null));
        self.changes.extend(removed);
    }
}

/// Both as lists of entries that have names, where both are; a list that is not there is empty.
fn named_entries<'a>(old: &'a Value, new: &'a Value) -> Option<(&'a [Value], &'a [Value])> {
    let list = |value: &'a Value| match value {
        Value::Array(list) if list.iter().all(|entry| entry["name"].is_string()) => {
            Some(list.as_slice())
        }
        value if is_empty(value) => Some([].as_slice()),
        _ => None,
    };
    let (old, new) = (list(old)?, list(new)?);
    (!old.is_empty() || !new.is_empty()).then_some((old, new))
}

fn entry_change(field: &str, old: &Value, new: &Value) -> Change {
    let named = if new.is_null() { old } else { new };
    let field = format!("{field}[{}]", named["name"].as_str().unwrap_or_default());
    if is_plain(old) && is_plain(new) {
        return Change::of(&field, &old["value"], &new["value"]);
    }
    Change::of(&field, old, new)
}

/// Whether an entry is told by its value: it has one, and nothing else beside its name.
fn is_plain(entry: &Value) -> bool {
    let Value::Object(fields) = entry else { return entry.is_null() };
    let is_known = |(name, value): (&String, &Value)| match name.as_str() {
        "name" => true,
        "value" => !is_empty(value),
        _ => is_empty(value),
    };
    fields.contains_key("value") && fields.iter().all(is_known)
}

/// Whether an entry has the name of another, and all that the other says.
fn is_same_entry(old: &Value, new: &Value) -> bool {
    let (Value::Object(old), Value::Object(new)) = (old, new) else { return false };
    new.iter().all(|(name, new)| is_same(old.get(name).unwrap_or(&Value::Null), new))
}

fn is_same(old: &Value, new: &Value) -> bool {
    match (old, new) {
        _ if is_empty(old) || is_empty(new) => is_empty(old) && is_empty(new),
        (Value::Number(old), Value::Number(new)) => old == new || old.as_f64() == new.as_f64(),
        (Value::String(old), Value::String(new)) => old == new || is_same_instant(old, new),
        (Value::Array(old), Value::Array(new)) => {
            old.len() == new.len() && old.iter().zip(new).all(|(old, new)| is_same(old, new))
        }
        (Value::Object(old), Value::Object(new)) => {
            let is_same = |(name, new): (&String, &Value)| {
                is_same(old.get(name).unwrap_or(&Value::Null), new)
            };
            new.iter().all(is_same)
        }
        _ => old == new,
    }
}

fn is_same_instant(old: &str, new: &str) -> bool {
    let instant = |text: &str| text.parse::<Timestamp>().ok();
    instant(old).is_some_and(|old| instant(new) == Some(old))
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.is_empty(),
        Value::Array(list) => list.is_empty(),
        Value::Object(fields) => Map::is_empty(fields),
        Value::Bool(_) | Value::Number(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    const EXCEPTIONS: Exceptions = Exceptions {
        not_content: &["key", "board_key"],
        timestamps: &["created_at", "updated_at"],
        filled: &["location.lat", "location.lng"],
        entries: &["owner"],
    };

    fn between(held: Value, new: Value) -> Difference {
        let item = |value: Value| serde_json::from_value(value).unwrap();
        Difference::between(&item(held), &item(new), &EXCEPTIONS)
    }

    #[track_caller]
    fn check(held: Value, new: Value, expected: &[&str]) {
        let context = format!("{held} {new}");
        let difference = between(held, new);
        assert_eq!(difference.to_string(), expected.join("\n"), "{context}");
        assert_eq!(difference.is_empty(), expected.is_empty());
    }

    #[test]
    fn only_what_is_sent_is_compared() {
        check(json!({"name": "A", "summary": "B", "id": 7}), json!({"name": "A"}), &[]);
        check(json!({"key": "0a", "board_key": "1"}), json!({"key": "", "board_key": "2"}), &[]);
        check(json!({}), json!({"name": "A"}), &[r#"+ name: "A""#]);
        check(json!({"name": "A"}), json!({"name": null}), &[r#"- name: "A""#]);
        check(json!({"name": "A"}), json!({"name": "B"}), &[r#"~ name: "A" -> "B""#]);
    }

    #[test]
    fn nothing_has_many_forms() {
        let forms = [json!(null), json!(""), json!([]), json!({})];
        for old in &forms {
            for new in &forms {
                check(json!({"url": old}), json!({"url": new}), &[]);
            }
            check(json!({}), json!({"url": old}), &[]);
        }
        check(json!({"url": false}), json!({"url": null}), &["- url: false"]);
        check(json!({"url": null}), json!({"url": 0}), &["+ url: 0"]);
    }

    #[test]
    fn entries_are_compared_by_name() {
        let tag = |name: &str, value: Value| json!({"name": name, "value": value});
        let (a, b) = (tag("a", json!(1)), tag("b", json!("x")));
        check(json!({"tags": [a, b]}), json!({"tags": [b, a]}), &[]);
        check(json!({"tags": null}), json!({"tags": [a]}), &["+ tags[a]: 1"]);
        check(json!({"tags": [a, b]}), json!({"tags": [b]}), &["- tags[a]: 1"]);
        check(
            json!({"tags": [a, b]}),
            json!({"tags": [tag("b", json!("y")), tag("a", json!(1.0))]}),
            &[r#"~ tags[b]: "x" -> "y""#],
        );
        check(
            json!({"skills": [{"name": "Lire", "type": "hard", "value": null}]}),
            json!({"skills": [{"name": "Lire", "type": "soft"}]}),
            &[
                r#"~ skills[Lire]: {"name":"Lire","type":"hard","value":null} -> {"name":"Lire","type":"soft"}"#,
            ],
        );
        check(
            json!({"languages": []}),
            json!({"languages": [{"name": "Anglais", "value": null}]}),
            &[r#"+ languages[Anglais]: {"name":"Anglais","value":null}"#],
        );
    }

    #[test]
    fn a_name_that_stands_twice_is_paired_with_what_is_left() {
        let partner = |value: &str| json!({"name": "partner", "value": value});
        check(
            json!({"metadatas": [partner("A"), partner("B")]}),
            json!({"metadatas": [partner("B"), partner("A")]}),
            &[],
        );
        check(
            json!({"metadatas": [partner("A"), partner("B")]}),
            json!({"metadatas": [partner("C"), partner("A"), partner("D")]}),
            &[r#"~ metadatas[partner]: "B" -> "C""#, r#"+ metadatas[partner]: "D""#],
        );
    }

    #[test]
    fn entries_that_are_not_content_are_passed_over() {
        let owner = |value: &str| json!({"metadatas": [{"name": "owner", "value": value}]});
        check(owner("a"), owner("b"), &[]);
        check(owner("a"), json!({"metadatas": []}), &[]);
    }

    #[test]
    fn a_range_is_one_change() {
        let range = |lowest: f64| json!({"name": "salary", "value_min": lowest, "unit": "eur"});
        check(json!({"ranges_float": [range(1.0)]}), json!({"ranges_float": [range(1.0)]}), &[]);
        let difference =
            between(json!({"ranges_float": [range(1.0)]}), json!({"ranges_float": [range(2.0)]}));
        assert_eq!(difference.changes()[0].field, "ranges_float[salary]");
        assert_eq!(difference.changes()[0].kind, ChangeKind::Changed);
    }

    #[test]
    fn an_instant_has_many_forms_and_a_time_alone_is_no_change() {
        let held = "2023-06-20T15:50:32+0000";
        check(json!({"start": held}), json!({"start": "2023-06-20T15:50:32Z"}), &[]);
        check(json!({"start": held}), json!({"start": "2023-06-20T17:50:32.000+02:00"}), &[]);
        check(
            json!({"start": held}),
            json!({"start": "2023-06-20T15:50:33Z"}),
            &[r#"~ start: "2023-06-20T15:50:32+0000" -> "2023-06-20T15:50:33Z""#],
        );
        check(json!({"updated_at": held}), json!({"updated_at": "2024-01-01T00:00:00Z"}), &[]);
        check(
            json!({"created_at": "A", "name": "A"}),
            json!({"created_at": "B", "name": "B"}),
            &[r#"~ created_at: "A" -> "B""#, r#"~ name: "A" -> "B""#],
        );
    }

    #[test]
    fn a_place_that_the_target_has_filled_is_the_same_place() {
        check(
            json!({"location": {"text": "Paris", "lat": 48.8, "lng": 2.3, "fields": {"city": "Paris"}}}),
            json!({"location": {"text": "Paris", "lat": null, "lng": null}}),
            &[],
        );
        check(
            json!({"location": {"text": "Paris", "lat": 48, "fields": []}}),
            json!({"location": {"text": "Lyon", "lat": 48.0, "fields": {"postcode": "69001"}}}),
            &[
                r#"~ location.text: "Paris" -> "Lyon""#,
                r#"+ location.fields: {"postcode":"69001"}"#,
            ],
        );
    }

    #[test]
    fn a_long_text_is_shortened_for_people_and_kept_for_programs() {
        let long = "é".repeat(300);
        let difference = between(json!({}), json!({"summary": long}));
        assert_eq!(difference.to_string(), format!("+ summary: \"{}…", "é".repeat(59)));
        let json = serde_json::to_value(&difference).unwrap();
        assert_eq!(json, json!([{"field": "summary", "kind": "added", "old": null, "new": long}]));
        check(json!({}), json!({"summary": "a\nb"}), &[r#"+ summary: "a\nb""#]);
    }

    fn any_value() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            any::<f64>().prop_map(Value::from),
            ".{0,8}".prop_map(Value::from),
        ];
        leaf.prop_recursive(3, 24, 4, |inner| {
            let field = prop::sample::select(vec!["name", "value", "type", "lat", "x"]);
            let object =
                prop::collection::btree_map(field.prop_map(str::to_owned), inner.clone(), 0..4);
            let object = object.prop_map(|fields| fields.into_iter().collect::<Value>());
            prop_oneof![prop::collection::vec(inner, 0..4).prop_map(Value::from), object]
        })
    }

    fn any_job() -> impl Strategy<Value = Value> {
        let field = prop::sample::select(vec!["name", "tags", "location", "url", "created_at"]);
        prop::collection::btree_map(field.prop_map(str::to_owned), any_value(), 0..5)
            .prop_map(|fields| fields.into_iter().collect())
    }

    proptest! {
        #[test]
        fn a_job_does_not_differ_from_itself(job in any_job()) {
            prop_assert!(between(job.clone(), job).is_empty());
        }

        #[test]
        fn every_change_names_a_field_and_shows_on_one_line(held in any_job(), new in any_job()) {
            let difference = between(held, new);
            for change in difference.changes() {
                prop_assert!(change.old.is_some() || change.new.is_some(), "{:?}", change);
            }
            prop_assert_eq!(difference.to_string().lines().count(), difference.changes().len());
        }
    }
}
