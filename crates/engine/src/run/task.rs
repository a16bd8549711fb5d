//! A run that is ready to begin, and what it can be asked to do.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use serde_json::Value;
use store::Store;

use super::shared::{SharedReading, shared};
use super::transform::Transform;
use super::{Beside, Blocking, Refusal};
use crate::functions::{ChosenFormat, Former};
use crate::record::{DeadLetter, IncrementalToken, ListedRun, RunKind, RunRecord, RunState};
use crate::{
    Callback, Counts, DEFAULT_FUNCTION_TIMEOUT, EndError, Ends, Event, FailureLimit, Functions,
    Grace, Hint, Identity, Incremental, LeftSearch, MirrorRules, Observer, Origin, OriginInfo,
    Outcome, Pass, Persist, PlannedStep, ProgramHost, Programs, Reset, RunId, RunResult, SavedPlan,
    Select, Staleness, StateStore, Stop, Target, Warning, error_chain,
};

/// A validated run that has not begun.
pub struct Run {
    pub(crate) workflow_id: String,
    pub(crate) identity: Identity,
    pub(crate) origin: Box<dyn Origin>,
    pub(crate) target: Box<dyn Target>,
    pub(crate) transform: Transform,
    /// What a workflow of before keeps in place of the action's format.
    former: Option<Former>,
    /// What a plan says where jobs were written before the action's part had a version.
    notice: Option<&'static str>,
    pub(crate) callback: Option<Callback>,
    pub(crate) persist: Persist,
    pub(crate) mirror: Option<MirrorRules>,
    pub(crate) select: Select,
    pub(crate) warnings: Vec<Warning>,
    pub(crate) options: Options,
    pub(crate) observer: Observer,
    pub(crate) stop: Stop,
    pub(crate) start: Start,
}

/// What a run may be told beside its two ends.
#[derive(Clone, Debug)]
pub struct Options {
    /// Where it keeps its state; a run without cannot be resumed.
    pub state: Option<State>,
    /// Delivers only what the workflow has not delivered yet. Needs a state.
    pub incremental: Option<Incremental>,
    /// Ends the run early where more items fail.
    pub failures: Option<FailureLimit>,
    /// Reads no more items than this; what is read so is never taken for everything.
    pub limit: Option<u64>,
    /// What the user wrote, without the credentials, for the run's record.
    pub workflow: Option<Value>,
    /// What tells the user's programs from others.
    pub programs: Programs,
    /// How many steps are under way at a time.
    pub concurrency: usize,
    /// What goes on beside the run.
    pub beside: Option<Beside>,
    /// Where the user's functions are called.
    pub blocking: Blocking,
    /// How long a function may take for one item. It holds where functions are called on a thread
    /// of their own: a run that can be repeated exactly depends on no clock.
    pub function_timeout: Duration,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            state: None,
            incremental: None,
            failures: None,
            limit: None,
            workflow: None,
            programs: Programs::default(),
            concurrency: 32,
            beside: None,
            blocking: Blocking::Pool,
            function_timeout: DEFAULT_FUNCTION_TIMEOUT,
        }
    }
}

/// Where a run keeps its state, and how much of it.
#[derive(Clone, Debug)]
pub struct State {
    /// The store.
    pub store: StateStore,
    /// How many runs of a workflow are kept.
    pub keep_runs: u32,
    /// Whether a run that cannot open the store is refused, although it could do without one.
    pub is_required: bool,
    /// How long another run of the same workflow is waited for.
    pub wait: Duration,
}

/// Whether a run is new.
pub(crate) enum Start {
    /// It is, unless the newest run of the workflow was interrupted and does the same.
    New,
    /// The same, also where the newest run was stopped.
    AfterStop,
    /// It is new, whatever was interrupted.
    Anew,
    /// It resumes this one.
    Resume(Box<ListedRun>),
}

/// What a run is to do.
pub(crate) enum Task {
    /// Bring what the origin lists to the target.
    Sync,
    /// Send again what failed in another run.
    Retry { of: RunId, letters: Vec<DeadLetter> },
    /// Do what a saved plan says.
    Apply { plan: SavedPlan, on_outdated: OnOutdated },
}

/// What becomes of a saved plan of which a step no longer holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OnOutdated {
    /// Nothing more of it is done.
    #[default]
    Stop,
    /// The step is skipped.
    Skip,
}

/// What becomes of steps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mode {
    /// They are done.
    Deliver,
    /// They are compared with what the target has.
    Preview,
    /// They are counted.
    DryRun,
}

impl Task {
    pub(crate) fn kind(&self) -> RunKind {
        match self {
            Self::Sync => RunKind::Whole,
            Self::Retry { of, .. } => RunKind::Retry { of: of.clone() },
            Self::Apply { plan, .. } => RunKind::Apply { plan: plan.digest() },
        }
    }
}

impl Run {
    /// A run of the action between two ends.
    pub fn new(
        workflow_id: String,
        action: &'static str,
        ends: Ends,
        functions: Functions,
        options: Options,
    ) -> Self {
        let no_host = |_| Ok::<_, Infallible>(None);
        let Ok(run) = Self::hosted(workflow_id, action, ends, functions, options, no_host);
        run
    }

    /// A run of the action between two ends. `start` starts who evaluates the programs, where there
    /// are any: programs that follow each other are one pass.
    pub fn with_programs<P, E>(
        workflow_id: String,
        action: &'static str,
        ends: Ends,
        functions: Functions<P>,
        options: Options,
        start: impl FnOnce(Vec<Pass<P>>) -> Result<Box<dyn ProgramHost>, E>,
    ) -> Result<Self, E> {
        let start = |passes| start(passes).map(Some);
        Self::hosted(workflow_id, action, ends, functions, options, start)
    }

    fn hosted<P, E>(
        workflow_id: String,
        action: &'static str,
        ends: Ends,
        functions: Functions<P>,
        options: Options,
        start: impl FnOnce(Vec<Pass<P>>) -> Result<Option<Box<dyn ProgramHost>>, E>,
    ) -> Result<Self, E> {
        let Ends { origin, target, format: action_format, mirror, select, warnings } = ends;
        let Functions { logics, format, callback, persist } = functions;
        let ChosenFormat { format, around, version, former, notice } = action_format.with(format);
        let identity = Identity {
            action: action.to_owned(),
            selection: origin.describe().selection,
            target: target.describe().parameters,
            programs: options.programs.clone(),
            action_format: version,
        };
        let time = options.blocking.has_clock().then_some(options.function_timeout);
        Ok(Self {
            workflow_id,
            identity,
            origin,
            target,
            transform: Transform::start(logics, (format, around), time, start)?,
            former,
            notice,
            callback,
            persist,
            mirror,
            select,
            warnings,
            options,
            observer: Observer::new(),
            stop: Stop::new(),
            start: Start::New,
        })
    }

    /// Tells events to this observer, which an end of the run may have, too.
    #[must_use]
    pub fn observed_by(self, observer: Observer) -> Self {
        Self { observer, ..self }
    }

    /// Ends early when this is asked for, which an end of the run may have, too.
    #[must_use]
    pub fn stopped_by(self, stop: Stop) -> Self {
        Self { stop, ..self }
    }

    /// Resumes a run that was interrupted or stopped.
    pub fn resume(&mut self, run: ListedRun) {
        // The ledger was emptied before the run had a record; what it holds now is the run's own.
        if let Some(incremental) =
            self.options.incremental.as_mut().filter(|how| how.reset == Reset::Keep)
        {
            incremental.reset = Reset::No;
        }
        self.start = Start::Resume(Box::new(run));
    }

    /// Resumes the newest run of the workflow also where it was stopped, if it does the same.
    pub fn resume_stopped(&mut self) {
        self.start = Start::AfterStop;
    }

    /// Resumes nothing, also where the newest run of the workflow was interrupted.
    pub fn start_anew(&mut self) {
        self.start = Start::Anew;
    }

    /// Adds somebody who is told of every event.
    pub fn watch(&mut self, watcher: impl FnMut(&Event) + Send + 'static) {
        self.observer.watch(watcher);
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
    pub fn action(&self) -> &str {
        &self.identity.action
    }

    /// Whether the run will write.
    pub fn persist(&self) -> Persist {
        self.persist
    }

    /// Every way in which an item can end at the target.
    pub fn outcomes(&self) -> &'static [Outcome] {
        self.target.describe().outcomes
    }

    /// The target's parsed parameters, as the callback is given them.
    pub fn target_parameters(&self) -> Value {
        self.target.describe().parameters
    }

    /// The parsed parameters of the origin.
    pub fn origin_parameters(&self) -> Value {
        self.origin.describe().parameters
    }

    /// Where the run keeps its state.
    pub fn state_store(&self) -> Option<&StateStore> {
        self.options.state.as_ref().map(|state| &state.store)
    }

    /// Reads with other runs of the same search what is read once.
    #[must_use]
    pub fn read_with(self, reading: &SharedReading) -> Self {
        Self { origin: shared(self.origin, reading), ..self }
    }

    /// Keeps the run's state in a store that is open already, where it keeps any.
    pub fn keep_state_in(&mut self, store: Arc<dyn Store>) {
        if let Some(state) = &mut self.options.state {
            state.store = StateStore::Opened(store);
        }
    }

    /// For how long an item must be missing before it is archived; none where no mirror runs.
    pub fn grace(&self) -> Option<Grace> {
        self.mirror.as_ref().map(|rules| rules.grace)
    }

    /// Reads, applies the logics, formats, writes and calls back.
    pub async fn run(self) -> RunResult {
        let mode = match self.persist {
            Persist::Write => Mode::Deliver,
            Persist::DryRun => Mode::DryRun,
        };
        match self.settled().await {
            Ok(run) => Box::pin(run.execute(Task::Sync, mode)).await.0,
            Err(result) => *result,
        }
    }

    /// Finds out what a run would do: reads, applies the logics, formats, and looks at what the
    /// target has. Changes neither the target nor the store.
    pub async fn preview(self) -> (RunResult, SavedPlan) {
        let mut record = self.record(RunKind::Whole);
        let (result, steps) = match self.settled().await {
            Ok(run) => {
                record = run.record(RunKind::Whole);
                let notice = run.notice;
                let (mut result, steps) = Box::pin(run.execute(Task::Sync, Mode::Preview)).await;
                result.hints.extend(notice.map(|notice| Hint::Text(notice.to_owned())));
                (result, steps)
            }
            Err(result) => (*result, Vec::new()),
        };
        let RunRecord { started_at, workflow_id, action, fingerprint, workflow, .. } = record;
        let plan = SavedPlan {
            version: SavedPlan::version(),
            made_at: started_at,
            workflow_id,
            action,
            fingerprint,
            workflow,
            complete: result.complete,
            steps: sorted(steps),
        };
        (result, plan)
    }

    /// Does what a saved plan says. A step that no longer holds ends the run, or is skipped.
    pub async fn apply(self, plan: SavedPlan, on_outdated: OnOutdated) -> RunResult {
        let run = match self.settled().await {
            Ok(run) => run,
            Err(result) => return *result,
        };
        if run.identity.fingerprint() != plan.fingerprint {
            return run.refused(Refusal::plan_of_another_workflow());
        }
        Box::pin(run.execute(Task::Apply { plan, on_outdated }, Mode::Deliver)).await.0
    }

    /// Sends again what failed in another run, in place of reading the origin.
    pub async fn retry(self, of: RunId, letters: Vec<DeadLetter>) -> RunResult {
        let mode = match self.persist {
            Persist::Write => Mode::Deliver,
            Persist::DryRun => Mode::DryRun,
        };
        match self.settled().await {
            Ok(run) => Box::pin(run.execute(Task::Retry { of, letters }, mode)).await.0,
            Err(result) => *result,
        }
    }

    /// The run with the format that its workflow has: where nobody has chosen one, a workflow of
    /// before keeps its own. A plan says what reaches jobs that were written before, and only then.
    async fn settled(mut self) -> Result<Self, Box<RunResult>> {
        let (former, notice) = (self.former.take(), self.notice.take());
        if former.is_none() && notice.is_none() {
            return Ok(self);
        }
        let remembered = match self.options.state.clone() {
            Some(state) if self.options.incremental.is_some() => {
                remembered(&state, &self.workflow_id).await
            }
            Some(_) | None => Ok(None),
        };
        let token = match remembered {
            Ok(Some(token)) => token,
            Ok(None) => return Ok(self),
            Err(error) => return Err(Box::new(self.refused(error.into()))),
        };
        let before = token.identity.and_then(|identity| identity.action_format);
        self.notice = notice.filter(|_| before.is_none());
        if let Some(former) = former.filter(|former| former.is_kept_by(before.as_ref())) {
            self.identity.action_format = Some(former.version);
            self.transform.replace_format(former.format);
        }
        Ok(self)
    }

    /// Asks both ends whether they would answer, and a mirror how old it is. Changes nothing.
    pub async fn check(&self) -> Vec<Checked> {
        let (origin, target) = futures::join!(self.origin.check(), self.target.check());
        let (from, to) = (self.origin.describe(), self.target.describe());
        let mut checked = vec![
            Checked { service: from.name, answer: origin },
            Checked { service: to.name, answer: target },
        ];
        if let (Some(_), Some(state)) = (&self.mirror, &self.options.state) {
            let answer = staleness(state, &self.workflow_id, from.max_staleness).await;
            checked.push(Checked { service: "Mirror", answer });
        }
        checked
    }

    /// How many items the run would read, where that can be told before. Changes nothing.
    pub fn count(&self) -> impl Future<Output = Result<Option<u64>, EndError>> + Send {
        let (count, limit) = (self.origin.count(), self.options.limit);
        async move {
            let count = count.await?;
            Ok(count.map(|count| limit.map_or(count, |limit| limit.min(count))))
        }
    }

    /// What a person should know before the run begins.
    pub fn warnings(&self) -> Vec<Warning> {
        let sliding = self.mirror.iter().flat_map(|rules| self.sliding(rules.left_search));
        self.warnings.iter().cloned().chain(sliding).collect()
    }

    /// By which parameters the items of a mirror leave its selection while they still exist.
    fn sliding(&self, left_search: LeftSearch) -> Vec<Warning> {
        let OriginInfo { name, sliding, .. } = self.origin.describe();
        let what = match left_search {
            LeftSearch::Keep => "kept until they are gone",
            LeftSearch::Archive => "archived when they leave it",
        };
        let warning = |parameter: &str| Warning {
            place: format!("`{parameter}`"),
            message: format!(
                "items leave the selection while {name} still has them; their jobs are {what}"
            ),
            hint: Some("`left_search` says what becomes of them: `keep` or `archive`".to_owned()),
        };
        sliding.into_iter().map(warning).collect()
    }

    /// Whether the run goes by what its workflow has delivered before.
    pub fn goes_by_memory(&self) -> bool {
        self.options.incremental.is_some()
    }

    /// Whether jobs are archived of items that are no longer listed.
    pub fn is_mirror(&self) -> bool {
        self.mirror.is_some()
    }

    /// The record of a run that begins.
    pub(crate) fn record(&self, kind: RunKind) -> RunRecord {
        RunRecord {
            run_id: RunId::new(),
            workflow_id: self.workflow_id.clone(),
            action: self.identity.action.clone(),
            started_at: Timestamp::now(),
            state: RunState::Running,
            kind,
            fingerprint: self.identity.fingerprint(),
            workflow: self.options.workflow.clone(),
            result: None,
            journal_bytes: 0,
        }
    }

    /// The result of a run that may not begin.
    pub(crate) fn refused(self, refusal: Refusal) -> RunResult {
        let Refusal { reason, message, hint } = refusal;
        let action = self.identity.action;
        let Counts { outcomes, .. } = Counts::of(self.target.describe().outcomes);
        RunResult {
            hints: hint.into_iter().collect(),
            incremental: self.options.incremental.is_some(),
            outcomes,
            ..RunResult::refused(self.workflow_id, action, reason, message)
        }
    }
}

impl std::fmt::Debug for Run {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "Run({} of {})", self.identity.action, self.workflow_id)
    }
}

fn sorted(mut steps: Vec<PlannedStep>) -> Vec<PlannedStep> {
    steps.sort_by(|left, right| left.reference.cmp(&right.reference));
    steps
}

/// What a workflow remembers of its last run; none where it has had none.
async fn remembered(
    state: &State,
    workflow_id: &str,
) -> Result<Option<IncrementalToken>, store::StoreError> {
    let store = state.store.open_to_read().await?;
    IncrementalToken::load(store, workflow_id).await
}

/// How long ago a mirror was in sync.
async fn staleness(
    state: &State,
    workflow_id: &str,
    limit: Option<jiff::SignedDuration>,
) -> Result<String, EndError> {
    let last = remembered(state, workflow_id).await;
    let token = last.map_err(|error| EndError::run(error_chain(&error)))?;
    let last = token.and_then(|token| token.last_complete_reading);
    let staleness = Staleness::at(Timestamp::now(), last, limit);
    if staleness.is_stale() {
        Err(EndError::run(staleness.to_string()))
    } else {
        Ok(staleness.to_string())
    }
}

/// What one end answered when it was asked.
#[derive(Clone, Debug, PartialEq)]
pub struct Checked {
    /// The end's name.
    pub service: &'static str,
    /// What it said, or why it would not work.
    pub answer: Result<String, EndError>,
}
