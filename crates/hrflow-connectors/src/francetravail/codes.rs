//! Whether the codes of a workflow's pull parameters are codes that the service knows.

use engine::{Checked, EndError};
use francetravail_api::{Rejection, look_up, referentials_of};
use store::StoreUrl;

use crate::francetravail::ConnectorAuth;
use crate::francetravail::origin::connect;
use crate::francetravail::referential::Lists;
use crate::problem::Problem;
use crate::settings::{Environment, GivenValue, Section, Sections, state_store};
use crate::{ClientOptions, Given, Place};

const SERVICE: &str = "France Travail codes";
/// How many codes are told with their labels.
const MAX_NAMED: usize = 5;

/// Compares each code of the pull parameters with the lists of the service, which are taken from
/// the store as for [`referential`](crate::francetravail::referential). Gives one failure for
/// each that no list knows, or else one answer for all; nothing where no parameter takes codes.
///
/// A search with a code that does not exist is refused, or finds nothing without a word.
pub async fn check_codes(
    sections: &Sections,
    store: Option<&StoreUrl>,
    environment: &Environment,
    client_options: &ClientOptions,
) -> Vec<Checked> {
    let asked = codes_of(&sections.pull_parameters);
    if asked.is_empty() {
        return Vec::new();
    }
    match compared(&asked, sections, store, environment, client_options).await {
        Err(error) => vec![Checked { service: SERVICE, answer: Err(error) }],
        Ok(found) => answers(found),
    }
}

/// A parameter with one of its codes.
type Code = (String, String);

fn codes_of(section: &Section) -> Vec<Code> {
    let text = |given: &Given| match &given.value {
        GivenValue::Text(text) => Some(text.clone()),
        GivenValue::Json(value) => value.as_str().map(str::to_owned),
    };
    section
        .iter()
        .filter(|(name, _)| referentials_of(name).next().is_some())
        .filter_map(|(name, given)| Some((name, text(given)?)))
        .flat_map(|(name, codes)| {
            let code = |code: &str| (name.to_owned(), code.trim().to_owned());
            codes.split(',').map(code).collect::<Vec<_>>()
        })
        .collect()
}

/// The label of each code, or why it is none.
async fn compared<'a>(
    asked: &'a [Code],
    sections: &Sections,
    store: Option<&StoreUrl>,
    environment: &Environment,
    client_options: &ClientOptions,
) -> Result<Vec<(&'a Code, Result<String, Rejection>)>, EndError> {
    let auth = auth(sections, environment)?;
    let client = connect(auth, environment, client_options).map_err(Problem::into_end_error)?;
    let lists = Lists { client, store: opened(store, environment).await };
    let mut found = Vec::new();
    for (index, code) in asked.iter().enumerate() {
        if index > 0 && asked[index - 1].0 == code.0 {
            continue;
        }
        let mut entries = Vec::new();
        for name in referentials_of(&code.0) {
            entries.extend(lists.get(name).await?.entries);
        }
        let same = asked[index..].iter().take_while(|other| other.0 == code.0);
        found.extend(
            same.map(|code| (code, look_up(&code.0, &code.1, &entries).map(str::to_owned))),
        );
    }
    Ok(found)
}

/// Lists that cannot be kept are fetched; no store is made for them.
async fn opened(
    store: Option<&StoreUrl>,
    environment: &Environment,
) -> Option<std::sync::Arc<dyn store::Store>> {
    let opened = state_store(store?.clone(), environment).open_to_read().await;
    opened
        .inspect_err(|error| {
            let error = api_client::chain(error);
            tracing::warn!(%error, "the lists of codes are fetched, and not kept");
        })
        .ok()
}

/// What a user wrote, over the environment.
fn auth(sections: &Sections, environment: &Environment) -> Result<ConnectorAuth, EndError> {
    let mut section = sections.connector_auth.clone();
    let variables = [
        ("client_id", "FRANCETRAVAIL_CLIENT_ID"),
        ("client_secret", "FRANCETRAVAIL_CLIENT_SECRET"),
    ];
    for (field, variable) in variables {
        if let (None, Some(text)) = (section.get(field), environment.get(variable)) {
            section.push(field, Given::text(text, Place::Variable(variable.to_owned())));
        }
    }
    ConnectorAuth::read(&section).map_err(|problems| {
        let first = problems.into_iter().next().map(Problem::into_end_error);
        first.unwrap_or_else(|| EndError::run("the credentials cannot be read"))
    })
}

fn answers(found: Vec<(&Code, Result<String, Rejection>)>) -> Vec<Checked> {
    let (mut known, mut unknown) = (Vec::new(), Vec::new());
    for ((parameter, code), label) in found {
        match label {
            Ok(label) => known.push(format!("{parameter} {code} ({label})")),
            Err(Rejection { message, hint }) => {
                let error = EndError::run(format!("`{parameter}`: {message}")).with_hint(hint);
                unknown.push(Checked { service: SERVICE, answer: Err(error) });
            }
        }
    }
    if unknown.is_empty() {
        let more = known.len().saturating_sub(MAX_NAMED);
        let rest = if more == 0 { String::new() } else { format!(" and {more} more") };
        known.truncate(MAX_NAMED);
        unknown.push(Checked { service: SERVICE, answer: Ok(known.join(", ") + &rest) });
    }
    unknown
}
