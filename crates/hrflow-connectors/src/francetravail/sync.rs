//! The action that makes a board the mirror of a search.

use engine::Ends;
use francetravail_api::SearchParameters;

use crate::builder::RunBuilder;
use crate::francetravail::actions::{SYNC, both};
use crate::francetravail::origin::OfferSearch;
use crate::francetravail::{ConnectorAuth, parameters};
use crate::hrflow::{BoardMirror, HrflowAuth, SyncParameters};
use crate::{Incremental, StateStore};

/// What [`sync_jobs_in_hrflow`] cannot do without.
#[derive(Clone, Debug)]
pub struct SyncJobs {
    /// The name under which this workflow's state is kept; choose one and keep it.
    pub workflow_id: String,
    /// How France Travail knows who asks.
    pub connector_auth: ConnectorAuth,
    /// How HrFlow knows who asks.
    pub hrflow_auth: HrflowAuth,
    /// Which offers.
    pub pull_parameters: SearchParameters,
    /// Which board, and how careful the mirror is.
    pub push_parameters: SyncParameters,
    /// Where it is remembered what was delivered.
    pub state: StateStore,
}

/// Makes a board the mirror of a search: what is new is created, what has changed is replaced,
/// what has vanished is archived, and nothing else.
///
/// What was delivered is remembered in the store of `state`, so that an offer that has not changed
/// costs no call to HrFlow. The search is read whole; only then, and only as carefully as the
/// [`MirrorRules`](engine::MirrorRules) among the push parameters say, are jobs archived. The format must keep the offer's id as
/// the job's `reference`.
pub fn sync_jobs_in_hrflow(jobs: SyncJobs) -> RunBuilder {
    let SyncJobs {
        workflow_id,
        connector_auth,
        hrflow_auth,
        pull_parameters,
        push_parameters,
        state,
    } = jobs;
    RunBuilder::new(workflow_id, SYNC, move |workflow_id, terms, environment, client_options| {
        let search = parameters::checked(pull_parameters)?;
        let origin = OfferSearch::connect(connector_auth, search, environment, client_options);
        let rules = push_parameters.rules.clone();
        let target = BoardMirror::connect(
            workflow_id,
            hrflow_auth,
            push_parameters,
            environment,
            client_options,
        );
        let connected = both(SYNC, origin, target, terms.format())?;
        Ok(Ends { mirror: Some(rules), ..connected })
    })
    .state(state)
    .incremental(Incremental::default())
}
