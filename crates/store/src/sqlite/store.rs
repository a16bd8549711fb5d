//! Blobs in one SQLite file.

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use futures::FutureExt;
use futures::future::BoxFuture;
use rusqlite::{Connection, OptionalExtension, TransactionBehavior, params};

use crate::blobs::checked;
use crate::sqlite::open::open;
use crate::sqlite::remedy::explained;
use crate::{Blob, Condition, PutError, Store, StoreError, Version};

#[derive(Clone, Debug)]
pub(crate) struct SqliteStore(Arc<Mutex<Shrinking>>);

/// A connection that leaves no free pages behind.
#[derive(Debug)]
struct Shrinking(Connection);

impl Drop for Shrinking {
    /// As far as it can be done at once: whoever opens the file next gets another chance.
    fn drop(&mut self) {
        let shrunk = self
            .0
            .busy_timeout(Duration::ZERO)
            // Each step gives one page back.
            .and_then(|()| self.0.pragma(None, "incremental_vacuum", i32::MAX, |_| Ok(())));
        if let Err(error) = shrunk {
            tracing::debug!(%error, "the store keeps its free pages");
        }
    }
}

impl SqliteStore {
    /// Opens the file, and makes it where there is none.
    pub(crate) async fn open(path: &Path) -> Result<Self, StoreError> {
        let path = path.to_owned();
        match tokio::task::spawn_blocking(move || open(&path)).await {
            Ok(Ok(connection)) => Ok(Self(Arc::new(Mutex::new(Shrinking(connection))))),
            Ok(Err(error)) => Err(StoreError::new("open", "", error)),
            Err(error) => Err(StoreError::new("open", "", error)),
        }
    }

    /// Works on the connection where waiting for a disk holds nobody up.
    async fn work<T: Send + 'static>(
        &self,
        operation: &'static str,
        name: &str,
        work: impl FnOnce(&mut Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, StoreError> {
        let connection = self.0.clone();
        let result = tokio::task::spawn_blocking(move || {
            work(&mut connection.lock().unwrap_or_else(PoisonError::into_inner).0)
        });
        match result.await {
            Ok(result) => {
                result.map_err(|error| StoreError::new(operation, name, explained(error)))
            }
            Err(error) => Err(StoreError::new(operation, name, error)),
        }
    }

    async fn put_blob(
        &self,
        name: &str,
        bytes: Bytes,
        condition: Condition,
    ) -> Result<Version, PutError> {
        checked("write", name)?;
        let key = name.to_owned();
        let put = move |connection: &mut Connection| {
            let transaction =
                connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
            let current = transaction
                .prepare_cached("SELECT version FROM blobs WHERE name = ?1")?
                .query_row([&key], |row| row.get::<_, i64>(0))
                .optional()?;
            let current = current.map(|number| Version::of(number.to_string()));
            if !condition.holds(current.as_ref()) {
                return Ok(None);
            }
            let version: i64 = transaction
                .prepare_cached("UPDATE puts SET count = count + 1 RETURNING count")?
                .query_row([], |row| row.get(0))?;
            transaction
                .prepare_cached(
                    "INSERT OR REPLACE INTO blobs (name, version, bytes) VALUES (?1, ?2, ?3)",
                )?
                .execute(params![key, version, &bytes[..]])?;
            transaction.commit()?;
            Ok(Some(Version::of(version.to_string())))
        };
        let version = self.work("write", name, put).await?;
        version.ok_or_else(|| PutError::Changed(name.to_owned()))
    }
}

impl Store for SqliteStore {
    fn get<'a>(&'a self, name: &'a str) -> BoxFuture<'a, Result<Option<Blob>, StoreError>> {
        async move {
            checked("read", name)?;
            let key = name.to_owned();
            let get = move |connection: &mut Connection| {
                let query = "SELECT bytes, version FROM blobs WHERE name = ?1";
                connection
                    .query_row(query, [&key], |row| {
                        let version: i64 = row.get(1)?;
                        let bytes: Vec<u8> = row.get(0)?;
                        Ok(Blob { bytes: bytes.into(), version: Version::of(version.to_string()) })
                    })
                    .optional()
            };
            self.work("read", name, get).await
        }
        .boxed()
    }

    fn put<'a>(
        &'a self,
        name: &'a str,
        bytes: Bytes,
        condition: Condition,
    ) -> BoxFuture<'a, Result<Version, PutError>> {
        self.put_blob(name, bytes, condition).boxed()
    }

    fn delete<'a>(&'a self, name: &'a str) -> BoxFuture<'a, Result<(), StoreError>> {
        async move {
            checked("delete", name)?;
            let key = name.to_owned();
            let delete = move |connection: &mut Connection| {
                connection.execute("DELETE FROM blobs WHERE name = ?1", [&key]).map(drop)
            };
            self.work("delete", name, delete).await
        }
        .boxed()
    }

    fn delete_all<'a>(&'a self, names: &'a [String]) -> BoxFuture<'a, Result<(), StoreError>> {
        async move {
            names.iter().try_for_each(|name| checked("delete", name))?;
            let keys = names.to_owned();
            let delete = move |connection: &mut Connection| {
                let transaction =
                    connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
                for key in &keys {
                    transaction
                        .prepare_cached("DELETE FROM blobs WHERE name = ?1")?
                        .execute([key])?;
                }
                transaction.commit()
            };
            self.work("delete", names.first().map_or("", String::as_str), delete).await
        }
        .boxed()
    }

    fn list<'a>(&'a self, prefix: &'a str) -> BoxFuture<'a, Result<Vec<String>, StoreError>> {
        let start = prefix.to_owned();
        let list = move |connection: &mut Connection| {
            let query =
                "SELECT name FROM blobs WHERE substr(name, 1, length(?1)) = ?1 ORDER BY name";
            connection.prepare(query)?.query_map([&start], |row| row.get(0))?.collect()
        };
        self.work("list", prefix, list).boxed()
    }
}
