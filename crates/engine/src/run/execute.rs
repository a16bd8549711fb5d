//! The sentence that a run carries out.

use std::collections::HashSet;

use futures::FutureExt;
use parking_lot::Mutex;
use tokio::sync::mpsc;
use tokio::time::Instant;
use tracing::Instrument;

use super::OnOutdated;
use super::context::{Context, Decided, Execute};
use super::finish::Finish;
use super::mirror::Mirror;
use super::open::Opened;
use super::sources::{self, Changes, Retry};
use super::task::{Mode, Run, Start, State, Task};
use super::transform::Transform;
use super::verify;
use crate::decide::{BoardState, SeenIds};
use crate::record::{DeadLetter, Progress};
use crate::{
    Coverage, DEFAULT_KEEP_RUNS, Event, Item, MirrorRules, OnDrift, OpKind, Outcome, Phase,
    PlannedStep, RunResult, SavedPlan, Select, Step, Target,
};

impl Run {
    /// Opens what the run needs, does the task, and finishes.
    pub(crate) async fn execute(self, task: Task, mode: Mode) -> (RunResult, Vec<PlannedStep>) {
        let record = self.record(task.kind());
        let run_id = match &self.start {
            Start::Resume(found) => found.record.run_id.clone(),
            Start::New | Start::AfterStop | Start::Anew => record.run_id.clone(),
        };
        let span = tracing::info_span!(
            "run",
            run.id = %run_id,
            workflow.id = self.workflow_id,
            action = self.identity.action
        );
        self.execute_in(record, task, mode).instrument(span).await
    }

    async fn execute_in(
        mut self,
        record: crate::RunRecord,
        task: Task,
        mode: Mode,
    ) -> (RunResult, Vec<PlannedStep>) {
        let began = Instant::now();
        let start = std::mem::replace(&mut self.start, Start::New);
        let opened = match self.opening(mode).open(record, start).boxed().await {
            Ok(opened) => opened,
            Err(refusal) => return (self.refused(refusal), Vec::new()),
        };
        let Opened { progress, record, store, in_doubt, is_resumed } = opened;
        // The run is taken apart: functions that users write may be called by one thread only, and
        // what borrows the rest may move from one thread to another.
        let Self { identity, origin, target, transform, callback, mirror, select, options, .. } =
            self;
        let (observer, stop) = (self.observer, self.stop);
        let beside = options.beside.as_ref().zip(store.clone());
        if let Some((beside, store)) = beside.clone() {
            beside.begin(store).await;
        }
        observer.begin(&outcomes(&*target, &progress, &task));
        let since = options
            .incremental
            .as_ref()
            .zip(progress.ledger.as_ref())
            .and_then(|(how, ledger)| how.since.after(ledger.last_complete_reading()));
        let context = Context {
            origin: &*origin,
            target: &*target,
            observer: &observer,
            stop: &stop,
            progress: &progress,
            failures: options.failures,
            blocking: options.blocking,
            concurrency: options.concurrency.max(1),
            run_id: &record.run_id,
            execute: Execute::of(mode, callback.is_some()),
        };
        let pass = Pass {
            mirror: mirror.as_ref().filter(|_| mode != Mode::DryRun),
            select,
            since,
            limit: options.limit,
            salt: identity.salt(),
            in_doubt,
            context,
        };
        target.begin(&record.run_id);
        pass.replay().boxed().await;
        let coverage = match task {
            Task::Sync => pass.sync(transform).boxed().await,
            Task::Retry { letters, .. } => pass.retry(letters, transform).boxed().await,
            Task::Apply { plan, on_outdated } => {
                pass.apply(plan, on_outdated, transform).boxed().await
            }
        };
        let flushed = pass.context.progress.flush().boxed().await;
        pass.context.stop_on_store_failure(flushed);
        let executed = pass.context.execute;
        let finish = Finish {
            observer,
            stop,
            record,
            store,
            coverage,
            since,
            mode,
            is_mirror: mirror.is_some(),
            is_resumed,
            max_staleness: origin.describe().max_staleness,
            keep_runs: options.state.map_or(DEFAULT_KEEP_RUNS, |State { keep_runs, .. }| keep_runs),
        };
        let (items, steps) = executed.into_parts();
        if let Some(callback) = callback.filter(|_| finish.calls_back(&items)) {
            let parameters = (origin.describe().parameters, target.describe().parameters);
            finish.call_back(options.blocking, callback, parameters, items).boxed().await;
        }
        if let Some((beside, _)) = beside {
            beside.end().await;
        }
        (finish.finish(progress, began).boxed().await, steps)
    }
}

impl Execute {
    fn of(mode: Mode, has_callback: bool) -> Self {
        match mode {
            Mode::Deliver => Self::Deliver { kept: has_callback.then(Mutex::default) },
            Mode::Preview => Self::Preview(Mutex::default()),
            Mode::DryRun => Self::DryRun,
        }
    }

    /// What was written, where somebody wants it, and what would be done.
    fn into_parts(self) -> (Vec<Item>, Vec<PlannedStep>) {
        match self {
            Self::Deliver { kept } => (kept.map(Mutex::into_inner).unwrap_or_default(), Vec::new()),
            Self::Preview(steps) => (Vec::new(), steps.into_inner()),
            Self::DryRun => (Vec::new(), Vec::new()),
        }
    }
}

/// Every way in which an item can end in this run.
fn outcomes(target: &dyn Target, progress: &Progress, task: &Task) -> Vec<Outcome> {
    let mut outcomes = target.describe().outcomes.to_vec();
    let mut add = |outcome| {
        if !outcomes.contains(&outcome) {
            outcomes.push(outcome);
        }
    };
    if progress.ledger.is_some() {
        add(Outcome::Unchanged);
    }
    if matches!(task, Task::Apply { on_outdated: OnOutdated::Skip, .. }) {
        add(Outcome::Outdated);
    }
    outcomes
}

/// What is done at the two ends.
struct Pass<'a> {
    context: Context<'a>,
    mirror: Option<&'a MirrorRules>,
    select: Select,
    since: Option<jiff::Timestamp>,
    limit: Option<u64>,
    salt: String,
    in_doubt: Vec<Step>,
}

impl Pass<'_> {
    /// Replays what interrupted processes of the same run have done.
    async fn replay(&self) {
        let Context { progress, observer, .. } = &self.context;
        if let Some(journal) = progress.journal.as_ref().filter(|_| !progress.recovered.is_empty())
        {
            let replayed = journal.replay(|event| observer.record(event)).await;
            self.context.stop_on_store_failure(replayed);
        }
    }

    /// Brings what the origin lists to the target, and archives what it lists no more.
    async fn sync(&self, transform: Transform) -> Coverage {
        let context = &self.context;
        let mirror = self.as_mirror();
        let board = match &mirror {
            Some(mirror) => mirror.verify().boxed().await,
            None => BoardState::default(),
        };
        let seen = mirror.as_ref().map(|_| Mutex::new(SeenIds::default()));
        let (in_doubt, retiring): (Vec<_>, Vec<_>) = self
            .in_doubt
            .iter()
            .cloned()
            .partition(|step| mirror.is_none() || step.op.kind() == OpKind::Write);
        let changes = self.changes(seen.as_ref(), &board);
        context.observer.record(&Event::Phase { phase: Phase::Moving, items: None });
        let read = |out: mpsc::Sender<Vec<Decided>>| {
            async move {
                if sources::send_works(context, sources::in_doubt(in_doubt), &out).await {
                    changes.read(context, transform, out).await
                } else {
                    Coverage::PARTIAL
                }
            }
            .boxed()
        };
        let mut coverage = context.pass(read).boxed().await;
        if let (Some(mirror), Some(seen)) = (mirror, seen) {
            let retiring: HashSet<_> = retiring.into_iter().map(|step| step.key).collect();
            let seen = seen.into_inner();
            mirror.archive_vanished(&seen, &retiring, &mut coverage).boxed().await;
        }
        coverage
    }

    fn as_mirror(&self) -> Option<Mirror<'_>> {
        let (rules, ledger) = (self.mirror?, self.context.progress.ledger.as_ref()?);
        Some(Mirror { context: &self.context, rules, ledger, select: self.select })
    }

    fn changes<'b>(&self, seen: Option<&'b Mutex<SeenIds>>, board: &'b BoardState) -> Changes<'b> {
        Changes {
            since: self.since,
            limit: self.limit,
            salt: self.salt.clone(),
            select: self.select,
            seen,
            board,
            on_drift: self.mirror.map_or(OnDrift::Repair, |rules| rules.on_drift),
        }
    }

    /// Sends again what failed in another run.
    async fn retry(&self, letters: Vec<DeadLetter>, transform: Transform) -> Coverage {
        let context = &self.context;
        let skips_unlisted = context.target.describe().skips_unlisted;
        let retry = Retry::of(letters, skips_unlisted, self.mirror);
        let board = BoardState::default();
        // What is asked for by its id is written, whatever else the run selects.
        let changes = Changes { select: Select::Listed, ..self.changes(None, &board) };
        let read = |out: mpsc::Sender<Vec<Decided>>| {
            async move {
                let in_doubt = sources::in_doubt(self.in_doubt.clone());
                if sources::send_works(context, in_doubt, &out).await {
                    retry.read(context, transform, changes, out).await
                } else {
                    Coverage::PARTIAL
                }
            }
            .boxed()
        };
        context.pass(read).await
    }

    /// Does what a saved plan says, as far as it still holds.
    async fn apply(
        &self,
        plan: SavedPlan,
        on_outdated: OnOutdated,
        transform: Transform,
    ) -> Coverage {
        let context = &self.context;
        let read = |out: mpsc::Sender<Vec<Decided>>| {
            async move {
                let in_doubt = sources::in_doubt(self.in_doubt.clone());
                if sources::send_works(context, in_doubt, &out).await {
                    verify::verified(context, plan, on_outdated, transform, out).await
                } else {
                    Coverage::PARTIAL
                }
            }
            .boxed()
        };
        context.pass(read).await
    }
}
