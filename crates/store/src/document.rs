//! One JSON value under a name.

use std::marker::PhantomData;
use std::sync::Arc;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::{Condition, PutError, Store, StoreError};

/// The form in which documents are written.
const FORMAT: u32 = 1;

/// A value that is loaded and saved whole.
#[derive(Clone, Debug)]
pub struct Document<T> {
    store: Arc<dyn Store>,
    name: String,
    value: PhantomData<fn() -> T>,
}

#[derive(Deserialize, Serialize)]
struct Written<T> {
    format: u32,
    value: T,
}

impl<T: Serialize + DeserializeOwned> Document<T> {
    /// The document of that name.
    pub fn new(store: Arc<dyn Store>, name: impl Into<String>) -> Self {
        Self { store, name: name.into(), value: PhantomData }
    }

    /// The value, where one was saved. One that cannot be read is an error: to take it for
    /// nothing would be to forget what it said.
    pub async fn load(&self) -> Result<Option<T>, StoreError> {
        let Some(blob) = self.store.get(&self.name).await? else { return Ok(None) };
        let written: Written<T> = serde_json::from_slice(&blob.bytes)
            .map_err(|error| StoreError::new("understand", &self.name, error))?;
        if written.format != FORMAT {
            let other =
                format!("it is of format {}, and this program knows {FORMAT}", written.format);
            return Err(StoreError::new("understand", &self.name, other));
        }
        Ok(Some(written.value))
    }

    /// Saves the value in place of the last one.
    pub async fn save(&self, value: &T) -> Result<(), StoreError> {
        let bytes = serde_json::to_vec(&Written { format: FORMAT, value })
            .map_err(|error| StoreError::new("write", &self.name, error))?;
        match self.store.put(&self.name, bytes.into(), Condition::Always).await {
            Ok(_) => Ok(()),
            Err(PutError::Store(error)) => Err(error),
            Err(changed @ PutError::Changed(_)) => {
                Err(StoreError::new("write", &self.name, changed))
            }
        }
    }

    /// Forgets the value.
    pub async fn clear(&self) -> Result<(), StoreError> {
        self.store.delete(&self.name).await
    }
}
