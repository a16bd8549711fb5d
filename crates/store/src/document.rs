//! One JSON value under a name.

use std::marker::PhantomData;
use std::sync::Arc;

use bytes::Bytes;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::value::{RawValue, to_raw_value};
use sha2::{Digest, Sha256};

use crate::{Condition, HoldError, Lease, PutError, Store, StoreError};

/// The form in which documents are written.
const FORMAT: u32 = 1;

/// A value that is loaded and saved whole.
#[derive(Clone, Debug)]
pub struct Document<T> {
    store: Arc<dyn Store>,
    name: String,
    value: PhantomData<fn() -> T>,
}

/// Read first: another format may have nothing else in common.
#[derive(Deserialize)]
struct Head {
    format: u32,
}

#[derive(Deserialize, Serialize)]
struct Written<'a> {
    format: u32,
    /// Of the value as it is written.
    sha256: String,
    /// Of the lease under which it was saved: no two holders write the same bytes, which a store
    /// could not tell apart.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    epoch: Option<u64>,
    #[serde(borrow)]
    value: &'a RawValue,
}

impl<T: Serialize + DeserializeOwned> Document<T> {
    /// The document of that name.
    pub fn new(store: Arc<dyn Store>, name: impl Into<String>) -> Self {
        Self { store, name: name.into(), value: PhantomData }
    }

    /// The value, where one was saved. One that cannot be read is an error: to take it for
    /// nothing would be to forget what it said.
    pub async fn load(&self) -> Result<Option<T>, StoreError> {
        match self.store.get(&self.name).await? {
            Some(blob) => self.read(&blob.bytes).map(Some),
            None => Ok(None),
        }
    }

    fn read(&self, bytes: &[u8]) -> Result<T, StoreError> {
        let damaged = |error| StoreError::new("understand", &self.name, error);
        let Head { format } = serde_json::from_slice(bytes).map_err(damaged)?;
        if format != FORMAT {
            let other = format!("it is of format {format}, and this program knows {FORMAT}");
            return Err(StoreError::new("understand", &self.name, other));
        }
        let written: Written = serde_json::from_slice(bytes).map_err(damaged)?;
        if written.sha256 != checksum(written.value) {
            return Err(StoreError::new("understand", &self.name, "it is damaged"));
        }
        serde_json::from_str(written.value.get()).map_err(damaged)
    }

    /// Saves the value in place of the last one.
    pub async fn save(&self, value: &T) -> Result<(), StoreError> {
        let bytes = self.written(value, None)?;
        match self.store.put(&self.name, bytes.into(), Condition::Always).await {
            Ok(_) => Ok(()),
            Err(PutError::Store(error)) => Err(error),
            Err(changed @ PutError::Changed(_)) => {
                Err(StoreError::new("write", &self.name, changed))
            }
        }
    }

    /// Saves the value only while the lease is held. A process that has lost it changes nothing,
    /// however late it notices: the value is put in place of the one that was there before the
    /// lease was checked, and whoever takes the lease over saves first of all.
    pub async fn save_under(&self, lease: &Lease, value: &T) -> Result<(), HoldError> {
        let bytes = Bytes::from(self.written(value, Some(lease.epoch()))?);
        loop {
            let condition = match self.store.get(&self.name).await? {
                Some(blob) => Condition::Unchanged(blob.version),
                None => Condition::Absent,
            };
            lease.check().await?;
            match self.store.put(&self.name, bytes.clone(), condition).await {
                Ok(_) => return Ok(()),
                Err(PutError::Changed(_)) => {}
                Err(PutError::Store(error)) => return Err(error.into()),
            }
        }
    }

    fn written(&self, value: &T, epoch: Option<u64>) -> Result<Vec<u8>, StoreError> {
        let failed = |error| StoreError::new("write", &self.name, error);
        let value = to_raw_value(value).map_err(failed)?;
        let written = Written { format: FORMAT, sha256: checksum(&value), epoch, value: &value };
        serde_json::to_vec(&written).map_err(failed)
    }

    /// Forgets the value.
    pub async fn clear(&self) -> Result<(), StoreError> {
        self.store.delete(&self.name).await
    }
}

fn checksum(value: &RawValue) -> String {
    Sha256::digest(value.get()).iter().map(|byte| format!("{byte:02x}")).collect()
}
