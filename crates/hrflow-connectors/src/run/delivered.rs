//! What a workflow has delivered, remembered from run to run.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use store::{Document, Fingerprint, Lease, LeaseError, Ledger, Store, StoreError};
use tokio::sync::Mutex;

use crate::connector::{Origin, Target};
use crate::run::books::Books;
use crate::run::mirror::Missed;
use crate::run::transform::Key;
use crate::state::{name_of, owner, short_hash};
use crate::{Persist, Reason, RunId};

/// So many deliveries are noted in one write.
const NOTED_AT_ONCE: usize = 500;

/// How a workflow goes by what it remembers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Incremental {
    /// Whether what was delivered before is forgotten.
    pub begin_anew: bool,
    /// What a run reads to find what it has not delivered.
    pub since: Since,
}

/// What an incremental run reads.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Since {
    /// Everything; what was delivered as it is does not go on. The only way that finds what was
    /// re-opened, published late or changed.
    #[default]
    Delivered,
    /// What was created since the last complete reading began. A fifth to two fifths of the offers
    /// that newly appear carry an older date (measured) and are never found this way.
    CreationDate {
        /// How far before that the reading begins.
        overlap: SignedDuration,
    },
}

impl Since {
    /// How far back a reading by creation date begins, where the user does not say.
    pub const USUAL_OVERLAP: SignedDuration = SignedDuration::from_hours(48);

    /// From when on a run reads; from the beginning where nothing was read whole before.
    pub(crate) fn of(self, books: &Books) -> Option<Timestamp> {
        match self {
            Self::Delivered => None,
            Self::CreationDate { overlap } => {
                let last = books.delivered.as_ref()?.last_complete_reading()?;
                last.checked_sub(overlap).ok()
            }
        }
    }
}

/// The token of an incremental workflow.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq, Serialize)]
pub struct IncrementalToken {
    /// The form of this token: 1.
    pub version: u32,
    /// Tells whether origin, filter and target are still the same.
    pub filter: String,
    /// When the last run began that read everything and delivered it.
    pub last_complete_reading: Option<Timestamp>,
    /// How many items are remembered as delivered.
    pub delivered: u64,
}

/// Why a run with memory may not begin.
pub(crate) struct Refusal {
    pub(crate) reason: Reason,
    pub(crate) message: String,
}

/// The memory of one run.
pub(crate) struct Delivered {
    ledger: Arc<Mutex<Ledger>>,
    token: Document<IncrementalToken>,
    vanishing: Document<BTreeMap<String, Missed>>,
    filter: String,
    last_complete_reading: Option<Timestamp>,
    lease: Option<Lease>,
}

impl Delivered {
    /// Opens the memory. A run that writes has it to itself.
    pub(crate) async fn open(
        store: Arc<dyn Store>,
        incremental: &Incremental,
        workflow_id: &str,
        run_id: &RunId,
        persist: Persist,
        (origin, target): (&dyn Origin, &dyn Target),
    ) -> Result<Self, Refusal> {
        let folder = format!("workflows/{}", name_of(workflow_id));
        let token = Document::new(store.clone(), format!("{folder}/token"));
        let vanishing = Document::new(store.clone(), format!("{folder}/vanishing"));
        let ledger = format!("{folder}/delivered");
        let filter = filter_of(origin, target);
        let last: Option<IncrementalToken> = token.load().await?;
        if !incremental.begin_anew && last.as_ref().is_some_and(|last| last.filter != filter) {
            return Err(filter_changed(workflow_id));
        }
        let lease = match persist {
            Persist::DryRun => None,
            Persist::Write => {
                let name = format!("{folder}/lease");
                Some(Lease::take(store.clone(), name, owner(run_id)).await?)
            }
        };
        // What the last run saved may have come while this one waited for the lease.
        let last: Option<IncrementalToken> = token.load().await?.or(last);
        let last = last.filter(|_| !incremental.begin_anew);
        if incremental.begin_anew && persist == Persist::Write {
            vanishing.clear().await?;
            let old = store.list(&format!("{ledger}/")).await?;
            store.delete_all(&old).await?;
        }
        let ledger = Arc::new(Mutex::new(Ledger::open(store, ledger).await?));
        let last_complete_reading = last.as_ref().and_then(|last| last.last_complete_reading);
        let delivered = Self { ledger, token, vanishing, filter, last_complete_reading, lease };
        if last.is_none() && persist == Persist::Write {
            // From the first delivery on it is known under which filter it was made.
            delivered.token.save(&delivered.token_now(None).await).await?;
        }
        Ok(delivered)
    }

    async fn token_now(&self, whole_since: Option<Timestamp>) -> IncrementalToken {
        let ledger = self.ledger.lock().await;
        let is_delivered = |reference: &&str| ledger.get(reference) != Some(Fingerprint::OPEN);
        IncrementalToken {
            version: 1,
            filter: self.filter.clone(),
            last_complete_reading: whole_since.or(self.last_complete_reading),
            delivered: ledger.references().filter(is_delivered).count() as u64,
        }
    }

    /// What tells whether an item was delivered as it is. Nothing is noted while this is held.
    pub(crate) async fn looker(&self) -> impl Fn(&Key, Fingerprint) -> bool + Send + 'static {
        let ledger = self.ledger.clone().lock_owned().await;
        move |key, print| {
            key.reference().is_some_and(|reference| ledger.get(reference) == Some(print))
        }
    }

    /// Keeps that items are about to be changed at the target: whatever becomes of that, they may
    /// be there, and nobody takes them for being there as they were.
    pub(crate) async fn open_up(&self, references: &[&str]) -> Result<(), StoreError> {
        let mut ledger = self.ledger.lock().await;
        for reference in references {
            ledger.record(reference, Fingerprint::OPEN);
        }
        ledger.flush().await
    }

    /// Notes that an item was delivered; it is remembered once that was saved.
    pub(crate) async fn note(&self, reference: &str, print: Fingerprint) {
        self.ledger.lock().await.record(reference, print);
    }

    /// Whether so much was noted that it should be saved.
    pub(crate) async fn has_enough(&self) -> bool {
        self.ledger.lock().await.pending() >= NOTED_AT_ONCE
    }

    /// Saves what was noted.
    pub(crate) async fn save(&self) -> Result<(), StoreError> {
        self.ledger.lock().await.flush().await
    }

    /// Whether another run has taken the workflow over.
    pub(crate) fn is_lost(&self) -> bool {
        self.lease.as_ref().is_some_and(Lease::is_lost)
    }

    /// When the last run began that read everything and delivered it.
    pub(crate) fn last_complete_reading(&self) -> Option<Timestamp> {
        self.last_complete_reading
    }

    /// Every reference that was delivered, or may have been.
    pub(crate) async fn references(&self) -> Vec<String> {
        self.ledger.lock().await.references().map(str::to_owned).collect()
    }

    /// Forgets an item that is no more.
    pub(crate) async fn forget(&self, reference: &str) {
        self.ledger.lock().await.forget(reference);
    }

    /// How often each item was missed that the last readings did not list.
    pub(crate) async fn vanishing(&self) -> Result<BTreeMap<String, Missed>, StoreError> {
        Ok(self.vanishing.load().await?.unwrap_or_default())
    }

    /// Keeps how often each item was missed.
    pub(crate) async fn set_vanishing(
        &self,
        missed: &BTreeMap<String, Missed>,
    ) -> Result<(), StoreError> {
        self.vanishing.save(missed).await
    }

    /// Saves what was delivered, then the token, which says no more than that.
    pub(crate) async fn close(
        self,
        whole_since: Option<Timestamp>,
        persist: Persist,
    ) -> Result<IncrementalToken, StoreError> {
        let token = self.token_now(whole_since).await;
        if persist == Persist::Write {
            self.save().await?;
            self.token.save(&token).await?;
        }
        if let Some(lease) = self.lease {
            lease.release().await?;
        }
        Ok(token)
    }
}

impl From<StoreError> for Refusal {
    fn from(error: StoreError) -> Self {
        Self { reason: Reason::StoreFailure, message: api_client::chain(&error) }
    }
}

impl From<LeaseError> for Refusal {
    fn from(error: LeaseError) -> Self {
        match error {
            LeaseError::Store(error) => error.into(),
            held @ LeaseError::Held { .. } => Self {
                reason: Reason::WorkflowBusy,
                message: format!("another run of this workflow is under way: {held}"),
            },
        }
    }
}

fn filter_changed(workflow_id: &str) -> Refusal {
    Refusal {
        reason: Reason::FilterChanged,
        message: format!(
            "what `{workflow_id}` reads or where it writes has changed since its last incremental \
             run, so that what it has delivered no longer tells what is left\n  hint: use another \
             `workflow_id`, or begin anew with `--begin-anew`"
        ),
    }
}

/// Tells origin, filter and target.
pub(crate) fn filter_of(origin: &dyn Origin, target: &dyn Target) -> String {
    short_hash(&format!("{}\n{}", origin.selection(), target.parameters()))
}
