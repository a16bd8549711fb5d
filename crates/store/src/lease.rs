//! A name that one process has to itself.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use tokio::runtime::Handle;
use tokio::task::JoinHandle;
use tokio::time::Instant;

use crate::{Condition, PutError, Store, StoreError, Version};

/// How long a lease holds after it was last renewed.
const TERM: SignedDuration = SignedDuration::from_secs(60);
const RENEWAL: Duration = Duration::from_secs(20);

/// Who holds a lease.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq, Serialize)]
pub struct Owner {
    /// The machine's name.
    pub host: String,
    /// The process on it.
    pub process: u32,
    /// The run.
    pub run: String,
}

/// Exclusive use of a name, renewed while this is held and given back by [`Lease::release`], or in
/// the background when it is dropped. A process that dies leaves it to the next after a minute, or
/// at once on the same machine.
#[derive(Debug)]
pub struct Lease {
    store: Arc<dyn Store>,
    name: String,
    owner: Owner,
    lost: Arc<AtomicBool>,
    /// None once it was given back.
    renewing: Option<JoinHandle<()>>,
}

/// Why a lease was not given.
#[derive(Debug, thiserror::Error)]
pub enum LeaseError {
    /// Somebody else holds it.
    #[error("held by process {} on {} until {until}", owner.process, owner.host)]
    Held {
        /// Who.
        owner: Owner,
        /// Until when, if they do not renew it.
        until: Timestamp,
    },
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

#[derive(Deserialize, Serialize)]
struct Written {
    owner: Owner,
    until: Timestamp,
}

impl Lease {
    /// Takes the lease of that name.
    pub async fn take(
        store: Arc<dyn Store>,
        name: impl Into<String>,
        owner: Owner,
    ) -> Result<Self, LeaseError> {
        let name = name.into();
        let taken = Instant::now();
        let version = take_once(&*store, &name, &owner).await?;
        let lost = Arc::new(AtomicBool::new(false));
        let held = Held { store: store.clone(), name: name.clone(), owner: owner.clone(), version };
        let (flag, until) = (lost.clone(), taken + TERM.unsigned_abs());
        let renewing = tokio::spawn(async move {
            held.renew(until).await;
            flag.store(true, Ordering::Relaxed);
        });
        Ok(Self { store, name, owner, lost, renewing: Some(renewing) })
    }

    /// Whether somebody else took over, or may have, because this process did not renew in time.
    pub fn is_lost(&self) -> bool {
        self.lost.load(Ordering::Relaxed)
    }

    /// Whether a process that lives, as far as this one can tell, holds the lease of that name.
    pub async fn is_held(
        store: &dyn Store,
        name: &str,
        asking: &Owner,
    ) -> Result<bool, StoreError> {
        Ok(read(store, name).await?.is_some_and(|(written, _)| !written.is_over(asking)))
    }

    /// Gives it back, unless it is somebody else's by now: what is left says that it is over. To
    /// delete it could hit the lease of whoever took over meanwhile.
    pub async fn release(mut self) -> Result<(), StoreError> {
        match self.renewing.take() {
            Some(renewing) => give_back(renewing, &*self.store, &self.name, &self.owner).await,
            None => Ok(()),
        }
    }
}

/// Whoever ends early, by an error or because nobody waits for it, blocks nobody for a minute.
impl Drop for Lease {
    fn drop(&mut self) {
        let Some(renewing) = self.renewing.take() else { return };
        renewing.abort();
        let Ok(runtime) = Handle::try_current() else { return };
        let (store, name, owner) = (self.store.clone(), self.name.clone(), self.owner.clone());
        runtime.spawn(async move {
            if let Err(error) = give_back(renewing, &*store, &name, &owner).await {
                tracing::warn!(%error, lease = name, "could not give a lease back");
            }
        });
    }
}

async fn give_back(
    renewing: JoinHandle<()>,
    store: &dyn Store,
    name: &str,
    owner: &Owner,
) -> Result<(), StoreError> {
    renewing.abort();
    // It either ended or was told to; what it began to write may still be written.
    let _ = renewing.await;
    while let Some((written, version)) = read(store, name).await? {
        if written.owner != *owner {
            break;
        }
        let over = Written { until: Timestamp::UNIX_EPOCH, ..written };
        match write(store, name, &over, Condition::Unchanged(version)).await {
            Err(PutError::Changed(_)) => {}
            Err(PutError::Store(error)) => return Err(error),
            Ok(_) => break,
        }
    }
    Ok(())
}

async fn take_once(store: &dyn Store, name: &str, owner: &Owner) -> Result<Version, LeaseError> {
    loop {
        let condition = match read(store, name).await? {
            None => Condition::Absent,
            Some((written, version)) if written.is_over(owner) => Condition::Unchanged(version),
            Some((Written { owner, until }, _)) => return Err(LeaseError::Held { owner, until }),
        };
        match write(store, name, &Written::by(owner), condition).await {
            Ok(version) => return Ok(version),
            // Somebody else was quicker: who is it?
            Err(PutError::Changed(_)) => {}
            Err(PutError::Store(error)) => return Err(error.into()),
        }
    }
}

async fn read(store: &dyn Store, name: &str) -> Result<Option<(Written, Version)>, StoreError> {
    let Some(blob) = store.get(name).await? else { return Ok(None) };
    let written = serde_json::from_slice(&blob.bytes)
        .map_err(|error| StoreError::new("understand", name, error))?;
    Ok(Some((written, blob.version)))
}

async fn write(
    store: &dyn Store,
    name: &str,
    written: &Written,
    condition: Condition,
) -> Result<Version, PutError> {
    let bytes =
        serde_json::to_vec(written).map_err(|error| StoreError::new("write", name, error))?;
    store.put(name, bytes.into(), condition).await
}

/// A lease in the hands of the task that renews it.
struct Held {
    store: Arc<dyn Store>,
    name: String,
    owner: Owner,
    version: Version,
}

impl Held {
    /// Returns when the lease is lost: it is somebody else's, or could not be renewed in its term.
    async fn renew(mut self, mut until: Instant) {
        loop {
            tokio::time::sleep_until(until.min(Instant::now() + RENEWAL)).await;
            let began = Instant::now();
            if began >= until {
                return;
            }
            match tokio::time::timeout_at(until, self.renew_once()).await {
                Ok(Ok(true)) => until = began + TERM.unsigned_abs(),
                Ok(Ok(false)) | Err(_) => return,
                // The term is three renewals long, so the next one may still save it.
                Ok(Err(error)) => {
                    tracing::warn!(%error, lease = self.name, "could not renew a lease");
                }
            }
        }
    }

    /// Whether it is still ours.
    async fn renew_once(&mut self) -> Result<bool, StoreError> {
        loop {
            let condition = Condition::Unchanged(self.version.clone());
            match write(&*self.store, &self.name, &Written::by(&self.owner), condition).await {
                Ok(version) => {
                    self.version = version;
                    return Ok(true);
                }
                Err(PutError::Store(error)) => return Err(error),
                // Changed perhaps by ourselves, in a renewal whose answer was lost.
                Err(PutError::Changed(_)) => match read(&*self.store, &self.name).await? {
                    Some((written, version)) if written.owner == self.owner => {
                        self.version = version;
                    }
                    _ => return Ok(false),
                },
            }
        }
    }
}

impl Written {
    fn by(owner: &Owner) -> Self {
        let until = Timestamp::now().saturating_add(TERM).unwrap_or(Timestamp::MAX);
        Self { owner: owner.clone(), until }
    }

    fn is_over(&self, asking: &Owner) -> bool {
        self.until <= Timestamp::now()
            || (self.owner.is_beside(asking) && is_dead(self.owner.process))
    }
}

impl Owner {
    /// Machines without a name are not one machine.
    fn is_beside(&self, other: &Self) -> bool {
        !self.host.is_empty() && self.host == other.host
    }
}

/// Whether a process of this machine is known to have ended. Only Linux tells without unsafe code.
fn is_dead(process: u32) -> bool {
    Path::new("/proc/self").exists() && !Path::new(&format!("/proc/{process}")).exists()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::memory::MemoryStore;

    fn owner(process: u32, run: &str) -> Owner {
        Owner { host: "here".to_owned(), process, run: run.to_owned() }
    }

    async fn leave_behind(store: &Arc<dyn Store>, owner: Owner, until: Timestamp) {
        let bytes = serde_json::to_vec(&Written { owner, until }).unwrap();
        store.put("lease", bytes.into(), Condition::Always).await.unwrap();
    }

    #[tokio::test]
    async fn a_second_run_is_refused_until_the_first_has_ended() {
        let store: Arc<dyn Store> = Arc::new(MemoryStore::default());
        let own = std::process::id();
        let first = Lease::take(store.clone(), "lease", owner(own, "1")).await.unwrap();
        let refused = Lease::take(store.clone(), "lease", owner(own, "2")).await;
        assert!(matches!(refused, Err(LeaseError::Held { owner, .. }) if owner.run == "1"));
        assert!(!first.is_lost());
        first.release().await.unwrap();
        assert!(Lease::take(store, "lease", owner(own, "2")).await.is_ok());
    }

    #[tokio::test]
    async fn the_lease_of_a_dead_process_does_not_block() {
        let store: Arc<dyn Store> = Arc::new(MemoryStore::default());
        let later = Timestamp::now().saturating_add(TERM).unwrap();
        leave_behind(&store, owner(u32::MAX, "1"), later).await;
        assert!(Lease::take(store.clone(), "lease", owner(1, "2")).await.is_ok());
    }

    #[tokio::test]
    async fn a_lease_that_was_not_renewed_is_over() {
        let store: Arc<dyn Store> = Arc::new(MemoryStore::default());
        let elsewhere = Owner { host: "elsewhere".to_owned(), ..owner(1, "1") };
        let past = Timestamp::now().saturating_sub(TERM).unwrap();
        leave_behind(&store, elsewhere.clone(), Timestamp::MAX).await;
        assert!(Lease::take(store.clone(), "lease", owner(1, "2")).await.is_err());
        leave_behind(&store, elsewhere, past).await;
        assert!(Lease::take(store, "lease", owner(1, "2")).await.is_ok());
    }
}
