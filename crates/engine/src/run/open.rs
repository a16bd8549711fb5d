//! What a run opens before it begins: the workflow's lease, its ledger, and the journal.

use std::sync::Arc;

use store::{Lease, LeaseError, Store, StoreError};

use super::State;
use super::task::{Mode, Run, Start};
use crate::record::{
    Begun, DeliveryLedger, Journal, Progress, Recovered, RunRecord, RunState, lease_of, owner,
};
use crate::{Hint, Identity, Incremental, Reason, Reset, RunKind, Step, error_chain};

/// Why a run may not begin.
pub(crate) struct Refusal {
    pub(crate) reason: Reason,
    pub(crate) message: String,
    pub(crate) hint: Option<Hint>,
}

/// What a run has opened before it begins.
pub(crate) struct Opened {
    pub(crate) progress: Progress,
    pub(crate) record: RunRecord,
    pub(crate) store: Option<Arc<dyn Store>>,
    /// What an interrupted process of the run had announced.
    pub(crate) in_doubt: Vec<Step>,
    pub(crate) is_resumed: bool,
}

/// The parts of a run by which it is opened. It holds nothing that only one thread may use.
pub(crate) struct Opening<'a> {
    identity: &'a Identity,
    state: Option<&'a State>,
    incremental: Option<&'a Incremental>,
    mode: Mode,
}

impl Run {
    pub(crate) fn opening(&self, mode: Mode) -> Opening<'_> {
        Opening {
            identity: &self.identity,
            state: self.options.state.as_ref(),
            incremental: self.options.incremental.as_ref(),
            mode,
        }
    }
}

impl Opening<'_> {
    /// Opens what the run needs. A run that saves nothing only looks at what is remembered.
    pub(crate) async fn open(self, record: RunRecord, start: Start) -> Result<Opened, Refusal> {
        let needs_store = self.mode == Mode::Deliver || self.incremental.is_some();
        let Some(store) = self.open_store(needs_store).await? else {
            return Ok(Opened::without_journal(record, None));
        };
        if self.mode != Mode::Deliver {
            let ledger = self.open_ledger(&store, &record, None).await?;
            return Ok(Opened::without_journal(record, ledger));
        }
        let lease = match self.take_lease(&store, &record, &start).await {
            Ok(lease) => Arc::new(lease),
            Err(LeaseError::Held(holder)) if self.can_do_without(&record, &start) => {
                tracing::warn!(%holder, "running without a journal: another run is in progress");
                return Ok(Opened::without_journal(record, None));
            }
            Err(error) => return Err(error.into()),
        };
        match self.begin(&store, &lease, record, start).await {
            Ok((ledger, begun)) => Ok(Opened::begun(begun, ledger, lease, store)),
            Err(refusal) => {
                // The next run need not wait for one that did not begin.
                release(lease).await;
                Err(refusal)
            }
        }
    }

    async fn begin(
        &self,
        store: &Arc<dyn Store>,
        lease: &Arc<Lease>,
        record: RunRecord,
        start: Start,
    ) -> Result<(Option<DeliveryLedger>, Begun), Refusal> {
        let ledger = self.open_ledger(store, &record, Some(lease.clone())).await?;
        let resets = self.incremental.is_some_and(|how| how.reset != Reset::No);
        let is_known = self.identity.programs.are_known();
        let begun = match start {
            Start::Resume(found) => Journal::resume(store.clone(), lease, *found)
                .await?
                .ok_or_else(Refusal::ended_meanwhile)?,
            Start::Anew => Journal::begin(store.clone(), lease, record, |_| false).await?,
            Start::New | Start::AfterStop => {
                let would_be = record.clone();
                let may_resume = |found: &RunRecord| {
                    // A run that was stopped is resumed where that was asked for.
                    let is_left = match start {
                        Start::AfterStop => found.state.is_unfinished(),
                        _ => found.state == RunState::Running,
                    };
                    is_left && !resets && is_known && Journal::is_resumed_by(found, &would_be)
                };
                Journal::begin(store.clone(), lease, record, may_resume).await?
            }
        };
        Ok((ledger, begun))
    }

    async fn open_store(&self, is_needed: bool) -> Result<Option<Arc<dyn Store>>, Refusal> {
        let Some(state) = self.state.filter(|_| is_needed) else { return Ok(None) };
        let opened = match self.mode {
            Mode::Deliver => state.store.open().await,
            Mode::Preview | Mode::DryRun => state.store.open_to_read().await,
        };
        match opened {
            Ok(store) => Ok(Some(store)),
            Err(error) if state.is_required || self.incremental.is_some() => Err(error.into()),
            Err(error) => {
                let error = error_chain(&error);
                tracing::warn!(error, "running without a journal: store unavailable");
                Ok(None)
            }
        }
    }

    /// Whether a run that begins needs no journal: nobody has asked for one, and nothing is kept of
    /// what was delivered.
    fn can_do_without(&self, record: &RunRecord, start: &Start) -> bool {
        let is_required = self.state.is_some_and(|state| state.is_required);
        let remembers = is_required || self.incremental.is_some();
        let is_new = matches!(start, Start::New | Start::AfterStop | Start::Anew)
            && record.kind == RunKind::Whole;
        is_new && !remembers
    }

    async fn take_lease(
        &self,
        store: &Arc<dyn Store>,
        record: &RunRecord,
        start: &Start,
    ) -> Result<Lease, LeaseError> {
        let run_id = match start {
            Start::Resume(found) => &found.record.run_id,
            Start::New | Start::AfterStop | Start::Anew => &record.run_id,
        };
        let name = lease_of(&record.workflow_id);
        let patience = self.state.map(|state| state.wait).unwrap_or_default();
        Lease::wait_take(store.clone(), name, owner(run_id), patience).await
    }

    async fn open_ledger(
        &self,
        store: &Arc<dyn Store>,
        record: &RunRecord,
        lease: Option<Arc<Lease>>,
    ) -> Result<Option<DeliveryLedger>, Refusal> {
        let Some(incremental) = self.incremental else { return Ok(None) };
        let identity = self.identity.clone();
        DeliveryLedger::open(store.clone(), incremental, &record.workflow_id, identity, lease)
            .await
            .map(Some)
    }
}

impl Opened {
    fn begun(
        begun: Begun,
        ledger: Option<DeliveryLedger>,
        lease: Arc<Lease>,
        store: Arc<dyn Store>,
    ) -> Self {
        let Begun { journal, record, recovered } = begun;
        let is_resumed = recovered.is_some();
        let Recovered { states, in_doubt } = recovered.unwrap_or_default();
        if is_resumed {
            tracing::info!(run.id = %record.run_id, "resuming run");
        }
        let progress = Progress::saved(journal, ledger, lease, states);
        Self { progress, record, store: Some(store), in_doubt, is_resumed }
    }

    fn without_journal(record: RunRecord, ledger: Option<DeliveryLedger>) -> Self {
        let progress = Progress::unsaved(ledger);
        Self { progress, record, store: None, in_doubt: Vec::new(), is_resumed: false }
    }
}

/// Gives a lease back that nobody else in this process uses any more.
pub(crate) async fn release(lease: Arc<Lease>) {
    let Some(lease) = Arc::into_inner(lease) else { return };
    if let Err(error) = lease.release().await {
        tracing::warn!(error = %error_chain(&error), "could not release lease");
    }
}

impl Refusal {
    pub(crate) fn plan_of_another_workflow() -> Self {
        Self {
            reason: Reason::PlanOutdated,
            message: "the workflow is not the one that the plan was made of".to_owned(),
            hint: Some(Hint::MakeNewPlan),
        }
    }

    fn ended_meanwhile() -> Self {
        Self {
            reason: Reason::WorkflowBusy,
            message: "the run has ended meanwhile".to_owned(),
            hint: None,
        }
    }
}

impl From<StoreError> for Refusal {
    fn from(error: StoreError) -> Self {
        let hint = error.hint().map(|hint| Hint::Text(hint.to_owned()));
        Self { reason: Reason::StoreFailure, message: error_chain(&error), hint }
    }
}

impl From<LeaseError> for Refusal {
    fn from(error: LeaseError) -> Self {
        match error {
            LeaseError::Store(error) => error.into(),
            held @ LeaseError::Held { .. } => Self {
                reason: Reason::WorkflowBusy,
                message: format!("another run of this workflow is in progress: {held}"),
                hint: Some(Hint::WaitForOtherRun),
            },
        }
    }
}
