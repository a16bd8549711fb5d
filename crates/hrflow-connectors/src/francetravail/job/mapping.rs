//! The rule of rules: which field of a job comes from where in an offer.

use serde_json::{Map, Value, json};

use super::contact::without_contact;
use super::fields::{said, text};
use super::lists::Place;
use super::rebuilt::built_offer;
use super::words::{COPIED, Words, words};
use super::{attribution, dates, lists, place, rest, salary, skills, tags, texts};
use crate::Item;
use crate::francetravail::{Contact, Content, Terms};

/// One field of a job, and how it is made of an offer.
pub(super) struct FieldRule {
    pub(super) name: &'static str,
    /// Where it comes from in an offer.
    pub(super) from: &'static str,
    /// From which content on a job has it.
    pub(super) content: Content,
    pub(super) words: Words,
    make: fn(&Item, &Terms) -> Option<Value>,
}

const fn rule(
    name: &'static str,
    from: &'static str,
    words: Words,
    make: fn(&Item, &Terms) -> Option<Value>,
) -> FieldRule {
    FieldRule { name, from, content: Content::Mapped, words, make }
}

/// A field that only a job with the whole content has.
const fn full(
    name: &'static str,
    from: &'static str,
    words: Words,
    make: fn(&Item, &Terms) -> Option<Value>,
) -> FieldRule {
    FieldRule { name, from, content: Content::Full, words, make }
}

const LINES: Words = words("Les textes, un par ligne.", "The texts, one on a line.");
const TIME: Words = words(
    "L'heure de Paris devient l'heure universelle, à la seconde.",
    "The time of Paris becomes universal time, to the second.",
);

/// Every field of a job, in the order in which it has them.
pub(super) static FIELDS: &[FieldRule] = &[
    rule("name", "intitule", COPIED, |offer, _| Some(text(&offer["intitule"]))),
    rule("reference", "id", COPIED, |offer, _| Some(offer["id"].clone())),
    rule("created_at", "dateCreation", TIME, |offer, _| {
        dates::utc(&offer["dateCreation"]).map(Value::from)
    }),
    rule(
        "location",
        "lieuTravail",
        words(
            "Le libellé et le code postal, en un seul texte ; le code postal à part ; la latitude et \
             la longitude si elles sont possibles.",
            "The label and the post code as one text; the post code by itself; latitude and \
             longitude where they are possible.",
        ),
        |offer, _| Some(place::location(&offer["lieuTravail"])),
    ),
    rule("url", "origineOffre.urlOrigine", COPIED, |offer, _| {
        Some(text(&offer["origineOffre"]["urlOrigine"]))
    }),
    full("picture", "entreprise.logo", COPIED, |offer, _| {
        said(&offer["entreprise"]["logo"]).map(Value::from)
    }),
    rule("summary", "description", COPIED, |offer, _| Some(text(&offer["description"]))),
    full(
        "responsibilities",
        "contexteTravail, deplacementLibelle, conditionExercice, complementExercice",
        LINES,
        |offer, _| texts::responsibilities(offer).map(Value::from),
    ),
    rule(
        "requirements",
        "formations, permis, experienceCommentaire",
        words(
            "« niveau en domaine », une formation par ligne. Sans formation complète et avec \
             `content = \"full\"` : les formations incomplètes, les permis et le commentaire sur \
             l'expérience.",
            "\"level en field\", an education on a line. Without a complete education, and with \
             `content = \"full\"`: incomplete educations, driving licences and the comment on \
             experience.",
        ),
        |offer, terms| Some(requirements(offer, terms)),
    ),
    full(
        "benefits",
        "salaire.complement1, salaire.complement2, salaire.commentaire",
        LINES,
        |offer, _| texts::benefits(&offer["salaire"]).map(Value::from),
    ),
    full("interviews", "contact", LINES, |offer, _| {
        texts::interviews(&offer["contact"]).map(Value::from)
    }),
    rule(
        "skills",
        "competences",
        words("Le libellé ; le type est « hard ».", "The label; the type is \"hard\"."),
        |offer, _| Some(skills::skills(&offer["competences"]).into()),
    ),
    rule(
        "languages",
        "langues",
        words(
            "Le libellé ; avec `content = \"full\"` l'exigence (E : `required`, S : `desired`).",
            "The label; with `content = \"full\"` the requirement (E: `required`, S: `desired`).",
        ),
        |offer, terms| Some(languages(offer, terms)),
    ),
    rule("sections", "entreprise.description", COPIED, |offer, _| {
        Some(texts::sections(&offer["entreprise"]).into())
    }),
    rule(
        "tags",
        "",
        words("Voir les étiquettes ci-dessous.", "See the tags below."),
        |offer, terms| Some(all_tags(offer, terms.content()).into()),
    ),
    rule(
        "ranges_float",
        "salaire.libelle, salaire.commentaire",
        words(
            "Le salaire minimal et maximal (`salary`), le même sous le nom de sa période \
             (`salary_per_hour`, `_day`, `_month`, `_year`) et le nombre de mois (`salary_months`), \
             si tous les mots sont compris ; un seul montant vaut pour les deux bornes. Sinon le \
             texte reste une étiquette, et `salary_unread` le signale.",
            "The lowest and highest salary (`salary`), the same under the name of its period \
             (`salary_per_hour`, `_day`, `_month`, `_year`) and the number of months \
             (`salary_months`), where every word is understood; a single amount is both. Otherwise \
             the text stays a tag, and `salary_unread` says so.",
        ),
        |offer, _| Some(salary::ranges(&offer["salaire"]).into()),
    ),
    rule(
        "metadatas",
        "",
        words("Voir les métadonnées ci-dessous.", "See the metadata below."),
        |offer, terms| Some(attribution::metadatas(offer, terms, terms.content()).into()),
    ),
];

fn requirements(offer: &Item, terms: &Terms) -> Value {
    let educations = texts::requirements(&offer["formations"]);
    let text = educations.or_else(|| match terms.content() {
        Content::Mapped => None,
        Content::Full => texts::other_requirements(offer),
    });
    json!(text)
}

fn languages(offer: &Item, terms: &Terms) -> Value {
    let listed = &offer["langues"];
    match terms.content() {
        Content::Mapped => skills::languages(listed).into(),
        Content::Full => skills::languages_with_requirement(listed).into(),
    }
}

fn all_tags(offer: &Item, content: Content) -> Vec<Value> {
    let mut tags = tags::tags(offer, content);
    if content == Content::Full {
        tags.extend(lists::entries(offer, Place::Tags));
    }
    tags
}

/// The HrFlow job that an offer of France Travail becomes, with everything that the offer says:
/// [`offer_of_job`](super::offer_of_job) builds the offer again. [`Terms::job_of_offer`] has other ways.
///
/// Only what the offer says is in the job. A part of the offer that is missing, or is not of the
/// kind that it should be, is passed over in the fields of the job and stands in its metadatas; only
/// an offer without an `id` cannot become a job.
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
/// What comes on top is listed by `hrflow-connectors describe --method`.
///
/// ```
/// # use hrflow_connectors::Item;
/// # use hrflow_connectors::francetravail::{job_of_offer, offer_of_job};
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
/// assert_eq!(offer_of_job(&job), offer);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn job_of_offer(offer: &Item) -> Result<Item, String> {
    job_with(offer, &Terms::default())
}

/// The job of an offer under terms.
pub(crate) fn job_with(offer: &Item, terms: &Terms) -> Result<Item, String> {
    if offer.text("id").is_none_or(str::is_empty) {
        return Err("the offer has no `id`".to_owned());
    }
    match terms.contact {
        Contact::Keep => Ok(mapped(offer, terms)),
        Contact::Drop => Ok(mapped(&without_contact(offer, terms.language), terms)),
    }
}

fn mapped(offer: &Item, terms: &Terms) -> Item {
    let content = terms.content();
    let mut job = Map::new();
    for rule in FIELDS.iter().filter(|rule| rule.content <= content) {
        job.extend((rule.make)(offer, terms).map(|value| (rule.name.to_owned(), value)));
    }
    let mut job = Item::from(job);
    if content == Content::Full {
        let built = Value::Object(built_offer(&job));
        let lost = rest::rest(&built, &Value::Object(offer.clone().into_map()));
        if let Some(Value::Array(metadatas)) = job.get_mut("metadatas") {
            metadatas.extend(lost);
        }
    }
    job
}
