//! What a store leaves open to others, and what it does not take over from them.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::sync::Arc;

use bytes::Bytes;
use store::{Condition, Store, StoreError};

async fn open(url: &str) -> Result<Arc<dyn Store>, StoreError> {
    store::open(&url.parse().unwrap(), &[]).await
}

async fn put(store: &dyn Store, name: &str, text: &str) {
    store.put(name, Bytes::from(text.to_owned()), Condition::Always).await.unwrap();
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o7777
}

fn set_mode(path: &Path, mode: u32) {
    fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
}

/// The modes of everything in a folder, by name.
fn modes(folder: &Path) -> Vec<(String, u32)> {
    let mut modes = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        modes.push((path.file_name().unwrap().to_string_lossy().into_owned(), mode(&path)));
        if path.is_dir() {
            modes.extend(self::modes(&path));
        }
    }
    modes.sort();
    modes
}

#[track_caller]
fn check_refusal(refused: Result<Arc<dyn Store>, StoreError>, hint: &str) {
    let error = refused.unwrap_err();
    assert!(error.hint().unwrap_or_default().contains(hint), "{error}: {:?}", error.hint());
}

#[tokio::test]
async fn a_sqlite_file_and_those_beside_it_are_their_users_alone() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(&format!("sqlite:{}/s", folder.path().display())).await.unwrap();
    put(&*store, "a", "x").await;
    let expected = [("s", 0o600), ("s-shm", 0o600), ("s-wal", 0o600)];
    assert_eq!(modes(folder.path()), expected.map(|(name, mode)| (name.to_owned(), mode)));
}

#[tokio::test]
async fn a_folder_of_files_is_its_users_alone() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(&format!("file:{}/s", folder.path().display())).await.unwrap();
    put(&*store, "a/b", "x").await;
    put(&*store, "c", "x").await;
    let expected = [(".lock", 0o600), ("a", 0o700), ("b", 0o600), ("c", 0o600), ("s", 0o700)];
    assert_eq!(modes(folder.path()), expected.map(|(name, mode)| (name.to_owned(), mode)));
}

#[tokio::test]
async fn what_earlier_versions_left_legible_is_closed() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("s");
    let url = format!("sqlite:{}", path.display());
    drop(open(&url).await.unwrap());
    set_mode(&path, 0o644);
    drop(open(&url).await.unwrap());
    assert_eq!(mode(&path), 0o600);

    let files = folder.path().join("files");
    let store = open(&format!("file:{}", files.display())).await.unwrap();
    put(&*store, "a/b/c", "x").await;
    for name in ["a", "a/b"] {
        set_mode(&files.join(name), 0o755);
    }
    put(&*store, "a/b/d", "x").await;
    for name in ["a", "a/b"] {
        assert_eq!(mode(&files.join(name)), 0o700, "{name}");
    }
}

#[tokio::test]
async fn a_file_that_others_may_write_to_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("s");
    let url = format!("sqlite:{}", path.display());
    drop(open(&url).await.unwrap());
    for mode in [0o620, 0o602, 0o666] {
        set_mode(&path, mode);
        check_refusal(open(&url).await, &format!("chmod go-w {}", path.display()));
    }
    set_mode(&path, 0o600);
    drop(open(&url).await.unwrap());
}

#[tokio::test]
async fn a_folder_that_everybody_may_write_to_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let inside = folder.path().join("shared");
    fs::create_dir(&inside).unwrap();
    let sqlite = format!("sqlite:{}/s", inside.display());
    let files = format!("file:{}", inside.display());
    set_mode(&inside, 0o777);
    check_refusal(open(&sqlite).await, "chmod o-w");
    check_refusal(open(&files).await, "chmod o-w");
    assert!(fs::read_dir(&inside).unwrap().next().is_none(), "nothing was made in it");
    // Where files can only be replaced by who made them, as in the folder of temporary files.
    set_mode(&inside, 0o1777);
    drop(open(&sqlite).await.unwrap());
    check_refusal(open(&files).await, "chmod o-w");
    // A volume that a service was given by its group.
    set_mode(&inside, 0o2775);
    drop(open(&sqlite).await.unwrap());
    drop(open(&files).await.unwrap());
}

#[tokio::test]
async fn no_folder_is_made_for_a_mistyped_path() {
    let folder = tempfile::tempdir().unwrap();
    let missing = folder.path().join("missing");
    check_refusal(open(&format!("sqlite:{}/s", missing.display())).await, "mkdir -p");
    check_refusal(open(&format!("file:{}/s", missing.display())).await, "mkdir -p");
    assert!(!missing.exists());
}

/// A name as it stands in what a run deletes once it is done.
const DELETED: &str = "somebody@example.org";

fn holds_deleted(folder: &Path) -> bool {
    let files = fs::read_dir(folder).unwrap().map(|entry| fs::read(entry.unwrap().path()).unwrap());
    files.into_iter().any(|bytes| bytes.windows(DELETED.len()).any(|at| at == DELETED.as_bytes()))
}

async fn fill_and_delete(store: &dyn Store) {
    let names: Vec<_> = (0..50).map(|number| format!("intents/{number}")).collect();
    for name in &names {
        put(store, name, &DELETED.repeat(2_000)).await;
    }
    put(store, "kept", "x").await;
    store.delete_all(&names[1..]).await.unwrap();
    store.delete(&names[0]).await.unwrap();
}

#[tokio::test]
async fn what_was_deleted_is_not_in_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("s");
    let store = open(&format!("sqlite:{}", path.display())).await.unwrap();
    fill_and_delete(&*store).await;
    drop(store);
    assert!(!holds_deleted(folder.path()));
    let length = fs::metadata(&path).unwrap().len();
    assert!(length < 100_000, "the file is {length} bytes long");
}

#[tokio::test]
async fn what_an_earlier_version_deleted_is_taken_out_of_its_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("s");
    let earlier = rusqlite::Connection::open(&path).unwrap();
    earlier.pragma_update(None, "journal_mode", "WAL").unwrap();
    earlier
        .execute_batch(
            "CREATE TABLE blobs
                 (name TEXT PRIMARY KEY, version INTEGER NOT NULL, bytes BLOB NOT NULL);
             CREATE TABLE puts (count INTEGER NOT NULL);
             INSERT INTO puts VALUES (7);
             INSERT INTO blobs VALUES ('kept', 7, x'78');",
        )
        .unwrap();
    let insert = "INSERT INTO blobs VALUES ('gone', 1, CAST(?1 AS BLOB))";
    earlier.execute(insert, [DELETED.repeat(50_000)]).unwrap();
    earlier.execute("DELETE FROM blobs WHERE name = 'gone'", []).unwrap();
    drop(earlier);
    assert!(holds_deleted(folder.path()));

    let url = format!("sqlite:{}", path.display());
    let store = open(&url).await.unwrap();
    assert_eq!(store.get("kept").await.unwrap().unwrap().bytes, "x");
    fill_and_delete(&*store).await;
    drop(store);
    assert!(!holds_deleted(folder.path()));
    let length = fs::metadata(&path).unwrap().len();
    assert!(length < 100_000, "the file is {length} bytes long");
}
