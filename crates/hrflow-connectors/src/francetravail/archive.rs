//! The action that archives, in a board, the jobs of the offers that a search finds.

use engine::{Ends, Select};
use francetravail_api::SearchParameters;

use crate::builder::RunBuilder;
use crate::francetravail::actions::{ARCHIVE, both};
use crate::francetravail::origin::OfferSearch;
use crate::francetravail::{ConnectorAuth, parameters};
use crate::hrflow::{ArchiveParameters, BoardArchive, HrflowAuth};
use crate::jobs::reference_only;

/// What [`archive_jobs_in_hrflow`] cannot do without.
#[derive(Clone, Debug)]
pub struct ArchiveJobs {
    /// The name under which this workflow's state is kept; choose one and keep it.
    pub workflow_id: String,
    /// How France Travail knows who asks.
    pub connector_auth: ConnectorAuth,
    /// How HrFlow knows who asks.
    pub hrflow_auth: HrflowAuth,
    /// Which offers.
    pub pull_parameters: SearchParameters,
    /// Which board, and how.
    pub push_parameters: ArchiveParameters,
}

/// Archives, in a board, the jobs of the offers that a search finds.
///
/// Each offer passes through the logics in order, then through the format, which by default
/// gives `{"reference": <the offer's id>}`; the job of that reference is archived.
///
/// ```
/// use hrflow_connectors::francetravail::{
///     ArchiveJobs, ConnectorAuth, DepartementCodes, ParameterValue, SearchParameters,
///     archive_jobs_in_hrflow,
/// };
/// use hrflow_connectors::hrflow::{ArchiveParameters, HrflowAuth};
/// use hrflow_connectors::{Environment, Status};
/// use serde_json::json;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// // The embedded sandbox stands in for both services.
/// let settings = sandbox::Settings { offers: 200, ..sandbox::Settings::default() };
/// let sandbox = sandbox::Sandbox::start(settings).await?;
/// let environment = Environment::from_iter([
///     ("FRANCETRAVAIL_API_URL", sandbox.francetravail_api_url()),
///     ("FRANCETRAVAIL_TOKEN_URL", sandbox.francetravail_token_url()),
///     ("HRFLOW_API_URL", sandbox.hrflow_api_url()),
/// ]);
///
/// let result = archive_jobs_in_hrflow(ArchiveJobs {
///     workflow_id: "paris".to_owned(),
///     connector_auth: ConnectorAuth::new("client id", "client secret"),
///     hrflow_auth: HrflowAuth::new("ask_0123", "recruiting@example.org"),
///     pull_parameters: SearchParameters::new().departement(DepartementCodes::parse("75,92")?),
///     push_parameters: ArchiveParameters::new("0".repeat(40).parse()?),
/// })
/// .logic(|offer| (!offer["entreprise"].is_null()).then_some(offer))
/// .format(|offer| json!({"reference": offer["id"]}))
/// .callback(|finished| println!("{} jobs", finished.items.len()))
/// .environment(environment)
/// .run()
/// .await?;
///
/// assert_eq!(result.status, Status::Success);
/// # Ok(())
/// # }
/// ```
pub fn archive_jobs_in_hrflow(jobs: ArchiveJobs) -> RunBuilder {
    let ArchiveJobs { workflow_id, connector_auth, hrflow_auth, pull_parameters, push_parameters } =
        jobs;
    RunBuilder::new(workflow_id, ARCHIVE, move |workflow_id, terms, environment, client_options| {
        let search = parameters::checked(pull_parameters)?;
        let origin = OfferSearch::connect(connector_auth, search, environment, client_options);
        let select = push_parameters.select.into();
        let mirror = (select == Select::Vanished).then(|| push_parameters.rules.clone());
        let target = BoardArchive::connect(
            workflow_id,
            hrflow_auth,
            push_parameters,
            environment,
            client_options,
        );
        let connected = both(ARCHIVE, origin, target, reference_only(terms))?;
        Ok(Ends { mirror, select, ..connected })
    })
}
