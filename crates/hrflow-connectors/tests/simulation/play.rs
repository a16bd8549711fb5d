//! A schedule from its beginning to its end.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures::FutureExt;
use futures::future::BoxFuture;
use hrflow_connectors::{DeadLetter, ListedRun, Run, RunId, RunResult, RunState};
use sandbox::{Settings, World};
use serde_json::Value;
use store::Fingerprint;
use tracing_subscriber::filter::LevelFilter;

use crate::chance::Chance;
use crate::checks::{self, Before};
use crate::model::Model;
use crate::process::{FaultPlan, Process};
use crate::recorder::{Recorder, Told};
use crate::schedule::{Action, BOARD, Command, Key, Schedule, Troubled, Workflow, credentials};
use crate::site::Site;
use crate::trace::{Showing, Trace, check_for_secrets};

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
    site: Arc<Site>,
    chance: Chance,
    /// What there was when the workflow's run began that was not ended yet.
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
        let model = Arc::new(Model::new(world, chance.fork(), trace.clone()));
        let store = if schedule.is_bucket {
            store::in_memory_bucket()
        } else {
            store::open(&"memory:".parse().unwrap(), &[]).await.unwrap()
        };
        Self { site: Arc::new(Site { schedule, model, store, trace }), chance, begun: None }
    }

    async fn on(mut self) {
        for troubled in self.site.schedule.troubled.clone() {
            self.trouble(troubled).await;
        }
        self.site.model.world.set_faults(None);
        self.site.trace.note("all is well from now on");
        self.calm_down().await;
        checks::no_secret_is_in(&*self.site.store).await;
    }

    async fn trouble(&mut self, troubled: Troubled) {
        let Troubled { is_rival, command, fault_plan, faults, key, changes } = troubled;
        if !changes.is_empty() || !fault_plan.changes.is_empty() {
            // An answer of before that comes late could undo what comes now.
            tokio::time::sleep(REST).await;
        }
        for change in changes {
            self.site.model.change(change);
        }
        self.site.model.world.set_faults(faults);
        let schedule = &self.site.schedule;
        let workflow = schedule.rival.filter(|_| is_rival).unwrap_or(schedule.own);
        self.process(&workflow, command, fault_plan, key).await;
    }

    /// Enough runs for everything to be as it should be.
    async fn calm_down(&mut self) {
        tokio::time::sleep(REST).await;
        let Schedule { own, rival, readings, .. } = self.site.schedule.clone();
        // What one of two leaves to the other is settled by the other's next runs.
        let rounds = if rival.is_some() { 2 } else { 1 };
        for workflow in [Some(own), rival].repeat(rounds).into_iter().flatten() {
            let readings = if workflow.action.is_mirror() { readings + 1 } else { 1 };
            // The first may go on with a run that was broken off, and end as that does.
            for _ in 0..=readings {
                self.calm_run(&workflow).await;
            }
        }
        for workflow in [Some(own), rival].into_iter().flatten() {
            let (ended, _) = self.calm_run(&workflow).await;
            checks::converges(&self.site, &workflow, &ended);
            let (again, process) = self.calm_run(&workflow).await;
            checks::converges(&self.site, &workflow, &again);
            checks::nothing_more_to_do(&workflow, &again, &process);
        }
    }

    async fn calm_run(&mut self, workflow: &Workflow) -> (Ended, Arc<Process>) {
        let run = self.process(workflow, Command::Run, FaultPlan::default(), Key::Right).await;
        run.expect("nothing ends a process that fares well")
    }

    /// One process from its start to its end; nothing comes of one that dies.
    async fn process(
        &mut self,
        workflow: &Workflow,
        command: Command,
        fault_plan: FaultPlan,
        key: Key,
    ) -> Option<(Ended, Arc<Process>)> {
        let site = self.site.clone();
        site.trace.note(&format!("a process starts: {}, {command:?}, {fault_plan:?}", workflow.id));
        site.model.watch();
        let process =
            Process::new(fault_plan, site.model.clone(), site.trace.clone(), self.chance.fork());
        let left = left(&site, workflow).await;
        let owned = site.delivered(workflow).await;
        if left.is_none() || command != Command::Run || workflow.id != site.schedule.own.id {
            self.begun = None;
        } else if process.fault_plan.taken_over_at.is_some() {
            // Two processes have done what the counts of one would say.
            self.begun = None;
        }
        let is_alone =
            workflow.id == site.schedule.own.id && process.fault_plan.taken_over_at.is_none();
        if left.is_none() && command == Command::Run && is_alone {
            self.begun = Some(Before { version: site.model.version(), delivered: owned.clone() });
        }
        let successor = Successor::of(&site, workflow, &process, self.chance.fork());
        let end = live(&site, workflow, &process, (command, key)).await;
        let is_taken_over = successor.check(&site, workflow).await;
        match &end {
            Some(ended) if !is_taken_over => {
                self.ended(workflow, command, ended, &process, left.as_ref()).await;
            }
            Some(_) | None => site.expire_leases().await,
        }
        checks::only_what_should_be_was_archived(&site, workflow, &process, &owned);
        checks::memory_is_not_ahead(&site).await;
        end.map(|ended| (ended, process))
    }

    /// What a process that ended says is true.
    async fn ended(
        &mut self,
        workflow: &Workflow,
        command: Command,
        ended: &Ended,
        process: &Process,
        left: Option<&ListedRun>,
    ) {
        let site = self.site.clone();
        let result = &ended.result;
        says_the_truth(&site, workflow, command, ended);
        checks::the_journal_says_the_same(&site, ended, process).await;
        checks::no_step_is_open(&site, ended).await;
        tokio::time::sleep(GIVEN_BACK).await;
        let (leases_failed, store_failed) = {
            let seen = process.seen.lock().unwrap();
            (seen.lease_failures > 0, seen.store_failures + seen.lease_failures > 0)
        };
        if leases_failed || process.is_dead() {
            site.expire_leases().await;
        } else {
            checks::leases_are_given_back(&site, result).await;
        }
        if let Some(before) = self.begun.take() {
            let went_on = left.is_none_or(|left| left.record.run_id == result.run_id);
            if went_on
                && before.version == site.model.version()
                && process.fault_plan.stop.is_none()
            {
                checks::counts_are_those_of_one_run(&site, ended, &before, store_failed);
            }
        }
    }
}

/// Lets a process live; nothing comes of one that dies.
async fn live(
    site: &Arc<Site>,
    workflow: &Workflow,
    process: &Arc<Process>,
    (command, key): (Command, Key),
) -> Option<Ended> {
    let recorder = Recorder::default();
    let builder = || site.builder(process, workflow, (command, key)).build().unwrap();
    let mut run = builder();
    run.watch(recorder.watcher(site.trace.clone()));
    let letters = send(site, workflow, &mut run, command).await;
    process.can_stop(run.stop());
    let plans = builder();
    let run = async move {
        match (command, letters) {
            (Command::Apply(on_outdated), _) => {
                let (_, plan) = plans.preview().await;
                checks::nothing_was_written(process);
                run.apply(plan, on_outdated).await
            }
            (_, Some((of, letters))) => run.retry(of, letters).await,
            (_, None) => run.run().await,
        }
    };
    let run = tokio::time::timeout(LONGEST, run);
    tokio::select! {
        biased;
        () = process.death() => None,
        result = run => {
            Some(Ended { result: result.expect("a process ends"), told: recorder.told() })
        }
    }
}

/// What its result says is what its events say.
fn says_the_truth(site: &Site, workflow: &Workflow, command: Command, ended: &Ended) {
    let Ended { result, told } = ended;
    check_for_secrets(&serde_json::to_string(result).unwrap(), "a result");
    site.trace.note(&format!(
        "the process ends: {:?} {:?} {:?} {:?} {:?}",
        result.status, result.reason, result.message, result.events, result.outcomes
    ));
    told.check_against(result);
    checks::each_item_ended_once(workflow, command, ended);
    checks::what_was_listed_was_read(site, ended);
    // A retry and a plan carried out read nothing of the search.
    if !matches!(command, Command::Retry | Command::Apply(_)) {
        checks::what_is_not_whole_is_said(ended);
    }
}

/// The run that the next process goes on with by itself.
async fn left(site: &Site, workflow: &Workflow) -> Option<ListedRun> {
    let mut runs = site.runs_of(workflow).await;
    runs.retain(|run| run.record.state == RunState::Running);
    runs.into_iter().next()
}

/// Gives a run what it is to do.
async fn send(
    site: &Site,
    workflow: &Workflow,
    run: &mut Run,
    command: Command,
) -> Option<(RunId, Vec<DeadLetter>)> {
    let listed = site.runs_of(workflow).await;
    match command {
        Command::Run | Command::Anew(_) | Command::Apply(_) => {}
        Command::Resume => {
            if let Some(found) = listed.into_iter().find(ListedRun::is_unfinished) {
                site.trace.note(&format!("goes on with {}", found.record.run_id));
                run.resume(found);
            }
        }
        Command::Retry => {
            for found in listed.into_iter().filter(|found| !found.is_unfinished()) {
                let run_id = found.record.run_id;
                let letters = site.runs().await.dead_letters(&run_id).await.unwrap();
                if !letters.is_empty() {
                    site.trace.note(&format!("{} letters again", letters.len()));
                    return Some((run_id, letters));
                }
            }
        }
    }
    None
}

/// Another process of the same workflow, which takes over from one that still lives.
struct Successor {
    process: Arc<Process>,
    has_begun: Arc<AtomicBool>,
    ended: Arc<Mutex<Option<Ended>>>,
}

impl Successor {
    /// Waits for its time to come.
    fn of(site: &Arc<Site>, workflow: &Workflow, process: &Arc<Process>, chance: Chance) -> Self {
        let successor = Self {
            process: Process::new(
                FaultPlan::default(),
                site.model.clone(),
                site.trace.clone(),
                chance,
            ),
            has_begun: Arc::default(),
            ended: Arc::default(),
        };
        process.can_be_taken_over(successor.takes_over(site.clone(), *workflow));
        successor
    }

    fn takes_over(&self, site: Arc<Site>, workflow: Workflow) -> BoxFuture<'static, ()> {
        let (process, ended) = (self.process.clone(), self.ended.clone());
        let has_begun = self.has_begun.clone();
        async move {
            has_begun.store(true, Ordering::Relaxed);
            site.expire_leases().await;
            let end = live(&site, &workflow, &process, (Command::Run, Key::Right)).await;
            *ended.lock().unwrap_or_else(PoisonError::into_inner) = end;
        }
        .boxed()
    }

    /// Whether it has taken over. What it has said is still true when the process that it took
    /// over from has ended; one that has not come to its end by then is a process that died.
    async fn check(&self, site: &Site, workflow: &Workflow) -> bool {
        let ended = self.ended.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(ended) = ended {
            says_the_truth(site, workflow, Command::Run, &ended);
            checks::the_journal_has_each_item(site, &ended).await;
        }
        self.has_begun.load(Ordering::Relaxed)
    }
}

/// What tells the content of an offer.
pub(crate) fn print_of(offer: &Value) -> Fingerprint {
    Fingerprint::of(offer.to_string().as_bytes())
}

/// Whether a workflow creates what it lists and the board does not have.
pub(crate) fn creates(action: Action) -> bool {
    matches!(action, Action::Create | Action::Sync)
}
