//! The process that runs the fleet: begins what is due, notices what ends, tells how all of it is.

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use hrflow_connectors::{
    CheckedWorkflow, Due, Environment, FleetStatus, History, HistoryError, LastRun, Live, Reason,
    Run, RunResult, Settings, SharedReading, Stop, Why,
};
use jiff::Timestamp;
use store::Lease;
use tokio::sync::{Mutex, mpsc};
use tokio::task::{Id, JoinError, JoinHandle, JoinSet};
use tokio::time::{Instant, MissedTickBehavior, interval, sleep_until};
use web_console::{Asked, Denied};

use crate::asks::{self, Ask};
use crate::folder::Snapshot;
use crate::launch::Task;
use crate::notify::Notifier;
use crate::service::{Loaded, Service};
use crate::sizes::Sizes;

/// How often it is looked what is due.
const TICK: Duration = Duration::from_secs(1);
/// How often it is looked how the workflows are, while nothing runs.
const LOOK: Duration = Duration::from_secs(15);
/// How often the stores are asked for runs that somebody else has begun.
const REFRESH: Duration = Duration::from_mins(1);
/// A run that was asked to end has ended by then.
const ENDING: Duration = Duration::from_secs(30);

/// Why the fleet is no longer run here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ended {
    /// The end was asked for.
    Stopped,
    /// Another process may run it.
    LeaseLost,
}

/// The fleet as it runs.
pub(crate) struct Active<'a> {
    service: &'a Service,
    loaded: Arc<Loaded>,
    snapshot: Snapshot,
    history: History,
    /// What is known here before the store tells: runs that were refused leave no record.
    own: BTreeMap<String, LastRun>,
    live: Live,
    /// Nothing of a workflow is due before that, as long as its last run is this one.
    waits: BTreeMap<String, (Option<LastRun>, Timestamp)>,
    going: BTreeMap<Id, Going>,
    runs: JoinSet<RunResult>,
    notifier: Arc<Mutex<Notifier>>,
    telling: Option<JoinHandle<()>>,
    refreshing: Option<JoinHandle<Result<History, HistoryError>>>,
    sizes: Sizes,
    sizing: Option<JoinHandle<Sizes>>,
    /// Whether the files were read again, and the console shows the stores of before.
    has_other_stores: bool,
    since: Timestamp,
    next_look: Instant,
    next_refresh: Instant,
}

/// A run that goes on.
struct Going {
    workflow_id: String,
    began: Timestamp,
    /// Ends it early, once it has begun.
    stop: Arc<OnceLock<Stop>>,
}

impl<'a> Active<'a> {
    pub(crate) async fn new(service: &'a Service, loaded: Loaded, notifier: Notifier) -> Self {
        let mut active = Self {
            service,
            loaded: Arc::new(loaded),
            snapshot: Snapshot::of(&service.options.folder),
            history: History::default(),
            own: BTreeMap::new(),
            live: Live::default(),
            waits: BTreeMap::new(),
            going: BTreeMap::new(),
            runs: JoinSet::new(),
            notifier: Arc::new(Mutex::new(notifier)),
            telling: None,
            refreshing: None,
            sizes: Sizes::default(),
            sizing: None,
            has_other_stores: false,
            since: Timestamp::now(),
            next_look: Instant::now(),
            next_refresh: Instant::now() + REFRESH,
        };
        let stores = service.launcher.stores();
        match History::of(&active.loaded.fleet, stores).await {
            Ok(history) => active.history = history,
            // Workflows without a history wait for their next time.
            Err(error) => tracing::warn!(%error, "could not read what has run"),
        }
        active
    }

    /// Runs what is due until the end is asked for, or the lease is lost.
    pub(crate) async fn run(mut self, lease: &Lease, asks: &mut mpsc::Receiver<Ask>) -> Ended {
        let stop = self.service.stop.clone();
        let mut ticks = interval(TICK);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                () = stop.cancelled() => {
                    let deadline = Instant::now() + self.service.options.drain;
                    self.drain(deadline, "the service is ending").await;
                    self.settle().await;
                    return Ended::Stopped;
                }
                Some(ended) = self.runs.join_next_with_id() => self.ended(ended).await,
                Some(Ask { asked, answer }) = asks.recv() => {
                    if !answer.is_closed() {
                        // Who no longer waits for the answer finds the run in the console.
                        let _ = answer.send(self.act(asked));
                    }
                }
                _ = ticks.tick() => {
                    if lease.is_lost() {
                        self.drain(Instant::now(), "the lease of the fleet was lost").await;
                        return Ended::LeaseLost;
                    }
                    self.tick().await;
                }
            }
        }
    }

    async fn tick(&mut self) {
        self.reload();
        if std::mem::take(&mut self.has_other_stores)
            && let Err(error) = self.service.show_stores(&self.loaded).await
        {
            tracing::warn!(%error, "could not open a store for the console");
        }
        self.refresh().await;
        self.note_sizes().await;
        self.begin_due();
        if Instant::now() >= self.next_look {
            self.look();
        }
    }

    /// Reads the files again where they have changed, and keeps what it has where they are wrong.
    fn reload(&mut self) {
        let snapshot = Snapshot::of(&self.service.options.folder);
        if snapshot == self.snapshot {
            return;
        }
        self.snapshot = snapshot;
        // Secrets may come from commands, which take their time.
        let loaded = tokio::task::block_in_place(|| self.service.load());
        match loaded {
            Ok(loaded) => {
                tracing::info!(workflows = loaded.workflows.len(), "the files were read again");
                self.loaded = Arc::new(loaded);
                self.has_other_stores = true;
                // Schedules may have changed.
                self.waits.clear();
                self.service.config(None);
                self.next_refresh = Instant::now();
                self.next_look = Instant::now();
            }
            Err(problems) => self.service.config(Some(problems.to_string())),
        }
    }

    /// Asks the stores beside the work: a bucket takes its time over many workflows.
    async fn refresh(&mut self) {
        if let Some(done) = self.refreshing.take_if(|task| task.is_finished()) {
            self.next_refresh = Instant::now() + REFRESH;
            match done.await {
                Ok(Ok(history)) => {
                    self.history = history;
                    self.service.shown.set_store(None);
                }
                Ok(Err(error)) => {
                    tracing::warn!(%error, "could not read what has run");
                    self.service.shown.set_store(Some(error.to_string()));
                }
                Err(error) => tracing::error!(%error, "reading what has run came to no end"),
            }
        }
        if self.refreshing.is_none() && Instant::now() >= self.next_refresh {
            let (loaded, launcher) = (self.loaded.clone(), self.service.launcher.clone());
            self.refreshing =
                Some(tokio::spawn(
                    async move { History::of(&loaded.fleet, launcher.stores()).await },
                ));
        }
    }

    /// Begins the runs that are due, the small ones first, as many as may go on at once.
    fn begin_due(&mut self) {
        let now = Timestamp::now();
        let loaded = self.loaded.clone();
        let mut due = Vec::new();
        for workflow in &loaded.workflows {
            if !self.is_going(&workflow.workflow_id)
                && let Some(why) = self.why(workflow, now)
            {
                due.push((workflow, why));
            }
        }
        due.sort_by_key(|(workflow, _)| self.sizes.of(&self.history, &workflow.workflow_id));
        // What waits for its turn is not what its last run was.
        let going = self.going.values().map(|going| (going.workflow_id.clone(), going.began));
        let waiting_since =
            |workflow_id: &String| self.live.running.get(workflow_id).copied().unwrap_or(now);
        let waiting_ids = due.iter().map(|(workflow, _)| workflow.workflow_id.clone());
        self.live.running =
            going.chain(waiting_ids.map(|id| (id.clone(), waiting_since(&id)))).collect();
        let jobs = self.service.options.jobs.unwrap_or(loaded.fleet.jobs);
        self.ask_sizes(due.iter().map(|(workflow, _)| *workflow), jobs);
        if self.sizing.is_some() {
            // What it tells decides who begins.
            self.service.launcher.metrics().load(self.going.len(), due.len());
            return;
        }
        // Those that read the same read once.
        let mut waiting = CheckedWorkflow::by_reading(due, |(workflow, _)| workflow).into_iter();
        while self.going.len() < jobs
            && let Some(group) = waiting.next()
        {
            self.begin(&group, now);
        }
        let waiting = waiting.map(|group| group.len()).sum();
        self.service.launcher.metrics().load(self.going.len(), waiting);
    }

    /// Asks how large those are of which nothing is known, where not all can begin at once.
    fn ask_sizes<'w>(&mut self, due: impl Iterator<Item = &'w CheckedWorkflow>, jobs: usize) {
        if self.sizing.is_some() {
            return;
        }
        let unknown = self.sizes.to_ask(&self.history, due, jobs);
        if !unknown.is_empty() {
            let launcher = self.service.launcher.clone();
            self.sizing = Some(tokio::spawn(async move { Sizes::ask(&launcher, unknown).await }));
        }
    }

    /// Takes over how large workflows are, once it has been told.
    async fn note_sizes(&mut self) {
        if let Some(done) = self.sizing.take_if(|task| task.is_finished()) {
            match done.await {
                Ok(sizes) => self.sizes.extend(sizes),
                Err(error) => tracing::error!(%error, "asking for sizes came to no end"),
            }
        }
    }

    fn is_going(&self, workflow_id: &str) -> bool {
        self.going.values().any(|going| going.workflow_id == workflow_id)
    }

    /// Why a workflow is to run now, if it is.
    fn why(&mut self, workflow: &CheckedWorkflow, now: Timestamp) -> Option<Why> {
        let id = &workflow.workflow_id;
        let (known, own) = (self.history.last_run(id), self.own.get(id).copied());
        let last = known.into_iter().chain(own).max_by_key(|last| last.began);
        if self.waits.get(id).is_some_and(|(of, until)| *of == last && now < *until) {
            return None;
        }
        let schedule = workflow.workflow.schedule.as_ref()?;
        match schedule.due(last, self.since, now) {
            Due::Now(why) => Some(why),
            Due::At(until) => {
                self.waits.insert(id.clone(), (last, until));
                None
            }
            Due::Running => None,
        }
    }

    /// Begins the runs of workflows that read the same.
    fn begin(&mut self, group: &[(&CheckedWorkflow, Why)], now: Timestamp) {
        for (workflow, why) in group {
            tracing::info!(workflow = workflow.workflow_id, why = ?why, "run begins");
        }
        let launcher = &self.service.launcher;
        let environment = launcher.environment();
        let workflows: Vec<_> = tokio::task::block_in_place(|| {
            group.iter().map(|(workflow, _)| with_fresh_secrets(workflow, environment)).collect()
        });
        let reading = launcher.share(&workflows);
        for (workflow, (_, why)) in workflows.into_iter().zip(group) {
            let task = match why {
                Why::Interrupted => Task::RunAfterStop,
                Why::Scheduled | Why::Missed => Task::Run,
            };
            self.spawn(workflow, task, reading.clone(), now);
        }
    }

    fn spawn(
        &mut self,
        workflow: CheckedWorkflow,
        task: Task,
        reading: Option<SharedReading>,
        began: Timestamp,
    ) {
        let stop = Arc::new(OnceLock::new());
        let (launcher, kept) = (self.service.launcher.clone(), stop.clone());
        let workflow_id = workflow.workflow_id.clone();
        let run = self.runs.spawn(async move {
            let prepare = |run: &mut Run| {
                // Nobody else sets it.
                let _ = kept.set(run.stop());
            };
            launcher.carry_out(&workflow, task, reading, prepare).await
        });
        self.going.insert(run.id(), Going { workflow_id, began, stop });
    }

    /// Does what somebody asks for in the console, whatever else goes on.
    fn act(&mut self, asked: Asked) -> Result<(), Denied> {
        let Asked { workflow_id, action, user } = asked;
        let going = self.going.values().find(|going| going.workflow_id == workflow_id);
        let what = action.name();
        let Some(task) = asks::task(action) else {
            let stop = going.and_then(|going| going.stop.get()).ok_or(Denied::IsNotRunning)?;
            tracing::info!(workflow = workflow_id, user, "asked to stop");
            stop.interrupt_for(user);
            return Ok(());
        };
        if going.is_some() {
            return Err(Denied::IsRunning);
        }
        let mut workflows = self.loaded.workflows.iter();
        let workflow = workflows.find(|it| it.workflow_id == workflow_id);
        let workflow = workflow.ok_or(Denied::NotInFleet)?;
        tracing::info!(workflow = workflow_id, user, what, "run begins: it was asked for");
        let environment = self.service.launcher.environment();
        let workflow = tokio::task::block_in_place(|| with_fresh_secrets(workflow, environment));
        let now = Timestamp::now();
        self.live.running.insert(workflow_id, now);
        self.spawn(workflow, task, None, now);
        self.look();
        Ok(())
    }

    /// A run has ended, or its task has.
    async fn ended(&mut self, ended: Result<(Id, RunResult), JoinError>) {
        let id = id_of(&ended);
        let Some(Going { workflow_id, began, .. }) = self.going.remove(&id) else { return };
        self.live.running.remove(&workflow_id);
        let now = Timestamp::now();
        // It is not begun again before its next time, whatever the store knows of it by then.
        let own = LastRun { began, ended: Some(now), is_alive: false, is_interrupted: false };
        self.own.insert(workflow_id.clone(), own);
        match ended {
            Ok((_, result)) => {
                self.live.note(&result);
                if result.reason == Reason::WorkflowBusy {
                    tracing::warn!(workflow = workflow_id, "another process runs the workflow");
                } else if let Some(why) = self.live.refusals.get(&workflow_id) {
                    tracing::error!(workflow = workflow_id, why, "run refused");
                }
            }
            Err(error) => {
                tracing::error!(workflow = workflow_id, %error, "the run came to no end");
                let why = "an internal error ended it".to_owned();
                self.live.refusals.insert(workflow_id.clone(), why);
            }
        }
        self.note_end(&workflow_id, began, now).await;
        self.begin_due();
        self.look();
    }

    /// Reads what a run has left, and tells of the times that came while it went on.
    async fn note_end(&mut self, workflow_id: &str, began: Timestamp, now: Timestamp) {
        let loaded = self.loaded.clone();
        let workflow = loaded.fleet.workflows.iter().find(|it| it.workflow_id() == workflow_id);
        let Some(workflow) = workflow else { return };
        let launcher = &self.service.launcher;
        if let Err(error) = self.history.refresh(workflow, launcher.stores()).await {
            tracing::warn!(workflow = workflow_id, %error, "could not read what has run");
        }
        if let Some(run) = self.history.runs(workflow_id).first() {
            launcher.metrics().journal(workflow_id, run.journal_bytes);
        }
        let skipped = workflow.schedule.as_ref().map_or(0, |schedule| schedule.count(began, now));
        if skipped > 0 {
            tracing::warn!(workflow = workflow_id, skipped, "scheduled times passed while it ran");
            launcher.metrics().skipped(workflow_id, skipped);
        }
    }

    /// Finds out how the workflows are, shows it, and tells those who asked to be told.
    fn look(&mut self) {
        self.next_look = Instant::now() + LOOK;
        let now = Timestamp::now();
        let loaded = self.loaded.clone();
        let status = FleetStatus::of(&loaded.fleet, &self.history, &self.live, now);
        let launcher = self.service.launcher.clone();
        launcher.metrics().status(&status);
        launcher.metrics().paces(&launcher.client_options().read_paces());
        self.service.shown.set_status(status.clone());
        if self.telling.as_ref().is_some_and(|task| !task.is_finished()) {
            // It is told of with the next look.
            self.next_look = Instant::now() + TICK;
            return;
        }
        let (notifier, shown) = (self.notifier.clone(), self.service.shown.clone());
        self.telling = Some(tokio::spawn(async move {
            let mut notifier = notifier.lock().await;
            notifier.tell(&loaded.fleet, launcher.environment(), &status, now).await;
            shown.set_told(notifier.told());
        }));
    }

    /// Lets runs end until the deadline, then asks them to.
    async fn drain(&mut self, deadline: Instant, why: &str) {
        if let Some(sizing) = self.sizing.take() {
            sizing.abort();
        }
        if !self.going.is_empty() {
            tracing::info!(runs = self.going.len(), "waiting for runs to end");
        }
        tokio::select! {
            () = sleep_until(deadline) => {}
            () = self.all_ended() => return,
        }
        for going in self.going.values() {
            if let Some(stop) = going.stop.get() {
                stop.interrupt(why);
            }
        }
        if tokio::time::timeout(ENDING, self.all_ended()).await.is_err() {
            tracing::error!(
                runs = self.going.len(),
                "runs did not end; the next process resumes them"
            );
            self.runs.abort_all();
        }
    }

    async fn all_ended(&mut self) {
        while let Some(ended) = self.runs.join_next_with_id().await {
            self.going.remove(&id_of(&ended));
        }
    }

    /// Lets a message that is being sent arrive.
    async fn settle(&mut self) {
        if let Some(telling) = self.telling.take() {
            let _ = tokio::time::timeout(Duration::from_secs(5), telling).await;
        }
    }
}

fn id_of(ended: &Result<(Id, RunResult), JoinError>) -> Id {
    ended.as_ref().map_or_else(JoinError::id, |(id, _)| *id)
}

/// A secret may have been exchanged since the files were read.
fn with_fresh_secrets(workflow: &CheckedWorkflow, environment: &Environment) -> CheckedWorkflow {
    let mut workflow = workflow.clone();
    if let Ok(fresh) = Settings::from_file(&workflow.workflow.path, environment) {
        workflow.workflow.settings = fresh;
    }
    workflow
}
