//! A run from its beginning to its result.

use std::sync::{Arc, Mutex};

use futures::FutureExt;
use jiff::Timestamp;
use serde_json::Value;
use store::{Store, StoreError};
use tokio::time::Instant;

use crate::connector::{Reading, Target};
use crate::journal::{Journal, RunKind, RunRecord, RunState, Runs};
use crate::run::again::Selected;
use crate::run::beside::Beside;
use crate::run::books::Books;
use crate::run::delivered::{Delivered, Refusal};
use crate::run::engine::Engine;
use crate::run::foresight::{Foresight, SavedPlan, Step};
use crate::run::log::log_end;
use crate::run::mirror::age;
use crate::run::opening::Opened;
use crate::run::transform::Prepared;
use crate::run::write::Writer;
use crate::run::{DEFAULT_KEEP_RUNS, Plan, Recorder, Stop};
use crate::steps::guarded;
use crate::{Callback, Counts, Event, Finished, Item, Outcome, Persist, Reason, RunResult, Status};

impl Plan {
    /// Reads, applies the logics, formats, writes and calls back.
    pub async fn run(self) -> RunResult {
        self.carry_out(None).await
    }

    /// Finds out what a run would do: reads, applies the logics, formats, and looks at what the
    /// target has. Changes neither the target nor the store.
    pub async fn foresee(mut self) -> (RunResult, SavedPlan) {
        // What a dry run would not write, a plan shows all the same.
        self.persist = Persist::Write;
        let RunRecord { started_at, workflow_id, action, fingerprint, workflow, .. } =
            self.record();
        let foresight = Foresight::default();
        let result = self.carry_out(Some(&foresight)).await;
        let saved = SavedPlan {
            version: SavedPlan::version(),
            made_at: started_at,
            workflow_id,
            action,
            fingerprint,
            workflow,
            complete: result.complete,
            steps: foresight.into_steps(),
        };
        (result, saved)
    }

    /// Does just what a saved plan says, unless the world has moved since: then nothing.
    pub async fn apply(mut self, saved: SavedPlan) -> RunResult {
        if self.record().fingerprint != saved.fingerprint {
            let why = "the workflow is not the one that the plan was made of";
            return self.refused(outdated(why));
        }
        self.kind = RunKind::Apply { plan: saved.digest() };
        self.selected = Some(Vec::new());
        self.to_apply = saved.steps;
        self.carry_out(None).await
    }

    async fn carry_out(mut self, foresight: Option<&Foresight>) -> RunResult {
        let began = Instant::now();
        let reach = if self.selected.is_some() { Reach::Selected } else { Reach::Whole };
        if let Some(references) = self.selected.take() {
            self.origin = Box::new(Selected { whole: self.origin, references });
        }
        let saves = if foresight.is_some() { Persist::DryRun } else { self.persist };
        let (record, continued) = (self.record(), self.continued.take());
        let opened = match self.opening().open(record, continued, saves).boxed().await {
            Ok(opened) => opened,
            Err(refusal) => return self.refused(refusal),
        };
        let Opened { books, record, store, pending } = opened;
        let salt = self.programs();
        // The plan is taken apart: functions that users write may be called by one thread only,
        // and what borrows the rest may move from one thread to another.
        let Self { origin, target, mut transform, callback, stop, wiring, mirror, .. } = self;
        let recorder = Recorder::new(&outcomes(&*target, &books), self.watchers);
        wiring.connect_recorder(recorder.clone());
        let beside = wiring.seed.map_or(Beside::Runtime, |_| Beside::Nothing);
        let since = self.incremental.as_ref().and_then(|how| how.since.of(&books));
        let engine = Engine {
            writer: Writer {
                origin: &*origin,
                target: &*target,
                recorder: &recorder,
                stop: &stop,
                books: &books,
                failures: self.failures,
                foresight,
            },
            persist: self.persist,
            beside,
            run_id: &record.run_id,
            write_concurrency: wiring.write_concurrency.try_into().unwrap_or(usize::MAX),
            keep: saves == Persist::Write && callback.is_some(),
            since,
            salt,
            only_vanished: self.only_vanished,
            listed: mirror.as_ref().map(|_| Mutex::default()),
        };
        engine.replay().boxed().await;
        let mut moved = engine.moved(&mut transform, &self.to_apply).boxed().await;
        if stop.reason().is_some() {
            // What was asked when the end came proves nothing against the plan.
            moved.clear();
        }
        let work = Work::of(reach, self.ready, pending, self.to_retire, self.to_apply, &moved);
        let outdated = work.outdated.clone();
        let mirror = mirror.filter(|_| self.persist == Persist::Write);
        let (reading, items) = engine.work(work, transform, mirror.as_ref()).boxed().await;
        if let Some(callback) = callback.filter(|_| saves == Persist::Write) {
            let parameters = (origin.parameters(), target.parameters());
            call_back(&recorder, beside, callback, parameters, items).boxed().await;
        }
        engine.writer.noted(books.save().boxed().await);
        let keep_runs = self.state.map_or(DEFAULT_KEEP_RUNS, |state| state.keep_runs);
        let is_mirror = mirror.is_some();
        let ending = Ending {
            books,
            record,
            store,
            recorder,
            stop,
            reading,
            since,
            saves,
            is_mirror,
            outdated,
        };
        ending.come(began, keep_runs).boxed().await
    }
}

/// Every way in which an item can end in this run.
fn outcomes(target: &dyn Target, books: &Books) -> Vec<Outcome> {
    let mut outcomes = target.outcomes().to_vec();
    if books.delivered.is_some() && !outcomes.contains(&Outcome::Unchanged) {
        outcomes.push(Outcome::Unchanged);
    }
    outcomes
}

/// A run whose work is done.
struct Ending {
    books: Books,
    record: RunRecord,
    store: Option<Arc<dyn Store>>,
    recorder: Recorder,
    stop: Stop,
    reading: Reading,
    since: Option<Timestamp>,
    saves: Persist,
    is_mirror: bool,
    outdated: Option<String>,
}

impl Ending {
    /// Closes the books, and gives the result.
    async fn come(self, began: Instant, keep_runs: u32) -> RunResult {
        let Self {
            books,
            record,
            store,
            recorder,
            stop,
            reading,
            since,
            saves,
            is_mirror,
            outdated,
        } = self;
        let Books { journal, delivered, .. } = books;
        let incremental = delivered.is_some();
        let writes = saves == Persist::Write;
        let is_delivered = writes && reading.complete && !recorder.counts().has_failures();
        let whole_since = is_delivered.then_some(record.started_at);
        let last = delivered.as_ref().and_then(Delivered::last_complete_reading);
        let stale = if is_mirror && writes && !is_delivered {
            age(last, Timestamp::now()).err().map(|age| format!("the mirror is old: {age}"))
        } else {
            None
        };
        let incremental_token = close(delivered, whole_since, &recorder).await;
        let Counts { events, outcomes, withheld } = recorder.counts();
        let (status, reason) = match outdated {
            Some(_) => (Status::Fatal, Reason::PlanOutdated),
            None => recorder.counts().verdict(),
        };
        let Reading { complete, remark } = reading;
        let partly = since.map(|since| format!("nothing that was created before {since} was read"));
        let result = RunResult {
            workflow_id: record.workflow_id.clone(),
            action: record.action.clone(),
            run_id: record.run_id.clone(),
            status,
            reason,
            message: joined([stop.reason().or(remark).or(withheld).or(partly), stale]),
            incremental,
            incremental_token,
            events,
            outcomes,
            complete: complete && since.is_none(),
            started_at: record.started_at,
            duration_ms: began.elapsed().as_millis().try_into().unwrap_or(u64::MAX),
        };
        if let (Some(journal), Some(store)) = (journal, store) {
            let is_stopped = stop.reason().is_some() && outdated.is_none();
            let ended = ended(record, &result, is_stopped);
            if let Err(error) = conclude(journal, store, ended, keep_runs).await {
                tracing::error!(error = %api_client::chain(&error), "the journal was not closed");
            }
        }
        log_end(&result);
        result
    }
}

/// How much of the origin a run is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reach {
    /// All that it lists.
    Whole,
    /// Some items.
    Selected,
}

/// What is to be done at the two ends.
pub(crate) struct Work {
    pub(crate) reach: Reach,
    pub(crate) ready: Vec<Prepared>,
    pub(crate) to_retire: Vec<String>,
    /// Why a saved plan is not carried out.
    pub(crate) outdated: Option<String>,
}

impl Work {
    fn of(
        reach: Reach,
        ready: Vec<Prepared>,
        pending: Vec<Prepared>,
        mut to_retire: Vec<String>,
        steps: Vec<Step>,
        moved: &[String],
    ) -> Self {
        if !moved.is_empty() {
            let outdated = Some(told(moved, steps.len()));
            return Self { reach, ready: Vec::new(), to_retire: Vec::new(), outdated };
        }
        let mut all: Vec<_> = pending.into_iter().chain(ready).collect();
        for step in steps {
            match Prepared::of_step(step) {
                Ok(prepared) => all.push(prepared),
                Err(reference) => to_retire.push(reference),
            }
        }
        Self { reach, ready: all, to_retire, outdated: None }
    }
}

/// How many steps that no longer hold are told one by one.
const MOVED_TOLD: usize = 5;

fn told(moved: &[String], steps: usize) -> String {
    let first = moved.iter().take(MOVED_TOLD).map(String::as_str).collect::<Vec<_>>().join("; ");
    let more = moved.len().saturating_sub(MOVED_TOLD);
    let rest = if more == 0 { String::new() } else { format!("; and {more} more") };
    let count = moved.len();
    format!(
        "the world has moved since the plan was made, and nothing was done: {count} of {steps} \
         steps no longer hold: {first}{rest}\n  hint: make a new plan"
    )
}

fn outdated(why: &str) -> Refusal {
    let message = format!("{why}\n  hint: make a new plan");
    Refusal { reason: Reason::PlanOutdated, message }
}

/// What there is to say, in one text.
fn joined(parts: [Option<String>; 2]) -> Option<String> {
    let parts: Vec<_> = parts.into_iter().flatten().collect();
    (!parts.is_empty()).then(|| parts.join("\n"))
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
    beside: Beside,
    callback: Callback,
    (origin_parameters, target_parameters): (Value, Value),
    items: Vec<Item>,
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

/// Saves what was delivered, and gives the token as text; a state that could not be saved is an
/// event of the run.
async fn close(
    delivered: Option<Delivered>,
    whole_since: Option<Timestamp>,
    recorder: &Recorder,
) -> Option<String> {
    match delivered?.close(whole_since).await {
        Ok(token) => serde_json::to_string(&token).ok(),
        Err(error) => {
            recorder.record(&Event::StateNotSaved { why: api_client::chain(&error) });
            None
        }
    }
}
