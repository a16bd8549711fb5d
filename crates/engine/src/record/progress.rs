//! What a run writes down: the only place that knows the order of writes.

use std::sync::Arc;

use store::{Lease, StoreError};
use tokio::sync::{Mutex, Notify};

use super::life::ItemStates;
use super::{DeliveryLedger, Journal, Version};
use crate::{Ending, Key, Op, OpKind, Outcome, Step};

/// With so many outcomes that are not saved, writes wait for the store: this bounds what a crash
/// leaves in doubt.
const MAX_UNSAVED: usize = 96;

/// The journal and the ledger of one run; a dry run, or one without a store, has none.
#[derive(Default)]
pub(crate) struct Progress {
    pub(crate) journal: Option<Journal>,
    pub(crate) ledger: Option<DeliveryLedger>,
    /// While it is held, no other run of the workflow is in progress.
    pub(crate) lease: Option<Arc<Lease>>,
    /// What interrupted processes of this run have done.
    pub(crate) recovered: ItemStates,
    flushing: Mutex<()>,
    noted: Notify,
}

/// An item that came to its end.
pub(crate) struct Settled<'a> {
    pub(crate) key: &'a Key,
    pub(crate) op: OpKind,
    pub(crate) reference: Option<&'a str>,
    pub(crate) ending: &'a Ending,
    /// What was done, where it came so far.
    pub(crate) step: Option<&'a Step>,
    /// The page of the journal that announced it.
    pub(crate) intent: Option<u64>,
    /// What tells the item as the target has it now.
    pub(crate) version: Option<Version>,
}

impl Progress {
    /// The progress of a run that saves nothing.
    pub(crate) fn unsaved(ledger: Option<DeliveryLedger>) -> Self {
        Self { ledger, ..Self::default() }
    }

    /// The progress of a run that has its workflow to itself.
    pub(crate) fn saved(
        journal: Journal,
        ledger: Option<DeliveryLedger>,
        lease: Arc<Lease>,
        recovered: ItemStates,
    ) -> Self {
        Self { journal: Some(journal), ledger, lease: Some(lease), recovered, ..Self::default() }
    }

    /// Announces steps before they are sent: in the ledger as in doubt, then in the journal. Gives
    /// the page.
    pub(crate) async fn intend(&self, steps: &[&Step]) -> Result<Option<u64>, StoreError> {
        if steps.is_empty() {
            return Ok(None);
        }
        if let Some(ledger) = &self.ledger {
            ledger.mark_in_doubt(steps.iter().filter_map(|step| step.key.id())).await?;
        }
        match &self.journal {
            Some(journal) => journal.intend(steps).await.map(Some),
            None => Ok(None),
        }
    }

    /// Notes how an item ended; it is kept once it was flushed.
    pub(crate) async fn settle(&self, settled: Settled<'_>) -> Result<(), StoreError> {
        let Settled { key, op, reference, ending, step, intent, version } = settled;
        if let (Some(ledger), Some(id), Ending::Done(outcome), Some(step)) =
            (&self.ledger, key.id(), ending, step)
        {
            note_delivery(ledger, id, *outcome, step, version).await;
        }
        let unsaved = match (&self.journal, &self.ledger) {
            (Some(journal), _) => journal.note((key, op), reference, ending, step, intent),
            (None, Some(ledger)) => ledger.noted().await,
            (None, None) => return Ok(()),
        };
        self.noted.notify_one();
        if unsaved >= MAX_UNSAVED { self.flush().await } else { Ok(()) }
    }

    /// Waits until there is something to flush.
    pub(crate) async fn is_noted(&self) {
        self.noted.notified().await;
    }

    /// Saves what was noted: the ledger, then dead letters and outcomes, then the intents that
    /// they settle are deleted. A run that was taken over by another process saves nothing.
    pub(crate) async fn flush(&self) -> Result<(), StoreError> {
        let _one_at_a_time = self.flushing.lock().await;
        if self.lease.as_ref().is_some_and(|lease| lease.is_lost()) {
            let why = "lease lost to another process";
            return Err(StoreError::new("write", "the state of the run", why));
        }
        let Some(journal) = &self.journal else { return self.flush_ledger().await };
        let noted = journal.take_noted();
        let saved = match self.flush_ledger().await {
            Ok(()) => journal.write(&noted).await,
            Err(error) => Err(error),
        };
        if saved.is_err() {
            journal.abort_flush(noted);
        }
        saved
    }

    async fn flush_ledger(&self) -> Result<(), StoreError> {
        match &self.ledger {
            Some(ledger) => ledger.flush().await,
            None => Ok(()),
        }
    }
}

/// Only what the target has acknowledged counts as delivered.
async fn note_delivery(
    ledger: &DeliveryLedger,
    id: &str,
    outcome: Outcome,
    step: &Step,
    version: Option<Version>,
) {
    match &step.op {
        Op::Write(_) | Op::Replace(_) if outcome.is_acknowledged() => {
            if let Some(content) = step.fingerprint {
                ledger.note(id, content, version).await;
            }
        }
        Op::Write(_) | Op::Replace(_) => {
            if matches!(outcome, Outcome::Missing | Outcome::Released) {
                ledger.forget(id).await;
            }
        }
        Op::Retire => ledger.forget(id).await,
    }
}
