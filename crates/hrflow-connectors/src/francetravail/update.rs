//! The action that replaces the jobs of the offers that a search finds.

use francetravail_api::SearchParameters;

use crate::builder::RunBuilder;
use crate::francetravail::actions::{UPDATE, both};
use crate::francetravail::origin::OfferSearch;
use crate::francetravail::{ConnectorAuth, parameters};
use crate::hrflow::{BoardUpdate, HrflowAuth, PushParameters};

/// What [`update_jobs_in_hrflow`] cannot do without.
#[derive(Clone, Debug)]
pub struct UpdateJobs {
    /// The name under which this workflow's state is kept; choose one and keep it.
    pub workflow_id: String,
    /// How France Travail knows who asks.
    pub connector_auth: ConnectorAuth,
    /// How HrFlow knows who asks.
    pub hrflow_auth: HrflowAuth,
    /// Which offers.
    pub pull_parameters: SearchParameters,
    /// Which board.
    pub push_parameters: PushParameters,
}

/// Replaces, in a board, the jobs of the offers that a search finds.
///
/// Each offer passes through the logics in order, then through the format, which by default is
/// [`job_of_offer`](crate::francetravail::job_of_offer). A job that the board does not hold ends as [`Outcome::Missing`].
///
/// [`Outcome::Missing`]: crate::Outcome::Missing
pub fn update_jobs_in_hrflow(jobs: UpdateJobs) -> RunBuilder {
    let UpdateJobs { workflow_id, connector_auth, hrflow_auth, pull_parameters, push_parameters } =
        jobs;
    RunBuilder::new(workflow_id, UPDATE, move |workflow_id, terms, environment, client_options| {
        let search = parameters::checked(pull_parameters)?;
        let origin = OfferSearch::connect(connector_auth, search, environment, client_options);
        let target = BoardUpdate::connect(
            workflow_id,
            hrflow_auth,
            push_parameters,
            environment,
            client_options,
        );
        both(UPDATE, origin, target, terms.format())
    })
}
