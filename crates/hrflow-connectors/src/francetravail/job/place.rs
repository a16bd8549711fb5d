//! Where the work is.

use serde_json::{Map, Value, json};

use super::fields::said;

const HIGHEST_LATITUDE: f64 = 90.0;
const HIGHEST_LONGITUDE: f64 = 180.0;

/// The job's location. Its text is the place's label followed by the postcode.
///
/// The INSEE code has no field of its own in HrFlow's locations, which drop what they do not know:
/// it is a tag.
pub(super) fn location(place: &Value) -> Value {
    let mut location = Map::new();
    location.insert("lat".into(), degrees(&place["latitude"], HIGHEST_LATITUDE));
    location.insert("lng".into(), degrees(&place["longitude"], HIGHEST_LONGITUDE));
    location.insert("text".into(), label(place).into());
    if let Some(postcode) = said(&place["codePostal"]) {
        location.insert("fields".into(), json!({"postcode": postcode}));
    }
    location.into()
}

/// The place of an offer that a job's location comes from; its INSEE code is a tag.
pub(super) fn place_of(location: &Value) -> Value {
    let mut place = Map::new();
    let postcode = said(&location["fields"]["postcode"]);
    let text = location["text"].as_str().unwrap_or_default();
    let label = match postcode {
        Some(postcode) => {
            text.strip_suffix(postcode).map_or(text, |text| text.strip_suffix(' ').unwrap_or(text))
        }
        None => text,
    };
    if !label.is_empty() {
        place.insert("libelle".into(), label.into());
    }
    place.extend(postcode.map(|postcode| ("codePostal".to_owned(), postcode.into())));
    for (field, name) in [("lat", "latitude"), ("lng", "longitude")] {
        let angle = Some(&location[field]).filter(|angle| !angle.is_null());
        place.extend(angle.map(|angle| (name.to_owned(), angle.clone())));
    }
    place.into()
}

fn label(place: &Value) -> String {
    let parts = [&place["libelle"], &place["codePostal"]];
    parts.into_iter().filter_map(said).collect::<Vec<_>>().join(" ")
}

/// An angle that is one, or `null`: HrFlow refuses the whole job for a wrong one.
fn degrees(value: &Value, highest: f64) -> Value {
    match value.as_f64() {
        Some(angle) if angle.abs() <= highest => value.clone(),
        Some(_) | None => Value::Null,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(cases: &[(Value, Value)]) {
        for (place, expected) in cases {
            assert_eq!(location(place), *expected, "{place}");
        }
    }

    #[test]
    fn a_commune_has_its_point_and_postcode() {
        check(&[(
            json!({"libelle": "74 - Rumilly", "latitude": 45.867_099, "longitude": 5.942_546,
                "codePostal": "74150", "commune": "74225"}),
            json!({"lat": 45.867_099, "lng": 5.942_546, "text": "74 - Rumilly 74150",
                "fields": {"postcode": "74150"}}),
        )]);
    }

    #[test]
    fn a_vague_place_is_its_label() {
        check(&[
            (json!({"libelle": "France"}), json!({"lat": null, "lng": null, "text": "France"})),
            (
                json!({"libelle": "France", "codePostal": ""}),
                json!({"lat": null, "lng": null, "text": "France"}),
            ),
            (json!({}), json!({"lat": null, "lng": null, "text": ""})),
            (json!(null), json!({"lat": null, "lng": null, "text": ""})),
        ]);
    }

    #[test]
    fn an_impossible_point_is_no_point() {
        check(&[
            (
                json!({"libelle": "Rome", "latitude": 91, "longitude": -180.5}),
                json!({"lat": null, "lng": null, "text": "Rome"}),
            ),
            (
                json!({"libelle": "Rome", "latitude": "41.9", "longitude": 12}),
                json!({"lat": null, "lng": 12, "text": "Rome"}),
            ),
        ]);
    }

    #[test]
    fn a_place_is_built_again_from_its_location() {
        for place in [
            json!({"libelle": "74 - Rumilly", "latitude": 45.8, "longitude": 5.9,
                "codePostal": "74150"}),
            json!({"codePostal": "74150"}),
            json!({"libelle": "France"}),
            json!({}),
        ] {
            assert_eq!(place_of(&location(&place)), place);
        }
    }
}
