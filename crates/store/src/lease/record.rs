//! A lease as it is written in the store, and as another process sees it.

use std::fmt;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::{Condition, Liveness, Owner, PutError, Store, StoreError, Version};

/// How long a lease holds after it was last renewed.
pub(crate) const TERM: Duration = Duration::from_mins(1);

#[derive(Clone, Debug, Deserialize, PartialEq, Eq, Serialize)]
pub(crate) struct Record {
    pub(crate) owner: Owner,
    /// By the owner's clock. The beginning of time where the lease was given back or broken.
    pub(crate) until: Timestamp,
    /// Grows with each process that takes the lease.
    #[serde(default)]
    pub(crate) epoch: u64,
}

impl Record {
    /// Held from now on.
    pub(crate) fn held(owner: &Owner, epoch: u64) -> Self {
        let until = Timestamp::now().saturating_add(TERM).unwrap_or(Timestamp::MAX);
        Self { owner: owner.clone(), until, epoch }
    }

    pub(crate) fn over(self) -> Self {
        Self { until: Timestamp::UNIX_EPOCH, ..self }
    }

    /// Whether it was given back or broken.
    pub(crate) fn is_free(&self) -> bool {
        self.until == Timestamp::UNIX_EPOCH
    }

    pub(crate) fn is_of(&self, owner: &Owner, epoch: u64) -> bool {
        self.epoch == epoch && self.owner == *owner
    }

    /// Whether the clock of whoever wrote it runs ahead of this one: no renewal gives so much time.
    pub(crate) fn is_of_another_clock(&self) -> bool {
        self.left() > SignedDuration::try_from(TERM * 2).unwrap_or(SignedDuration::MAX)
    }

    fn left(&self) -> SignedDuration {
        self.until.duration_since(Timestamp::now())
    }

    pub(crate) async fn read(
        store: &dyn Store,
        name: &str,
    ) -> Result<Option<(Self, Version)>, StoreError> {
        let Some(blob) = store.get(name).await? else { return Ok(None) };
        let record = serde_json::from_slice(&blob.bytes)
            .map_err(|error| StoreError::new("understand", name, error))?;
        Ok(Some((record, blob.version)))
    }

    pub(crate) async fn write(
        &self,
        store: &dyn Store,
        name: &str,
        condition: Condition,
    ) -> Result<Version, PutError> {
        let bytes =
            serde_json::to_vec(self).map_err(|error| StoreError::new("write", name, error))?;
        store.put(name, bytes.into(), condition).await
    }
}

/// Who holds a lease, as another process sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Holder {
    /// Who.
    pub owner: Owner,
    /// The number of the holding; each process that takes the lease has a higher one.
    pub epoch: u64,
    /// How long it holds from now on if it is not renewed. A clock that runs ahead gives no more
    /// than a renewal would.
    pub expires_in: Duration,
    /// Whether the process is known to live.
    pub liveness: Liveness,
}

impl Holder {
    pub(crate) fn of(record: Record, observer: &Owner) -> Self {
        let left = Duration::try_from(record.left()).unwrap_or_default();
        let expires_in = if record.is_of_another_clock() { TERM } else { left };
        let liveness = record.owner.liveness(observer);
        Self { owner: record.owner, epoch: record.epoch, expires_in, liveness }
    }

    /// Whether another process may take the lease: its holder has died, or has not renewed it.
    pub fn is_over(&self) -> bool {
        self.liveness == Liveness::Dead || self.expires_in.is_zero()
    }
}

impl fmt::Display for Holder {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { owner, expires_in, .. } = self;
        write!(formatter, "{owner}, ")?;
        match self.liveness {
            Liveness::Alive => formatter.write_str("still running"),
            Liveness::Dead => formatter.write_str("no longer running"),
            Liveness::Unknown if expires_in.is_zero() => formatter.write_str("expired"),
            Liveness::Unknown => {
                // What is left of a second is waited for, too.
                let seconds = expires_in.as_millis().div_ceil(1_000);
                write!(formatter, "expires in {seconds} s")
            }
        }
    }
}
