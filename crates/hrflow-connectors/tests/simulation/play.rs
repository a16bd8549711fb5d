//! A schedule from its beginning to its end.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use hrflow_connectors::francetravail::{
    ArchiveJobs, ConnectorAuth, CreateJobs, SearchParameters, SyncJobs, UpdateJobs,
    archive_jobs_in_hrflow, create_jobs_in_hrflow, job_of_offer, sync_jobs_in_hrflow,
    update_jobs_in_hrflow,
};
use hrflow_connectors::hrflow::{
    ArchiveParameters, CreateParameters, HrflowAuth, PushParameters, SyncParameters,
};
use hrflow_connectors::{
    DeadLetter, Environment, Incremental, Item, ListedRun, MirrorRules, Reset, Run, RunBuilder,
    RunId, RunResult, RunState, Runs, StateStore, Wiring,
};
use sandbox::{Settings, World};
use serde_json::Value;
use store::{Fingerprint, Known, Ledger, Store};
use tracing_subscriber::filter::LevelFilter;

use crate::chance::Chance;
use crate::checks::{self, Before};
use crate::faulty_store::FaultyStore;
use crate::land::Land;
use crate::line::Line;
use crate::process::{Fate, Process};
use crate::schedule::{
    BOARD, CLIENT_SECRET, Deed, Errand, Key, Schedule, Troubled, USER, Verdict, credentials,
};
use crate::trace::{Showing, Trace, check_for_secrets};
use crate::witness::{Told, Witness};

const WORKFLOW: &str = "Simulated / workflow";
/// A process that has not ended by then never will.
const LONGEST: Duration = Duration::from_hours(48);
/// Within so long a lease is given back in the background.
const GIVEN_BACK: Duration = Duration::from_secs(10);
/// After so long the services have done whatever they were asked.
const REST: Duration = Duration::from_mins(30);

/// Plays the schedule of a number and gives what tells its trace from others.
pub(crate) fn play(number: u64, showing: Showing) -> u64 {
    let schedule = Schedule::of(number);
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build();
    runtime.unwrap().block_on(async {
        let trace = Trace::begin(showing);
        let log = tracing_subscriber::fmt()
            .with_max_level(LevelFilter::TRACE)
            .with_ansi(false)
            .without_time()
            .with_writer(trace.clone())
            .finish();
        let _log = tracing::subscriber::set_default(log);
        Play::begin(schedule, number, trace.clone()).await.on().await;
        trace.hash()
    })
}

/// A schedule under way.
pub(crate) struct Play {
    pub(crate) schedule: Schedule,
    pub(crate) land: Arc<Land>,
    /// What all processes share.
    pub(crate) store: Arc<dyn Store>,
    pub(crate) trace: Trace,
    chance: Chance,
    /// What there was when the run began that was not ended yet.
    begun: Option<Before>,
}

/// How a process ended.
pub(crate) struct Ended {
    pub(crate) result: RunResult,
    pub(crate) told: Told,
}

impl Play {
    async fn begin(schedule: Schedule, number: u64, trace: Trace) -> Self {
        trace.note(&format!("{schedule:?}"));
        let mut chance = Chance::of(!number);
        let settings = Settings { credentials: Some(credentials()), ..schedule.settings.clone() };
        let world = Arc::new(World::new(settings).unwrap());
        // The board comes into being with what is listed now.
        drop(world.references(BOARD));
        let land = Arc::new(Land::new(world, chance.fork(), trace.clone()));
        let store = if schedule.is_bucket {
            store::in_memory_bucket()
        } else {
            store::open(&"memory:".parse().unwrap(), &[]).await.unwrap()
        };
        Self { schedule, land, store, trace, chance, begun: None }
    }

    async fn on(mut self) {
        for troubled in std::mem::take(&mut self.schedule.troubled) {
            self.trouble(troubled).await;
        }
        self.land.world.set_faults(None);
        self.trace.note("all is well from now on");
        self.calm_down().await;
        checks::no_secret_is_in(&*self.store).await;
    }

    async fn trouble(&mut self, troubled: Troubled) {
        let Troubled { errand, fate, faults, key, changes } = troubled;
        if !changes.is_empty() || !fate.changes.is_empty() {
            // An answer of before that comes late could undo what comes now.
            tokio::time::sleep(REST).await;
        }
        for change in changes {
            self.land.change(change);
        }
        self.land.world.set_faults(faults);
        self.process(errand, fate, key).await;
    }

    /// Enough runs for everything to be as it should be.
    async fn calm_down(&mut self) {
        tokio::time::sleep(REST).await;
        // The first may go on with a run that was broken off, and end as that does.
        self.process(Errand::Run, Fate::default(), Key::Right).await;
        let more = if self.schedule.deed == Deed::Sync { self.schedule.readings + 1 } else { 1 };
        let mut last = None;
        for _ in 0..more {
            last = self.process(Errand::Run, Fate::default(), Key::Right).await;
        }
        let (ended, _) = last.expect("nothing ends a process that fares well");
        checks::a_good_end(self, &ended);
        let (again, process) =
            self.process(Errand::Run, Fate::default(), Key::Right).await.unwrap();
        checks::nothing_more_to_do(self, &again, &process);
    }

    /// One process from its start to its end; nothing comes of one that dies.
    async fn process(
        &mut self,
        errand: Errand,
        fate: Fate,
        key: Key,
    ) -> Option<(Ended, Arc<Process>)> {
        self.trace.note(&format!("a process starts: {errand:?}, {fate:?}"));
        self.land.watch();
        let process = Process::new(fate, self.land.clone(), self.trace.clone(), self.chance.fork());
        let left = self.left().await;
        let owned = self.delivered().await;
        if left.is_none() || errand != Errand::Run {
            self.begun = None;
        }
        if left.is_none() && errand == Errand::Run {
            self.begun = Some(Before { version: self.land.version(), delivered: owned.clone() });
        }
        let witness = Witness::default();
        let mut plan = self.builder(&process, errand, key).build().unwrap();
        plan.watch(witness.watcher(self.trace.clone()));
        let letters = self.send(&mut plan, errand).await;
        process.can_stop(plan.stop());
        let run = async move {
            match letters {
                Some((of, letters)) => plan.retry(of, letters).await,
                None => plan.run().await,
            }
        };
        let run = tokio::time::timeout(LONGEST, run);
        let result = tokio::select! {
            biased;
            () = process.death() => None,
            result = run => Some(result.expect("a process ends")),
        };
        let ended = if let Some(result) = result {
            let ended = Ended { result, told: witness.told() };
            self.ended(&ended, &process, left.as_ref()).await;
            Some((ended, process.clone()))
        } else {
            self.buried().await;
            None
        };
        checks::only_what_should_be_was_archived(self, &process, &owned);
        checks::memory_is_not_ahead(self).await;
        ended
    }

    /// What a process that ended says is true.
    async fn ended(&mut self, ended: &Ended, process: &Process, left: Option<&ListedRun>) {
        let Ended { result, told } = ended;
        let json = serde_json::to_string(result).unwrap();
        check_for_secrets(&json, "a result");
        self.trace.note(&format!(
            "the process ends: {:?} {:?} {:?} {:?} {:?}",
            result.status, result.reason, result.message, result.events, result.outcomes
        ));
        told.check_against(result);
        checks::each_item_ended_once(self, ended);
        checks::what_was_listed_was_read(self, ended);
        tokio::time::sleep(GIVEN_BACK).await;
        let (leases_failed, store_failed) = {
            let seen = process.seen.lock().unwrap();
            (seen.lease_failures > 0, seen.store_failures + seen.lease_failures > 0)
        };
        checks::the_journal_says_the_same(self, ended, process).await;
        if leases_failed || process.is_dead() {
            self.buried().await;
        } else {
            checks::leases_are_given_back(self, &json).await;
        }
        if let Some(before) = self.begun.take() {
            let went_on = left.is_none_or(|left| left.record.run_id == result.run_id);
            if went_on && before.version == self.land.version() && process.fate.stop.is_none() {
                checks::counts_are_those_of_one_run(self, ended, &before, store_failed);
            }
        }
    }

    /// The leases of the dead are over; here their process lives on, so they are taken away.
    async fn buried(&self) {
        for _ in 0..8 {
            tokio::task::yield_now().await;
        }
        for name in self.store.list("").await.unwrap() {
            if name.ends_with("/lease") {
                self.store.delete(&name).await.unwrap();
            }
        }
    }

    /// The run that the next process goes on with by itself.
    async fn left(&self) -> Option<ListedRun> {
        let mut runs = self.runs().await.list().await.unwrap();
        runs.retain(|run| run.record.state == RunState::Running);
        runs.into_iter().next()
    }

    pub(crate) async fn runs(&self) -> Runs {
        Runs::open(&StateStore::Opened(self.store.clone())).await.unwrap()
    }

    /// What the workflow remembers as delivered.
    pub(crate) async fn delivered(&self) -> BTreeMap<String, Known> {
        let names = self.store.list("workflows/").await.unwrap();
        let folder = names.iter().find_map(|name| {
            let (folder, _) = name.split_once("/delivered/")?;
            Some(format!("{folder}/delivered"))
        });
        let Some(folder) = folder else { return BTreeMap::new() };
        let ledger = Ledger::open(self.store.clone(), folder).await.unwrap();
        ledger.entries().map(|(reference, known)| (reference.to_owned(), known)).collect()
    }

    /// Gives a plan what it is to do.
    async fn send(&self, plan: &mut Run, errand: Errand) -> Option<(RunId, Vec<DeadLetter>)> {
        let runs = self.runs().await;
        let listed = runs.list().await.unwrap();
        match errand {
            Errand::Run | Errand::Anew => {}
            Errand::Resume => {
                if let Some(run) = listed.into_iter().find(ListedRun::is_unfinished) {
                    self.trace.note(&format!("goes on with {}", run.record.run_id));
                    plan.resume(run);
                }
            }
            Errand::Retry => {
                for run in listed.into_iter().filter(|run| !run.is_unfinished()) {
                    let letters = runs.dead_letters(&run.record.run_id).await.unwrap();
                    if !letters.is_empty() {
                        self.trace.note(&format!("{} letters again", letters.len()));
                        return Some((run.record.run_id, letters));
                    }
                }
            }
        }
        None
    }

    fn builder(&self, process: &Arc<Process>, errand: Errand, key: Key) -> RunBuilder {
        let schedule = &self.schedule;
        let taste = schedule.taste;
        let deed = schedule.deed;
        let mut run = self
            .deed(process, key)
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
                    Deed::Archive => {
                        Ok(Item::from_iter([("reference".to_owned(), item["id"].clone())]))
                    }
                    Deed::Create | Deed::Update | Deed::Sync => job_of_offer(&item),
                }
            });
        if let Some(limit) = schedule.max_failures.filter(|_| !process.fate.is_calm()) {
            run = run.max_failures(limit);
        }
        if !schedule.incremental {
            return run;
        }
        let begin_anew = errand == Errand::Anew && deed != Deed::Sync;
        let reset = if begin_anew { Reset::Keep } else { Reset::No };
        run.incremental(Incremental { reset, ..Incremental::default() })
    }

    fn deed(&self, process: &Arc<Process>, key: Key) -> RunBuilder {
        let workflow_id = WORKFLOW.to_owned();
        let connector_auth = ConnectorAuth::new("id", CLIENT_SECRET);
        let hrflow_auth = HrflowAuth::new(key.text(), USER);
        let pull_parameters = SearchParameters::new();
        let board_key = BOARD.parse().unwrap();
        match self.schedule.deed {
            Deed::Archive => archive_jobs_in_hrflow(ArchiveJobs {
                workflow_id,
                connector_auth,
                hrflow_auth,
                pull_parameters,
                push_parameters: ArchiveParameters::new(board_key),
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
            allow_mass_archive: process.fate.is_calm(),
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

/// What tells the content of an offer.
pub(crate) fn print_of(offer: &Value) -> Fingerprint {
    Fingerprint::of(offer.to_string().as_bytes())
}
