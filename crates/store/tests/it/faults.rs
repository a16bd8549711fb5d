//! What must hold when the store or another process misbehaves at the worst moment.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use bytes::Bytes;
use futures::FutureExt;
use futures::future::BoxFuture;
use store::{
    Blob, Condition, Document, Fingerprint, Known, Lease, Ledger, Owner, PutError, Store,
    StoreError, StoreUrl, Version,
};

async fn open(url: &str) -> Arc<dyn Store> {
    store::open(&url.parse::<StoreUrl>().unwrap(), &[]).await.unwrap()
}

fn owner(run: &str) -> Owner {
    Owner::here(run)
}

/// A store between which and its user the line breaks when told so.
#[derive(Debug)]
struct Line {
    store: Arc<dyn Store>,
    /// Puts fail without being done.
    down: AtomicBool,
    /// The next put is done, but its answer is lost.
    mute: AtomicBool,
    /// The same for the put after it.
    second: AtomicBool,
    /// The line goes down after the next put.
    breaks: AtomicBool,
    /// The next blob that is read is deleted before it is.
    deletes: AtomicBool,
    /// After the next read, another has the blob.
    steals: AtomicBool,
    /// Puts take three seconds.
    slow: AtomicBool,
    /// After the next put, another process takes the ledger over.
    takes_over: AtomicBool,
}

impl Line {
    fn to(store: Arc<dyn Store>) -> Arc<Self> {
        let off = || AtomicBool::new(false);
        Arc::new(Self {
            store,
            down: off(),
            mute: off(),
            second: off(),
            breaks: off(),
            deletes: off(),
            steals: off(),
            slow: off(),
            takes_over: off(),
        })
    }
}

/// There is no other way from outside to an error of the store.
async fn broken(store: &dyn Store) -> StoreError {
    store.get("NOT A NAME").await.unwrap_err()
}

impl Store for Line {
    fn get<'a>(&'a self, name: &'a str) -> BoxFuture<'a, Result<Option<Blob>, StoreError>> {
        async move {
            if self.deletes.swap(false, Ordering::SeqCst) {
                // Another process merges: first the snapshot, then the deletion.
                let mut other = Ledger::open(self.store.clone(), "ledger").await?;
                for number in 0..70 {
                    other.record(
                        &format!("other {number}"),
                        Known::As(Fingerprint::of(b"x")),
                        None,
                    );
                    other.flush().await?;
                }
            }
            let blob = self.store.get(name).await;
            if self.steals.swap(false, Ordering::SeqCst) {
                self.store.put(name, THIEF.into(), Condition::Always).await.unwrap();
            }
            blob
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
            if self.down.load(Ordering::SeqCst) {
                return Err(broken(&*self.store).await.into());
            }
            if self.slow.load(Ordering::SeqCst) {
                tokio::time::sleep(Duration::from_secs(3)).await;
            }
            let done = self.store.put(name, bytes, condition).await;
            if self.mute.swap(false, Ordering::SeqCst) {
                return Err(broken(&*self.store).await.into());
            }
            if self.breaks.swap(false, Ordering::SeqCst) {
                self.down.store(true, Ordering::SeqCst);
            }
            if self.takes_over.swap(false, Ordering::SeqCst) {
                let mut other = claimed_ledger(&self.store).await;
                other.record("theirs", Known::As(Fingerprint::of(b"x")), None);
                other.flush().await?;
            }
            if self.second.swap(false, Ordering::SeqCst) {
                self.mute.store(true, Ordering::SeqCst);
            }
            done
        }
        .boxed()
    }

    fn delete<'a>(&'a self, name: &'a str) -> BoxFuture<'a, Result<(), StoreError>> {
        self.store.delete(name)
    }

    fn list<'a>(&'a self, prefix: &'a str) -> BoxFuture<'a, Result<Vec<String>, StoreError>> {
        self.store.list(prefix)
    }
}

const THIEF: &str =
    r#"{"owner":{"host":"elsewhere","process":1,"run":"thief"},"until":"2999-01-01T00:00:00Z"}"#;

#[tokio::test(start_paused = true)]
async fn a_renewal_whose_answer_was_lost_does_not_lose_the_lease() {
    let line = Line::to(open("memory:").await);
    let lease = Lease::take(line.clone(), "lease", owner("1")).await.unwrap();
    line.mute.store(true, Ordering::SeqCst);
    tokio::time::sleep(Duration::from_secs(50)).await;
    assert!(!lease.is_lost());
}

#[tokio::test(start_paused = true)]
async fn a_lease_that_cannot_be_renewed_for_its_term_is_lost() {
    let line = Line::to(open("memory:").await);
    let lease = Lease::take(line.clone(), "lease", owner("1")).await.unwrap();
    line.down.store(true, Ordering::SeqCst);
    tokio::time::sleep(Duration::from_mins(3)).await;
    assert!(lease.is_lost());
}

/// Whoever asked was cancelled, and the store wrote the lease all the same.
#[tokio::test(start_paused = true)]
async fn a_lease_that_nobody_waits_for_any_more_is_given_back() {
    let line = Line::to(open("memory:").await);
    line.slow.store(true, Ordering::SeqCst);
    let taking = Lease::take(line.clone(), "lease", owner("1"));
    assert!(tokio::time::timeout(Duration::from_secs(1), taking).await.is_err());
    line.slow.store(false, Ordering::SeqCst);
    tokio::time::sleep(Duration::from_secs(5)).await;
    assert!(line.get("lease").await.unwrap().is_some(), "it was taken");
    Lease::take(line, "lease", owner("2")).await.unwrap();
}

#[tokio::test]
async fn a_release_never_takes_away_what_belongs_to_another() {
    let line = Line::to(open("memory:").await);
    let lease = Lease::take(line.clone(), "lease", owner("1")).await.unwrap();
    line.steals.store(true, Ordering::SeqCst);
    lease.release().await.unwrap();
    assert_eq!(line.get("lease").await.unwrap().unwrap().bytes, THIEF);
}

#[tokio::test]
async fn nameless_machines_are_not_one_machine() {
    let store = open("memory:").await;
    let until = jiff::Timestamp::now() + jiff::SignedDuration::from_secs(30);
    let nobody = Owner { host: String::new(), process: u32::MAX, ..owner("1") };
    let theirs = serde_json::json!({"owner": nobody, "until": until}).to_string();
    store.put("lease", theirs.into(), Condition::Always).await.unwrap();
    let nameless = Owner { host: String::new(), ..owner("2") };
    assert!(Lease::take(store, "lease", nameless).await.is_err());
}

#[tokio::test]
async fn a_flush_whose_answer_was_lost_may_be_repeated() {
    let line = Line::to(open("memory:").await);
    let mut ledger = Ledger::open(line.clone(), "ledger").await.unwrap();
    ledger.record("a", Known::As(Fingerprint::of(b"a")), None);
    line.mute.store(true, Ordering::SeqCst);
    assert!(ledger.flush().await.is_err());
    ledger.flush().await.unwrap();
    ledger.record("b", Known::As(Fingerprint::of(b"b")), None);
    ledger.flush().await.unwrap();
    assert_eq!(Ledger::open(line, "ledger").await.unwrap().len(), 2);
}

#[tokio::test]
async fn a_merge_whose_answer_was_lost_hides_no_later_flush() {
    let line = Line::to(open("memory:").await);
    let mut ledger = Ledger::open(line.clone(), "ledger").await.unwrap();
    for number in 0..64 {
        ledger.record(&number.to_string(), Known::As(Fingerprint::of(b"x")), None);
        ledger.flush().await.unwrap();
    }
    // What the next flush writes is a segment, and after it the snapshot.
    ledger.record("64", Known::As(Fingerprint::of(b"x")), None);
    line.second.store(true, Ordering::SeqCst);
    assert!(ledger.flush().await.is_err());
    ledger.record("late", Known::As(Fingerprint::of(b"x")), None);
    // The segment is written; the process dies before the next snapshot is.
    line.breaks.store(true, Ordering::SeqCst);
    assert!(ledger.flush().await.is_err());
    let read = Ledger::open(line, "ledger").await.unwrap();
    assert_eq!((read.len(), read.get("late").is_some()), (66, true));
}

/// A ledger as a process has it that was stopped, after one flush.
async fn stopped_ledger(store: &Arc<dyn Store>) -> Ledger {
    let mut ledger = Ledger::open(store.clone(), "ledger").await.unwrap();
    ledger.record("before", Known::As(Fingerprint::of(b"x")), None);
    ledger.flush().await.unwrap();
    ledger
}

/// The ledger of whoever takes over from it.
async fn claimed_ledger(store: &Arc<dyn Store>) -> Ledger {
    let stopped = Lease::take(store.clone(), "lease", owner("1")).await.unwrap();
    let until =
        r#"{"owner":{"host":"there","process":1,"run":"1"},"until":"2000-01-01T00:00:00Z"}"#;
    store.put("lease", until.into(), Condition::Always).await.unwrap();
    drop(stopped);
    let lease = Lease::take(store.clone(), "lease", owner("2")).await.unwrap();
    assert!(lease.is_taken_over());
    Ledger::open_under(store.clone(), "ledger", &lease).await.unwrap()
}

#[tokio::test]
async fn a_ledger_is_written_by_whoever_claimed_it_last() {
    let store = open("memory:").await;
    let mut stopped = stopped_ledger(&store).await;
    let mut claimed = claimed_ledger(&store).await;
    stopped.record("late", Known::As(Fingerprint::of(b"x")), None);
    for _ in 0..3 {
        assert!(stopped.flush().await.is_err());
        claimed.record("after", Known::As(Fingerprint::of(b"x")), None);
        claimed.flush().await.unwrap();
    }
    let read = Ledger::open(store, "ledger").await.unwrap();
    assert_eq!((read.len(), read.get("late")), (2, None));
}

/// A flush that failed does not step over the number by which another claims the ledger.
#[tokio::test]
async fn a_ledger_that_could_not_be_written_is_claimed_all_the_same() {
    let line = Line::to(open("memory:").await);
    let store: Arc<dyn Store> = line.clone();
    let mut stopped = stopped_ledger(&store).await;
    line.down.store(true, Ordering::SeqCst);
    for reference in ["late", "later"] {
        stopped.record(reference, Known::As(Fingerprint::of(b"x")), None);
        assert!(stopped.flush().await.is_err());
    }
    line.down.store(false, Ordering::SeqCst);
    let mut claimed = claimed_ledger(&store).await;
    assert!(stopped.flush().await.is_err());
    claimed.record("after", Known::As(Fingerprint::of(b"x")), None);
    claimed.flush().await.unwrap();
    assert_eq!(Ledger::open(store, "ledger").await.unwrap().len(), 2);
}

/// Between its last segment and the snapshot of it, the process was stopped.
#[tokio::test]
async fn a_late_merge_hides_nothing_of_whoever_took_over() {
    let line = Line::to(open("memory:").await);
    let store: Arc<dyn Store> = line.clone();
    let mut stopped = Ledger::open(store.clone(), "ledger").await.unwrap();
    for number in 0..64 {
        stopped.record(&number.to_string(), Known::As(Fingerprint::of(b"x")), None);
        stopped.flush().await.unwrap();
    }
    line.takes_over.store(true, Ordering::SeqCst);
    stopped.record("64", Known::As(Fingerprint::of(b"x")), None);
    stopped.flush().await.unwrap();
    let read = Ledger::open(store, "ledger").await.unwrap();
    assert_eq!((read.len(), read.get("theirs").is_some()), (66, true));
}

#[tokio::test]
async fn segments_without_much_in_them_are_merged_in_the_end() {
    let store = open("memory:").await;
    let mut ledger = Ledger::open(store.clone(), "ledger").await.unwrap();
    for number in 0..10_000 {
        ledger.record(&number.to_string(), Known::As(Fingerprint::of(b"x")), None);
    }
    ledger.flush().await.unwrap();
    for _ in 0..1_100 {
        ledger.record("0", Known::As(Fingerprint::of(b"x")), None);
        ledger.flush().await.unwrap();
    }
    assert!(store.list("ledger/").await.unwrap().len() < 100);
}

#[tokio::test]
async fn a_ledger_opened_while_another_merges_is_whole() {
    let line = Line::to(open("memory:").await);
    let mut ledger = Ledger::open(line.clone(), "ledger").await.unwrap();
    for reference in ["a", "b", "c"] {
        ledger.record(reference, Known::As(Fingerprint::of(b"x")), None);
        ledger.flush().await.unwrap();
    }
    line.deletes.store(true, Ordering::SeqCst);
    let read = Ledger::open(line.clone(), "ledger").await.unwrap();
    assert!(read.get("a").is_some() && read.get("c").is_some(), "{} entries", read.len());
}

#[tokio::test]
async fn a_changed_digit_in_a_document_is_noticed() {
    let store = open("memory:").await;
    let document = Document::<Vec<u32>>::new(store.clone(), "document");
    document.save(&vec![1, 2]).await.unwrap();
    let written = store.get("document").await.unwrap().unwrap().bytes;
    let damaged = String::from_utf8(written.to_vec()).unwrap().replace("[1,2]", "[1,3]");
    store.put("document", damaged.into(), Condition::Always).await.unwrap();
    assert!(document.load().await.is_err());
}

#[tokio::test(flavor = "multi_thread")]
async fn many_may_make_the_same_sqlite_file() {
    for _ in 0..10 {
        let folder = tempfile::tempdir().unwrap();
        let url: StoreUrl = format!("sqlite:{}/s.sqlite", folder.path().display()).parse().unwrap();
        let opened = futures::future::join_all((0..16).map(|_| {
            let url = url.clone();
            tokio::spawn(async move {
                store::open(&url, &[]).await.map(drop).map_err(|e| format!("{e:?}"))
            })
        }));
        for result in opened.await {
            result.unwrap().unwrap();
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_openers_who_count_none_is_lost() {
    for kind in ["sqlite", "file"] {
        let folder = tempfile::tempdir().unwrap();
        let url: StoreUrl = format!("{kind}:{}/s", folder.path().display()).parse().unwrap();
        store::open(&url, &[])
            .await
            .unwrap()
            .put("n", "0".into(), Condition::Absent)
            .await
            .unwrap();
        let count = |url: StoreUrl| async move {
            let store = store::open(&url, &[]).await.unwrap();
            loop {
                let blob = store.get("n").await.unwrap().unwrap();
                let n: u32 = std::str::from_utf8(&blob.bytes).unwrap().parse().unwrap();
                let put = (n + 1).to_string().into();
                match store.put("n", put, Condition::Unchanged(blob.version)).await {
                    Ok(_) => return,
                    Err(PutError::Changed(_)) => {}
                    Err(error) => panic!("{error:?}"),
                }
            }
        };
        let all = (0..50).map(|_| tokio::spawn(count(url.clone())));
        for done in futures::future::join_all(all).await {
            done.unwrap();
        }
        let store = store::open(&url, &[]).await.unwrap();
        assert_eq!(store.get("n").await.unwrap().unwrap().bytes, "50");
    }
}

#[tokio::test]
async fn a_deletion_checks_the_name_too() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().display();
    for url in ["memory:".to_owned(), format!("sqlite:{path}/s"), format!("file:{path}/f")] {
        assert!(open(&url).await.delete("../x").await.is_err(), "{url}");
    }
    assert!(store::in_memory_bucket().delete("../x").await.is_err());
}

#[tokio::test]
async fn inside_a_blob_there_is_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().display();
    for url in ["memory:".to_owned(), format!("sqlite:{path}/s"), format!("file:{path}/f")] {
        let store = open(&url).await;
        store.put("a", "1".into(), Condition::Always).await.unwrap();
        assert_eq!(store.get("a/b").await.unwrap(), None, "{url}");
        store.delete("a/b").await.unwrap();
    }
}

#[tokio::test]
async fn nobody_prints_a_secret() {
    let variables = [
        ("AWS_ACCESS_KEY_ID", "the-key"),
        ("AWS_SECRET_ACCESS_KEY", "hunter2"),
        ("AWS_SESSION_TOKEN", "hunter3"),
        ("AWS_REGION", "eu-west-3"),
        ("GOOGLE_BEARER_TOKEN", "hunter4"),
        ("AZURE_STORAGE_ACCOUNT_NAME", "anybody"),
        ("AZURE_STORAGE_ACCOUNT_KEY", "aHVudGVyNQ=="),
    ];
    let variables = variables.map(|(n, v)| (n.to_owned(), v.to_owned()));
    for url in ["s3://b/p", "gs://b/p", "az://c/p"] {
        let store = store::open(&url.parse().unwrap(), &variables).await.unwrap();
        let text = format!("{store:?}");
        assert!(!text.contains("hunter") && !text.contains("aHVudGVyNQ"), "{text}");
    }
}

#[test]
fn what_would_be_ignored_in_an_address_is_refused() {
    for text in ["s3://b/p?secret=x", "s3://b:9000/p", "gs://b/p#x", "az://key@c/p"] {
        assert!(text.parse::<StoreUrl>().is_err(), "{text}");
    }
}

#[test]
fn two_slashes_before_a_relative_path_are_refused() {
    for text in ["sqlite://state.sqlite", "file://state"] {
        assert!(text.parse::<StoreUrl>().is_err(), "{text}");
    }
}
