//! A run that is ready to begin, and the sentence that it carries out.

use std::sync::{Arc, Mutex};

use futures::FutureExt;
use jiff::Timestamp;
use serde_json::Value;
use store::{Store, StoreError};
use tokio::time::Instant;

use crate::catalog::Connected;
use crate::connector::{Origin, Target};
use crate::journal::{
    Begun, Found, Journal, Letter, ListedRun, Recovered, RunKind, RunRecord, RunState, Runs,
};
use crate::run::again::{Again, Selected};
use crate::run::beside::Beside;
use crate::run::books::Books;
use crate::run::delivered::{Delivered, Incremental, IncrementalToken, Refusal, filter_of};
use crate::run::engine::Engine;
use crate::run::failures::FailureLimit;
use crate::run::log::log_end;
use crate::run::mirror::MirrorRules;
use crate::run::transform::{Prepared, Transform};
use crate::run::write::Writer;
use crate::run::{Recorder, Stop, Watcher};
use crate::state::short_hash;
use crate::steps::{Steps, guarded};
use crate::{
    Callback, Counts, Event, Finished, Item, Outcome, Persist, Reason, RunId, RunResult,
    StateStore, Status, Wiring,
};

/// A validated run that has not begun.
pub struct Plan {
    workflow_id: String,
    action: &'static str,
    origin: Box<dyn Origin>,
    target: Box<dyn Target>,
    transform: Transform,
    callback: Option<Callback>,
    persist: Persist,
    watchers: Vec<Watcher>,
    stop: Stop,
    wiring: Wiring,
    incremental: Option<Incremental>,
    mirror: Option<MirrorRules>,
    state: Option<State>,
    failures: Option<FailureLimit>,
    /// What the user wrote, without the authentication.
    workflow: Option<Value>,
    kind: RunKind,
    /// A broken-off run to go on with.
    continued: Option<Found>,
    /// The only items that are read, where the run is not about all of them.
    selected: Option<Vec<String>>,
    /// What is to be sent before anything is read.
    ready: Vec<Prepared>,
    /// What is to be taken out of use, where a mirror does not find that out itself.
    to_retire: Vec<String>,
}

/// What a plan may have or not.
#[derive(Default)]
pub(crate) struct Options {
    /// By what a run that is broken off can be gone on with.
    pub(crate) state: Option<State>,
    /// Delivers only what the workflow has not delivered yet. Needs a state.
    pub(crate) incremental: Option<Incremental>,
    /// Ends the run early where more items fail.
    pub(crate) failures: Option<FailureLimit>,
    /// What the user wrote, for the run's record.
    pub(crate) workflow: Option<Value>,
}

/// Where a run keeps its state, and how much of it.
#[derive(Clone, Debug)]
pub struct State {
    /// The store.
    pub store: StateStore,
    /// How many runs of a workflow are remembered.
    pub keep_runs: u32,
    /// Whether a run that cannot open the store is refused, although it could do without one.
    pub is_required: bool,
}

/// How many runs of a workflow are remembered where the user does not say.
pub const DEFAULT_KEEP_RUNS: u32 = 20;

impl Plan {
    pub(crate) fn new(
        workflow_id: String,
        action: &'static str,
        connected: Connected,
        steps: Steps,
        wiring: Wiring,
    ) -> Self {
        let Connected { origin, target, default_format, mirror } = connected;
        let format = steps.format.unwrap_or(default_format);
        Self {
            workflow_id,
            action,
            origin,
            target,
            transform: Transform { logics: steps.logics, format },
            callback: steps.callback,
            persist: steps.persist,
            watchers: Vec::new(),
            stop: Stop::new(),
            wiring,
            incremental: None,
            mirror,
            state: None,
            failures: None,
            workflow: None,
            kind: RunKind::Whole,
            continued: None,
            selected: None,
            ready: Vec::new(),
            to_retire: Vec::new(),
        }
    }

    /// The same plan with what may be left out.
    pub(crate) fn with(self, options: Options) -> Self {
        let Options { state, incremental, failures, workflow } = options;
        Self { incremental, state, failures, workflow, ..self }
    }

    /// Goes on with a run that was broken off.
    pub fn go_on_with(&mut self, run: ListedRun) {
        self.kind = run.record.kind.clone();
        self.continued = Some(run);
    }

    /// Sends again what failed in another run, in place of reading the origin.
    pub fn send_again(&mut self, of: RunId, letters: Vec<Letter>) {
        let Again { ready, to_find, to_retire } = Again::of(letters);
        self.kind = RunKind::Retry { of };
        self.selected = Some(to_find);
        self.ready = ready;
        self.to_retire = to_retire;
    }

    /// Adds somebody who is told of every event.
    pub fn watch(&mut self, watcher: impl FnMut(&Event) + Send + 'static) {
        self.watchers.push(Box::new(watcher));
    }

    /// What ends the run early.
    pub fn stop(&self) -> Stop {
        self.stop.clone()
    }

    /// The workflow's name.
    pub fn workflow_id(&self) -> &str {
        &self.workflow_id
    }

    /// The action's name.
    pub fn action(&self) -> &'static str {
        self.action
    }

    /// Whether the run will write.
    pub fn persist(&self) -> Persist {
        self.persist
    }

    /// Every way in which an item can end at the target.
    pub fn outcomes(&self) -> &'static [Outcome] {
        self.target.outcomes()
    }

    /// Asks both ends whether they would answer. Moves nothing.
    pub async fn check(&self) -> [Checked; 2] {
        let (origin, target) = futures::join!(self.origin.check(), self.target.check());
        [
            Checked { service: self.origin.name(), answer: origin },
            Checked { service: self.target.name(), answer: target },
        ]
    }

    /// Reads, applies the logics, formats, writes and calls back.
    pub async fn run(mut self) -> RunResult {
        let began = Instant::now();
        if let Some(references) = self.selected.take() {
            self.origin = Box::new(Selected { whole: self.origin, references });
        }
        let opened = match self.open().boxed().await {
            Ok(opened) => opened,
            Err(refusal) => return self.refused(refusal),
        };
        let Opened { books, record, store, pending } = opened;
        let mut outcomes = self.target.outcomes().to_vec();
        if books.delivered.is_some() && !outcomes.contains(&Outcome::Unchanged) {
            outcomes.push(Outcome::Unchanged);
        }
        let recorder = Recorder::new(&outcomes, std::mem::take(&mut self.watchers));
        self.wiring.connect_recorder(recorder.clone());
        let writes = self.persist == Persist::Write;
        let beside = self.wiring.seed.map_or(Beside::Runtime, |_| Beside::Nothing);
        // Parts of the plan are borrowed, never the whole: functions that users write may be called
        // by one thread only, and the run may move from one thread to another.
        let engine = Engine {
            writer: Writer {
                origin: &*self.origin,
                target: &*self.target,
                recorder: &recorder,
                stop: &self.stop,
                books: &books,
                failures: self.failures,
            },
            persist: self.persist,
            beside,
            run_id: &record.run_id,
            write_concurrency: self.wiring.write_concurrency.try_into().unwrap_or(usize::MAX),
            keep: writes && self.callback.is_some(),
            since: self.incremental.as_ref().and_then(|how| how.since.of(&books)),
            listed: self.mirror.as_ref().map(|_| Mutex::default()),
        };
        let ready = self.ready.into_iter().filter(|prepared| !books.knows(&prepared.key));
        let ready = pending.into_iter().chain(ready).collect();
        engine.replay().boxed().await;
        let (mut reading, items) = engine.move_items(self.transform, ready).boxed().await;
        if let Some(rules) = self.mirror.as_ref().filter(|_| writes) {
            match &self.kind {
                RunKind::Whole => engine.conclude(rules, &mut reading).boxed().await,
                RunKind::Retry { .. } | RunKind::Apply { .. } => {
                    engine.retire(rules, &self.to_retire).boxed().await;
                }
            }
        }
        if let Some(callback) = self.callback.filter(|_| writes) {
            let parameters = (self.origin.parameters(), self.target.parameters());
            call_back(&recorder, callback, parameters, items, beside).boxed().await;
        }
        if writes {
            engine.writer.noted(books.save().boxed().await);
        }
        let Books { journal, delivered, .. } = books;
        let incremental = delivered.is_some();
        let token = match delivered {
            Some(delivered) => {
                let whole = reading.complete && !recorder.counts().has_failures();
                let whole_since = (writes && whole).then_some(record.started_at);
                save(delivered.close(whole_since, self.persist).await, &recorder)
            }
            None => None,
        };
        let counts = recorder.counts();
        let withheld = counts.withheld.clone();
        let (status, reason) = counts.verdict();
        let result = RunResult {
            workflow_id: self.workflow_id,
            action: self.action.to_owned(),
            run_id: record.run_id.clone(),
            status,
            reason,
            message: self.stop.reason().or(reading.remark).or(withheld),
            incremental,
            incremental_token: token,
            events: counts.events,
            outcomes: counts.outcomes,
            complete: reading.complete,
            started_at: record.started_at,
            duration_ms: began.elapsed().as_millis().try_into().unwrap_or(u64::MAX),
        };
        if let (Some(journal), Some(store)) = (journal, store) {
            let is_stopped = self.stop.reason().is_some();
            let ended = ended(record, &result, is_stopped);
            let keep = self.state.as_ref().map_or(DEFAULT_KEEP_RUNS, |state| state.keep_runs);
            if let Err(error) = conclude(journal, store, ended, keep).boxed().await {
                tracing::error!(error = %api_client::chain(&error), "the journal was not closed");
            }
        }
        log_end(&result);
        result
    }

    /// Opens the books: what the workflow remembers, and the journal, new or gone on with.
    async fn open(&mut self) -> Result<Opened, Refusal> {
        let run_id = RunId::new();
        let mut record = self.record(run_id.clone());
        let writes = self.persist == Persist::Write;
        let Some(state) = self.state.as_ref().filter(|_| writes || self.incremental.is_some())
        else {
            return Ok(Opened::without_store(record));
        };
        let store = match state.store.open().await {
            Ok(store) => store,
            Err(error) if state.is_required || self.incremental.is_some() => {
                return Err(error.into());
            }
            Err(error) => {
                let error = api_client::chain(&error);
                tracing::warn!(error, "the run keeps no journal: its store cannot be opened");
                return Ok(Opened::without_store(record));
            }
        };
        let ends = (&*self.origin, &*self.target);
        let delivered = match self.incremental.as_ref() {
            Some(how) => Some(
                Delivered::open(store.clone(), how, &self.workflow_id, &run_id, self.persist, ends)
                    .await?,
            ),
            None => None,
        };
        if !writes {
            return Ok(Opened { store: Some(store), ..Opened::with(delivered, record) });
        }
        let forgets = self.incremental.as_ref().is_some_and(|how| how.begin_anew);
        let begun = match self.continued.take() {
            Some(found) => Journal::go_on(store.clone(), found).await?.ok_or_else(not_to_go_on)?,
            None => Journal::begin(store.clone(), record, !forgets).await?,
        };
        let Begun { journal, record: begun, recovered } = begun;
        record = begun;
        let mut books = Books::new(Some(journal), delivered);
        let mut pending = Vec::new();
        if let Some(Recovered { known, pending: left }) = recovered {
            tracing::info!(run.id = %record.run_id, "goes on with a run that was broken off");
            books.known = known;
            pending.extend(left.into_iter().map(Prepared::perhaps_sent));
        }
        Ok(Opened { books, record, store: Some(store), pending })
    }

    /// The record of a run that begins.
    fn record(&self, run_id: RunId) -> RunRecord {
        let filter = filter_of(&*self.origin, &*self.target);
        let programs = |name| self.workflow.as_ref().map(|workflow| &workflow[name]);
        let (logics, format) = (programs("logics"), programs("format"));
        RunRecord {
            run_id,
            workflow_id: self.workflow_id.clone(),
            action: self.action.to_owned(),
            started_at: Timestamp::now(),
            state: RunState::Running,
            kind: self.kind.clone(),
            fingerprint: short_hash(&format!("{}\n{filter}\n{logics:?}\n{format:?}", self.action)),
            workflow: self.workflow.clone(),
            result: None,
            journal_bytes: 0,
        }
    }

    fn refused(self, refusal: Refusal) -> RunResult {
        let Counts { events, outcomes, .. } = Counts::of(self.target.outcomes());
        RunResult {
            workflow_id: self.workflow_id,
            action: self.action.to_owned(),
            run_id: RunId::new(),
            status: Status::Fatal,
            reason: refusal.reason,
            message: Some(refusal.message),
            incremental: self.incremental.is_some(),
            incremental_token: None,
            events,
            outcomes,
            complete: false,
            started_at: Timestamp::now(),
            duration_ms: 0,
        }
    }
}

/// What a run has opened before it begins.
struct Opened {
    books: Books,
    record: RunRecord,
    store: Option<Arc<dyn Store>>,
    /// What an earlier process of the run was about to send.
    pending: Vec<Prepared>,
}

impl Opened {
    fn with(delivered: Option<Delivered>, record: RunRecord) -> Self {
        Self { books: Books::new(None, delivered), record, store: None, pending: Vec::new() }
    }

    fn without_store(record: RunRecord) -> Self {
        Self::with(None, record)
    }
}

fn not_to_go_on() -> Refusal {
    Refusal {
        reason: Reason::WorkflowBusy,
        message: "the run is under way, or has ended meanwhile".to_owned(),
    }
}

fn ended(record: RunRecord, result: &RunResult, is_stopped: bool) -> RunRecord {
    RunRecord {
        state: if is_stopped { RunState::Stopped } else { RunState::Ended },
        // A result is names, numbers and text: there is nothing that JSON could not hold.
        result: serde_json::to_value(result).ok(),
        ..record
    }
}

/// Closes the journal, takes what was sent again out of the other run's letters, and forgets old
/// runs.
async fn conclude(
    journal: Journal,
    store: Arc<dyn Store>,
    record: RunRecord,
    keep_runs: u32,
) -> Result<(), StoreError> {
    let runs = Runs::over(store);
    if let RunKind::Retry { of } = &record.kind {
        runs.forget_delivered_letters(of, &record.run_id).await?;
    }
    let workflow_id = record.workflow_id.clone();
    journal.close(record).await?;
    runs.prune(&workflow_id, keep_runs).await
}

async fn call_back(
    recorder: &Recorder,
    callback: Callback,
    (origin_parameters, target_parameters): (Value, Value),
    items: Vec<Item>,
    beside: Beside,
) {
    let Counts { events, outcomes, .. } = recorder.counts();
    let finished = Finished { origin_parameters, target_parameters, events, outcomes, items };
    let call = move || guarded(|| callback(finished));
    recorder.record(&match beside.call(call).await {
        Some(Ok(())) => Event::CallbackExecuted,
        Some(Err(why)) => Event::CallbackFailed { why },
        // Its own panic is caught, so only the runtime's end leads here.
        None => Event::CallbackFailed { why: "it was not called to its end".to_owned() },
    });
}

/// The token as text; a state that could not be saved is an event of the run.
fn save(saved: Result<IncrementalToken, StoreError>, recorder: &Recorder) -> Option<String> {
    match saved {
        Ok(token) => serde_json::to_string(&token).ok(),
        Err(error) => {
            recorder.record(&Event::StateNotSaved { why: api_client::chain(&error) });
            None
        }
    }
}

impl std::fmt::Debug for Plan {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "Plan({} of {})", self.action, self.workflow_id)
    }
}

/// What one end answered when it was asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checked {
    /// The end's name.
    pub service: &'static str,
    /// What it said, or why it would not work.
    pub answer: Result<String, String>,
}
