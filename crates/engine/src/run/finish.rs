//! The end of a run: the callback, the verdict, and what is saved at last.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;
use store::{Lease, Store, StoreError};
use tokio::time::Instant;

use super::Blocking;
use super::open::release;
use super::task::Mode;
use crate::functions::guarded;
use crate::observer::log_end;
use crate::record::{DeliveryLedger, Journal, Progress, RunKind, RunRecord, RunState, Runs};
use crate::stop::{StopCause, StopReason};
use crate::{
    Callback, Counts, Coverage, Event, Finished, Hint, Item, Observer, Reason, RunResult,
    Staleness, Status, Stop, error_chain,
};

/// A run whose work is done.
pub(crate) struct Finish {
    pub(crate) observer: Observer,
    pub(crate) stop: Stop,
    pub(crate) record: RunRecord,
    pub(crate) store: Option<Arc<dyn Store>>,
    pub(crate) coverage: Coverage,
    pub(crate) since: Option<Timestamp>,
    pub(crate) mode: Mode,
    pub(crate) is_mirror: bool,
    pub(crate) is_resumed: bool,
    /// How old a mirror of the origin may be.
    pub(crate) max_staleness: Option<SignedDuration>,
    pub(crate) keep_runs: u32,
}

impl Finish {
    /// Whether the callback is called: after a run that came to its end and has written something.
    pub(crate) fn calls_back(&self, items: &[Item]) -> bool {
        self.mode == Mode::Deliver && !items.is_empty() && !self.stop.is_asked()
    }

    pub(crate) async fn call_back(
        &self,
        blocking: Blocking,
        callback: Callback,
        (origin_parameters, target_parameters): (Value, Value),
        items: Vec<Item>,
    ) {
        let Counts { events, outcomes, .. } = self.observer.counts();
        let finished = Finished { origin_parameters, target_parameters, events, outcomes, items };
        let call = move || guarded(|| callback(finished));
        self.observer.record(&match blocking.call(call).await {
            Some(Ok(())) => Event::CallbackExecuted,
            Some(Err(message)) => Event::CallbackFailed { message },
            // Its own panic is caught, so only the runtime's end leads here.
            None => Event::CallbackFailed { message: "it did not come to its end".to_owned() },
        });
    }

    /// Closes what the run has opened, and gives the result.
    pub(crate) async fn finish(self, progress: Progress, began: Instant) -> RunResult {
        let Progress { journal, ledger, lease, .. } = progress;
        let is_delivered = self.mode == Mode::Deliver
            && self.coverage.complete
            && !self.observer.counts().has_failures();
        let last = ledger.as_ref().and_then(DeliveryLedger::last_complete_reading);
        let stale = self.staleness(last).filter(|_| !is_delivered);
        let incremental = ledger.is_some();
        let in_sync_at = is_delivered.then_some(self.record.started_at);
        let is_lost = self.has_lost(lease.as_deref()).await;
        let incremental_token = match ledger.filter(|_| !is_lost) {
            Some(ledger) => self.close_ledger(ledger, in_sync_at).await,
            None => None,
        };
        let result = self.result(began, incremental, incremental_token, stale);
        if let (Some(journal), Some(lease), false) = (journal, &lease, is_lost)
            && let Err(error) = self.close_journal(journal, lease, &result).await
        {
            tracing::error!(error = %error_chain(&error), "could not close the journal");
        }
        if let Some(lease) = lease {
            release(lease).await;
        }
        log_end(&result);
        result
    }

    /// Whether another process has taken the workflow over: what this one saved last may not
    /// count.
    async fn has_lost(&self, lease: Option<&Lease>) -> bool {
        let Some(lease) = lease else { return false };
        let Err(error) = lease.check().await else { return false };
        if !self.stop.is_asked() {
            let message = error_chain(&error);
            self.observer.record(&Event::StateNotSaved { message: message.clone() });
            self.stop.now(StopReason::failure(message));
        }
        true
    }

    /// Why a mirror is too old, if it is.
    fn staleness(&self, last: Option<Timestamp>) -> Option<String> {
        let staleness = Staleness::at(Timestamp::now(), last, self.max_staleness);
        let is_told = self.is_mirror && self.mode == Mode::Deliver && staleness.is_stale();
        is_told.then(|| format!("mirror is stale: {staleness}"))
    }

    fn result(
        &self,
        began: Instant,
        incremental: bool,
        incremental_token: Option<String>,
        stale: Option<String>,
    ) -> RunResult {
        let counts = self.observer.counts();
        let (status, reason) = self.verdict(&counts);
        let Counts { events, outcomes, withheld, unsent, pending, drifted, .. } = counts;
        let stopped = self.stop.reason();
        let Coverage { complete, warning } = self.coverage.clone();
        let partly = self
            .since
            .map(|since| format!("only what was created since {} was read", to_seconds(since)));
        let (stop_message, stop_hint) = stopped
            .as_ref()
            .map(|StopReason { message, hint, .. }| (message.clone(), hint.clone()))
            .unzip();
        let (withheld_message, withheld_hint) =
            withheld.map(|withheld| (withheld.message, withheld.hint)).unzip();
        let is_interrupted =
            stopped.as_ref().is_some_and(|reason| reason.cause == StopCause::Interrupt);
        let resume = self.can_be_resumed().then(|| Hint::Resume(self.record.run_id.clone()));
        let hints = [stop_hint.flatten(), withheld_hint.flatten(), resume];
        RunResult {
            workflow_id: self.record.workflow_id.clone(),
            action: self.record.action.clone(),
            run_id: self.record.run_id.clone(),
            status,
            reason,
            message: joined([stop_message.or(warning), withheld_message, partly, stale]),
            hints: hints.into_iter().flatten().collect(),
            interrupted: is_interrupted,
            stopped_by: stopped.and_then(|reason| reason.by),
            resumed: self.is_resumed,
            incremental,
            incremental_token,
            events,
            outcomes,
            unsent,
            pending,
            drifted,
            complete: complete && self.since.is_none(),
            started_at: self.record.started_at,
            duration_ms: began.elapsed().as_millis().try_into().unwrap_or(u64::MAX),
            spent: self.observer.spent(),
        }
    }

    fn verdict(&self, counts: &Counts) -> (Status, Reason) {
        let is_outdated =
            self.stop.reason().is_some_and(|reason| reason.cause == StopCause::PlanOutdated);
        let has_begun = counts.items_ended() > 0;
        match counts.verdict() {
            _ if is_outdated && !has_begun => (Status::Fatal, Reason::PlanOutdated),
            (Status::Success, _) if self.stop.is_asked() => {
                (Status::SuccessWithFailures, Reason::None)
            }
            verdict => verdict,
        }
    }

    /// Whether there is something left that a later process can do.
    fn can_be_resumed(&self) -> bool {
        self.store.is_some()
            && self.stop.reason().is_some_and(|reason| reason.cause != StopCause::PlanOutdated)
    }

    /// Saves what was delivered, and gives the token as text; a state that could not be saved is
    /// an event of the run.
    async fn close_ledger(
        &self,
        ledger: DeliveryLedger,
        in_sync_at: Option<Timestamp>,
    ) -> Option<String> {
        match ledger.close(in_sync_at).await {
            Ok(token) => serde_json::to_string(&token).ok(),
            Err(error) => {
                self.observer.record(&Event::StateNotSaved { message: error_chain(&error) });
                None
            }
        }
    }

    /// Closes the journal, takes what was retried out of the other run's dead letters, and forgets
    /// old runs.
    async fn close_journal(
        &self,
        journal: Journal,
        lease: &Lease,
        result: &RunResult,
    ) -> Result<(), StoreError> {
        let Some(store) = self.store.clone() else { return Ok(()) };
        let runs = Runs::over(store);
        let RunRecord { run_id, workflow_id, kind, .. } = &self.record;
        if let RunKind::Retry { of } = kind {
            runs.forget_delivered_letters(of, run_id).await?;
        }
        journal.close(lease, self.ended(result)).await?;
        runs.prune(workflow_id, self.keep_runs, run_id).await
    }

    fn ended(&self, result: &RunResult) -> RunRecord {
        let is_stopped =
            self.stop.reason().is_some_and(|reason| reason.cause != StopCause::PlanOutdated);
        RunRecord {
            state: if is_stopped { RunState::Stopped } else { RunState::Ended },
            // A result is names, numbers and text: there is nothing that JSON could not hold.
            result: serde_json::to_value(result).ok(),
            ..self.record.clone()
        }
    }
}

/// A time without the parts of a second, which nobody wants to read.
fn to_seconds(time: Timestamp) -> String {
    time.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// What there is to say, one sentence a line.
fn joined<const N: usize>(parts: [Option<String>; N]) -> Option<String> {
    let parts: Vec<_> = parts.into_iter().flatten().collect();
    (!parts.is_empty()).then(|| parts.join("\n"))
}
