//! What every store does: named blobs, put on conditions.

use bytes::Bytes;
use futures::future::BoxFuture;

use crate::StoreError;

/// Named blobs that several processes may share.
///
/// A put is atomic and durable when it returns: whoever reads, also after a crash, finds the old
/// bytes or the new ones, whole. Names are made of `a-z`, `0-9`, `.`, `_`, `-`, with `/` between
/// parts.
pub trait Store: std::fmt::Debug + Send + Sync + 'static {
    /// A blob, where there is one of that name.
    fn get<'a>(&'a self, name: &'a str) -> BoxFuture<'a, Result<Option<Blob>, StoreError>>;

    /// Puts a blob if the condition holds.
    fn put<'a>(
        &'a self,
        name: &'a str,
        bytes: Bytes,
        condition: Condition,
    ) -> BoxFuture<'a, Result<Version, PutError>>;

    /// Deletes a blob; one that is not there is no failure.
    fn delete<'a>(&'a self, name: &'a str) -> BoxFuture<'a, Result<(), StoreError>>;

    /// Deletes blobs, as few steps as the backend needs for it. A failure may leave some of them.
    fn delete_all<'a>(&'a self, names: &'a [String]) -> BoxFuture<'a, Result<(), StoreError>> {
        Box::pin(async move {
            for name in names {
                self.delete(name).await?;
            }
            Ok(())
        })
    }

    /// The names that begin so, sorted.
    fn list<'a>(&'a self, prefix: &'a str) -> BoxFuture<'a, Result<Vec<String>, StoreError>>;
}

/// A blob as it was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Blob {
    /// Its content.
    pub bytes: Bytes,
    /// What tells it from what comes after it.
    pub version: Version,
}

/// Changes with every put that changes the content.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Version {
    /// By what most stores tell versions apart.
    pub(crate) tag: Option<String>,
    /// By what Google Cloud Storage does.
    pub(crate) generation: Option<String>,
}

impl Version {
    pub(crate) fn of(tag: impl Into<String>) -> Self {
        Self { tag: Some(tag.into()), generation: None }
    }
}

/// When a put may happen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Condition {
    /// In any case.
    Always,
    /// If there is no blob of that name.
    Absent,
    /// If the blob is still that version.
    Unchanged(Version),
}

impl Condition {
    /// Whether it holds, given the version that is there.
    pub(crate) fn holds(&self, current: Option<&Version>) -> bool {
        match self {
            Self::Always => true,
            Self::Absent => current.is_none(),
            Self::Unchanged(version) => current == Some(version),
        }
    }
}

/// Why a blob was not put.
#[derive(Debug, thiserror::Error)]
pub enum PutError {
    /// The condition does not hold: somebody else was there first.
    #[error("`{0}` was changed by somebody else")]
    Changed(String),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// A name that every backend can keep.
pub(crate) fn checked(operation: &'static str, name: &str) -> Result<(), StoreError> {
    let is_plain = |byte: u8| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'.' | b'_' | b'-');
    let is_part =
        |part: &str| !part.is_empty() && !part.starts_with('.') && part.bytes().all(is_plain);
    if name.split('/').all(is_part) {
        Ok(())
    } else {
        Err(StoreError::new(operation, name, "the name has other signs than a-z 0-9 . _ - /"))
    }
}
