//! What text parsing finds, merged into a job.

use std::borrow::Cow;
use std::collections::HashSet;
use std::sync::atomic::{AtomicBool, Ordering};

use engine::{EndError, Item};
use hrflow_api::{Client, Error, Findings};
use serde_json::{Value, json};

use super::board::Board;
use super::parser::Parser;
use super::plain_text::plain_text;
use crate::hrflow::Enrich;

/// Looks for more in the text of jobs, as the parameters want it.
pub(super) struct Enricher {
    /// None where nothing is looked for.
    parser: Option<Parser>,
    enrich: Enrich,
    /// Whether parsing is not allowed, so that asking again makes no sense.
    is_refused: AtomicBool,
}

impl Enricher {
    pub(super) fn new(client: Client, enrich_with_parsing: bool, enrich: Enrich) -> Self {
        let parser = enrich_with_parsing.then(|| Parser::new(client));
        Self { parser, enrich, is_refused: AtomicBool::new(false) }
    }

    /// The item with what HrFlow finds in its text.
    pub(super) async fn enriched<'a>(
        &self,
        item: &'a Item,
        board: &Board,
    ) -> Result<Cow<'a, Item>, EndError> {
        let (Some(parser), Some(text)) = (&self.parser, text_of(item)) else {
            return Ok(Cow::Borrowed(item));
        };
        if self.is_refused.load(Ordering::Relaxed) {
            return Ok(Cow::Borrowed(item));
        }
        match (parser.parse(&text).await, self.enrich) {
            (Ok(findings), _) => Ok(Cow::Owned(enriched(item.clone(), findings))),
            (Err(error), Enrich::Required) => Err(board.failure(&error)),
            // The run that resumes this one parses the text and writes the job.
            (Err(error), Enrich::BestEffort) if error.is_interrupted() => {
                Err(board.failure(&error))
            }
            (Err(error), Enrich::BestEffort) => {
                self.continue_without(item, &error);
                Ok(Cow::Borrowed(item))
            }
        }
    }

    /// Tells it without the service's words, which may repeat the text.
    fn continue_without(&self, item: &Item, error: &Error) {
        let reference = item.text("reference").unwrap_or_default();
        if !error.is_fatal_to_run() {
            tracing::warn!(
                item.reference = reference,
                "could not parse the text; the job is written without"
            );
        } else if !self.is_refused.swap(true, Ordering::Relaxed) {
            tracing::warn!(
                item.reference = reference,
                "text parsing is not allowed; this job and all that follow are written without"
            );
        }
    }
}

/// The text of a job: its summary without markup. None where there is none.
fn text_of(job: &Item) -> Option<String> {
    let text = plain_text(job.text("summary")?);
    (!text.is_empty()).then_some(text)
}

/// The job with the findings that it does not have yet.
fn enriched(mut job: Item, findings: Findings) -> Item {
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

/// Adds entries whose name is new, whatever its case and accents.
fn merge(job: &mut Item, field: &str, found: impl Iterator<Item = Value>) {
    let list = job.entry(field).or_insert_with(|| json!([]));
    if list.is_null() {
        *list = json!([]);
    }
    let Value::Array(list) = list else { return };
    let name = |entry: &Value| folded(entry["name"].as_str().unwrap_or_default());
    let mut known: HashSet<String> = list.iter().map(name).collect();
    // A finding without a name is none.
    known.insert(String::new());
    list.extend(found.filter(|entry| known.insert(name(entry))));
}

/// A name in small letters without accents, with one space between its words.
fn folded(name: &str) -> String {
    let words: Vec<_> = name.split_whitespace().collect();
    words.join(" ").to_lowercase().chars().filter_map(without_accent).collect()
}

/// The letter below an accent, as far as names in the languages around France have them; none for
/// an accent that stands for itself.
fn without_accent(sign: char) -> Option<char> {
    Some(match sign {
        '\u{300}'..='\u{36f}' => return None,
        'à' | 'á' | 'â' | 'ã' | 'ä' | 'å' => 'a',
        'ç' => 'c',
        'è' | 'é' | 'ê' | 'ë' => 'e',
        'ì' | 'í' | 'î' | 'ï' => 'i',
        'ñ' => 'n',
        'ò' | 'ó' | 'ô' | 'õ' | 'ö' => 'o',
        'ù' | 'ú' | 'û' | 'ü' => 'u',
        'ý' | 'ÿ' => 'y',
        '’' => '\'',
        sign => sign,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn findings_are_added_once() {
        let job = json!({"skills": [{"name": "Python", "type": "hard"},
            {"name": "Comptabilité", "type": "hard"}], "languages": null});
        let job: Item = serde_json::from_value(job).unwrap();
        let findings = Findings {
            skills_hard: ["python", "Excel", "excel ", "", "Comptabilite"]
                .map(str::to_owned)
                .into(),
            skills_soft: ["Rigueur", "RIGUEUR"].map(str::to_owned).into(),
            languages: vec!["Anglais".to_owned()],
            ..Findings::default()
        };
        let job = enriched(job, findings);
        let names = |field: &str| -> Vec<_> {
            job[field].as_array().unwrap().iter().map(|entry| entry["name"].clone()).collect()
        };
        assert_eq!(names("skills"), ["Python", "Comptabilité", "Excel", "Rigueur"]);
        assert_eq!(names("languages"), ["Anglais"]);
        assert_eq!(names("tasks"), [""; 0]);
    }
}
