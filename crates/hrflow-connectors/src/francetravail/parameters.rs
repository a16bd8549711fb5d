//! Reads what a user wrote about France Travail, and describes what can be written.

use api_client::Secret;
use francetravail_api::{
    ParameterKind, ParameterProblem, Search, SearchParameters, referentials_of,
};

use crate::describe::{Endpoint, Field, Kind};
use crate::francetravail::actions::{ARCHIVE, SYNC};
use engine::Warning;

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
    let mut misread = Vec::new();
    for (name, given) in section.iter() {
        let set = match &given.value {
            GivenValue::Text(text) => parameters.set_text(name, text),
            GivenValue::Json(value) => parameters.set(name, value),
        };
        if let Err(problem) = set {
            misread.extend_from_slice(&problem.parameters);
            problems.push(placed(problem, section));
        }
    }
    match parameters.validate() {
        Ok(search) if problems.is_empty() => Ok(search),
        Ok(_) => Err(problems),
        Err(broken) => {
            // A rule that a misread parameter may keep is not called broken.
            let is_sure = |problem: &ParameterProblem| {
                !problem.parameters.iter().any(|parameter| misread.contains(parameter))
            };
            let broken = broken.into_iter().filter(is_sure);
            problems.extend(broken.map(|problem| placed(problem, section)));
            Err(problems)
        }
    }
}

/// Checks the rules between parameters that a program has set.
pub(super) fn checked(parameters: SearchParameters) -> Result<Search, Vec<Problem>> {
    let nowhere = Section::default();
    parameters
        .validate()
        .map_err(|problems| problems.into_iter().map(|problem| placed(problem, &nowhere)).collect())
}

/// A mistake with the place of the parameter that it lies in.
fn placed(problem: ParameterProblem, section: &Section) -> Problem {
    let ParameterProblem { parameter, parameters: _, message, hint } = problem;
    let hint = hint.or_else(|| {
        let list = referentials_of(&parameter).next()?;
        Some(format!("`hrflow-connectors referential {list}` lists the codes"))
    });
    Problem { place: place_of(&parameter, section), message, hint, side: Side::Origin }
}

fn place_of(parameter: &str, section: &Section) -> String {
    match section.get(parameter) {
        Some(given) => given.place.to_string(),
        None => format!("`{parameter}`"),
    }
}

/// What may surprise of a search, and of one whose offers an action archives the jobs of.
pub(super) fn warnings(search: &Search, section: &Section, action: &str) -> Vec<Warning> {
    let surprises = search.warnings().into_iter().map(|warning| Warning {
        place: warning
            .parameters
            .first()
            .map_or_else(String::new, |first| place_of(first.name(), section)),
        message: warning.message.to_owned(),
        hint: Some(warning.hint.to_owned()),
    });
    let everything =
        (search.is_everything() && [ARCHIVE, SYNC].contains(&action)).then(|| Warning {
            place: format!("`{}`", SectionName::PullParameters.title()),
            message: "no filter: all of France is read, about 500,000 offers, by an action that \
                  archives jobs"
                .to_owned(),
            hint: Some("give a filter, such as `departement` or `codeROME`".to_owned()),
        });
    everything.into_iter().chain(surprises).collect()
}

pub(super) fn auth_fields() -> Vec<Field> {
    vec![
        Field::required(
            "client_id",
            Kind::String,
            "Client ID of your application at francetravail.io. Default: \
             `FRANCETRAVAIL_CLIENT_ID`.",
        ),
        Field::required(
            "client_secret",
            Kind::String,
            "Client secret of that application. Default: `FRANCETRAVAIL_CLIENT_SECRET`.",
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

pub(super) const SEARCH_ENDPOINT: Endpoint = Endpoint {
    name: "Search of offers",
    method: "GET",
    url: "https://api.francetravail.io/partenaire/offresdemploi/v2/offres/search",
};
