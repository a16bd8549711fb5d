//! The texts of a job that are put together from an offer's parts.

use serde_json::{Value, json};

use super::fields::{elements, said};

/// The education asked for, a line each: its level and its field.
pub(super) fn requirements(educations: &Value) -> Option<String> {
    let lines: Vec<_> = elements(educations).filter_map(education).collect();
    (!lines.is_empty()).then(|| lines.join("\n"))
}

/// The sections: what the company says of itself.
pub(super) fn sections(company: &Value) -> Vec<Value> {
    said(&company["description"]).map(company_section).into_iter().collect()
}

fn education(education: &Value) -> Option<String> {
    let level = said(&education["niveauLibelle"])?;
    let field = said(&education["domaineLibelle"])?;
    Some(format!("{level} en {field}"))
}

fn company_section(description: &str) -> Value {
    json!({
        "name": "company_description",
        "title": "Company Description",
        "description": description,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(cases: &[(Value, Option<&str>)]) {
        for (educations, expected) in cases {
            assert_eq!(requirements(educations).as_deref(), *expected, "{educations}");
        }
    }

    #[test]
    fn each_education_is_a_line() {
        let statistics = json!({"codeFormation": "11036", "domaineLibelle": "statistique",
            "niveauLibelle": "Bac+5 et plus ou équivalents", "exigence": "E"});
        let health = json!({"domaineLibelle": "santé", "niveauLibelle": "CAP, BEP"});
        check(&[
            (json!([statistics]), Some("Bac+5 et plus ou équivalents en statistique")),
            (
                json!([statistics, health]),
                Some("Bac+5 et plus ou équivalents en statistique\nCAP, BEP en santé"),
            ),
        ]);
    }

    #[test]
    fn half_an_education_is_passed_over() {
        check(&[
            (json!([{"niveauLibelle": "CAP, BEP"}, {"domaineLibelle": "santé"}]), None),
            (json!([{"niveauLibelle": "", "domaineLibelle": "santé"}]), None),
            (json!([]), None),
            (json!(null), None),
        ]);
    }

    #[test]
    fn a_company_that_says_nothing_has_no_section() {
        assert!(sections(&json!({"nom": "SYNERGIE"})).is_empty());
        assert!(sections(&json!({"description": null})).is_empty());
        assert!(sections(&json!({"description": " "})).is_empty());
        let said = sections(&json!({"description": "Une agence"}));
        assert_eq!(said[0]["description"], "Une agence");
    }
}
