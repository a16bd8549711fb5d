//! Opening a SQLite file: only one that is ours, and that nobody else may change.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use rusqlite::{Connection, Error, ErrorCode, OpenFlags};
use url::Url;

use crate::error::Remediable;
use crate::private::{Unfit, check_file, check_folder_around, create_missing_file, restrict};
use crate::sqlite::remedy::explained;
use crate::sqlite::schema::{APPLICATION, Kind, VERSION, kind};

/// How long one process waits for another's write.
const BUSY: Duration = Duration::from_secs(10);
const PAUSE: Duration = Duration::from_millis(10);

/// Opens the file, and makes it where there is none.
pub(crate) fn open(path: &Path) -> Result<Connection, Unfit> {
    // SQLite gives some names that are not absolute a meaning of their own.
    let path = std::path::absolute(path)?;
    check_folder_around(path.parent().unwrap_or(&path))?;
    create(&path).map_err(|error| unwritable(&path, error))?;
    check_file(&path)?;
    // SQLite makes them as open as the file is. Those of a process that died are there already.
    for end in ["-wal", "-shm", "-journal"] {
        restrict(&beside(&path, end));
    }
    // What is not ours would be changed by the mere opening.
    inspect(&path)?;
    connect_in_time(&path).map_err(explained_any)
}

/// Makes the file where there is none. To close a file takes the locks of the whole process from it,
/// so nobody else here may have opened it before that.
fn create(path: &Path) -> io::Result<()> {
    static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());
    let _guard = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
    create_missing_file(path)
}

fn unwritable(path: &Path, error: io::Error) -> Unfit {
    match error.kind() {
        io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => {
            let folder = path.parent().unwrap_or(path).display();
            let hint = format!("this user must be able to write to `{folder}`");
            Remediable::new(error.to_string(), hint).into()
        }
        _ => error.into(),
    }
}

fn beside(path: &Path, end: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(end);
    name.into()
}

fn explained_any(error: Unfit) -> Unfit {
    match error.downcast::<Error>() {
        Ok(error) => explained(*error),
        Err(other) => other,
    }
}

/// Looks into a file as one does into a copy: without a lock, and without recovering anything. What
/// cannot be read so is perhaps being written by another process, and is read under a lock next.
fn inspect(path: &Path) -> Result<(), Unfit> {
    let Ok(mut url) = Url::from_file_path(path) else { return Ok(()) };
    url.set_query(Some("immutable=1"));
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_URI;
    let Ok(connection) = Connection::open_with_flags(url.as_str(), flags) else { return Ok(()) };
    match kind(&connection) {
        Err(refusal) if !refusal.is::<Error>() => Err(refusal),
        Err(_) | Ok(_) => Ok(()),
    }
}

/// Where several processes make the same file at once, SQLite refuses some of them without waiting.
fn connect_in_time(path: &Path) -> Result<Connection, Unfit> {
    let began = Instant::now();
    loop {
        match connect(path) {
            Err(error) if is_busy(&error) && began.elapsed() < BUSY => std::thread::sleep(PAUSE),
            result => return result,
        }
    }
}

fn is_busy(error: &Unfit) -> bool {
    let code = error.downcast_ref::<Error>().and_then(Error::sqlite_error_code);
    code == Some(ErrorCode::DatabaseBusy)
}

fn connect(path: &Path) -> Result<Connection, Unfit> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(BUSY)?;
    let kind = kind(&connection)?;
    // What is deleted is overwritten: it names people.
    connection.pragma_update(None, "secure_delete", true)?;
    if kind == Kind::Empty {
        // Before anything else is written, or it has no effect.
        connection.pragma_update(None, "auto_vacuum", "INCREMENTAL")?;
    }
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    match kind {
        Kind::Empty => make_tables(&connection)?,
        Kind::Current => {}
        Kind::Old => renew(&connection),
    }
    Ok(connection)
}

fn make_tables(connection: &Connection) -> rusqlite::Result<()> {
    connection.execute_batch(&format!(
        "BEGIN IMMEDIATE;
         CREATE TABLE IF NOT EXISTS blobs
             (name TEXT PRIMARY KEY, version INTEGER NOT NULL, bytes BLOB NOT NULL);
         CREATE TABLE IF NOT EXISTS puts (count INTEGER NOT NULL);
         INSERT INTO puts SELECT 0 WHERE NOT EXISTS (SELECT 1 FROM puts);
         PRAGMA application_id = {APPLICATION};
         PRAGMA user_version = {VERSION};
         COMMIT;"
    ))
}

/// Writes a file of an earlier version anew, without what was deleted and is still legible in it.
/// Where that cannot be done now, the next process to open it tries again.
fn renew(connection: &Connection) {
    let renewed = connection.execute_batch(&format!(
        "PRAGMA auto_vacuum = INCREMENTAL;
         VACUUM;
         PRAGMA application_id = {APPLICATION};
         PRAGMA user_version = {VERSION};
         PRAGMA wal_checkpoint(TRUNCATE);"
    ));
    match renewed {
        Ok(()) => tracing::info!("the store was written anew, without what had been deleted"),
        Err(error) => tracing::warn!(%error, "the store still holds what has been deleted"),
    }
}
