//! The action that archives, in a board, the jobs of the offers that a search finds.

use ::francetravail::{Search, SearchParameters};

use crate::builder::RunBuilder;
use crate::catalog::{Action, Connected};
use crate::describe::{ActionDescription, other_parameters};
use crate::francetravail::origin::OfferSearch;
use crate::francetravail::{ConnectorAuth, parameters};
use crate::hrflow::{self, BoardArchive, HrflowAuth, PushParameters};
use crate::problem::Problem;
use crate::settings::{Environment, Sections};
use crate::{Format, Item, Wiring};

const NAME: &str = "francetravail.archive_jobs_in_hrflow";

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
    /// Which board.
    pub push_parameters: PushParameters,
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
/// use hrflow_connectors::hrflow::{HrflowAuth, PushParameters};
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
///     push_parameters: PushParameters { board_key: "0".repeat(40).parse()? },
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
    RunBuilder::new(workflow_id, NAME, move |environment, wiring| {
        let search = parameters::checked(pull_parameters)?;
        connect(connector_auth, hrflow_auth, search, push_parameters, environment, wiring)
    })
}

/// The same action, as the catalog lists it.
#[derive(Clone, Copy, Debug)]
pub struct ArchiveJobsInHrflow;

impl Action for ArchiveJobsInHrflow {
    fn name(&self) -> &'static str {
        NAME
    }

    fn describe(&self) -> ActionDescription {
        ActionDescription {
            name: NAME,
            description: "Archives, in an HrFlow board, the jobs of the offers that a search of \
                          France Travail finds.",
            endpoints: vec![parameters::search_endpoint(), hrflow::archive_endpoint()],
            connector_auth: parameters::auth_fields(),
            hrflow_auth: hrflow::auth_fields(),
            pull_parameters: parameters::pull_fields(),
            push_parameters: hrflow::push_fields(),
            other_parameters: other_parameters(),
        }
    }

    fn variables(&self) -> &'static [(&'static str, &'static str, &'static str)] {
        &[
            ("connector_auth", "client_id", "FRANCETRAVAIL_CLIENT_ID"),
            ("connector_auth", "client_secret", "FRANCETRAVAIL_CLIENT_SECRET"),
            ("hrflow_auth", "api_secret", "HRFLOW_API_SECRET"),
            ("hrflow_auth", "api_user", "HRFLOW_API_USER"),
        ]
    }

    fn connect(
        &self,
        sections: &Sections,
        environment: &Environment,
        wiring: &Wiring,
    ) -> Result<Connected, Vec<Problem>> {
        let connector_auth = ConnectorAuth::read(&sections.connector_auth);
        let hrflow_auth = HrflowAuth::read(&sections.hrflow_auth);
        let search = parameters::read_search(&sections.pull_parameters);
        let push = PushParameters::read(&sections.push_parameters);
        match (connector_auth, hrflow_auth, search, push) {
            (Ok(connector_auth), Ok(hrflow_auth), Ok(search), Ok(push)) => {
                connect(connector_auth, hrflow_auth, search, push, environment, wiring)
            }
            (connector_auth, hrflow_auth, search, push) => {
                Err([connector_auth.err(), hrflow_auth.err(), search.err(), push.err()]
                    .into_iter()
                    .flatten()
                    .flatten()
                    .collect())
            }
        }
    }
}

fn connect(
    connector_auth: ConnectorAuth,
    hrflow_auth: HrflowAuth,
    search: Search,
    push: PushParameters,
    environment: &Environment,
    wiring: &Wiring,
) -> Result<Connected, Vec<Problem>> {
    let origin = OfferSearch::connect(connector_auth, search, environment, wiring);
    let target = BoardArchive::connect(hrflow_auth, push, environment, wiring);
    match (origin, target) {
        (Ok(origin), Ok(target)) => Ok(Connected {
            origin: Box::new(origin),
            target: Box::new(target),
            default_format: default_format(),
        }),
        (origin, target) => Err([origin.err(), target.err()].into_iter().flatten().collect()),
    }
}

/// `{"reference": <the offer's id>}`.
fn default_format() -> Format {
    Box::new(|offer| Ok(Item::from_iter([("reference".to_owned(), offer["id"].clone())])))
}
