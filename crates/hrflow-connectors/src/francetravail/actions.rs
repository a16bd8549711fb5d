//! What the actions on jobs need to know of France Travail.

use engine::{ActionFormat, Ends, Select};

use crate::ClientOptions;
use crate::francetravail::origin::OfferSearch;
use crate::francetravail::parameters::{CLIENT_ID, CLIENT_SECRET};
use crate::francetravail::{ConnectorAuth, Terms, parameters};
use crate::hrflow::{BoardAction, OnBoard};
use crate::jobs::{ConnectedOrigin, Connector, JobAction, job_actions};
use crate::problem::Problem;
use crate::settings::{Environment, Section, Sections};

pub(super) const CREATE: &str = "francetravail.create_jobs_in_hrflow";
pub(super) const UPDATE: &str = "francetravail.update_jobs_in_hrflow";
pub(super) const ARCHIVE: &str = "francetravail.archive_jobs_in_hrflow";
pub(super) const SYNC: &str = "francetravail.sync_jobs_in_hrflow";

/// The actions on offers.
pub(crate) static ACTIONS: [JobAction; 4] =
    job_actions(&CONNECTOR, [CREATE, UPDATE, ARCHIVE, SYNC]);

static CONNECTOR: Connector = Connector {
    item: "offer",
    source: "a France Travail search",
    endpoint: parameters::SEARCH_ENDPOINT,
    variables: &[("client_id", CLIENT_ID), ("client_secret", CLIENT_SECRET)],
    auth_fields: parameters::auth_fields,
    pull_fields: parameters::pull_fields,
    origin,
    format: Terms::format,
};

fn origin(
    action: &str,
    sections: &Sections,
    environment: &Environment,
    client_options: &ClientOptions,
) -> ConnectedOrigin {
    let auth = ConnectorAuth::read(&sections.connector_auth);
    let search = parameters::read_search(&sections.pull_parameters);
    match (auth, search) {
        (Ok(auth), Ok(search)) => {
            let origin = OfferSearch::connect(auth, search, environment, client_options)
                .map_err(|problem| vec![problem])?;
            let warnings = origin.warnings(&sections.pull_parameters, action);
            Ok((Box::new(origin), warnings))
        }
        (auth, search) => Err([auth.err(), search.err()].into_iter().flatten().flatten().collect()),
    }
}

/// Both ends of a run that a program has put together.
pub(super) fn both<A: BoardAction + 'static>(
    action: &str,
    origin: Result<OfferSearch, Problem>,
    target: Result<A, Problem>,
    format: ActionFormat,
) -> Result<Ends, Vec<Problem>> {
    match (origin, target) {
        (Ok(origin), Ok(target)) => Ok(Ends {
            warnings: origin.warnings(&Section::default(), action),
            origin: Box::new(origin),
            target: Box::new(OnBoard(target)),
            format,
            mirror: None,
            select: Select::Listed,
        }),
        (origin, target) => Err([origin.err(), target.err()].into_iter().flatten().collect()),
    }
}
