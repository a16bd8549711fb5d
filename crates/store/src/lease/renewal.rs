//! Renewing a lease while it is held.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use crate::lease::record::{Record, TERM};
use crate::{Condition, Owner, PutError, Store, StoreError, Version};

const INTERVAL: Duration = Duration::from_secs(20);

/// Until when a lease is known to be held, shared between those who ask and the task that renews.
#[derive(Clone, Debug)]
pub(crate) struct Deadline(Arc<Mutex<Option<Instant>>>);

impl Deadline {
    /// A term after a moment.
    pub(crate) fn after(moment: Instant) -> Self {
        Self(Arc::new(Mutex::new(Some(moment + TERM))))
    }

    /// Whether it has passed, or the lease was found lost before that. A process that was stopped
    /// knows it at once, before anything else of it goes on.
    pub(crate) fn has_passed(&self) -> bool {
        self.get().is_none_or(|until| Instant::now() >= until)
    }

    /// The lease is somebody else's.
    pub(crate) fn end(&self) {
        self.set(None);
    }

    fn get(&self) -> Option<Instant> {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn set(&self, until: Option<Instant>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = until;
    }
}

/// A lease in the hands of the task that renews it.
pub(crate) struct Renewal {
    pub(crate) store: Arc<dyn Store>,
    pub(crate) name: String,
    pub(crate) owner: Owner,
    pub(crate) epoch: u64,
    pub(crate) version: Version,
    pub(crate) deadline: Deadline,
}

impl Renewal {
    /// Ends when the lease is lost: it is somebody else's, or could not be renewed in its term.
    pub(crate) async fn run(mut self) {
        while let Some(until) = self.deadline.get() {
            tokio::time::sleep_until(until.min(Instant::now() + INTERVAL)).await;
            let began = Instant::now();
            if self.deadline.has_passed() {
                break;
            }
            match tokio::time::timeout_at(until, self.renew()).await {
                Ok(Ok(true)) if !self.deadline.has_passed() => {
                    self.deadline.set(Some(began + TERM));
                }
                Ok(Ok(_)) | Err(_) => break,
                // The term is three renewals long, so the next one may still save it.
                Ok(Err(error)) => {
                    tracing::warn!(%error, lease = self.name, "could not renew lease");
                }
            }
        }
        self.deadline.end();
    }

    /// Whether it is still ours.
    async fn renew(&mut self) -> Result<bool, StoreError> {
        loop {
            let condition = Condition::Unchanged(self.version.clone());
            let record = Record::held(&self.owner, self.epoch);
            match record.write(&*self.store, &self.name, condition).await {
                Ok(version) => {
                    self.version = version;
                    return Ok(true);
                }
                Err(PutError::Store(error)) => return Err(error),
                // Changed perhaps by ourselves, in a renewal whose answer was lost.
                Err(PutError::Changed(_)) => match Record::read(&*self.store, &self.name).await? {
                    Some((record, version)) if record.is_of(&self.owner, self.epoch) => {
                        self.version = version;
                    }
                    _ => return Ok(false),
                },
            }
        }
    }
}
