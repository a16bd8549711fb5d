//! What a workflow keeps in its store from run to run, for a person to look at and to put right.

use std::sync::Arc;

use store::{Condition, Holder, Lease, LeaseError, Owner, PutError, Store, StoreError};

use super::StateStore;
use super::ledger::IncrementalToken;
use super::ledger::missed_of;
use super::names::{folder_of, lease_of};
use crate::RunId;

/// The state of one workflow.
#[derive(Clone, Debug)]
pub struct WorkflowState {
    store: Arc<dyn Store>,
    workflow_id: String,
}

/// What there is of it.
#[derive(Clone, Debug)]
pub struct StateReport {
    /// What the workflow was told, and how far it is; none where it remembers nothing.
    pub token: Option<IncrementalToken>,
    /// How many items recent complete readings have missed.
    pub missing: u64,
    /// Who holds the lock, dead or alive.
    pub holder: Option<Holder>,
}

/// Why a state was not forgotten.
#[derive(Debug, thiserror::Error)]
pub enum ForgetError {
    /// A run of the workflow is in progress.
    #[error("a run is in progress: the workflow is locked by {0}")]
    Locked(Box<Holder>),
    /// The store failed.
    #[error("could not forget the state")]
    Store(#[from] StoreError),
}

impl WorkflowState {
    /// The state of a workflow, in a store that is opened.
    pub async fn open(state: &StateStore, workflow_id: &str) -> Result<Self, StoreError> {
        Ok(Self { store: state.open().await?, workflow_id: workflow_id.to_owned() })
    }

    /// Makes sure that the store can be written to, and leaves it as it was.
    pub async fn probe(&self) -> Result<(), StoreError> {
        let name = format!("checks/{}", RunId::new());
        let put = self.store.put(&name, "check".into(), Condition::Absent).await;
        match put {
            Ok(_) | Err(PutError::Changed(_)) => self.store.delete(&name).await,
            Err(PutError::Store(error)) => Err(error),
        }
    }

    /// What there is of it.
    pub async fn report(&self) -> Result<StateReport, StoreError> {
        let token = IncrementalToken::load(self.store.clone(), &self.workflow_id).await?;
        let absences = missed_of(self.store.clone(), &self.workflow_id).await?;
        let lease = lease_of(&self.workflow_id);
        let holder = Lease::peek(&*self.store, &lease, &observer()).await?;
        Ok(StateReport { token, missing: absences, holder })
    }

    /// Takes the lock from whoever holds it, dead or alive. Gives who that was.
    pub async fn unlock(&self) -> Result<Option<Holder>, StoreError> {
        Lease::break_lock(&*self.store, &lease_of(&self.workflow_id), &observer()).await
    }

    /// Keeps runs of the workflow away until the lease is released: for what changes its board, and
    /// is no run.
    pub async fn hold(&self) -> Result<Lease, LeaseError> {
        Lease::take(self.store.clone(), lease_of(&self.workflow_id), observer()).await
    }

    /// Forgets what was delivered. The next run looks at everything anew. Gives whether there was
    /// anything.
    pub async fn forget(&self) -> Result<bool, ForgetError> {
        let lease = lease_of(&self.workflow_id);
        let held = self.hold().await.map_err(|error| match error {
            LeaseError::Held(holder) => ForgetError::Locked(holder),
            LeaseError::Store(error) => ForgetError::Store(error),
        })?;
        let folder = format!("{}/", folder_of(&self.workflow_id));
        let mut names = self.store.list(&folder).await?;
        names.retain(|name| *name != lease);
        self.store.delete_all(&names).await?;
        held.release().await?;
        Ok(!names.is_empty())
    }
}

fn observer() -> Owner {
    Owner::here("state")
}
