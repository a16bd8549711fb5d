//! What all processes of a schedule share, and the runs that they are made of.

use std::collections::BTreeMap;
use std::sync::Arc;

use hrflow_connectors::francetravail::{
    ArchiveJobs, ConnectorAuth, CreateJobs, SearchParameters, SyncJobs, UpdateJobs,
    archive_jobs_in_hrflow, create_jobs_in_hrflow, job_of_offer, sync_jobs_in_hrflow,
    update_jobs_in_hrflow,
};
use hrflow_connectors::hrflow::{
    ArchiveParameters, CreateParameters, HrflowAuth, PushParameters, Select, SyncParameters,
};
use hrflow_connectors::{
    ClientOptions, Environment, Incremental, Item, ListedRun, MirrorRules, Reset, RunBuilder, Runs,
    StateStore,
};
use store::{Known, Lease, Ledger, Owner, Store};

use crate::faulty_store::FaultyStore;
use crate::model::Model;
use crate::process::Process;
use crate::schedule::{
    Action, BOARD, CLIENT_SECRET, Command, FilterResult, Key, Schedule, USER, Workflow,
};
use crate::trace::Trace;
use crate::transport::SimTransport;

/// What all processes share.
pub(crate) struct Site {
    pub(crate) schedule: Schedule,
    pub(crate) model: Arc<Model>,
    pub(crate) store: Arc<dyn Store>,
    pub(crate) trace: Trace,
}

impl Site {
    pub(crate) async fn runs(&self) -> Runs {
        Runs::open(&StateStore::Opened(self.store.clone())).await.unwrap()
    }

    /// The runs of a workflow, newest first.
    pub(crate) async fn runs_of(&self, workflow: &Workflow) -> Vec<ListedRun> {
        let mut runs = self.runs().await.list().await.unwrap();
        runs.retain(|run| run.record.workflow_id == workflow.id);
        runs
    }

    /// What a workflow remembers as delivered.
    pub(crate) async fn delivered(&self, workflow: &Workflow) -> BTreeMap<String, Known> {
        let initial = workflow.id.split(' ').next().unwrap_or_default().to_lowercase();
        let names = self.store.list("workflows/").await.unwrap();
        let folder = names.iter().find_map(|name| {
            let (folder, _) = name.split_once("/delivered/")?;
            let is_its = folder.to_lowercase().starts_with(&format!("workflows/{initial}"));
            is_its.then(|| format!("{folder}/delivered"))
        });
        let Some(folder) = folder else { return BTreeMap::new() };
        let ledger = Ledger::open(self.store.clone(), folder).await.unwrap();
        ledger.entries().map(|(reference, known)| (reference.to_owned(), known)).collect()
    }

    /// The leases of the dead are over; here their process lives on, so they are taken away.
    pub(crate) async fn expire_leases(&self) {
        for _ in 0..8 {
            tokio::task::yield_now().await;
        }
        // Their numbers stay: no store forgets how often a lease was taken.
        for name in self.store.list("").await.unwrap() {
            if name.ends_with("/lease") {
                Lease::break_lock(&*self.store, &name, &Owner::here("next")).await.unwrap();
            }
        }
    }

    pub(crate) fn builder(
        &self,
        process: &Arc<Process>,
        workflow: &Workflow,
        (command, key): (Command, Key),
    ) -> RunBuilder {
        let Workflow { action, filter, incremental, .. } = *workflow;
        let mut run = self
            .action(process, workflow, key)
            .environment(Environment::from_iter(
                [
                    ("FRANCETRAVAIL_API_URL", "https://services/partenaire/offresdemploi"),
                    ("FRANCETRAVAIL_TOKEN_URL", "https://services/connexion/oauth2/access_token"),
                    ("HRFLOW_API_URL", "https://services/v1"),
                ]
                .map(|(name, url)| (name, url.to_owned())),
            ))
            .client_options(self.client_options(process))
            .state(StateStore::Opened(FaultyStore::over(self.store.clone(), process.clone())))
            .functions_version("1")
            .logic(move |item: Item| match filter.of(id(&item)) {
                FilterResult::Discards => Ok(None),
                FilterResult::Refuses => Err("refused by the filter"),
                FilterResult::Keeps | FilterResult::Spoils => Ok(Some(item)),
            })
            .format(move |item: Item| {
                if filter.of(id(&item)) == FilterResult::Spoils {
                    return Err("spoilt".to_owned());
                }
                match action {
                    Action::Archive | Action::Sweep => {
                        Ok(Item::from_iter([("reference".to_owned(), item["id"].clone())]))
                    }
                    Action::Create | Action::Update | Action::Sync => job_of_offer(&item),
                }
            });
        if let Some(limit) = self.schedule.max_failures.filter(|_| !process.fault_plan.is_calm()) {
            run = run.max_failures(limit);
        }
        if !incremental {
            return run;
        }
        let reset = if let Command::Anew(reset) = command { reset } else { Reset::No };
        run.incremental(Incremental { reset, ..Incremental::default() })
    }

    fn action(&self, process: &Arc<Process>, workflow: &Workflow, key: Key) -> RunBuilder {
        let workflow_id = workflow.id.to_owned();
        let connector_auth = ConnectorAuth::new("id", CLIENT_SECRET);
        let hrflow_auth = HrflowAuth::new(key.text(), USER);
        let pull_parameters = SearchParameters::new();
        let board_key = BOARD.parse().unwrap();
        match workflow.action {
            Action::Archive | Action::Sweep => archive_jobs_in_hrflow(ArchiveJobs {
                workflow_id,
                connector_auth,
                hrflow_auth,
                pull_parameters,
                push_parameters: ArchiveParameters {
                    select: match workflow.action {
                        Action::Sweep => Select::Vanished,
                        _ => Select::Listed,
                    },
                    rules: self.rules(process),
                    ..ArchiveParameters::new(board_key)
                },
            }),
            Action::Create => create_jobs_in_hrflow(CreateJobs {
                workflow_id,
                connector_auth,
                hrflow_auth,
                pull_parameters,
                push_parameters: CreateParameters::new(board_key),
            }),
            Action::Update => update_jobs_in_hrflow(UpdateJobs {
                workflow_id,
                connector_auth,
                hrflow_auth,
                pull_parameters,
                push_parameters: PushParameters { board_key },
            }),
            Action::Sync => sync_jobs_in_hrflow(SyncJobs {
                workflow_id,
                connector_auth,
                hrflow_auth,
                pull_parameters,
                push_parameters: SyncParameters {
                    rules: self.rules(process),
                    ..SyncParameters::new(board_key)
                },
                state: StateStore::Opened(self.store.clone()),
            }),
        }
    }

    fn rules(&self, process: &Process) -> MirrorRules {
        MirrorRules {
            grace: self.schedule.grace,
            confirm: self.schedule.confirm,
            allow_mass_archive: process.fault_plan.allows_mass_archive(),
            ..MirrorRules::default()
        }
    }

    fn client_options(&self, process: &Arc<Process>) -> ClientOptions {
        let mut client_options = ClientOptions::over(SimTransport::of(process.clone()));
        client_options.write_concurrency = self.schedule.write_concurrency;
        client_options.write_rate = self.schedule.write_rate;
        client_options.read_rate = self.schedule.read_rate;
        client_options.answer_timeout = self.schedule.answer_timeout;
        client_options.seed = Some(self.schedule.seed);
        client_options
    }
}

fn id(item: &Item) -> &str {
    item.text("id").unwrap_or_default()
}
