//! A store whose errors say which store it is.

use std::sync::Arc;

use bytes::Bytes;
use futures::FutureExt;
use futures::future::BoxFuture;

use crate::{Blob, Condition, PutError, Store, StoreError, Version};

#[derive(Debug)]
pub(crate) struct Named {
    url: String,
    store: Arc<dyn Store>,
}

impl Named {
    /// The store at an address, which holds no secret.
    pub(crate) fn new(url: String, store: Arc<dyn Store>) -> Self {
        Self { url, store }
    }

    async fn named<T>(
        &self,
        done: impl Future<Output = Result<T, StoreError>>,
    ) -> Result<T, StoreError> {
        done.await.map_err(|error| error.in_store(&self.url))
    }
}

impl Store for Named {
    fn get<'a>(&'a self, name: &'a str) -> BoxFuture<'a, Result<Option<Blob>, StoreError>> {
        self.named(self.store.get(name)).boxed()
    }

    fn put<'a>(
        &'a self,
        name: &'a str,
        bytes: Bytes,
        condition: Condition,
    ) -> BoxFuture<'a, Result<Version, PutError>> {
        async move {
            self.store.put(name, bytes, condition).await.map_err(|error| match error {
                PutError::Store(error) => error.in_store(&self.url).into(),
                changed @ PutError::Changed(_) => changed,
            })
        }
        .boxed()
    }

    fn delete<'a>(&'a self, name: &'a str) -> BoxFuture<'a, Result<(), StoreError>> {
        self.named(self.store.delete(name)).boxed()
    }

    fn delete_all<'a>(&'a self, names: &'a [String]) -> BoxFuture<'a, Result<(), StoreError>> {
        self.named(self.store.delete_all(names)).boxed()
    }

    fn list<'a>(&'a self, prefix: &'a str) -> BoxFuture<'a, Result<Vec<String>, StoreError>> {
        self.named(self.store.list(prefix)).boxed()
    }
}
