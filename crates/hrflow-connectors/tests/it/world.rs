//! Both services, a board, and a place for state: where every test begins.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

use hrflow_connectors::francetravail::{
    ArchiveJobs, ConnectorAuth, CreateJobs, SearchParameters, SyncJobs, UpdateJobs,
    archive_jobs_in_hrflow, create_jobs_in_hrflow, sync_jobs_in_hrflow, update_jobs_in_hrflow,
};
use hrflow_connectors::hrflow::{
    ArchiveParameters, BoardKey, CreateParameters, HrflowAuth, PushParameters, SyncParameters,
};
use hrflow_connectors::{
    ClientOptions, Environment, ItemReport, ListedRun, Outcome, Run, RunBuilder, RunId, RunResult,
    Runs, Settings, StateStore, StoreUrl,
};
use sandbox::{Api, FranceTravail, Hrflow, Sandbox, Share};
use serde_json::{Map, Value};
use store::Store;
use tempfile::TempDir;

pub(crate) const BOARD: &str = "0123456789012345678901234567890123456789";

/// What a world is to be like.
pub(crate) struct Setup(sandbox::Settings);

/// A sandbox, and a folder for what runs leave.
pub(crate) struct World {
    pub(crate) sandbox: Sandbox,
    pub(crate) folder: TempDir,
    /// The HrFlow key that runs use.
    pub(crate) api_secret: &'static str,
    client_options: ClientOptions,
}

pub(crate) fn board_key() -> BoardKey {
    BOARD.parse().unwrap()
}

/// The outcomes that there were, by name.
pub(crate) fn counts(result: &RunResult) -> BTreeMap<&'static str, u64> {
    let outcomes = result.outcomes.iter().filter(|(_, count)| *count > 0);
    outcomes.map(|(outcome, count)| (outcome.name(), count)).collect()
}

/// Created, updated, archived, unchanged.
pub(crate) fn mirrored(result: &RunResult) -> [u64; 4] {
    [Outcome::Created, Outcome::Updated, Outcome::Archived, Outcome::Unchanged]
        .map(|outcome| result.outcomes.count(outcome))
}

impl Setup {
    /// So many offers on a service without a limit, and a board that holds a job of each.
    pub(crate) fn offers(offers: usize) -> Self {
        let francetravail = FranceTravail { rate: None, ..FranceTravail::default() };
        let board_holds = Share(1.0);
        Self(sandbox::Settings { offers, board_holds, francetravail, ..Default::default() })
    }

    /// The board holds the jobs of this share of the offers.
    pub(crate) fn on_board(self, share: f64) -> Self {
        self.with(|settings| settings.board_holds = Share(share))
    }

    pub(crate) fn hrflow(self, hrflow: Hrflow) -> Self {
        self.with(|settings| settings.hrflow = hrflow)
    }

    pub(crate) fn with(mut self, change: impl FnOnce(&mut sandbox::Settings)) -> Self {
        change(&mut self.0);
        self
    }

    pub(crate) async fn start(self) -> World {
        let mut client_options = ClientOptions::over_https().unwrap();
        client_options.read_rate = Some(10_000.0);
        World {
            sandbox: Sandbox::start(self.0).await.unwrap(),
            folder: tempfile::tempdir().unwrap(),
            api_secret: "ask_",
            client_options,
        }
    }
}

/// Runs that a program begins.
impl World {
    pub(crate) fn archive(&self) -> RunBuilder {
        self.archive_of(&[])
    }

    /// Archives the jobs of the offers that a search finds.
    pub(crate) fn archive_of(&self, pull: &[(&str, &str)]) -> RunBuilder {
        let pull = SearchParameters::from_pairs(pull.iter().copied()).unwrap();
        self.archive_with(pull, ArchiveParameters::new(board_key()))
    }

    pub(crate) fn archive_with(
        &self,
        pull_parameters: SearchParameters,
        push_parameters: ArchiveParameters,
    ) -> RunBuilder {
        self.at_sandbox(archive_jobs_in_hrflow(ArchiveJobs {
            workflow_id: "archive".to_owned(),
            connector_auth: connector_auth(),
            hrflow_auth: self.hrflow_auth(),
            pull_parameters,
            push_parameters,
        }))
    }

    pub(crate) fn create(&self) -> RunBuilder {
        self.create_with(CreateParameters::new(board_key()))
    }

    pub(crate) fn create_with(&self, push_parameters: CreateParameters) -> RunBuilder {
        self.at_sandbox(create_jobs_in_hrflow(CreateJobs {
            workflow_id: "create".to_owned(),
            connector_auth: connector_auth(),
            hrflow_auth: self.hrflow_auth(),
            pull_parameters: SearchParameters::new(),
            push_parameters,
        }))
    }

    pub(crate) fn update(&self) -> RunBuilder {
        self.at_sandbox(update_jobs_in_hrflow(UpdateJobs {
            workflow_id: "update".to_owned(),
            connector_auth: connector_auth(),
            hrflow_auth: self.hrflow_auth(),
            pull_parameters: SearchParameters::new(),
            push_parameters: PushParameters { board_key: board_key() },
        }))
    }

    pub(crate) fn sync(&self) -> RunBuilder {
        self.sync_with(SyncParameters::new(board_key()))
    }

    pub(crate) fn sync_with(&self, push_parameters: SyncParameters) -> RunBuilder {
        self.at_sandbox(sync_jobs_in_hrflow(SyncJobs {
            workflow_id: "mirror".to_owned(),
            connector_auth: connector_auth(),
            hrflow_auth: self.hrflow_auth(),
            pull_parameters: SearchParameters::new(),
            push_parameters,
            state: self.state(),
        }))
    }

    fn hrflow_auth(&self) -> HrflowAuth {
        HrflowAuth::new(self.api_secret, "recruiting@example.org")
    }

    fn at_sandbox(&self, run: RunBuilder) -> RunBuilder {
        run.environment(self.environment()).client_options(self.client_options.clone())
    }
}

/// Runs that a workflow file begins.
impl World {
    pub(crate) fn settings(&self, action: &str, more: &str) -> Settings {
        self.settings_of(&format!(
            "workflow_id = \"file\"\naction = \"francetravail.{action}_jobs_in_hrflow\"\n\
             read_rate = 10000\n{more}\n[push_parameters]\nboard_key = \"{BOARD}\"\n"
        ))
    }

    pub(crate) fn settings_of(&self, text: &str) -> Settings {
        Settings::from_toml(text, "workflow.toml", &self.environment())
    }

    pub(crate) fn plan_of(&self, settings: Settings) -> Run {
        settings.plan(&self.environment(), &self.client_options).unwrap()
    }

    pub(crate) fn plan(&self, action: &str, more: &str) -> Run {
        self.plan_of(self.settings(action, more))
    }

    pub(crate) async fn run(&self, action: &str, more: &str) -> RunResult {
        self.plan(action, more).run().await
    }

    /// A run by the workflow that the record of another keeps, as `resume` and `retry` make it.
    pub(crate) fn plan_by_record(&self, run: &ListedRun) -> Run {
        self.plan_of(Settings::of_run(&run.record, &self.environment()).unwrap())
    }
}

/// What runs leave.
impl World {
    pub(crate) fn environment(&self) -> Environment {
        Environment::from_iter([
            ("FRANCETRAVAIL_API_URL", self.sandbox.francetravail_api_url()),
            ("FRANCETRAVAIL_TOKEN_URL", self.sandbox.francetravail_token_url()),
            ("HRFLOW_API_URL", self.sandbox.hrflow_api_url()),
            ("FRANCETRAVAIL_CLIENT_ID", "id".to_owned()),
            ("FRANCETRAVAIL_CLIENT_SECRET", "secret".to_owned()),
            ("HRFLOW_API_SECRET", self.api_secret.to_owned()),
            ("HRFLOW_API_USER", "recruiting@example.org".to_owned()),
            ("HRFLOW_CONNECTORS_STORE_URL", self.store_url().to_string()),
        ])
    }

    /// A folder of files where there is one called `state`, else a database.
    pub(crate) fn store_url(&self) -> StoreUrl {
        let folder: &Path = self.folder.path();
        match folder.join("state") {
            files if files.is_dir() => StoreUrl::File(files),
            _ => StoreUrl::Sqlite(folder.join("state.sqlite")),
        }
    }

    pub(crate) fn state(&self) -> StateStore {
        StateStore::at(self.store_url())
    }

    pub(crate) async fn store(&self) -> Arc<dyn Store> {
        store::open(&self.store_url(), &[]).await.unwrap()
    }

    pub(crate) async fn runs(&self) -> Runs {
        Runs::open(&self.state()).await.unwrap()
    }

    pub(crate) async fn reports(&self, run: &RunId) -> Vec<ItemReport> {
        let mut reports = Vec::new();
        self.runs().await.items(run, |report| reports.push(report)).await.unwrap();
        reports
    }

    /// What a dead process leaves behind are leases of a process that is no more; that of a test
    /// still lives, so they are taken away by hand.
    pub(crate) async fn expire_leases(&self) {
        let store = self.store().await;
        for name in store.list("").await.unwrap() {
            if name.ends_with("/lease") {
                store.delete(&name).await.unwrap();
            }
        }
    }
}

/// What the services have.
impl World {
    pub(crate) fn services(&self) -> &sandbox::World {
        self.sandbox.world()
    }

    pub(crate) fn listed(&self) -> BTreeSet<String> {
        self.services().offer_ids().into_iter().collect()
    }

    pub(crate) fn archived(&self) -> BTreeSet<String> {
        self.services().archived(BOARD).into_keys().collect()
    }

    /// The references of the jobs that are not archived.
    pub(crate) fn live(&self) -> BTreeSet<String> {
        let archived = self.archived();
        let references = self.services().references(BOARD).into_iter();
        references.filter(|reference| !archived.contains(reference)).collect()
    }

    pub(crate) fn job(&self, reference: &str) -> Value {
        self.services().job(BOARD, reference).unwrap()
    }

    pub(crate) fn offer(&self, id: &str) -> Map<String, Value> {
        let Value::Object(offer) = self.services().offer(id).unwrap() else { unreachable!() };
        offer
    }

    pub(crate) fn take_away(&self, id: &str) -> Map<String, Value> {
        let offer = self.offer(id);
        self.services().remove_offer(id);
        offer
    }

    pub(crate) fn put_back(&self, offer: Map<String, Value>) {
        self.services().add_offer(offer).unwrap();
    }

    /// Changes one text of an offer.
    pub(crate) fn change(&self, id: &str, field: &str, text: &str) {
        let mut offer = self.take_away(id);
        offer.insert(field.to_owned(), text.into());
        self.put_back(offer);
    }

    /// How often HrFlow was called.
    pub(crate) fn hrflow_calls(&self) -> u64 {
        self.services().request_count(Api::Hrflow)
    }
}

fn connector_auth() -> ConnectorAuth {
    ConnectorAuth::new("id", "client-secret-5ec4e7")
}
