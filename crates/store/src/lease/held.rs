//! A lease in the hands of its holder.

use std::sync::Arc;
use std::time::Duration;

use tokio::runtime::Handle;
use tokio::task::JoinHandle;

use crate::lease::attempt::take;
use crate::lease::record::{Holder, Record};
use crate::lease::renewal::{Deadline, Renewal};
use crate::{Condition, Owner, PutError, Store, StoreError};

/// Exclusive use of a name, renewed while this is held and given back by [`Lease::release`], or in
/// the background when it is dropped. A process that dies leaves it to the next at once where its
/// death can be seen, and after a minute elsewhere.
#[derive(Debug)]
pub struct Lease {
    store: Arc<dyn Store>,
    name: String,
    owner: Owner,
    epoch: u64,
    is_taken_over: bool,
    deadline: Deadline,
    /// None once it was given back.
    renewing: Option<JoinHandle<()>>,
}

/// Why a lease was not given.
#[derive(Debug, thiserror::Error)]
pub enum LeaseError {
    /// Somebody else holds it.
    #[error("held by {0}")]
    Held(Box<Holder>),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Why what needs a lease was not done.
#[derive(Debug, thiserror::Error)]
pub enum HoldError {
    /// The lease is somebody else's by now, or could not be renewed.
    #[error("lease lost{}", by.as_ref().map(|owner| format!(" to {owner}")).unwrap_or_default())]
    Lost {
        /// Who has it, where that is known.
        by: Option<Box<Owner>>,
    },
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Lease {
    /// Takes the lease of that name, if nobody holds it.
    pub async fn take(
        store: Arc<dyn Store>,
        name: impl Into<String>,
        owner: Owner,
    ) -> Result<Self, LeaseError> {
        Self::wait_take(store, name, owner, Duration::ZERO).await
    }

    /// Takes the lease of that name, and waits so long for whoever holds it.
    pub async fn wait_take(
        store: Arc<dyn Store>,
        name: impl Into<String>,
        owner: Owner,
        patience: Duration,
    ) -> Result<Self, LeaseError> {
        let name = name.into();
        let taken = take(&store, &name, &owner, patience).await?;
        let (epoch, is_taken_over) = (taken.epoch, taken.is_taken_over);
        let deadline = Deadline::after(taken.began);
        let renewal = Renewal {
            store: store.clone(),
            name: name.clone(),
            owner: owner.clone(),
            epoch,
            version: taken.version,
            deadline: deadline.clone(),
        };
        let renewing = Some(tokio::spawn(renewal.run()));
        Ok(Self { store, name, owner, epoch, is_taken_over, deadline, renewing })
    }

    /// The number of this holding: each process that takes the lease has a higher one.
    pub fn epoch(&self) -> u64 {
        self.epoch
    }

    /// Whether the holder before has not given it back: it died, or may still believe to hold it.
    pub fn is_taken_over(&self) -> bool {
        self.is_taken_over
    }

    /// Whether somebody else took over, or may have, because this process did not renew in time.
    pub fn is_lost(&self) -> bool {
        self.deadline.has_passed()
    }

    /// Asks the store whether the lease is still this holder's.
    pub async fn check(&self) -> Result<(), HoldError> {
        if self.is_lost() {
            return Err(HoldError::Lost { by: None });
        }
        let record = Record::read(&*self.store, &self.name).await?.map(|(record, _)| record);
        match record {
            Some(record) if record.is_of(&self.owner, self.epoch) => Ok(()),
            other => {
                self.deadline.end();
                let by = other.filter(|record| !record.is_free());
                Err(HoldError::Lost { by: by.map(|record| Box::new(record.owner)) })
            }
        }
    }

    /// Who holds the lease of that name, dead or alive; nobody where it was given back.
    pub async fn peek(
        store: &dyn Store,
        name: &str,
        observer: &Owner,
    ) -> Result<Option<Holder>, StoreError> {
        let record = Record::read(store, name).await?.map(|(record, _)| record);
        let held = record.filter(|record| !record.is_free());
        Ok(held.map(|record| Holder::of(record, observer)))
    }

    /// Whether the lease of that name is held by a process that lives, as far as this one can tell.
    pub async fn is_held(
        store: &dyn Store,
        name: &str,
        observer: &Owner,
    ) -> Result<bool, StoreError> {
        let holder = Self::peek(store, name, observer).await?;
        Ok(holder.is_some_and(|holder| !holder.is_over()))
    }

    /// Takes the lease of that name from whoever holds it, dead or alive, so that the next may have
    /// it at once. Gives who that was.
    pub async fn break_lock(
        store: &dyn Store,
        name: &str,
        observer: &Owner,
    ) -> Result<Option<Holder>, StoreError> {
        while let Some((record, version)) = Record::read(store, name).await? {
            if record.is_free() {
                break;
            }
            // The holder finds another number than its own, and so that it has lost the lease.
            let broken = Record { epoch: record.epoch.saturating_add(1), ..record.clone() }.over();
            match broken.write(store, name, Condition::Unchanged(version)).await {
                Err(PutError::Changed(_)) => {}
                Err(PutError::Store(error)) => return Err(error),
                Ok(_) => return Ok(Some(Holder::of(record, observer))),
            }
        }
        Ok(None)
    }

    /// Gives it back, unless it is somebody else's by now: what is left says that it is over. To
    /// delete it could hit the lease of whoever took over meanwhile.
    pub async fn release(mut self) -> Result<(), StoreError> {
        match self.renewing.take() {
            Some(renewing) => {
                end(renewing).await;
                give_back(&*self.store, &self.name, &self.owner, self.epoch).await
            }
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
        let epoch = self.epoch;
        runtime.spawn(async move {
            end(renewing).await;
            if let Err(error) = give_back(&*store, &name, &owner, epoch).await {
                tracing::warn!(%error, lease = name, "could not release lease");
            }
        });
    }
}

/// It either ended or was told to; what it began to write may still be written.
async fn end(renewing: JoinHandle<()>) {
    renewing.abort();
    let _ = renewing.await;
}

pub(crate) async fn give_back(
    store: &dyn Store,
    name: &str,
    owner: &Owner,
    epoch: u64,
) -> Result<(), StoreError> {
    while let Some((record, version)) = Record::read(store, name).await? {
        if !record.is_of(owner, epoch) {
            break;
        }
        match record.over().write(store, name, Condition::Unchanged(version)).await {
            Err(PutError::Changed(_)) => {}
            Err(PutError::Store(error)) => return Err(error),
            Ok(_) => break,
        }
    }
    Ok(())
}
