//! What text parsing finds, merged into a job.

use ::hrflow::Findings;
use serde_json::{Value, json};

use crate::Item;

/// The text of a job: its summary without markup. None where there is none.
pub(super) fn text_of(job: &Item) -> Option<String> {
    let text = without_markup(job.text("summary")?);
    (!text.is_empty()).then_some(text)
}

/// Takes out what stands between `<` and `>`, and turns the common entities into signs.
fn without_markup(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('<') {
        plain.push_str(before);
        match after.split_once('>') {
            Some((tag, behind)) if is_tag(tag) => {
                plain.push(' ');
                rest = behind;
            }
            _ => {
                plain.push('<');
                rest = after;
            }
        }
    }
    plain.push_str(rest);
    let entities =
        [("&nbsp;", " "), ("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&amp;", "&")];
    let plain = entities.iter().fold(plain, |text, (entity, sign)| text.replace(entity, sign));
    plain.trim().to_owned()
}

/// `3 < 4 and 5 > 2` holds no tag.
fn is_tag(inside: &str) -> bool {
    let name = inside.strip_prefix('/').unwrap_or(inside);
    name.starts_with(|sign: char| sign.is_ascii_alphabetic() || sign == '!')
}

/// The job with the findings that it does not have yet.
pub(super) fn enriched(mut job: Item, findings: Findings) -> Item {
    let Findings { skills_hard, skills_soft, languages, tasks, certifications, courses, interests } =
        findings;
    let skill =
        |kind: &'static str| move |name: String| json!({"name": name, "type": kind, "value": null});
    let plain = |name: String| json!({"name": name, "value": null});
    merge(&mut job, "skills", skills_hard.into_iter().map(skill("hard")));
    merge(&mut job, "skills", skills_soft.into_iter().map(skill("soft")));
    for (field, found) in [
        ("languages", languages),
        ("tasks", tasks),
        ("certifications", certifications),
        ("courses", courses),
        ("interests", interests),
    ] {
        merge(&mut job, field, found.into_iter().map(plain));
    }
    job
}

/// Adds entries whose name is new, whatever its case.
fn merge(job: &mut Item, field: &str, found: impl Iterator<Item = Value>) {
    let list = job.entry(field).or_insert_with(|| json!([]));
    if list.is_null() {
        *list = json!([]);
    }
    let Value::Array(list) = list else { return };
    for entry in found {
        let name = |entry: &Value| entry["name"].as_str().unwrap_or_default().to_lowercase();
        if !list.iter().any(|known| name(known) == name(&entry)) {
            list.push(entry);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markup_is_taken_out_and_comparisons_stay() {
        assert_eq!(without_markup("<p>Bonjour&nbsp;!</p>"), "Bonjour !");
        assert_eq!(without_markup("3 < 4 et 5 > 2"), "3 < 4 et 5 > 2");
        assert_eq!(without_markup("R&amp;D <br/>"), "R&D");
        assert_eq!(without_markup("<"), "<");
        assert_eq!(without_markup("  "), "");
    }

    #[test]
    fn findings_are_added_once() {
        let job = json!({"skills": [{"name": "Python", "type": "hard"}], "languages": null});
        let job: Item = serde_json::from_value(job).unwrap();
        let findings = Findings {
            skills_hard: vec!["python".to_owned(), "Excel".to_owned()],
            skills_soft: vec!["Rigueur".to_owned()],
            languages: vec!["Anglais".to_owned()],
            ..Findings::default()
        };
        let job = enriched(job, findings);
        let names = |field: &str| -> Vec<_> {
            job[field].as_array().unwrap().iter().map(|entry| entry["name"].clone()).collect()
        };
        assert_eq!(names("skills"), ["Python", "Excel", "Rigueur"]);
        assert_eq!(names("languages"), ["Anglais"]);
        assert_eq!(names("tasks"), [""; 0]);
    }
}
