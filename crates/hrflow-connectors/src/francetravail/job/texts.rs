//! The texts of a job that are put together from an offer's parts.

use serde_json::{Value, json};

use super::fields::{elements, said};
use crate::Item;

/// The education asked for, a line each: its level and its field.
pub(super) fn requirements(educations: &Value) -> Option<String> {
    lines(elements(educations).filter_map(education))
}

/// What is asked for, where no education has both a level and a field.
pub(super) fn other_requirements(offer: &Item) -> Option<String> {
    let half = elements(&offer["formations"])
        .filter_map(|listed| said(&listed["niveauLibelle"]).or(said(&listed["domaineLibelle"])));
    let licences = elements(&offer["permis"]).filter_map(|listed| said(&listed["libelle"]));
    let experience = said(&offer["experienceCommentaire"]);
    lines(half.chain(licences).chain(experience).map(str::to_owned))
}

/// The conditions under which the work is done.
pub(super) fn responsibilities(offer: &Item) -> Option<String> {
    let context = &offer["contexteTravail"];
    let listed = elements(&context["conditionsExercice"]).chain(elements(&context["horaires"]));
    let single = ["deplacementLibelle", "conditionExercice", "complementExercice"];
    let single = single.into_iter().map(|field| &offer[field]);
    lines(listed.chain(single).filter_map(said).map(|text| text.trim().to_owned()))
}

/// What comes on top of the salary.
pub(super) fn benefits(salary: &Value) -> Option<String> {
    let complements = [&salary["complement1"], &salary["complement2"], &salary["commentaire"]];
    lines(complements.into_iter().filter_map(said).map(str::to_owned))
}

/// How to apply.
pub(super) fn interviews(contact: &Value) -> Option<String> {
    const PARTS: [&str; 8] = [
        "nom",
        "coordonnees1",
        "coordonnees2",
        "coordonnees3",
        "telephone",
        "courriel",
        "urlPostulation",
        "commentaire",
    ];
    let mut parts: Vec<_> = PARTS.iter().filter_map(|part| said(&contact[*part])).collect();
    let mut seen = std::collections::BTreeSet::new();
    parts.retain(|part| seen.insert(*part));
    lines(parts.into_iter().map(str::to_owned))
}

fn lines(lines: impl Iterator<Item = String>) -> Option<String> {
    let lines: Vec<_> = lines.collect();
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

    fn item(offer: Value) -> Item {
        serde_json::from_value(offer).unwrap()
    }

    #[test]
    fn half_an_education_is_a_requirement_where_there_is_no_whole_one() {
        let offer = json!({"formations": [{"niveauLibelle": "CAP"}, {"domaineLibelle": "santé"}],
            "permis": [{"libelle": "B"}], "experienceCommentaire": "en fournil"});
        let expected = "CAP\nsanté\nB\nen fournil";
        assert_eq!(other_requirements(&item(offer)).as_deref(), Some(expected));
        assert_eq!(other_requirements(&item(json!({"permis": "B"}))), None);
    }

    #[test]
    fn conditions_complements_and_contact_are_a_line_each() {
        let offer = item(json!({"contexteTravail": {"horaires": ["35H", 7], "conditionsExercice":
            ["Port de charges"]}, "deplacementLibelle": "Jamais", "complementExercice": " "}));
        assert_eq!(responsibilities(&offer).as_deref(), Some("Port de charges\n35H\nJamais"));
        let salary = json!({"complement1": "Primes", "complement2": null, "commentaire": "CE"});
        assert_eq!(benefits(&salary).as_deref(), Some("Primes\nCE"));
        let contact = json!({"nom": "Mme X", "coordonnees1": "https://x", "urlPostulation":
            "https://x"});
        assert_eq!(interviews(&contact).as_deref(), Some("Mme X\nhttps://x"));
        assert_eq!(interviews(&Value::Null), None);
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
