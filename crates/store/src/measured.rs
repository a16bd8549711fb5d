//! A store that reports every operation and its duration.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use futures::future::BoxFuture;

use crate::{Blob, Condition, PutError, Store, StoreError, Version};

/// One operation of a store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StoreUse {
    /// `get`, `put`, `delete` or `list`.
    pub operation: &'static str,
    /// How long it took.
    pub duration: Duration,
    /// Whether the store failed. A condition that does not hold is no failure.
    pub is_failure: bool,
}

/// Called after every operation.
pub type StoreHook = Arc<dyn Fn(StoreUse) + Send + Sync>;

/// A store that reports its operations to a hook.
pub struct Measured {
    store: Arc<dyn Store>,
    hook: StoreHook,
}

impl Measured {
    /// The same store, with a hook.
    pub fn new(store: Arc<dyn Store>, hook: StoreHook) -> Self {
        Self { store, hook }
    }

    async fn told<T, E>(
        &self,
        operation: &'static str,
        is_failure: fn(&E) -> bool,
        done: BoxFuture<'_, Result<T, E>>,
    ) -> Result<T, E> {
        let began = Instant::now();
        let result = done.await;
        let is_failure = result.as_ref().is_err_and(is_failure);
        (self.hook)(StoreUse { operation, duration: began.elapsed(), is_failure });
        result
    }
}

fn always<E>(_: &E) -> bool {
    true
}

impl Store for Measured {
    fn get<'a>(&'a self, name: &'a str) -> BoxFuture<'a, Result<Option<Blob>, StoreError>> {
        Box::pin(self.told("get", always, self.store.get(name)))
    }

    fn put<'a>(
        &'a self,
        name: &'a str,
        bytes: Bytes,
        condition: Condition,
    ) -> BoxFuture<'a, Result<Version, PutError>> {
        let is_failure = |error: &PutError| matches!(error, PutError::Store(_));
        Box::pin(self.told("put", is_failure, self.store.put(name, bytes, condition)))
    }

    fn delete<'a>(&'a self, name: &'a str) -> BoxFuture<'a, Result<(), StoreError>> {
        Box::pin(self.told("delete", always, self.store.delete(name)))
    }

    fn delete_all<'a>(&'a self, names: &'a [String]) -> BoxFuture<'a, Result<(), StoreError>> {
        Box::pin(self.told("delete", always, self.store.delete_all(names)))
    }

    fn list<'a>(&'a self, prefix: &'a str) -> BoxFuture<'a, Result<Vec<String>, StoreError>> {
        Box::pin(self.told("list", always, self.store.list(prefix)))
    }
}

impl fmt::Debug for Measured {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.store.fmt(formatter)
    }
}
