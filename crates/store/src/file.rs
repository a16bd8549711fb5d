//! A store in a folder: one file a blob, for people who like to look.

use std::fs::{self, File};
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};

use bytes::Bytes;
use futures::FutureExt;
use futures::future::BoxFuture;
use sha2::{Digest, Sha256};

use crate::blobs::checked;
use crate::{Blob, Condition, PutError, Store, StoreError, Version};

/// Held by whoever puts; it begins with a dot, as no blob's name does.
const LOCK: &str = ".lock";
/// What a file is called until it is whole.
const UNFINISHED: &str = ".unfinished";

#[derive(Clone, Debug)]
pub(crate) struct FileStore {
    folder: PathBuf,
}

impl FileStore {
    /// Opens the folder, and makes it where there is none.
    pub(crate) async fn open(folder: &Path) -> Result<Self, StoreError> {
        let store = Self { folder: folder.to_owned() };
        let name = folder.display().to_string();
        store.work("open", &name, |store| fs::create_dir_all(&store.folder)).await?;
        Ok(store)
    }

    async fn work<T: Send + 'static>(
        &self,
        operation: &'static str,
        name: &str,
        work: impl FnOnce(&Self) -> io::Result<T> + Send + 'static,
    ) -> Result<T, StoreError> {
        let store = self.clone();
        match tokio::task::spawn_blocking(move || work(&store)).await {
            Ok(result) => result.map_err(|error| StoreError::new(operation, name, error)),
            Err(error) => Err(StoreError::new(operation, name, error)),
        }
    }

    fn read(&self, name: &str) -> io::Result<Option<Blob>> {
        match fs::read(self.folder.join(name)) {
            Ok(bytes) => {
                let version = version_of(&bytes);
                Ok(Some(Blob { bytes: bytes.into(), version }))
            }
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Puts under the lock of the folder; none where the condition does not hold.
    fn write(
        &self,
        name: &str,
        bytes: &[u8],
        condition: &Condition,
    ) -> io::Result<Option<Version>> {
        let lock = File::create(self.folder.join(LOCK))?;
        lock.lock()?;
        let current = self.read(name)?.map(|blob| blob.version);
        if !condition.holds(current.as_ref()) {
            return Ok(None);
        }
        let path = self.folder.join(name);
        let folder = path.parent().unwrap_or(&self.folder);
        fs::create_dir_all(folder)?;
        let unfinished = folder.join(UNFINISHED);
        let mut file = File::create(&unfinished)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        fs::rename(&unfinished, &path)?;
        sync_folder(folder)?;
        Ok(Some(version_of(bytes)))
    }

    fn names(&self, prefix: &str) -> io::Result<Vec<String>> {
        let mut names = Vec::new();
        collect(&self.folder, "", &mut names)?;
        names.retain(|name| name.starts_with(prefix));
        names.sort();
        Ok(names)
    }
}

/// A new file's name is kept only when its folder is.
fn sync_folder(folder: &Path) -> io::Result<()> {
    if cfg!(unix) { File::open(folder)?.sync_all() } else { Ok(()) }
}

fn collect(folder: &Path, path: &str, names: &mut Vec<String>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let Ok(part) = entry.file_name().into_string() else { continue };
        if part.starts_with('.') {
            continue;
        }
        let name = if path.is_empty() { part } else { format!("{path}/{part}") };
        if entry.file_type()?.is_dir() {
            collect(&entry.path(), &name, names)?;
        } else {
            names.push(name);
        }
    }
    Ok(())
}

/// The content tells; a blob that is put again unchanged is the same.
fn version_of(bytes: &[u8]) -> Version {
    Version(Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect())
}

impl Store for FileStore {
    fn get<'a>(&'a self, name: &'a str) -> BoxFuture<'a, Result<Option<Blob>, StoreError>> {
        async move {
            checked("read", name)?;
            let key = name.to_owned();
            self.work("read", name, move |store| store.read(&key)).await
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
            let key = name.to_owned();
            let write = move |store: &Self| store.write(&key, &bytes, &condition);
            let version = self.work("write", name, write).await?;
            version.ok_or_else(|| PutError::Changed(name.to_owned()))
        }
        .boxed()
    }

    fn delete<'a>(&'a self, name: &'a str) -> BoxFuture<'a, Result<(), StoreError>> {
        async move {
            checked("delete", name)?;
            let key = name.to_owned();
            let delete = move |store: &Self| match fs::remove_file(store.folder.join(key)) {
                Err(error) if error.kind() != ErrorKind::NotFound => Err(error),
                _ => Ok(()),
            };
            self.work("delete", name, delete).await
        }
        .boxed()
    }

    fn list<'a>(&'a self, prefix: &'a str) -> BoxFuture<'a, Result<Vec<String>, StoreError>> {
        let start = prefix.to_owned();
        self.work("list", prefix, move |store| store.names(&start)).boxed()
    }
}
