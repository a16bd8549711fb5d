//! Files and folders that only their user may read, and that nobody else may write to.

use std::fs::{self, File};
use std::io;
use std::path::Path;

use crate::error::Remediable;

/// Why a file or a folder is not used.
pub(crate) type Unfit = Box<dyn std::error::Error + Send + Sync>;

/// Makes a file that only its user may read.
pub(crate) fn create_file(path: &Path) -> io::Result<File> {
    let file = safety::file_of_owner().write(true).create(true).truncate(true).open(path)?;
    // It may have been there before.
    safety::restrict(path)?;
    Ok(file)
}

/// Makes a file that only its user may read, where there is none.
pub(crate) fn create_missing_file(path: &Path) -> io::Result<()> {
    match safety::file_of_owner().write(true).create_new(true).open(path) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(error),
        _ => Ok(()),
    }
}

/// Makes a folder that only its user may enter, where there is none.
pub(crate) fn create_folder(folder: &Path) -> io::Result<()> {
    match safety::folder_of_owner().create(folder) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(error),
        _ => Ok(()),
    }
}

/// Makes a folder that only its user may enter and that outlives a crash, and those around it.
pub fn create_folders(folder: &Path) -> io::Result<()> {
    if folder.as_os_str().is_empty() || folder.is_dir() {
        return Ok(());
    }
    let around = folder.parent().unwrap_or(Path::new(""));
    create_folders(around)?;
    create_folder(folder)?;
    sync_folder(around)
}

/// A new file's name is kept only when its folder is.
pub(crate) fn sync_folder(folder: &Path) -> io::Result<()> {
    let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    if cfg!(unix) { File::open(folder)?.sync_all() } else { Ok(()) }
}

/// Checks the folder around a store.
pub(crate) fn check_folder_around(folder: &Path) -> Result<(), Unfit> {
    let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    let shown = folder.display();
    match fs::metadata(folder) {
        Ok(metadata) if !metadata.is_dir() => Err(format!("`{shown}` is no folder").into()),
        Ok(metadata) => Ok(safety::check_folder_around(folder, &metadata)?),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Err(Remediable::new(
            format!("the folder `{shown}` does not exist"),
            format!("create it with `mkdir -p {shown}`, or correct the path"),
        )
        .into()),
        Err(error) => Err(error.into()),
    }
}

/// Checks a folder that is a store.
pub(crate) fn check_folder(folder: &Path) -> Result<(), Unfit> {
    let metadata = fs::metadata(folder)?;
    if !metadata.is_dir() {
        return Err(format!("`{}` is no folder", folder.display()).into());
    }
    Ok(safety::check_folder(folder, &metadata)?)
}

/// Checks a file that is a store, and lets nobody else read it.
pub(crate) fn check_file(path: &Path) -> Result<(), Unfit> {
    let metadata = fs::metadata(path)?;
    if !metadata.is_file() {
        return Err(format!("`{}` is no file", path.display()).into());
    }
    safety::check_file(path, &metadata)?;
    restrict(path);
    Ok(())
}

/// Lets nobody else read what earlier versions left open to all. Where that cannot be done, as on
/// some mounted file systems, it stays as it is.
pub(crate) fn restrict(path: &Path) {
    match safety::restrict(path) {
        Ok(true) => {
            tracing::info!(path = %path.display(), "permissions tightened: only the owner may read");
        }
        Ok(false) => {}
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => {
            let path = path.display();
            tracing::warn!(%error, %path, "cannot tighten permissions: others may read");
        }
    }
}

#[cfg(unix)]
mod safety {
    use std::fs::{self, DirBuilder, Metadata, OpenOptions, Permissions};
    use std::io;
    use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, PermissionsExt};
    use std::path::Path;

    use crate::error::Remediable;

    const STICKY: u32 = 0o1000;
    const OTHERS_WRITE: u32 = 0o002;
    const ANYBODY_WRITES: u32 = 0o022;
    const ANYBODY: u32 = 0o077;

    pub(super) fn file_of_owner() -> OpenOptions {
        let mut options = OpenOptions::new();
        options.mode(0o600);
        options
    }

    pub(super) fn folder_of_owner() -> DirBuilder {
        let mut builder = DirBuilder::new();
        builder.mode(0o700);
        builder
    }

    /// A group may write to a folder: to make it so is how an administrator lets a service have a
    /// volume. In a sticky one, nobody may replace another's files.
    pub(super) fn check_folder_around(
        folder: &Path,
        metadata: &Metadata,
    ) -> Result<(), Remediable> {
        let mode = metadata.mode();
        if mode & OTHERS_WRITE != 0 && mode & STICKY == 0 {
            return Err(open_to_all(folder));
        }
        Ok(())
    }

    /// A folder of root's may be a volume that a service was given.
    pub(super) fn check_folder(folder: &Path, metadata: &Metadata) -> Result<(), Remediable> {
        if metadata.mode() & OTHERS_WRITE != 0 {
            return Err(open_to_all(folder));
        }
        if metadata.uid() == 0 { Ok(()) } else { check_user(folder, metadata) }
    }

    fn open_to_all(folder: &Path) -> Remediable {
        let folder = folder.display();
        Remediable::new(
            format!("every user may write to the folder `{folder}`"),
            format!("run `chmod o-w {folder}`, or keep the store in a folder of your own"),
        )
    }

    pub(super) fn check_file(path: &Path, metadata: &Metadata) -> Result<(), Remediable> {
        let shown = path.display();
        if metadata.mode() & ANYBODY_WRITES != 0 {
            return Err(Remediable::new(
                format!("other users may write to `{shown}`"),
                format!("run `chmod go-w {shown}` if you trust what is in it"),
            ));
        }
        check_user(path, metadata)
    }

    fn check_user(path: &Path, metadata: &Metadata) -> Result<(), Remediable> {
        let user = rustix::process::geteuid();
        if metadata.uid() == user.as_raw() || user.is_root() {
            return Ok(());
        }
        let path = path.display();
        Err(Remediable::new(
            format!("`{path}` belongs to another user"),
            format!("run as that user, run `chown` on `{path}`, or use another store"),
        ))
    }

    /// Says whether there was something to do.
    pub(super) fn restrict(path: &Path) -> io::Result<bool> {
        let mode = fs::metadata(path)?.mode();
        let is_open = mode & ANYBODY != 0;
        if is_open {
            fs::set_permissions(path, Permissions::from_mode(mode & 0o7700))?;
        }
        Ok(is_open)
    }
}

#[cfg(not(unix))]
mod safety {
    use std::fs::{DirBuilder, Metadata, OpenOptions};
    use std::io;
    use std::path::Path;

    use crate::error::Remediable;

    pub(super) fn file_of_owner() -> OpenOptions {
        OpenOptions::new()
    }

    pub(super) fn folder_of_owner() -> DirBuilder {
        DirBuilder::new()
    }

    pub(super) fn check_folder_around(_: &Path, _: &Metadata) -> Result<(), Remediable> {
        Ok(())
    }

    pub(super) fn check_folder(_: &Path, _: &Metadata) -> Result<(), Remediable> {
        Ok(())
    }

    pub(super) fn check_file(_: &Path, _: &Metadata) -> Result<(), Remediable> {
        Ok(())
    }

    pub(super) fn restrict(_: &Path) -> io::Result<bool> {
        Ok(false)
    }
}
