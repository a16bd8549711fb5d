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
        store.work("open", &name, |store| make_folder(&store.folder)).await?;
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
            Err(error) if is_absence(&error) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Held until it is dropped.
    fn lock(&self) -> io::Result<File> {
        let lock = File::create(self.folder.join(LOCK))?;
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
        make_folder(folder)?;
        let unfinished = folder.join(UNFINISHED);
        let mut file = File::create(&unfinished)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        fs::rename(&unfinished, &path)?;
        sync_folder(folder)?;
        Ok(Some(version_of(bytes)))
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

/// Makes a folder that outlives a crash, and those around it.
fn make_folder(folder: &Path) -> io::Result<()> {
    if folder.as_os_str().is_empty() || folder.is_dir() {
        return Ok(());
    }
    let around = folder.parent().unwrap_or(Path::new(""));
    make_folder(around)?;
    match fs::create_dir(folder) {
        Err(error) if error.kind() != ErrorKind::AlreadyExists => return Err(error),
        _ => {}
    }
    sync_folder(if around.as_os_str().is_empty() { Path::new(".") } else { around })
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
