//! The rule of rules: which field of a job comes from where in an offer.

use serde_json::{Map, Value, json};

use super::fields::text;
use super::{attribution, dates, place, salary, skills, tags, texts};
use crate::Item;

/// The HrFlow job that an offer of France Travail becomes.
///
/// Only what the offer says is in the job. A part of the offer that is missing, or is not of the
/// kind that it should be, is passed over; only an offer without an `id` cannot become a job.
///
/// Fields and tags are those of hrflow-connectors 4.28.0, so that boards filled by either look
/// alike. On purpose, these differ:
///
/// - skills have the type `hard`;
/// - `created_at` is in UTC, where the offer has the time of Paris;
/// - `updated_at` is left to HrFlow;
/// - what is not known has no tag;
/// - the tag `application_url` is read from the contact, where offers have it;
/// - a latitude or longitude that cannot be one is left out.
///
/// These come on top:
///
/// - the postcode as a field of the location, and the tag `insee_code`;
/// - the tags `contract_code` and `experience_code`, with the codes of France Travail;
/// - the salary among `ranges_float`, and the tags `salary_period` and `salary_months`, where the
///   sentence about it can be read with certainty;
/// - the metadatas `source`, `source_partner` and `source_updated_at`, which the licence of the
///   offers wants shown.
///
/// ```
/// # use hrflow_connectors::Item;
/// # use hrflow_connectors::francetravail::job_of_offer;
/// # use serde_json::json;
/// let offer: Item = serde_json::from_value(json!({
///     "id": "196FBMG",
///     "intitule": "Chargé d'accueil banque (H/F)",
///     "dateCreation": "2025-08-05T20:03:51.892Z",
/// }))?;
/// let job = job_of_offer(&offer)?;
/// assert_eq!(job["reference"], "196FBMG");
/// assert_eq!(job["name"], "Chargé d'accueil banque (H/F)");
/// assert_eq!(job["created_at"], "2025-08-05T18:03:51+0000");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn job_of_offer(offer: &Item) -> Result<Item, String> {
    let id = offer.text("id").filter(|id| !id.is_empty());
    let reference = id.ok_or("the offer has no `id`")?;
    let mut job = Map::new();
    job.insert("name".into(), text(&offer["intitule"]));
    job.insert("reference".into(), reference.into());
    insert_known(&mut job, "created_at", dates::utc(&offer["dateCreation"]).map(Value::from));
    job.insert("location".into(), place::location(&offer["lieuTravail"]));
    job.insert("url".into(), text(&offer["origineOffre"]["urlOrigine"]));
    job.insert("summary".into(), text(&offer["description"]));
    job.insert("requirements".into(), json!(texts::requirements(&offer["formations"])));
    job.insert("skills".into(), skills::skills(&offer["competences"]).into());
    job.insert("languages".into(), skills::languages(&offer["langues"]).into());
    job.insert("sections".into(), texts::sections(&offer["entreprise"]).into());
    job.insert("tags".into(), tags::tags(offer).into());
    job.insert("ranges_float".into(), salary::ranges(&offer["salaire"]).into());
    job.insert("metadatas".into(), attribution::metadatas(offer).into());
    Ok(job.into())
}

fn insert_known(job: &mut Map<String, Value>, field: &str, value: Option<Value>) {
    job.extend(value.map(|value| (field.to_owned(), value)));
}
