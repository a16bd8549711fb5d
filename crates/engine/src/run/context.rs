//! What every part of a run in progress needs.

use std::time::Instant;

use store::StoreError;

use super::Blocking;
use crate::record::{Progress, Version};
use crate::stop::StopReason;
use crate::{
    EndError, Ending, Event, FailureLimit, Item, Key, Observer, OpKind, Origin, PlannedStep, RunId,
    Scope, Stage, Step, StepError, Stop, Target, error_chain,
};

/// The two ends, and those who watch, record and stop.
pub(crate) struct Context<'a> {
    pub(crate) origin: &'a dyn Origin,
    pub(crate) target: &'a dyn Target,
    pub(crate) observer: &'a Observer,
    pub(crate) stop: &'a Stop,
    pub(crate) progress: &'a Progress,
    pub(crate) failures: Option<FailureLimit>,
    pub(crate) blocking: Blocking,
    pub(crate) concurrency: usize,
    pub(crate) run_id: &'a RunId,
    pub(crate) execute: Execute,
}

/// What becomes of steps.
pub(crate) enum Execute {
    /// They are done; with a callback, what was written is kept for it.
    Deliver {
        /// What was written, where somebody wants it.
        kept: Option<parking_lot::Mutex<Vec<Item>>>,
    },
    /// They are compared with what the target has: this is the plan.
    Preview(parking_lot::Mutex<Vec<PlannedStep>>),
    /// They are counted.
    DryRun,
}

impl Execute {
    /// Whether anything is written.
    pub(crate) fn delivers(&self) -> bool {
        matches!(self, Self::Deliver { .. })
    }
}

/// What a source hands to the pipeline.
pub(crate) enum Decided {
    /// A step.
    Work(Work),
    /// An item whose way ended before there was a step.
    Ended { key: Key, reference: Option<String>, ending: Ending },
}

/// A step on its way.
pub(crate) struct Work {
    pub(crate) step: Step,
    /// The page of the journal that announces it.
    pub(crate) intent: Option<u64>,
    /// When what the step requires was last found to hold.
    pub(crate) confirmed_at: Option<Instant>,
}

impl From<Step> for Work {
    fn from(step: Step) -> Self {
        Self { step, intent: None, confirmed_at: None }
    }
}

impl Context<'_> {
    /// What names the item of a step in reports.
    pub(crate) fn reference(&self, step: &Step) -> Option<String> {
        let named = step.op.item().and_then(|item| self.target.reference(item));
        named.or_else(|| step.key.id().map(str::to_owned))
    }

    /// Records how the item of a step ended.
    pub(crate) async fn settle(&self, work: &Work, ending: Ending, version: Option<Version>) {
        let step = &work.step;
        let reference = self.reference(step);
        let settled = crate::record::Settled {
            key: &step.key,
            op: step.op.kind(),
            reference: reference.as_deref(),
            ending: &ending,
            step: Some(step),
            intent: work.intent,
            version,
        };
        self.record(settled).await;
    }

    /// Records how an item ended before there was a step.
    pub(crate) async fn settle_early(
        &self,
        (key, op): (&Key, OpKind),
        reference: Option<&str>,
        ending: &Ending,
    ) {
        self.record(early((key, op), reference, ending)).await;
    }

    /// Keeps how an item ended before there was a step, which has been told already.
    pub(crate) async fn keep_told(&self, key: &Key, ending: &Ending) {
        self.keep(early((key, OpKind::Write), key.id(), ending)).await;
    }

    async fn record(&self, settled: crate::record::Settled<'_>) {
        let ending = settled.ending;
        if self.is_cut_short(ending) {
            // The journal keeps it as announced, for the run that resumes this one.
            let (key, reference) = (settled.key.clone(), settled.reference.map(str::to_owned));
            return self.observer.record(&Event::Unsent { op: settled.op, key, reference });
        }
        self.observer.record(&Event::Ended {
            op: settled.op,
            key: settled.key.clone(),
            reference: settled.reference.map(str::to_owned),
            ending: ending.clone(),
        });
        self.keep(settled).await;
        if let Ending::Failed(_) = ending {
            stop_on_failures(self.failures, self.observer, self.stop);
        }
    }

    /// Keeps how an item ended, unless it is still to be sent.
    async fn keep(&self, settled: crate::record::Settled<'_>) {
        let keeps_pending = match settled.ending {
            Ending::Failed(StepError { error, .. }) => self.keeps_pending(error),
            Ending::Done(_) | Ending::Withdrawn | Ending::Discarded { .. } => false,
        };
        if self.execute.delivers() && !keeps_pending {
            self.stop_on_store_failure(self.progress.settle(settled).await);
        }
    }

    /// Whether an item that failed is still to be sent: every other would fail so, too.
    fn keeps_pending(&self, error: &EndError) -> bool {
        match error.scope {
            Scope::Run => {
                self.stop_for(error);
                true
            }
            Scope::Item => false,
        }
    }

    /// Whether an item has not failed by itself: the run was stopped while it was being sent.
    pub(crate) fn is_cut_short(&self, ending: &Ending) -> bool {
        let Ending::Failed(StepError { stage: Stage::Write, error }) = ending else { return false };
        error.scope == Scope::Item && error.retryable && self.stop.is_asked()
    }

    /// Tells that something could not be read. A run that is stopped has cut off its own reading.
    pub(crate) fn note_read_failure(&self, message: &str) {
        if !self.stop.is_asked() {
            self.observer.record(&Event::ReadFailed { message: message.to_owned() });
        }
    }

    /// Ends the run for a failure that every further item would meet.
    pub(crate) fn stop_for(&self, error: &EndError) {
        let hint = error.hint.clone().map(crate::Hint::Text);
        self.stop.now(StopReason { hint, ..StopReason::failure(error.message.clone()) });
    }

    /// A run whose progress cannot be kept is stopped: going on would be to forget.
    pub(crate) fn stop_on_store_failure(&self, result: Result<(), StoreError>) {
        let Err(error) = result else { return };
        let message = error_chain(&error);
        if !self.stop.is_asked() {
            self.observer.record(&Event::StateNotSaved { message: message.clone() });
            self.stop.now(StopReason::failure(message));
        }
    }
}

fn early<'a>(
    (key, op): (&'a Key, OpKind),
    reference: Option<&'a str>,
    ending: &'a Ending,
) -> crate::record::Settled<'a> {
    crate::record::Settled { key, op, reference, ending, step: None, intent: None, version: None }
}

/// Ends the run where too many items have failed.
pub(crate) fn stop_on_failures(limit: Option<FailureLimit>, observer: &Observer, stop: &Stop) {
    if let Some(limit) = limit
        && let Some(why) = limit.passed_by(&observer.counts())
    {
        stop.now(StopReason::failure(why));
    }
}
