//! What a workflow has delivered, kept from run to run.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;
use parking_lot::Mutex;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use store::{Document, Fingerprint, HoldError, Known, Lease, Ledger, Store, StoreError};
use tokio::sync::{Mutex as AsyncMutex, OwnedMutexGuard};

use super::names::folder_of;
use crate::run::Refusal;
use crate::workflow::Answer;
use crate::{Hint, Identity, Incremental, Reason, Reset, RunId};

/// What tells an item as the target has it from what it may have later.
pub(crate) type Version = Fingerprint;

/// The token of an incremental workflow.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct IncrementalToken {
    /// The form of this token: 1.
    pub version: u32,
    /// Tells whether origin, filter and target are still the same.
    pub filter: String,
    /// What the workflow is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub identity: Option<Identity>,
    /// When the last run began that read everything and delivered it.
    pub last_complete_reading: Option<Timestamp>,
    /// How many items are remembered as delivered.
    pub delivered: u64,
    /// Whether a mirror has looked which of the target's items are its own.
    #[serde(default)]
    pub target_read: bool,
    /// When the target's list was compared last with what was delivered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub verified_at: Option<Timestamp>,
}

impl IncrementalToken {
    /// Where the token of a workflow is kept.
    pub(crate) fn of(store: Arc<dyn Store>, workflow_id: &str) -> Document<Self> {
        Document::new(store, format!("{}/token", folder_of(workflow_id)))
    }

    /// The token of a workflow, where it has one.
    pub async fn load(
        store: Arc<dyn Store>,
        workflow_id: &str,
    ) -> Result<Option<Self>, StoreError> {
        Self::of(store, workflow_id).load().await
    }

    /// Whether what it remembers counts for a workflow, as far as it says what its own is.
    fn counts_for(&self, identity: &Identity) -> bool {
        match &self.identity {
            Some(before) => {
                identity.changed_parts(before).iter().all(|part| part.answer() == Answer::LookAgain)
            }
            // Tokens of earlier versions say no action.
            None => self.filter == identity.filter(),
        }
    }
}

/// How often an item was missed by complete readings, and since when.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub(crate) struct Absence {
    pub(crate) readings: u32,
    pub(crate) since: Timestamp,
    /// The run that missed it last.
    pub(crate) run: RunId,
    /// When the origin last said that the item still exists, although it is not listed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) alive_at: Option<Timestamp>,
}

/// What recent readings have missed.
pub(crate) type Absences = BTreeMap<String, Absence>;

/// How many items recent complete readings of a workflow have missed.
pub(super) async fn missed_of(store: Arc<dyn Store>, workflow_id: &str) -> Result<u64, StoreError> {
    let name = format!("{}/vanishing", folder_of(workflow_id));
    let absences = Document::<Absences>::new(store, name).load().await?;
    Ok(absences.map_or(0, |absences| absences.len() as u64))
}

/// What one workflow has delivered.
pub(crate) struct DeliveryLedger {
    ledger: Arc<AsyncMutex<Ledger>>,
    token: Document<IncrementalToken>,
    absences: Document<Absences>,
    identity: Identity,
    state: Mutex<State>,
    /// What is saved is saved under it; a dry run has none, and saves nothing.
    lease: Option<Arc<Lease>>,
}

/// What changes of the token while a run goes on.
struct State {
    last_complete_reading: Option<Timestamp>,
    target_read: bool,
    verified_at: Option<Timestamp>,
    /// What the workflow was when what is still to be archived was delivered.
    before: Option<IncrementalToken>,
}

impl DeliveryLedger {
    /// Opens the ledger; a run without the workflow's lease only looks at it.
    pub(crate) async fn open(
        store: Arc<dyn Store>,
        incremental: &Incremental,
        workflow_id: &str,
        identity: Identity,
        lease: Option<Arc<Lease>>,
    ) -> Result<Self, Refusal> {
        let saves = lease.is_some();
        let folder = folder_of(workflow_id);
        let token = IncrementalToken::of(store.clone(), workflow_id);
        let absences = Document::new(store.clone(), format!("{folder}/vanishing"));
        let ledger = format!("{folder}/delivered");
        let last: Option<IncrementalToken> = token.load().await?;
        let changed = last.as_ref().filter(|last| !last.counts_for(&identity));
        if let (Reset::No, Some(before)) = (incremental.reset, changed) {
            return Err(filter_changed(workflow_id, &identity, before));
        }
        let before = changed.cloned();
        let last = last.filter(|_| incremental.reset != Reset::Keep);
        if incremental.reset == Reset::Keep && saves {
            absences.clear().await?;
            let old = store.list(&format!("{ledger}/")).await?;
            store.delete_all(&old).await?;
        }
        let state = State {
            last_complete_reading: last.as_ref().and_then(|last| last.last_complete_reading),
            target_read: last.as_ref().is_some_and(|last| last.target_read),
            verified_at: last.as_ref().and_then(|last| last.verified_at),
            before: before.filter(|_| incremental.reset != Reset::Keep),
        };
        let ledger = match lease.as_deref() {
            Some(lease) => Ledger::open_under(store, ledger, lease).await?,
            None => Ledger::open(store, ledger).await?,
        };
        let (ledger, state) = (Arc::new(AsyncMutex::new(ledger)), Mutex::new(state));
        let opened = Self { ledger, token, absences, identity, state, lease };
        if last.is_none() {
            // From the first delivery on it is known what the workflow was.
            opened.save_token(None).await?;
        }
        Ok(opened)
    }

    async fn save_token(&self, in_sync_at: Option<Timestamp>) -> Result<(), StoreError> {
        let Some(lease) = &self.lease else { return Ok(()) };
        let token = self.token_now(in_sync_at).await;
        save_under(lease, &self.token, &token).await
    }

    async fn token_now(&self, in_sync_at: Option<Timestamp>) -> IncrementalToken {
        let delivered = self.ledger.lock().await.delivered() as u64;
        let state = self.state.lock();
        let (filter, identity) = match &state.before {
            Some(before) => (before.filter.clone(), before.identity.clone()),
            None => (self.identity.filter(), Some(self.identity.clone())),
        };
        IncrementalToken {
            version: 1,
            filter,
            identity,
            last_complete_reading: in_sync_at.or(state.last_complete_reading),
            delivered,
            target_read: state.target_read,
            verified_at: state.verified_at,
        }
    }

    /// The ledger as it is. Nothing is noted while this is held.
    pub(crate) async fn snapshot(&self) -> OwnedMutexGuard<Ledger> {
        self.ledger.clone().lock_owned().await
    }

    /// Keeps that items are about to be changed at the target: whatever becomes of that, they may
    /// be there, and nobody takes them for being there as they were.
    pub(crate) async fn mark_in_doubt(
        &self,
        ids: impl Iterator<Item = &str>,
    ) -> Result<(), StoreError> {
        let mut ledger = self.ledger.lock().await;
        for id in ids {
            ledger.record(id, Known::InDoubt, None);
        }
        drop(ledger);
        self.flush().await
    }

    /// Notes that an item was delivered; it is kept once that was flushed.
    pub(crate) async fn note(&self, id: &str, content: Fingerprint, version: Option<Version>) {
        self.ledger.lock().await.record(id, Known::As(content), version);
    }

    /// Notes that the target has an item, whose content at the origin is not known.
    pub(crate) async fn adopt(&self, ids: impl Iterator<Item = &str>) {
        let mut ledger = self.ledger.lock().await;
        for id in ids {
            if ledger.get(id).is_none() {
                ledger.record(id, Known::Adopted, None);
            }
        }
    }

    /// Notes what tells an item as the target has it.
    pub(crate) async fn note_version(&self, id: &str, version: Version) {
        let mut ledger = self.ledger.lock().await;
        if let Some(known) = ledger.get(id) {
            ledger.record(id, known, Some(version));
        }
    }

    /// Forgets an item.
    pub(crate) async fn forget(&self, id: &str) {
        self.ledger.lock().await.forget(id);
    }

    /// How many changes are not flushed.
    pub(crate) async fn noted(&self) -> usize {
        self.ledger.lock().await.pending()
    }

    /// Saves what was noted.
    pub(crate) async fn flush(&self) -> Result<(), StoreError> {
        match &self.lease {
            Some(_) => self.ledger.lock().await.flush().await,
            None => Ok(()),
        }
    }

    /// Whether what is still to be archived was delivered by another filter, or to another target.
    pub(crate) fn is_reset(&self) -> bool {
        self.state.lock().before.is_some()
    }

    /// From now on the workflow as it is counts: what it was before is archived.
    pub(crate) fn commit_identity(&self) {
        self.state.lock().before = None;
    }

    /// Whether a mirror has looked which of the target's items are its own.
    pub(crate) fn is_adoption_done(&self) -> bool {
        self.state.lock().target_read
    }

    /// When the target's list was compared last with what was delivered.
    pub(crate) fn verified_at(&self) -> Option<Timestamp> {
        self.state.lock().verified_at
    }

    /// Saves that the target's list was read, after what was found there.
    pub(crate) async fn finish_verification(&self, at: Timestamp) -> Result<(), StoreError> {
        self.flush().await?;
        {
            let mut state = self.state.lock();
            state.target_read = true;
            state.verified_at = Some(at);
        }
        self.save_token(None).await
    }

    /// When the last run began that read everything and delivered it.
    pub(crate) fn last_complete_reading(&self) -> Option<Timestamp> {
        self.state.lock().last_complete_reading
    }

    /// What recent readings have missed.
    pub(crate) async fn absences(&self) -> Result<Absences, StoreError> {
        Ok(self.absences.load().await?.unwrap_or_default())
    }

    /// Keeps what was missed.
    pub(crate) async fn save_absences(&self, absences: &Absences) -> Result<(), StoreError> {
        match &self.lease {
            Some(lease) => save_under(lease, &self.absences, absences).await,
            None => Ok(()),
        }
    }

    /// Saves what was delivered, then the token, which says no more than that.
    pub(crate) async fn close(
        self,
        in_sync_at: Option<Timestamp>,
    ) -> Result<IncrementalToken, StoreError> {
        self.flush().await?;
        let token = self.token_now(in_sync_at).await;
        if let Some(lease) = &self.lease {
            save_under(lease, &self.token, &token).await?;
        }
        Ok(token)
    }
}

/// Saves a document. A process that has lost the lease saves nothing: the document is that of the
/// process that took the workflow over.
pub(super) async fn save_under<T: Serialize + DeserializeOwned>(
    lease: &Lease,
    document: &Document<T>,
    value: &T,
) -> Result<(), StoreError> {
    document.save_under(lease, value).await.map_err(|error| match error {
        HoldError::Store(error) => error,
        lost @ HoldError::Lost { .. } => StoreError::new("write", "the state of the run", lost),
    })
}

fn filter_changed(workflow_id: &str, identity: &Identity, before: &IncrementalToken) -> Refusal {
    let changes = before.identity.as_ref().map(|before| identity.changes_since(before));
    let what = match changes.filter(|changes| !changes.is_empty()) {
        Some(changes) => changes.join("; "),
        None => "what it reads or where it writes is not what it was".to_owned(),
    };
    Refusal {
        reason: Reason::FilterChanged,
        message: format!("workflow `{workflow_id}` has changed since its last run: {what}"),
        hint: Some(Hint::ResetState { is_mirror: before.target_read }),
    }
}
