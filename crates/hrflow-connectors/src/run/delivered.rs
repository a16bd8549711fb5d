//! What a workflow has delivered, remembered from run to run.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, PoisonError};

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
    /// What becomes of what was delivered before, where origin, filter or target have changed.
    pub anew: Anew,
    /// What a run reads to find what it has not delivered.
    pub since: Since,
}

/// What becomes of what was delivered before.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Anew {
    /// The workflow goes by it. A run whose origin, filter or target have changed is refused.
    #[default]
    No,
    /// It is forgotten, and its jobs are left as they are.
    Keep,
    /// A mirror archives what of it the filter, as it is now, does not list.
    Archive,
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
    /// Whether a mirror has looked which of the target's items are its own.
    #[serde(default)]
    pub target_read: bool,
}

impl IncrementalToken {
    /// Where the token of a workflow is kept.
    pub(crate) fn of(store: Arc<dyn Store>, workflow_id: &str) -> Document<Self> {
        Document::new(store, format!("{}/token", folder_of(workflow_id)))
    }
}

fn folder_of(workflow_id: &str) -> String {
    format!("workflows/{}", name_of(workflow_id))
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
    target_read: AtomicBool,
    /// The filter under which jobs are remembered that are still to be archived.
    filter_before: std::sync::Mutex<Option<String>>,
    /// A dry run and a rehearsal save nothing.
    persist: Persist,
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
        let folder = folder_of(workflow_id);
        let token = IncrementalToken::of(store.clone(), workflow_id);
        let vanishing = Document::new(store.clone(), format!("{folder}/vanishing"));
        let ledger = format!("{folder}/delivered");
        let filter = filter_of(origin, target);
        let last: Option<IncrementalToken> = token.load().await?;
        if incremental.anew == Anew::No && last.as_ref().is_some_and(|last| last.filter != filter) {
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
        let last = last.filter(|_| incremental.anew != Anew::Keep);
        if incremental.anew == Anew::Keep && persist == Persist::Write {
            vanishing.clear().await?;
            let old = store.list(&format!("{ledger}/")).await?;
            store.delete_all(&old).await?;
        }
        let ledger = match &lease {
            Some(lease) => Ledger::open_under(store, ledger, lease).await?,
            None => Ledger::open(store, ledger).await?,
        };
        let ledger = Arc::new(Mutex::new(ledger));
        let last_complete_reading = last.as_ref().and_then(|last| last.last_complete_reading);
        let filter_before =
            last.as_ref().map(|last| last.filter.clone()).filter(|before| *before != filter);
        let target_read = AtomicBool::new(last.as_ref().is_some_and(|last| last.target_read));
        let delivered = Self {
            ledger,
            token,
            vanishing,
            filter,
            last_complete_reading,
            target_read,
            filter_before: std::sync::Mutex::new(filter_before),
            persist,
            lease,
        };
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
            filter: self.filter_before().unwrap_or_else(|| self.filter.clone()),
            last_complete_reading: whole_since.or(self.last_complete_reading),
            delivered: ledger.references().filter(is_delivered).count() as u64,
            target_read: self.target_read.load(Ordering::Relaxed),
        }
    }

    /// What tells whether an item was delivered. Nothing is noted while this is held.
    pub(crate) async fn looker(&self) -> impl Fn(&Key, Fingerprint) -> Seen + Send + 'static {
        let ledger = self.ledger.clone().lock_owned().await;
        move |key, print| match key.reference().and_then(|reference| ledger.get(reference)) {
            // What may have been archived is not replaced as if it were known to be live.
            None | Some(Fingerprint::OPEN) => Seen::Never,
            Some(delivered) if delivered == print => Seen::AsItIs,
            Some(_) => Seen::Otherwise,
        }
    }

    /// Keeps that items are about to be changed at the target: whatever becomes of that, they may
    /// be there, and nobody takes them for being there as they were.
    pub(crate) async fn open_up(&self, references: &[&str]) -> Result<(), StoreError> {
        let mut ledger = self.ledger.lock().await;
        for reference in references {
            ledger.record(reference, Fingerprint::OPEN);
        }
        drop(ledger);
        self.save().await
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
        if self.persist == Persist::DryRun {
            return Ok(());
        }
        self.ledger.lock().await.flush().await
    }

    /// Whether another run has taken the workflow over.
    pub(crate) fn is_lost(&self) -> bool {
        self.lease.as_ref().is_some_and(Lease::is_lost)
    }

    /// The filter as it was, where jobs of it are still to be archived.
    pub(crate) fn filter_before(&self) -> Option<String> {
        self.filter_before.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// From now on the filter as it is counts: the jobs of what it was before are archived.
    pub(crate) fn filter_is_settled(&self) {
        *self.filter_before.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    /// Whether a mirror has looked which of the target's items are its own.
    pub(crate) fn has_read_target(&self) -> bool {
        self.target_read.load(Ordering::Relaxed)
    }

    /// Takes items of the target as delivered, whose content is not known.
    pub(crate) async fn adopt(&self, references: impl Iterator<Item = &str>) {
        let mut ledger = self.ledger.lock().await;
        for reference in references {
            if ledger.get(reference).is_none() {
                ledger.record(reference, Fingerprint::UNKNOWN);
            }
        }
    }

    /// Saves that the target was read, after what was found there.
    pub(crate) async fn target_was_read(&self) -> Result<(), StoreError> {
        self.save().await?;
        self.target_read.store(true, Ordering::Relaxed);
        if self.persist == Persist::DryRun {
            return Ok(());
        }
        self.token.save(&self.token_now(None).await).await
    }

    /// Whether an item was found at the target, and not delivered since.
    pub(crate) async fn is_adopted(&self, reference: &str) -> bool {
        self.ledger.lock().await.get(reference) == Some(Fingerprint::UNKNOWN)
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
        if self.persist == Persist::DryRun {
            return Ok(());
        }
        self.vanishing.save(missed).await
    }

    /// Saves what was delivered, then the token, which says no more than that.
    pub(crate) async fn close(
        self,
        whole_since: Option<Timestamp>,
    ) -> Result<IncrementalToken, StoreError> {
        let token = self.token_now(whole_since).await;
        if self.persist == Persist::Write {
            self.save().await?;
            self.token.save(&token).await?;
        }
        if let Some(lease) = self.lease {
            lease.release().await?;
        }
        Ok(token)
    }
}

/// Whether an item was delivered.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Seen {
    /// As far as anybody knows.
    Never,
    /// With another content.
    Otherwise,
    AsItIs,
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
             `workflow_id`, or begin anew: `--begin-anew` leaves the jobs of before as they are, \
             and with `--begin-anew archive` a mirror archives those that are listed no more"
        ),
    }
}

/// Tells origin, filter and target.
pub(crate) fn filter_of(origin: &dyn Origin, target: &dyn Target) -> String {
    short_hash(&format!("{}\n{}", origin.selection(), target.parameters()))
}
