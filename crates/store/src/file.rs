//! A store in a folder: one file a blob, for people who like to look.

use std::fs::{self, File};
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};

use bytes::Bytes;
use futures::FutureExt;
use futures::future::BoxFuture;
use sha2::{Digest, Sha256};

use crate::blobs::checked;
use crate::private::{
    Unfit, check_folder, check_folder_around, create_file, create_folder, create_folders, restrict,
    sync_folder,
};
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
        store.work("open", "", Self::make).await?;
        Ok(store)
    }

    fn make(&self) -> Result<(), Unfit> {
        if !self.folder.exists() {
            let around = self.folder.parent().unwrap_or(Path::new(""));
            check_folder_around(around)?;
            create_folder(&self.folder)?;
            sync_folder(around)?;
        }
        check_folder(&self.folder)
    }

    async fn work<T: Send + 'static, E: Into<Unfit> + Send + 'static>(
        &self,
        operation: &'static str,
        name: &str,
        work: impl FnOnce(&Self) -> Result<T, E> + Send + 'static,
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
            Err(error) if is_absence(&error) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Held until it is dropped.
    fn lock(&self) -> io::Result<File> {
        let lock = create_file(&self.folder.join(LOCK))?;
        lock.lock()?;
        Ok(lock)
    }

    /// Puts under the lock of the folder; none where the condition does not hold.
    fn write(
        &self,
        name: &str,
        bytes: &[u8],
        condition: &Condition,
    ) -> io::Result<Option<Version>> {
        let _lock = self.lock()?;
        let current = self.read(name)?.map(|blob| blob.version);
        if !condition.holds(current.as_ref()) {
            return Ok(None);
        }
        let path = self.folder.join(name);
        let folder = path.parent().unwrap_or(&self.folder);
        self.make_folders(name)?;
        let unfinished = folder.join(UNFINISHED);
        let mut file = create_file(&unfinished)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        fs::rename(&unfinished, &path)?;
        sync_folder(folder)?;
        Ok(Some(version_of(bytes)))
    }

    /// Makes the folders inside the store in which a blob is. Earlier versions left them open.
    fn make_folders(&self, name: &str) -> io::Result<()> {
        let mut folder = self.folder.clone();
        let Some((folders, _)) = name.rsplit_once('/') else { return create_folders(&folder) };
        for part in folders.split('/') {
            folder.push(part);
            if folder.is_dir() {
                restrict(&folder);
            } else {
                create_folders(&folder)?;
            }
        }
        Ok(())
    }

    /// Deletes under the lock too, so that no put in between brings the blob back.
    fn remove(&self, name: &str) -> io::Result<()> {
        let _lock = self.lock()?;
        let path = self.folder.join(name);
        match fs::remove_file(&path) {
            Ok(()) => sync_folder(path.parent().unwrap_or(&self.folder)),
            Err(error) if is_absence(&error) => Ok(()),
            Err(error) => Err(error),
        }
    }

    fn names(&self, prefix: &str) -> io::Result<Vec<String>> {
        let mut names = Vec::new();
        collect(&self.folder, "", &mut names)?;
        names.retain(|name| name.starts_with(prefix));
        names.sort();
        Ok(names)
    }
}

/// Where a file is, there is no folder, and nothing inside it.
fn is_absence(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory)
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
    Version::of(Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect::<String>())
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
            self.work("delete", name, move |store| store.remove(&key)).await
        }
        .boxed()
    }

    fn list<'a>(&'a self, prefix: &'a str) -> BoxFuture<'a, Result<Vec<String>, StoreError>> {
        let start = prefix.to_owned();
        self.work("list", prefix, move |store| store.names(&start)).boxed()
    }
}
