//! Reads what a user wrote about France Travail, and describes what can be written.

use ::francetravail::{ParameterKind, ParameterProblem, Search, SearchParameters, referentials_of};
use api_client::Secret;

use crate::describe::{Endpoint, Field, Kind};
use crate::problem::{Problem, Side};
use crate::settings::{FieldReader, GivenValue, Section, SectionName, repeated};

/// The variable that stands for `client_id`.
pub(super) const CLIENT_ID: &str = "FRANCETRAVAIL_CLIENT_ID";
/// The variable that stands for `client_secret`.
pub(super) const CLIENT_SECRET: &str = "FRANCETRAVAIL_CLIENT_SECRET";

/// How France Travail knows who asks.
#[derive(Clone, Debug)]
pub struct ConnectorAuth {
    /// The application's id.
    pub client_id: String,
    /// The application's secret.
    pub client_secret: Secret,
}

impl ConnectorAuth {
    /// The two halves of an application's credentials.
    pub fn new(client_id: impl Into<String>, client_secret: impl Into<Secret>) -> Self {
        Self { client_id: client_id.into(), client_secret: client_secret.into() }
    }

    pub(super) fn read(section: &Section) -> Result<Self, Vec<Problem>> {
        let known = ["client_id", "client_secret"];
        let mut reader = FieldReader::new(section, SectionName::ConnectorAuth, &known);
        let client_id = reader.required_or_variable("client_id", CLIENT_ID);
        let client_secret = reader.required_or_variable("client_secret", CLIENT_SECRET);
        match (client_id, client_secret) {
            (Some(client_id), Some(client_secret)) if reader.problems.is_empty() => {
                Ok(Self::new(client_id, client_secret))
            }
            _ => Err(reader.problems),
        }
    }
}

/// Reads the pull parameters, each by its own type, and checks the rules between them.
pub(super) fn read_search(section: &Section) -> Result<Search, Vec<Problem>> {
    let mut parameters = SearchParameters::new();
    let mut problems: Vec<Problem> = repeated(section, Side::Origin).collect();
    for (name, given) in section.iter() {
        let set = match &given.value {
            GivenValue::Text(text) => parameters.set_text(name, text),
            GivenValue::Json(value) => parameters.set(name, value),
        };
        problems.extend(set.err().map(|problem| placed(problem, section)));
    }
    if problems.is_empty() {
        return check(parameters, section);
    }
    // A rule that a misread parameter may keep is not called broken.
    let misread = |text: &str| problems.iter().any(|problem| names_same(problem, section, text));
    let broken = check(parameters, section).err().unwrap_or_default();
    let broken: Vec<_> = broken.into_iter().filter(|problem| !misread(&problem.message)).collect();
    problems.extend(broken);
    Err(problems)
}

/// Whether a message names the parameter that a problem lies in.
fn names_same(problem: &Problem, section: &Section, message: &str) -> bool {
    section.iter().any(|(name, given)| {
        given.place.to_string() == problem.place && message.contains(&format!("`{name}`"))
    })
}

/// Checks the rules between parameters that a program has set.
pub(super) fn checked(parameters: SearchParameters) -> Result<Search, Vec<Problem>> {
    check(parameters, &Section::default())
}

fn check(parameters: SearchParameters, section: &Section) -> Result<Search, Vec<Problem>> {
    parameters
        .validate()
        .map_err(|problems| problems.into_iter().map(|problem| placed(problem, section)).collect())
}

/// A mistake with the place of the parameter that it lies in.
fn placed(problem: ParameterProblem, section: &Section) -> Problem {
    let ParameterProblem { parameter, message, hint } = problem;
    let hint = hint.or_else(|| {
        let list = referentials_of(&parameter).next()?;
        Some(format!("`hrflow-connectors referential {list}` lists the codes"))
    });
    let place = match section.get(&parameter) {
        Some(given) => given.place.to_string(),
        None => format!("`{parameter}`"),
    };
    Problem { place, message, hint, side: Side::Origin }
}

pub(super) fn auth_fields() -> Vec<Field> {
    vec![
        Field::required(
            "client_id",
            Kind::String,
            "The id of your application at francetravail.io. Without it, the variable \
             `FRANCETRAVAIL_CLIENT_ID` is used.",
        ),
        Field::required(
            "client_secret",
            Kind::String,
            "The secret key of that application. Without it, the variable \
             `FRANCETRAVAIL_CLIENT_SECRET` is used.",
        ),
    ]
}

pub(super) fn pull_fields() -> Vec<Field> {
    SearchParameters::SPECIFICATIONS
        .iter()
        .map(|parameter| Field {
            accepted: parameter.accepted(),
            ..Field::optional(parameter.name, kind(parameter.kind), parameter.description)
        })
        .collect()
}

fn kind(kind: ParameterKind) -> Kind {
    match kind {
        ParameterKind::String => Kind::String,
        ParameterKind::Integer => Kind::Integer,
        ParameterKind::Number => Kind::Number,
        ParameterKind::Boolean => Kind::Boolean,
    }
}

pub(super) fn search_endpoint() -> Endpoint {
    Endpoint {
        name: "Search of offers",
        method: "GET",
        url: "https://api.francetravail.io/partenaire/offresdemploi/v2/offres/search",
    }
}
