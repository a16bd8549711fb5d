//! What to do about an error of SQLite.

use rusqlite::{Error, ErrorCode};

use crate::error::Remediable;
use crate::private::Unfit;

/// An error of SQLite, with its remedy where there is one.
pub(crate) fn explained(error: Error) -> Unfit {
    let hint = match error.sqlite_error_code() {
        Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => {
            "restore the file from a backup, or move it away: the next run then makes a new one, \
             which remembers no run and nothing that was delivered"
        }
        Some(ErrorCode::DiskFull) => "make room on the disk; nothing that was saved is lost",
        Some(ErrorCode::ReadOnly | ErrorCode::CannotOpen | ErrorCode::PermissionDenied) => {
            "this user must be able to write to the file and to its folder"
        }
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => {
            "another process is writing to the file; try again"
        }
        _ => return error.into(),
    };
    Remediable::new(error.to_string(), hint).into()
}
