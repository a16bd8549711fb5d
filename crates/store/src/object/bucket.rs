//! A store in a bucket, with conditional writes.

use std::fmt;
use std::sync::Arc;

use bytes::Bytes;
use futures::future::BoxFuture;
use futures::{FutureExt, TryStreamExt};
use object_store::path::Path;
use object_store::{
    Error, ObjectStore, ObjectStoreExt, PutMode, PutOptions, PutPayload, UpdateVersion,
};

use crate::blobs::checked;
use crate::object::Cloud;
use crate::{Blob, Condition, PutError, Store, StoreError, Version};

#[derive(Clone)]
pub(crate) struct Bucket {
    objects: Arc<dyn ObjectStore>,
    cloud: Cloud,
    folder: Path,
}

/// Its name only: the clients of some clouds would show their token.
impl fmt::Debug for Bucket {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} in {}", self.folder, self.objects)
    }
}

impl Bucket {
    pub(crate) fn new(objects: Arc<dyn ObjectStore>, cloud: Cloud, folder: &str) -> Self {
        Self { objects, cloud, folder: Path::from(folder) }
    }

    fn failed(&self, operation: &'static str, name: &str, error: &Error) -> StoreError {
        StoreError::new(operation, name, self.cloud.explained(error))
    }

    fn path(&self, name: &str) -> Path {
        let parts = self.folder.parts().chain(name.split('/').map(Into::into));
        parts.collect()
    }

    async fn read(&self, name: &str) -> Result<Option<Blob>, Error> {
        let object = match self.objects.get(&self.path(name)).await {
            Ok(object) => object,
            Err(Error::NotFound { .. }) => return Ok(None),
            Err(error) => return Err(error),
        };
        let version =
            Version { tag: object.meta.e_tag.clone(), generation: object.meta.version.clone() };
        Ok(Some(Blob { bytes: object.bytes().await?, version }))
    }

    async fn write(&self, name: &str, bytes: Bytes, mode: PutMode) -> Result<Version, Error> {
        let options = PutOptions { mode, ..PutOptions::default() };
        let put = self.objects.put_opts(&self.path(name), PutPayload::from(bytes), options).await?;
        Ok(Version { tag: put.e_tag, generation: put.version })
    }

    async fn names(&self, prefix: &str) -> Result<Vec<String>, Error> {
        // Others' blobs need not be listed: what can begin so is in one folder.
        let folder = prefix.rsplit_once('/').map_or("", |(folder, _)| folder);
        let inside = folder.split('/').filter(|part| !part.is_empty()).map(Into::into);
        let folder: Path = self.folder.parts().chain(inside).collect();
        let objects: Vec<_> = self.objects.list(Some(&folder)).try_collect().await?;
        let own = |path: &Path| -> Option<String> {
            let parts = path.prefix_match(&self.folder)?;
            Some(parts.map(|part| part.as_ref().to_owned()).collect::<Vec<_>>().join("/"))
        };
        let mut names: Vec<_> = objects.iter().filter_map(|object| own(&object.location)).collect();
        names.retain(|name| name.starts_with(prefix));
        names.sort();
        Ok(names)
    }
}

/// S3 and Azure compare the tag, Google the generation; each takes the one that it knows.
fn mode_of(condition: Condition) -> PutMode {
    match condition {
        Condition::Always => PutMode::Overwrite,
        Condition::Absent => PutMode::Create,
        Condition::Unchanged(Version { tag, generation }) => {
            PutMode::Update(UpdateVersion { e_tag: tag, version: generation })
        }
    }
}

impl Store for Bucket {
    fn get<'a>(&'a self, name: &'a str) -> BoxFuture<'a, Result<Option<Blob>, StoreError>> {
        async move {
            checked("read", name)?;
            self.read(name).await.map_err(|error| self.failed("read", name, &error))
        }
        .boxed()
    }

    fn put<'a>(
        &'a self,
        name: &'a str,
        bytes: Bytes,
        condition: Condition,
    ) -> BoxFuture<'a, Result<Version, PutError>> {
        async move {
            checked("write", name)?;
            let mode = mode_of(condition);
            let replaces = matches!(mode, PutMode::Update(_));
            self.write(name, bytes, mode).await.map_err(|error| match error {
                Error::AlreadyExists { .. } | Error::Precondition { .. } => {
                    PutError::Changed(name.to_owned())
                }
                // Some say so of a blob that was to be replaced and is gone.
                Error::NotFound { .. } if replaces => PutError::Changed(name.to_owned()),
                error => self.failed("write", name, &error).into(),
            })
        }
        .boxed()
    }

    fn delete<'a>(&'a self, name: &'a str) -> BoxFuture<'a, Result<(), StoreError>> {
        async move {
            checked("delete", name)?;
            match self.objects.delete(&self.path(name)).await {
                Ok(()) | Err(Error::NotFound { .. }) => Ok(()),
                Err(error) => Err(self.failed("delete", name, &error)),
            }
        }
        .boxed()
    }

    fn list<'a>(&'a self, prefix: &'a str) -> BoxFuture<'a, Result<Vec<String>, StoreError>> {
        async move { self.names(prefix).await.map_err(|error| self.failed("list", prefix, &error)) }
            .boxed()
    }
}
