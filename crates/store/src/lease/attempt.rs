//! Taking a lease, once or until patience ends.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::oneshot;
use tokio::time::Instant;

use crate::lease::held::{LeaseError, give_back};
use crate::lease::record::{Holder, Record, TERM};
use crate::{Condition, Owner, PutError, Store, StoreError, Version};

/// How long one looks away from a lease that is waited for.
const PAUSE: Duration = Duration::from_secs(1);

/// A lease that was just taken.
pub(crate) struct Taken {
    pub(crate) version: Version,
    pub(crate) epoch: u64,
    /// Whether the holder before had not given it back.
    pub(crate) is_taken_over: bool,
    /// No later than the term of the lease began.
    pub(crate) began: Instant,
}

enum Attempt {
    Taken(Taken),
    Held { holder: Holder, version: Version, is_of_another_clock: bool },
}

/// A lease that is waited for, as it was first seen in the version that it has.
struct Watch {
    version: Version,
    since: Instant,
}

/// Takes the lease of a name. A lease that is not renewed for its term, by this process's own
/// clock, is taken whatever it says; where it says what no renewal can have written, that is waited
/// for even without patience, because it would hold for as long as the other clock runs ahead.
pub(crate) async fn take(
    store: &Arc<dyn Store>,
    name: &str,
    owner: &Owner,
    patience: Duration,
) -> Result<Taken, LeaseError> {
    let deadline = Instant::now().checked_add(patience);
    let mut watch: Option<Watch> = None;
    loop {
        let unrenewed = watch.as_ref().filter(|watch| watch.since.elapsed() >= TERM);
        let unrenewed = unrenewed.map(|watch| watch.version.clone());
        let (holder, version, is_of_another_clock) =
            match wanted(store, name, owner, unrenewed).await? {
                Attempt::Taken(taken) => return Ok(taken),
                Attempt::Held { holder, version, is_of_another_clock } => {
                    (holder, version, is_of_another_clock)
                }
            };
        let is_renewed = watch.as_ref().is_some_and(|watch| watch.version != version);
        if watch.is_none() || is_renewed {
            watch = Some(Watch { version, since: Instant::now() });
        }
        let is_patient = deadline.is_none_or(|deadline| Instant::now() < deadline);
        if !is_patient && (is_renewed || !is_of_another_clock) {
            return Err(LeaseError::Held(Box::new(holder)));
        }
        tokio::time::sleep(PAUSE).await;
    }
}

/// An attempt that is carried to its end: where nobody waits for it any more, it may have taken the
/// lease all the same, and gives it back.
async fn wanted(
    store: &Arc<dyn Store>,
    name: &str,
    owner: &Owner,
    unrenewed: Option<Version>,
) -> Result<Attempt, StoreError> {
    let (sender, receiver) = oneshot::channel();
    let (store, key, owner) = (store.clone(), name.to_owned(), owner.clone());
    tokio::spawn(async move {
        let done = attempt(&*store, &key, &owner, unrenewed.as_ref()).await;
        if let Err(Ok(Attempt::Taken(taken))) = sender.send(done)
            && let Err(error) = give_back(&*store, &key, &owner, taken.epoch).await
        {
            tracing::warn!(%error, lease = key, "could not release lease");
        }
    });
    let ended = |_| Err(StoreError::new("write", name, "the runtime has ended"));
    receiver.await.unwrap_or_else(ended)
}

/// Takes the lease if nobody holds it, or if it is still the version that was not renewed.
async fn attempt(
    store: &dyn Store,
    name: &str,
    owner: &Owner,
    unrenewed: Option<&Version>,
) -> Result<Attempt, StoreError> {
    loop {
        let began = Instant::now();
        let (condition, epoch, is_taken_over) = match Record::read(store, name).await? {
            None => (Condition::Absent, 1, false),
            Some((record, version)) => {
                let (is_free, epoch) = (record.is_free(), record.epoch.saturating_add(1));
                let is_of_another_clock = record.is_of_another_clock();
                let holder = Holder::of(record, owner);
                if !is_free && !holder.is_over() && unrenewed != Some(&version) {
                    return Ok(Attempt::Held { holder, version, is_of_another_clock });
                }
                (Condition::Unchanged(version), epoch, !is_free)
            }
        };
        match Record::held(owner, epoch).write(store, name, condition).await {
            Ok(version) => {
                return Ok(Attempt::Taken(Taken { version, epoch, is_taken_over, began }));
            }
            // Somebody else was quicker: who is it?
            Err(PutError::Changed(_)) => {}
            Err(PutError::Store(error)) => return Err(error),
        }
    }
}
