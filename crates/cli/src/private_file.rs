//! Files that hold what people wrote: only their user may read them, and they are there whole or
//! not at all.

use std::fs::File;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

/// A file that is not in its place yet.
pub(crate) struct PrivateFile(Place);

enum Place {
    /// Beside the place that it is for.
    Beside(NamedTempFile, PathBuf),
    /// A pipe, a device, or a file in a folder where no other may be made.
    There(File),
}

impl PrivateFile {
    /// Begins a file. What stands in its place stays there for now.
    pub(crate) fn beside(path: &Path) -> io::Result<Self> {
        let there = || File::options().write(true).truncate(true).open(path);
        if std::fs::metadata(path).is_ok_and(|metadata| !metadata.is_file()) {
            return Ok(Self(Place::There(there()?)));
        }
        // Where a link stands, the file is that to which it leads.
        let path = std::fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
        match NamedTempFile::with_prefix_in(".hrflow-connectors-", folder_of(&path)) {
            Ok(file) => Ok(Self(Place::Beside(file, path))),
            Err(error) => there().map(|file| Self(Place::There(file))).map_err(|_| error),
        }
    }

    /// Puts the file in its place, where it outlives a crash and can be written on.
    pub(crate) fn persist(self) -> io::Result<File> {
        let (file, path) = match self.0 {
            Place::There(file) => return Ok(file),
            Place::Beside(file, path) => (file, path),
        };
        file.as_file().sync_all()?;
        let file = file.persist(&path).map_err(|error| error.error)?;
        if cfg!(unix) {
            File::open(folder_of(&path))?.sync_all()?;
        }
        Ok(file)
    }
}

impl Write for PrivateFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match &mut self.0 {
            Place::Beside(file, _) => file.write(bytes),
            Place::There(file) => file.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match &mut self.0 {
            Place::Beside(file, _) => file.flush(),
            Place::There(file) => file.flush(),
        }
    }
}

fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        Some(_) | None => Path::new("."),
    }
}
