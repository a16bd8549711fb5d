//! The parameters as a user meets them: read, refused, described and sent.

use francetravail_api::{Parameter, ParameterProblem, SearchParameters};
use proptest::prelude::*;
use serde_json::{Value, json};

fn from_json(value: &Value) -> Result<SearchParameters, Vec<ParameterProblem>> {
    SearchParameters::from_map(value.as_object().unwrap())
}

#[track_caller]
fn check_sent(given: &Value, expected: &[(&str, &str)]) {
    let search = from_json(given).unwrap().validate().unwrap();
    let pairs = search.pairs();
    let pairs: Vec<_> = pairs.iter().map(|(name, value)| (*name, value.as_str())).collect();
    assert_eq!(pairs, expected, "{given}");
}

#[track_caller]
fn check_refused(given: &Value, expected: &[(&str, &str, Option<&str>)]) {
    let problems = match from_json(given).map(SearchParameters::validate) {
        Ok(Ok(search)) => panic!("{given} was taken as {:?}", search.pairs()),
        Ok(Err(problems)) | Err(problems) => problems,
    };
    let found: Vec<_> = problems
        .iter()
        .map(|problem| (&*problem.parameter, &*problem.message, problem.hint.as_deref()))
        .collect();
    assert_eq!(found, expected, "{given}");
}

#[test]
fn the_whole_specification_is_as_recorded() {
    insta::assert_json_snapshot!(SearchParameters::SPECIFICATIONS.as_slice());
}

#[test]
fn only_what_is_set_is_sent() {
    check_sent(&json!({}), &[]);
    check_sent(&json!({"departement": null, "tempsPlein": false}), &[("tempsPlein", "false")]);
    check_sent(
        &json!({"distance": 0, "sort": 1, "commune": "74010"}),
        &[("sort", "1"), ("commune", "74010"), ("distance", "0")],
    );
    check_sent(
        &json!({"salaireMin": 2000.0, "periodeSalaire": "M"}),
        &[("salaireMin", "2000"), ("periodeSalaire", "M")],
    );
    check_sent(
        &json!({"dureeContratMin": 0.5, "dureeContratMax": 1}),
        &[("dureeContratMin", "0.5"), ("dureeContratMax", "1")],
    );
    check_sent(&json!({"grandDomaine": "C, C15"}), &[("grandDomaine", "C,C15")]);
}

#[test]
fn digits_may_be_numbers_and_numbers_digits() {
    check_sent(&json!({"publieeDepuis": 7}), &[("publieeDepuis", "7")]);
    check_sent(&json!({"publieeDepuis": "7"}), &[("publieeDepuis", "7")]);
    check_sent(
        &json!({"sort": "2", "distance": "30", "commune": "74010"}),
        &[("sort", "2"), ("commune", "74010"), ("distance", "30")],
    );
    check_sent(&json!({"dureeHebdo": 0}), &[("dureeHebdo", "0")]);
}

#[test]
fn the_older_name_of_a_filter_is_sent_with_the_one_that_works() {
    check_sent(
        &json!({"experienceExige": "D"}),
        &[("experienceExige", "D"), ("experienceExigence", "D")],
    );
    check_sent(
        &json!({"experienceExige": "D", "experienceExigence": "D"}),
        &[("experienceExigence", "D"), ("experienceExige", "D")],
    );
}

#[test]
fn a_value_of_the_wrong_type_is_refused() {
    let quotes = Some("write it in quotes: \"75\"");
    check_refused(
        &json!({"departement": 75}),
        &[("departement", "expects a string, not a number", quotes)],
    );
    let plain = Some("write it without quotes: true");
    check_refused(
        &json!({"tempsPlein": "true"}),
        &[("tempsPlein", "expects `true` or `false`, not a string", plain)],
    );
    check_refused(
        &json!({"distance": 1.5}),
        &[("distance", "expects a whole number, not a number", None)],
    );
    let list = Some("write a list as one string, with commas between the values");
    check_refused(
        &json!({"codeROME": ["M1805"]}),
        &[("codeROME", "expects a string, not an array", list)],
    );
}

#[test]
fn every_mistake_is_told_at_once() {
    check_refused(
        &json!({"codeRome": "M1805", "unheardOf": 1, "sort": 3}),
        &[
            ("codeRome", "is not a search parameter", Some("did you mean `codeROME`?")),
            ("unheardOf", "is not a search parameter", None),
            ("sort", "`3` is not one of `0`, `1`, `2`", None),
        ],
    );
}

#[test]
fn a_pair_given_twice_is_refused() {
    let pairs = [("departement", "75"), ("departement", "77")];
    let problems = SearchParameters::from_pairs(pairs).unwrap_err();
    assert_eq!(problems.len(), 1);
    assert_eq!(problems[0].message, "is given twice");
}

#[test]
fn parameters_that_need_each_other_are_given_together() {
    let add = |name| match name {
        "min" => ("minCreationDate", "requires `maxCreationDate`", Some("add `maxCreationDate`")),
        "max" => ("maxCreationDate", "requires `minCreationDate`", Some("add `minCreationDate`")),
        "salary" => ("salaireMin", "requires `periodeSalaire`", Some("add `periodeSalaire`")),
        "period" => ("periodeSalaire", "requires `salaireMin`", Some("add `salaireMin`")),
        _ => ("modeSelectionPartenaires", "requires `partenaires`", Some("add `partenaires`")),
    };
    check_refused(&json!({"minCreationDate": "2025-01-01"}), &[add("min")]);
    check_refused(&json!({"maxCreationDate": "2025-01-01"}), &[add("max")]);
    check_refused(&json!({"salaireMin": 1}), &[add("salary")]);
    check_refused(
        &json!({"periodeSalaire": "M", "modeSelectionPartenaires": "EXCLU"}),
        &[add("period"), add("mode")],
    );
}

#[test]
fn what_widens_a_place_is_refused_without_it() {
    check_refused(
        &json!({"distance": 10, "inclureLimitrophes": false}),
        &[
            (
                "distance",
                "requires `commune`: without it all of France is searched",
                Some("add `commune`, or leave `distance` out"),
            ),
            (
                "inclureLimitrophes",
                "requires `departement`: without it all of France is searched",
                Some("add `departement`, or leave `inclureLimitrophes` out"),
            ),
        ],
    );
}

/// What is warned of, as the parameters that each warning concerns.
#[track_caller]
fn check_warned(given: &Value, expected: &[&[Parameter]]) {
    let parameters = SearchParameters::from_map(given.as_object().unwrap()).unwrap();
    let warnings = parameters.validate().unwrap().warnings();
    let found: Vec<_> = warnings.iter().map(|warning| warning.parameters).collect();
    assert_eq!(found, expected, "{given}");
}

#[test]
fn what_is_allowed_and_may_surprise_is_warned_of() {
    use Parameter as P;
    let dates = json!({"publieeDepuis": 7, "minCreationDate": "2025-01-01",
        "maxCreationDate": "2025-01-02"});
    check_warned(&json!({}), &[]);
    check_warned(&json!({"departement": "75", "typeContrat": "CDI", "tempsPlein": true}), &[]);
    check_warned(&json!({"partenaires": "A"}), &[&[P::Partenaires, P::ModeSelectionPartenaires]]);
    check_warned(&json!({"partenaires": "A", "modeSelectionPartenaires": "EXCLU"}), &[]);
    check_warned(
        &json!({"tempsPlein": true, "dureeHebdo": "1"}),
        &[&[P::TempsPlein, P::DureeHebdo]],
    );
    check_warned(&dates, &[&[P::PublieeDepuis, P::MinCreationDate, P::MaxCreationDate]]);
    check_warned(
        &json!({"departement": "75", "region": "11", "commune": "75056"}),
        &[&[P::Departement, P::Region], &[P::Departement, P::Commune], &[P::Commune, P::Region]],
    );
    check_warned(
        &json!({"typeContrat": "CDI", "natureContrat": "E2"}),
        &[&[P::TypeContrat, P::NatureContrat]],
    );
}

#[test]
fn a_search_without_a_filter_is_one_for_everything() {
    let is_everything = |given: Value| {
        let parameters = SearchParameters::from_map(given.as_object().unwrap()).unwrap();
        parameters.validate().unwrap().is_everything()
    };
    assert!(is_everything(json!({})) && is_everything(json!({"sort": 1})));
    assert!(!is_everything(json!({"range": "0-149"})));
    assert!(!is_everything(json!({"departement": "75"})));
}

#[test]
fn bounds_are_in_order_and_twins_agree() {
    let swap = Some("swap the two values");
    check_refused(
        &json!({"minCreationDate": "2025-01-02", "maxCreationDate": "2025-01-01",
                "dureeHebdoMin": 3500, "dureeHebdoMax": 800,
                "dureeContratMin": 2, "dureeContratMax": 1.5,
                "experienceExige": "D", "experienceExigence": "E"}),
        &[
            ("minCreationDate", "is above `maxCreationDate`", swap),
            ("dureeHebdoMin", "is above `dureeHebdoMax`", swap),
            ("dureeContratMin", "is above `dureeContratMax`", swap),
            (
                "experienceExige",
                "differs from `experienceExigence`, which is the same filter",
                Some("give one of the two"),
            ),
        ],
    );
    check_sent(
        &json!({"minCreationDate": "2025-01-01", "maxCreationDate": "2025-01-01"}),
        &[("minCreationDate", "2025-01-01T00:00:00Z"), ("maxCreationDate", "2025-01-01T23:59:59Z")],
    );
}

#[test]
fn the_canonical_pairs_say_which_offers_and_not_which_page() {
    let pairs = [("sort", "1"), ("range", "0-9"), ("departement", "75"), ("codeROME", "M1805")];
    let search = SearchParameters::from_pairs(pairs).unwrap().validate().unwrap();
    let expected = [("codeROME", "M1805".to_owned()), ("departement", "75".to_owned())];
    assert_eq!(search.canonical_pairs(), expected);
}

#[test]
fn parameters_survive_serialization() {
    let given = json!({"range": "0-9", "sort": 1, "tempsPlein": true, "salaireMin": 12.5,
        "periodeSalaire": "H", "publieeDepuis": "7", "dureeHebdoMin": 830});
    let parameters: SearchParameters = serde_json::from_value(given.clone()).unwrap();
    assert_eq!(serde_json::to_value(&parameters).unwrap(), given);
    let error = serde_json::from_value::<SearchParameters>(json!({"sort": 9})).unwrap_err();
    assert_eq!(error.to_string(), "`sort`: `9` is not one of `0`, `1`, `2`");
}

fn name() -> impl Strategy<Value = &'static str> {
    (0..SearchParameters::SPECIFICATIONS.len())
        .prop_map(|index| SearchParameters::SPECIFICATIONS[index].name)
}

fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        any::<String>(),
        "[0-9A-Z.,é-]{0,12}",
        "[0-9]{1,4}(-[0-9]{1,4})?",
        "202[0-9]-[01][0-9]-[0-3][0-9](T[0-2][0-9]:[0-5][0-9]:[0-6][0-9](\\.[0-9]{1,4})?(Z|[+-]0[0-9]:00)?)?",
        "([A-O][0-9]{2,4},? ?){1,3}",
    ]
}

proptest! {
    /// Reading never panics, and what was read is read again from its wire and JSON forms.
    #[test]
    fn what_is_sent_is_read_as_the_same(name in name(), text in text()) {
        let mut parameters = SearchParameters::new();
        if parameters.set_text(name, &text).is_ok() {
            let map = parameters.to_map();
            let mut again = SearchParameters::new();
            let wire = match &map[name] {
                Value::String(text) => text.clone(),
                other => other.to_string(),
            };
            again.set_text(name, &wire).unwrap();
            prop_assert_eq!(&again, &parameters);
            prop_assert_eq!(&SearchParameters::from_map(&map).unwrap(), &parameters);
        }
    }
}
