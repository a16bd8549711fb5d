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
    Environment, Incremental, Item, ListedRun, MirrorRules, Reset, RunBuilder, Runs, StateStore,
    Wiring,
};
use store::{Known, Ledger, Store};

use crate::faulty_store::FaultyStore;
use crate::land::Land;
use crate::line::Line;
use crate::process::Process;
use crate::schedule::{BOARD, CLIENT_SECRET, Deed, Errand, Key, Schedule, USER, Verdict, Workflow};
use crate::trace::Trace;

/// What all processes share.
pub(crate) struct Site {
    pub(crate) schedule: Schedule,
    pub(crate) land: Arc<Land>,
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
    pub(crate) async fn bury(&self) {
        for _ in 0..8 {
            tokio::task::yield_now().await;
        }
        for name in self.store.list("").await.unwrap() {
            if name.ends_with("/lease") {
                self.store.delete(&name).await.unwrap();
            }
        }
    }

    pub(crate) fn builder(
        &self,
        process: &Arc<Process>,
        workflow: &Workflow,
        (errand, key): (Errand, Key),
    ) -> RunBuilder {
        let Workflow { deed, taste, incremental, .. } = *workflow;
        let mut run = self
            .deed(process, workflow, key)
            .environment(Environment::from_iter(
                [
                    ("FRANCETRAVAIL_API_URL", "https://services/partenaire/offresdemploi"),
                    ("FRANCETRAVAIL_TOKEN_URL", "https://services/connexion/oauth2/access_token"),
                    ("HRFLOW_API_URL", "https://services/v1"),
                ]
                .map(|(name, url)| (name, url.to_owned())),
            ))
            .wiring(self.wiring(process))
            .state(StateStore::Opened(FaultyStore::over(self.store.clone(), process.clone())))
            .functions_version("1")
            .logic(move |item: Item| match taste.of(id(&item)) {
                Verdict::Discards => Ok(None),
                Verdict::Refuses => Err("not to its taste"),
                Verdict::Keeps | Verdict::Spoils => Ok(Some(item)),
            })
            .format(move |item: Item| {
                if taste.of(id(&item)) == Verdict::Spoils {
                    return Err("spoilt".to_owned());
                }
                match deed {
                    Deed::Archive | Deed::Sweep => {
                        Ok(Item::from_iter([("reference".to_owned(), item["id"].clone())]))
                    }
                    Deed::Create | Deed::Update | Deed::Sync => job_of_offer(&item),
                }
            });
        if let Some(limit) = self.schedule.max_failures.filter(|_| !process.fate.is_calm()) {
            run = run.max_failures(limit);
        }
        if !incremental {
            return run;
        }
        let reset = if let Errand::Anew(reset) = errand { reset } else { Reset::No };
        run.incremental(Incremental { reset, ..Incremental::default() })
    }

    fn deed(&self, process: &Arc<Process>, workflow: &Workflow, key: Key) -> RunBuilder {
        let workflow_id = workflow.id.to_owned();
        let connector_auth = ConnectorAuth::new("id", CLIENT_SECRET);
        let hrflow_auth = HrflowAuth::new(key.text(), USER);
        let pull_parameters = SearchParameters::new();
        let board_key = BOARD.parse().unwrap();
        match workflow.deed {
            Deed::Archive | Deed::Sweep => archive_jobs_in_hrflow(ArchiveJobs {
                workflow_id,
                connector_auth,
                hrflow_auth,
                pull_parameters,
                push_parameters: ArchiveParameters {
                    select: match workflow.deed {
                        Deed::Sweep => Select::Vanished,
                        _ => Select::Listed,
                    },
                    rules: self.rules(process),
                    ..ArchiveParameters::new(board_key)
                },
            }),
            Deed::Create => create_jobs_in_hrflow(CreateJobs {
                workflow_id,
                connector_auth,
                hrflow_auth,
                pull_parameters,
                push_parameters: CreateParameters::new(board_key),
            }),
            Deed::Update => update_jobs_in_hrflow(UpdateJobs {
                workflow_id,
                connector_auth,
                hrflow_auth,
                pull_parameters,
                push_parameters: PushParameters { board_key },
            }),
            Deed::Sync => sync_jobs_in_hrflow(SyncJobs {
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
            allow_mass_archive: process.fate.allows_mass_archive(),
            ..MirrorRules::default()
        }
    }

    fn wiring(&self, process: &Arc<Process>) -> Wiring {
        let mut wiring = Wiring::over(Line::of(process.clone()));
        wiring.write_concurrency = self.schedule.write_concurrency;
        wiring.write_rate = self.schedule.write_rate;
        wiring.read_rate = self.schedule.read_rate;
        wiring.answer_timeout = self.schedule.answer_timeout;
        wiring.seed = Some(self.schedule.seed);
        wiring
    }
}

fn id(item: &Item) -> &str {
    item.text("id").unwrap_or_default()
}
