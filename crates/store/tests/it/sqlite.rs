//! SQLite files that are not ours, not of our time, or not whole.

use std::fs;
use std::path::Path;

use rusqlite::Connection;
use tempfile::TempDir;

struct Place(TempDir);

impl Place {
    fn new() -> Self {
        Self(TempDir::new().unwrap())
    }

    fn path(&self) -> std::path::PathBuf {
        self.0.path().join("s.sqlite")
    }

    /// The error of opening the file, with all its causes.
    async fn refusal(&self) -> String {
        let url = format!("sqlite:{}", self.path().display()).parse().unwrap();
        let error = store::open(&url, &[]).await.unwrap_err();
        let first: &dyn std::error::Error = &error;
        let chain = std::iter::successors(Some(first), |error| (*error).source());
        let chain = chain.map(ToString::to_string).collect::<Vec<_>>().join(": ");
        format!("{chain}\n  hint: {}", error.hint().unwrap_or_default())
    }

    fn says(&self, rest: &str) -> String {
        format!("cannot open the store `sqlite:{}`: {rest}", self.path().display())
    }
}

fn everything(folder: &Path) -> Vec<(std::ffi::OsString, Vec<u8>)> {
    let entries = fs::read_dir(folder).unwrap().map(Result::unwrap);
    let mut all: Vec<_> =
        entries.map(|entry| (entry.file_name(), fs::read(entry.path()).unwrap())).collect();
    all.sort();
    all
}

const FOREIGN: &str = "the file is another program's, and was left as it is\n  \
                       hint: name a file of its own as the store, `sqlite:PATH`";

#[track_caller]
fn make(place: &Place, statements: &str) {
    Connection::open(place.path()).unwrap().execute_batch(statements).unwrap();
}

#[tokio::test]
async fn a_file_of_another_program_is_refused_untouched() {
    for statements in [
        "CREATE TABLE bookmarks (url TEXT)",
        "PRAGMA journal_mode = WAL; CREATE TABLE bookmarks (url TEXT)",
        "CREATE TABLE blobs (id INTEGER, data BLOB)",
        "CREATE TABLE puts (count INTEGER); CREATE VIEW v AS SELECT 1",
        "PRAGMA application_id = 7; CREATE TABLE puts (count INTEGER NOT NULL)",
    ] {
        let place = Place::new();
        make(&place, statements);
        let before = everything(place.0.path());
        assert_eq!(place.refusal().await, place.says(FOREIGN), "{statements}");
        assert_eq!(everything(place.0.path()), before, "{statements}");
    }
}

/// Its tables are not in the file yet, but in the log beside it.
#[tokio::test]
async fn a_file_of_another_program_that_was_not_closed_is_refused() {
    let place = Place::new();
    let open = Connection::open(place.path()).unwrap();
    open.execute_batch("PRAGMA journal_mode = WAL; CREATE TABLE bookmarks (url TEXT)").unwrap();
    assert_eq!(place.refusal().await, place.says(FOREIGN));
    let tables = "SELECT group_concat(name) FROM sqlite_schema";
    let tables: String = open.query_row(tables, [], |row| row.get(0)).unwrap();
    assert_eq!(tables, "bookmarks");
}

#[tokio::test]
async fn a_file_of_a_later_version_is_refused_untouched() {
    let place = Place::new();
    let url = format!("sqlite:{}", place.path().display()).parse().unwrap();
    drop(store::open(&url, &[]).await.unwrap());
    make(&place, "PRAGMA user_version = 9");
    let before = everything(place.0.path());
    let expected = "it is of version 9, and this program knows 1\n  \
                    hint: a newer hrflow-connectors has written it: use that, or another store";
    assert_eq!(place.refusal().await, place.says(expected));
    assert_eq!(everything(place.0.path()), before);
}

#[tokio::test]
async fn what_is_damaged_or_no_sqlite_file_tells_the_remedy() {
    let remedy = "\n  hint: restore the file from a backup, or move it away: the next run then \
                  makes a new one, which remembers no run and nothing that was delivered";
    let place = Place::new();
    fs::write(place.path(), "just a text file\n".repeat(100)).unwrap();
    set_private(&place.path());
    let refusal = place.refusal().await;
    assert!(refusal.ends_with(remedy), "{refusal}");
    assert!(refusal.contains("not a database"), "{refusal}");
}

fn set_private(path: &Path) {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        fs::set_permissions(path, fs::Permissions::from_mode(0o600)).unwrap();
    }
    let _ = path;
}

#[tokio::test]
async fn an_empty_file_becomes_a_store() {
    let place = Place::new();
    fs::write(place.path(), "").unwrap();
    let url = format!("sqlite:{}", place.path().display()).parse().unwrap();
    let store = store::open(&url, &[]).await.unwrap();
    assert_eq!(store.get("a").await.unwrap(), None);
}

#[tokio::test]
async fn a_name_that_sqlite_takes_for_something_else_is_a_file() {
    let place = Place::new();
    let path = place.0.path().join("file:a?mode=memory&b#c%20d");
    let url = store::StoreUrl::Sqlite(path.clone());
    drop(store::open(&url, &[]).await.unwrap());
    assert!(path.is_file());
    drop(store::open(&url, &[]).await.unwrap());
    assert_eq!(everything(place.0.path()).len(), 1);
}
