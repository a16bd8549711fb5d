//! Files that a command writes: looked at before anything is read, and left alone by a command
//! that is refused.

use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

/// Files that hold items are for their owner only.
#[cfg(unix)]
const OWNER_ONLY: u32 = 0o600;

/// A file that is written at the end: whole, or not at all.
pub(crate) enum NewFile {
    /// Beside the file that it takes the place of.
    Beside {
        /// What is written to.
        unfinished: NamedTempFile,
        /// What it becomes.
        path: PathBuf,
    },
    /// No file that another could take the place of: a device, a pipe, a file in a folder where
    /// no other may be made.
    Direct(File),
}

impl NewFile {
    /// Makes sure that the file can be written. What stands there stays until it was.
    pub(crate) fn create(path: &Path) -> io::Result<Self> {
        let path = match fs::metadata(path) {
            Ok(known) if known.is_dir() => return Err(ErrorKind::IsADirectory.into()),
            Ok(known) if !known.is_file() => {
                return OpenOptions::new().write(true).open(path).map(Self::Direct);
            }
            // The file that a link leads to is written, and the link stays.
            Ok(_) => {
                OpenOptions::new().write(true).open(path)?;
                path.canonicalize()?
            }
            Err(error) if error.kind() == ErrorKind::NotFound => path.to_owned(),
            Err(error) => return Err(error),
        };
        fs::metadata(folder_of(&path))?;
        match NamedTempFile::with_prefix_in(".hrflow-connectors-", folder_of(&path)) {
            Ok(unfinished) => Ok(Self::Beside { unfinished, path }),
            // Where no other file may be made, one that is there can be written all the same.
            Err(error) => match OpenOptions::new().write(true).open(&path) {
                Ok(file) => Ok(Self::Direct(file)),
                // The name of a file that was to be made says nothing to anybody.
                Err(_) => Err(error.kind().into()),
            },
        }
    }

    /// Writes all of it.
    pub(crate) fn finish(self, text: &[u8]) -> io::Result<()> {
        match self {
            Self::Direct(mut file) => {
                file.write_all(text)?;
                // What is no file has no length to set.
                if file.metadata()?.is_file() { file.set_len(text.len() as u64) } else { Ok(()) }
            }
            Self::Beside { mut unfinished, path } => {
                unfinished.write_all(text)?;
                unfinished.as_file().sync_all()?;
                unfinished.persist(&path).map_err(|error| error.error)?;
                if cfg!(unix) { File::open(folder_of(&path))?.sync_all() } else { Ok(()) }
            }
        }
    }
}

fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// A file that is written as things happen, over what stood there once something has.
pub(crate) struct LineFile {
    file: File,
    path: PathBuf,
    state: State,
}

#[derive(PartialEq, Eq)]
enum State {
    /// It was made for this command, and nothing is in it.
    Fresh,
    /// It holds what it held before.
    Former,
    /// It holds what this command has written.
    Begun,
}

impl LineFile {
    /// Makes sure that the file can be written, and leaves what stands there.
    pub(crate) fn open(path: &Path) -> io::Result<Self> {
        let mut options = OpenOptions::new();
        options.write(true);
        let mut new = options.clone();
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut new, OWNER_ONLY);
        let made = new.create_new(true).open(path);
        let (file, state) = match made {
            Ok(file) => (file, State::Fresh),
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {
                (options.open(path)?, State::Former)
            }
            Err(error) => return Err(error),
        };
        Ok(Self { file, path: path.to_owned(), state })
    }

    /// Takes away what stood there before.
    pub(crate) fn begin(&mut self) -> io::Result<()> {
        // What is no file has no length to set.
        if self.state == State::Former && self.file.metadata()?.is_file() {
            self.file.set_len(0)?;
            #[cfg(unix)]
            self.file.set_permissions(std::os::unix::fs::PermissionsExt::from_mode(OWNER_ONLY))?;
        }
        self.state = State::Begun;
        Ok(())
    }

    /// Adds a line, in one write: whoever kills the process finds whole lines.
    pub(crate) fn line(&mut self, line: &[u8]) -> io::Result<()> {
        self.begin()?;
        self.file.write_all(line)
    }

    /// Leaves things as they were, where nothing was written.
    pub(crate) fn withdraw(self) -> io::Result<()> {
        if self.state == State::Fresh { fs::remove_file(self.path) } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stands_there_stays_until_the_new_file_is_whole() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("plan.json");
        let link = folder.path().join("link.json");
        fs::write(&path, "before").unwrap();
        #[cfg(unix)]
        std::os::unix::fs::symlink(&path, &link).unwrap();
        drop(NewFile::create(&path).unwrap());
        assert_eq!(fs::read_to_string(&path).unwrap(), "before");
        NewFile::create(&link).unwrap().finish(b"after").unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "after");
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2, "nothing is left over");
        assert!(NewFile::create(&folder.path().join("absent/plan.json")).is_err());
        assert!(NewFile::create(folder.path()).is_err());
    }

    #[cfg(unix)]
    #[test]
    fn new_files_are_for_their_owner() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let (plan, items) = (folder.path().join("plan.json"), folder.path().join("items.jsonl"));
        NewFile::create(&plan).unwrap().finish(b"{}").unwrap();
        LineFile::open(&items).unwrap().line(b"{}\n").unwrap();
        for path in [plan, items] {
            assert_eq!(fs::metadata(path).unwrap().permissions().mode() & 0o777, 0o600);
        }
    }

    #[test]
    fn lines_take_the_place_of_what_stood_there_once_there_is_one() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("items.jsonl");
        LineFile::open(&path).unwrap().withdraw().unwrap();
        assert!(!path.exists());
        fs::write(&path, "before, and long").unwrap();
        LineFile::open(&path).unwrap().withdraw().unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "before, and long");
        let mut file = LineFile::open(&path).unwrap();
        file.line(b"1\n").unwrap();
        file.line(b"2\n").unwrap();
        file.withdraw().unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "1\n2\n");
    }
}
