//! A store that ends with the process, for tests and for trying out.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use futures::FutureExt;
use futures::future::{BoxFuture, ready};

use crate::blobs::checked;
use crate::{Blob, Condition, PutError, Store, StoreError, Version};

#[derive(Debug, Default)]
pub(crate) struct MemoryStore(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    blobs: BTreeMap<String, Blob>,
    puts: u64,
}

impl MemoryStore {
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn put_now(
        &self,
        name: &str,
        bytes: Bytes,
        condition: &Condition,
    ) -> Result<Version, PutError> {
        checked("write", name)?;
        let mut state = self.state();
        if !condition.holds(state.blobs.get(name).map(|blob| &blob.version)) {
            return Err(PutError::Changed(name.to_owned()));
        }
        state.puts += 1;
        let version = Version::of(state.puts.to_string());
        state.blobs.insert(name.to_owned(), Blob { bytes, version: version.clone() });
        Ok(version)
    }
}

impl Store for MemoryStore {
    fn get<'a>(&'a self, name: &'a str) -> BoxFuture<'a, Result<Option<Blob>, StoreError>> {
        ready(checked("read", name).map(|()| self.state().blobs.get(name).cloned())).boxed()
    }

    fn put<'a>(
        &'a self,
        name: &'a str,
        bytes: Bytes,
        condition: Condition,
    ) -> BoxFuture<'a, Result<Version, PutError>> {
        ready(self.put_now(name, bytes, &condition)).boxed()
    }

    fn delete<'a>(&'a self, name: &'a str) -> BoxFuture<'a, Result<(), StoreError>> {
        ready(checked("delete", name).map(|()| drop(self.state().blobs.remove(name)))).boxed()
    }

    fn list<'a>(&'a self, prefix: &'a str) -> BoxFuture<'a, Result<Vec<String>, StoreError>> {
        let state = self.state();
        let names = state.blobs.keys().filter(|name| name.starts_with(prefix)).cloned();
        ready(Ok(names.collect())).boxed()
    }
}
