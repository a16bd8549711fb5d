//! What a job needs before it is worth a call.

use hrflow_api::JobId;
use serde_json::Value;

use engine::Item;

/// What a job is known by: its `key` or its `reference`.
pub(super) fn identified(item: &Item) -> Result<JobId, String> {
    let neither =
        || "the formatted item has neither a `reference` nor a `key` as a string".to_owned();
    JobId::of(item).ok_or_else(neither)
}

/// The reference of a job of a mirror, which may have to be created.
pub(super) fn mirrored(item: &Item) -> Result<&str, String> {
    let reference = item.text("reference").filter(|text| !text.is_empty());
    let reference = reference.ok_or_else(|| without("`reference`"))?;
    complete(item)?;
    Ok(reference)
}

/// Whether a job has what HrFlow asks for of one that is created (documented): a name and the text
/// of a place. The reference may be left out.
pub(super) fn complete(item: &Item) -> Result<(), String> {
    let has_odd_reference = !matches!(item["reference"], Value::Null | Value::String(_));
    let missing = [
        (has_odd_reference, "`reference`"),
        (!item["name"].is_string(), "`name`"),
        (!item["location"]["text"].is_string(), "`location.text`"),
    ];
    match missing.into_iter().find(|(is_missing, _)| *is_missing) {
        Some((_, what)) => Err(without(what)),
        None => Ok(()),
    }
}

fn without(what: &str) -> String {
    format!("the formatted item has no {what} as a string")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[track_caller]
    fn check<T: std::fmt::Debug>(
        valid: impl Fn(&Item) -> Result<T, String>,
        item: &Value,
        expected: Result<(), &str>,
    ) {
        let parsed = serde_json::from_value(item.clone()).unwrap();
        assert_eq!(valid(&parsed).map(drop), expected.map_err(str::to_owned), "{item}");
    }

    #[test]
    fn a_job_is_known_by_a_text() {
        let neither = Err("the formatted item has neither a `reference` nor a `key` as a string");
        check(identified, &json!({"reference": "1"}), Ok(()));
        check(identified, &json!({"key": "0a"}), Ok(()));
        for item in [json!({}), json!({"id": 1}), json!({"reference": 1}), json!({"key": ""})] {
            check(identified, &item, neither);
        }
    }

    #[test]
    fn a_job_that_is_created_has_a_name_and_a_place() {
        let place = json!({"text": ""});
        let mirrored = |item: &Item| mirrored(item).map(drop);
        check(complete, &json!({"name": "Baker", "location": place}), Ok(()));
        check(mirrored, &json!({"reference": "1", "name": "Baker", "location": place}), Ok(()));
        for (item, missing) in [
            (json!({"reference": 7, "name": "Baker", "location": place}), "`reference`"),
            (json!({"reference": "1", "location": place}), "`name`"),
            (json!({"reference": "1", "name": null, "location": place}), "`name`"),
            (json!({"reference": "1", "name": "Baker"}), "`location.text`"),
            (json!({"reference": "1", "name": "Baker", "location": "Lyon"}), "`location.text`"),
        ] {
            let message = format!("the formatted item has no {missing} as a string");
            check(complete, &item, Err(&message));
            check(mirrored, &item, Err(&message));
        }
        for reference in [json!(null), json!("")] {
            let item = json!({"reference": reference, "name": "Baker", "location": place});
            check(complete, &item, Ok(()));
            check(mirrored, &item, Err("the formatted item has no `reference` as a string"));
        }
    }
}
