//! What the person should know and speak.

use serde_json::{Value, json};

use super::fields::{elements, named, said};

/// How much something is asked for, in France Travail's codes and in words.
const WORDS: [(&str, &str); 2] = [("E", "required"), ("S", "desired")];

/// The skills. All that an offer lists as `competences` is know-how, which HrFlow calls hard.
pub(super) fn skills(listed: &Value) -> Vec<Value> {
    labels(listed).map(|label| json!({"name": label, "type": "hard", "value": null})).collect()
}

/// The languages.
pub(super) fn languages(listed: &Value) -> Vec<Value> {
    labels(listed).map(|label| named(label, Value::Null)).collect()
}

/// The languages, each with how much it is asked for.
pub(super) fn languages_with_requirement(listed: &Value) -> Vec<Value> {
    let entries = elements(listed);
    let language = |entry: &Value| {
        let requirement = said(&entry["exigence"]).map(|code| in_words(code).unwrap_or(code));
        Some(named(said(&entry["libelle"])?, requirement))
    };
    entries.filter_map(language).collect()
}

/// The languages of an offer that a job's languages come from.
pub(super) fn languages_of(job: &Value) -> Option<Value> {
    let language = |entry: &Value| {
        let mut language = json!({"libelle": entry["name"]});
        if let Some(requirement) = entry["value"].as_str() {
            language["exigence"] = code_of(requirement).unwrap_or(requirement).into();
        }
        language
    };
    let languages: Vec<_> = elements(job).map(language).collect();
    (!languages.is_empty()).then(|| languages.into())
}

fn in_words(code: &str) -> Option<&'static str> {
    WORDS.iter().find(|(known, _)| *known == code).map(|(_, word)| *word)
}

fn code_of(word: &str) -> Option<&'static str> {
    WORDS.iter().find(|(_, known)| *known == word).map(|(code, _)| *code)
}

fn labels(listed: &Value) -> impl Iterator<Item = &str> {
    elements(listed).filter_map(|entry| said(&entry["libelle"]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(rule: fn(&Value) -> Vec<Value>, cases: &[(Value, Value)]) {
        for (listed, expected) in cases {
            assert_eq!(Value::from(rule(listed)), *expected, "{listed}");
        }
    }

    #[test]
    fn each_skill_is_hard() {
        check(
            skills,
            &[
                (
                    json!([
                        {"code": "117646", "libelle": "Surveiller l'assemblage", "exigence": "S"},
                        {"libelle": "Marquer un produit non conforme", "exigence": "E"},
                    ]),
                    json!([
                        {"name": "Surveiller l'assemblage", "type": "hard", "value": null},
                        {"name": "Marquer un produit non conforme", "type": "hard", "value": null},
                    ]),
                ),
                (json!([{"code": "117646"}, null, "Lire", {"libelle": ""}]), json!([])),
                (json!([]), json!([])),
                (json!(null), json!([])),
            ],
        );
    }

    #[test]
    fn a_language_says_how_much_it_is_asked_for_and_gives_it_back() {
        let listed = json!([{"libelle": "Anglais", "exigence": "E"}, {"libelle": "Allemand"},
            {"libelle": "Italien", "exigence": "S"}, {"libelle": "Grec", "exigence": "X"}]);
        let expected = json!([{"name": "Anglais", "value": "required"},
            {"name": "Allemand", "value": null}, {"name": "Italien", "value": "desired"},
            {"name": "Grec", "value": "X"}]);
        let languages = Value::from(languages_with_requirement(&listed));
        assert_eq!(languages, expected);
        assert_eq!(languages_of(&languages), Some(listed));
    }

    #[test]
    fn a_language_is_its_name() {
        check(
            languages,
            &[
                (
                    json!([{"libelle": "Anglais", "exigence": "E"}]),
                    json!([{"name": "Anglais", "value": null}]),
                ),
                (json!({"libelle": "Anglais"}), json!([])),
                (json!(null), json!([])),
            ],
        );
    }
}
