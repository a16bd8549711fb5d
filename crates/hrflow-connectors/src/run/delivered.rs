//! What a workflow has delivered, remembered from run to run.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use store::{Document, Fingerprint, Lease, LeaseError, Ledger, Owner, StoreError, StoreUrl};
use tokio::sync::Mutex;

use crate::connector::{Origin, Target};
use crate::{Item, Persist, Reason, RunId};

/// So many deliveries are noted in one write. After a crash at most so many are sent again, which
/// is harmless; none is skipped.
const NOTED_AT_ONCE: usize = 500;

/// Where a workflow remembers what it has delivered, and whether it begins anew.
#[derive(Clone, Debug)]
pub struct Incremental {
    /// The store.
    pub store: StoreUrl,
    /// Environment variables, of which those named `AWS_…` tell how a bucket is reached.
    pub variables: Vec<(String, String)>,
    /// Whether what was delivered before is forgotten.
    pub begin_anew: bool,
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
    vanishing: Document<BTreeMap<String, u32>>,
    filter: String,
    last_complete_reading: Option<Timestamp>,
    lease: Option<Lease>,
}

impl Delivered {
    /// Opens the memory. A run that writes has it to itself.
    pub(crate) async fn open(
        incremental: &Incremental,
        workflow_id: &str,
        run_id: &RunId,
        persist: Persist,
        (origin, target): (&dyn Origin, &dyn Target),
    ) -> Result<Self, Refusal> {
        let store = store::open(&incremental.store, &incremental.variables).await?;
        let folder = folder_of(workflow_id);
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
        if incremental.begin_anew && persist == Persist::Write {
            token.clear().await?;
            vanishing.clear().await?;
            for name in store.list(&format!("{ledger}/")).await? {
                store.delete(&name).await?;
            }
        }
        let ledger = Arc::new(Mutex::new(Ledger::open(store, ledger).await?));
        let last_complete_reading = last.and_then(|last| last.last_complete_reading);
        Ok(Self { ledger, token, vanishing, filter, last_complete_reading, lease })
    }

    /// What tells, where blocking is allowed, whether an item is new or changed.
    pub(crate) fn looker(&self) -> impl Fn(Option<&str>, &Item) -> Seen + Send + 'static {
        let ledger = self.ledger.clone();
        move |reference, item| {
            // An item is an object of JSON values: there is nothing that could not be written.
            let print = Fingerprint::of(&serde_json::to_vec(item).unwrap_or_default());
            match reference {
                Some(reference) if ledger.blocking_lock().get(reference) == Some(print) => {
                    Seen::Before
                }
                _ => Seen::Never(print),
            }
        }
    }

    /// Notes that an item was delivered.
    pub(crate) async fn note(&self, reference: &str, print: Fingerprint) -> Result<(), String> {
        if self.lease.as_ref().is_some_and(Lease::is_lost) {
            return Err("another run has taken this workflow over".to_owned());
        }
        let mut ledger = self.ledger.lock().await;
        ledger.record(reference, print);
        if ledger.pending() < NOTED_AT_ONCE {
            return Ok(());
        }
        ledger.flush().await.map_err(|error| api_client::chain(&error))
    }

    /// Every reference that was delivered.
    pub(crate) async fn references(&self) -> Vec<String> {
        self.ledger.lock().await.references().map(str::to_owned).collect()
    }

    /// Forgets an item that is no more.
    pub(crate) async fn forget(&self, reference: &str) {
        self.ledger.lock().await.forget(reference);
    }

    /// How many readings in a row have missed each item.
    pub(crate) async fn vanishing(&self) -> Result<BTreeMap<String, u32>, StoreError> {
        Ok(self.vanishing.load().await?.unwrap_or_default())
    }

    /// Keeps how many readings in a row have missed each item.
    pub(crate) async fn set_vanishing(
        &self,
        missed: &BTreeMap<String, u32>,
    ) -> Result<(), StoreError> {
        self.vanishing.save(missed).await
    }

    /// Saves what was delivered, then the token, which says no more than that.
    pub(crate) async fn close(
        self,
        whole_since: Option<Timestamp>,
        persist: Persist,
    ) -> Result<IncrementalToken, StoreError> {
        let mut ledger = self.ledger.lock().await;
        let token = IncrementalToken {
            version: 1,
            filter: self.filter,
            last_complete_reading: whole_since.or(self.last_complete_reading),
            delivered: ledger.len() as u64,
        };
        if persist == Persist::Write {
            ledger.flush().await?;
            self.token.save(&token).await?;
        }
        if let Some(lease) = self.lease {
            lease.release().await?;
        }
        Ok(token)
    }
}

/// Whether an item was delivered as it is.
pub(crate) enum Seen {
    Before,
    Never(Fingerprint),
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

fn owner(run_id: &RunId) -> Owner {
    let host = std::fs::read_to_string("/etc/hostname").unwrap_or_default();
    Owner { host: host.trim().to_owned(), process: std::process::id(), run: run_id.to_string() }
}

fn filter_of(origin: &dyn Origin, target: &dyn Target) -> String {
    let text = format!("{}\n{}", origin.selection(), target.parameters());
    hex(&Sha256::digest(text.as_bytes())[..8])
}

/// A folder whose name can be read, and which no other workflow has.
fn folder_of(workflow_id: &str) -> String {
    let plain: String = workflow_id
        .to_ascii_lowercase()
        .chars()
        .map(|sign| if sign.is_ascii_alphanumeric() { sign } else { '-' })
        .take(40)
        .collect();
    format!("workflows/{plain}-{}", hex(&Sha256::digest(workflow_id.as_bytes())[..8]))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
