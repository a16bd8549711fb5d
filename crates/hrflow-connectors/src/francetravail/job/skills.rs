//! What the person should know and speak.

use serde_json::{Value, json};

use super::fields::{elements, named, said};

/// The skills. All that an offer lists as `competences` is know-how, which HrFlow calls hard.
pub(super) fn skills(listed: &Value) -> Vec<Value> {
    labels(listed).map(|label| json!({"name": label, "type": "hard", "value": null})).collect()
}

/// The languages.
pub(super) fn languages(listed: &Value) -> Vec<Value> {
    labels(listed).map(|label| named(label, Value::Null)).collect()
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
