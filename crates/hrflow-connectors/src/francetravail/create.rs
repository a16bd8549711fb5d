//! The action that creates jobs of the offers that a search finds.

use francetravail_api::SearchParameters;

use crate::builder::RunBuilder;
use crate::francetravail::actions::{CREATE, both};
use crate::francetravail::origin::OfferSearch;
use crate::francetravail::{ConnectorAuth, parameters};
use crate::hrflow::{BoardCreate, CreateParameters, HrflowAuth};

/// What [`create_jobs_in_hrflow`] cannot do without.
#[derive(Clone, Debug)]
pub struct CreateJobs {
    /// The name under which this workflow's state is kept; choose one and keep it.
    pub workflow_id: String,
    /// How France Travail knows who asks.
    pub connector_auth: ConnectorAuth,
    /// How HrFlow knows who asks.
    pub hrflow_auth: HrflowAuth,
    /// Which offers.
    pub pull_parameters: SearchParameters,
    /// Which board, and whether texts are parsed.
    pub push_parameters: CreateParameters,
}

/// Creates, in a board, a job of each offer that a search finds.
///
/// Each offer passes through the logics in order, then through the format, which by default is
/// [`job_of_offer`](crate::francetravail::job_of_offer). A job that the board has already is left as it is, and ends as [`Outcome::Unchanged`].
///
/// [`Outcome::Unchanged`]: crate::Outcome::Unchanged
pub fn create_jobs_in_hrflow(jobs: CreateJobs) -> RunBuilder {
    let CreateJobs { workflow_id, connector_auth, hrflow_auth, pull_parameters, push_parameters } =
        jobs;
    RunBuilder::new(workflow_id, CREATE, move |workflow_id, terms, environment, client_options| {
        let search = parameters::checked(pull_parameters)?;
        let origin = OfferSearch::connect(connector_auth, search, environment, client_options);
        let target = BoardCreate::connect(
            workflow_id,
            hrflow_auth,
            push_parameters,
            environment,
            client_options,
        );
        both(CREATE, origin, target, terms.format())
    })
}
