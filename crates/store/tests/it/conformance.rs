//! What every store must do, in one list, and what is built on stores.

use std::collections::HashMap;
use std::io::Write;
use std::sync::Arc;

use crate::support::{Cloud, serve};
use bytes::Bytes;
use proptest::prelude::*;
use store::{
    Condition, Document, Fingerprint, HoldError, Known, Lease, LeaseError, Ledger, Owner, PutError,
    Store, StoreUrl,
};

async fn open(url: &str) -> Arc<dyn Store> {
    open_with(url, &[]).await
}

async fn open_with(url: &str, variables: &[(&str, &str)]) -> Arc<dyn Store> {
    let variables: Vec<_> =
        variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    store::open(&url.parse::<StoreUrl>().unwrap(), &variables).await.unwrap()
}

async fn text(store: &dyn Store, name: &str) -> Option<String> {
    let blob = store.get(name).await.unwrap()?;
    Some(String::from_utf8(blob.bytes.to_vec()).unwrap())
}

async fn put(store: &dyn Store, name: &str, text: &str, condition: Condition) -> bool {
    match store.put(name, text.to_owned().into(), condition).await {
        Ok(_) => true,
        Err(PutError::Changed(_)) => false,
        Err(PutError::Store(error)) => panic!("{error:?}"),
    }
}

/// The list.
async fn conforms(store: Arc<dyn Store>) {
    what_was_never_put_is_not_there(&*store).await;
    what_was_put_is_read_back(&*store).await;
    absent_means_that_nothing_is_there(&*store).await;
    unchanged_means_that_version(&*store).await;
    a_blob_may_be_deleted_twice(&*store).await;
    many_are_deleted_at_once(&*store).await;
    names_are_listed_in_order(&*store).await;
    other_names_are_refused(&*store).await;
    any_bytes_are_kept(&*store).await;
    a_large_blob_is_kept(&*store).await;
    a_lease_is_one_holders(store.clone()).await;
    a_broken_lease_is_lost_and_free(store.clone()).await;
    a_document_is_saved_by_the_holder_alone(store.clone()).await;
    a_ledger_is_written_by_the_holder_alone(store.clone()).await;
    of_many_who_count_none_is_lost(store).await;
}

async fn what_was_never_put_is_not_there(store: &dyn Store) {
    assert_eq!(store.get("never/put").await.unwrap(), None);
}

async fn what_was_put_is_read_back(store: &dyn Store) {
    assert!(put(store, "a/b/c.json", "one", Condition::Always).await);
    assert_eq!(text(store, "a/b/c.json").await.unwrap(), "one");
    assert!(put(store, "a/b/c.json", "two", Condition::Always).await);
    assert_eq!(text(store, "a/b/c.json").await.unwrap(), "two");
}

async fn absent_means_that_nothing_is_there(store: &dyn Store) {
    assert!(put(store, "once", "first", Condition::Absent).await);
    assert!(!put(store, "once", "second", Condition::Absent).await);
    assert_eq!(text(store, "once").await.unwrap(), "first");
}

async fn unchanged_means_that_version(store: &dyn Store) {
    let first = store.put("cas", "1".into(), Condition::Always).await.unwrap();
    assert_eq!(store.get("cas").await.unwrap().unwrap().version, first);
    let second = store.put("cas", "2".into(), Condition::Unchanged(first.clone())).await.unwrap();
    assert!(!put(store, "cas", "3", Condition::Unchanged(first)).await);
    assert!(put(store, "cas", "4", Condition::Unchanged(second.clone())).await);
    store.delete("cas").await.unwrap();
    assert!(!put(store, "cas", "5", Condition::Unchanged(second)).await);
}

async fn a_blob_may_be_deleted_twice(store: &dyn Store) {
    assert!(put(store, "gone", "x", Condition::Always).await);
    store.delete("gone").await.unwrap();
    store.delete("gone").await.unwrap();
    assert_eq!(text(store, "gone").await, None);
}

async fn many_are_deleted_at_once(store: &dyn Store) {
    let names: Vec<_> = (0..5).map(|number| format!("many/{number}")).collect();
    for name in &names {
        assert!(put(store, name, "x", Condition::Always).await);
    }
    store.delete_all(&names[1..]).await.unwrap();
    store.delete_all(&names[1..]).await.unwrap();
    store.delete_all(&[]).await.unwrap();
    assert_eq!(store.list("many/").await.unwrap(), ["many/0"]);
}

async fn names_are_listed_in_order(store: &dyn Store) {
    for name in ["list/2", "list/10", "list/1", "lists"] {
        assert!(put(store, name, "x", Condition::Always).await);
    }
    assert_eq!(store.list("list/").await.unwrap(), ["list/1", "list/10", "list/2"]);
    assert_eq!(store.list("nothing").await.unwrap(), [""; 0]);
}

async fn other_names_are_refused(store: &dyn Store) {
    for name in ["", "/a", "a//b", "a/", "../a", "a/../b", ".a", "A", "a b", "é", "a%"] {
        assert!(store.get(name).await.is_err(), "{name}");
        assert!(store.put(name, Bytes::new(), Condition::Always).await.is_err(), "{name}");
    }
}

async fn any_bytes_are_kept(store: &dyn Store) {
    let bytes: Bytes = (0..=255).collect::<Vec<u8>>().into();
    store.put("bytes", bytes.clone(), Condition::Always).await.unwrap();
    assert_eq!(store.get("bytes").await.unwrap().unwrap().bytes, bytes);
    store.put("empty", Bytes::new(), Condition::Always).await.unwrap();
    assert_eq!(store.get("empty").await.unwrap().unwrap().bytes, Bytes::new());
}

async fn a_large_blob_is_kept(store: &dyn Store) {
    let bytes = Bytes::from(vec![7; 10 << 20]);
    store.put("large", bytes.clone(), Condition::Always).await.unwrap();
    assert_eq!(store.get("large").await.unwrap().unwrap().bytes, bytes);
}

async fn a_lease_is_one_holders(store: Arc<dyn Store>) {
    let take = async |run: &str| Lease::take(store.clone(), "one/lease", Owner::here(run)).await;
    let first = take("1").await.unwrap();
    assert_eq!((first.epoch(), first.is_taken_over()), (1, false));
    first.check().await.unwrap();
    let Err(LeaseError::Held(holder)) = take("2").await else { panic!("taken twice") };
    assert_eq!((holder.owner, holder.epoch), (Owner::here("1"), 1));
    assert!(Lease::is_held(&*store, "one/lease", &Owner::here("2")).await.unwrap());
    first.release().await.unwrap();
    let peeked = Lease::peek(&*store, "one/lease", &Owner::here("2")).await.unwrap();
    assert_eq!(peeked, None);
    let second = take("2").await.unwrap();
    assert_eq!((second.epoch(), second.is_taken_over()), (2, false));
    second.release().await.unwrap();
}

async fn a_broken_lease_is_lost_and_free(store: Arc<dyn Store>) {
    let observer = Owner::here("2");
    let first = Lease::take(store.clone(), "broken/lease", Owner::here("1")).await.unwrap();
    let broken = Lease::break_lock(&*store, "broken/lease", &observer).await.unwrap().unwrap();
    assert_eq!((broken.owner, broken.epoch), (Owner::here("1"), 1));
    assert_eq!(Lease::break_lock(&*store, "broken/lease", &observer).await.unwrap(), None);
    assert!(matches!(first.check().await, Err(HoldError::Lost { by: None })));
    assert!(first.is_lost());
    let second = Lease::take(store.clone(), "broken/lease", observer).await.unwrap();
    first.release().await.unwrap();
    second.check().await.unwrap();
    second.release().await.unwrap();
}

/// Breaks a lease that is held, and takes it.
async fn overtake(store: &Arc<dyn Store>, name: &str) -> Lease {
    let other = Owner::here("other");
    Lease::break_lock(&**store, name, &other).await.unwrap();
    Lease::take(store.clone(), name, other).await.unwrap()
}

async fn a_document_is_saved_by_the_holder_alone(store: Arc<dyn Store>) {
    let document = Document::<u32>::new(store.clone(), "fenced/document");
    let first = Lease::take(store.clone(), "fenced/lease", Owner::here("1")).await.unwrap();
    document.save_under(&first, &1).await.unwrap();
    document.save_under(&first, &2).await.unwrap();
    let second = overtake(&store, "fenced/lease").await;
    let late = document.save_under(&first, &3).await;
    let Err(HoldError::Lost { by: Some(by) }) = late else { panic!("{late:?}") };
    assert_eq!(*by, Owner::here("other"));
    assert_eq!(document.load().await.unwrap(), Some(2));
    document.save_under(&second, &4).await.unwrap();
    assert_eq!(document.load().await.unwrap(), Some(4));
    second.release().await.unwrap();
}

async fn a_ledger_is_written_by_the_holder_alone(store: Arc<dyn Store>) {
    let print = Fingerprint::of(b"x");
    let first = Lease::take(store.clone(), "ledgers/lease", Owner::here("1")).await.unwrap();
    let mut stopped = Ledger::open_under(store.clone(), "ledgers/one", &first).await.unwrap();
    stopped.record("a", Known::As(print), None);
    stopped.flush().await.unwrap();
    let expired =
        r#"{"owner":{"host":"there","process":1,"run":"1"},"until":"2000-01-01T00:00:00Z"}"#;
    store.put("ledgers/lease", expired.into(), Condition::Always).await.unwrap();
    let second = Lease::take(store.clone(), "ledgers/lease", Owner::here("2")).await.unwrap();
    let mut claimed = Ledger::open_under(store.clone(), "ledgers/one", &second).await.unwrap();
    stopped.record("late", Known::As(print), None);
    assert!(stopped.flush().await.is_err());
    claimed.record("b", Known::As(print), None);
    claimed.flush().await.unwrap();
    let read = Ledger::open(store.clone(), "ledgers/one").await.unwrap();
    let mut references: Vec<_> = read.entries().map(|(reference, _)| reference).collect();
    references.sort_unstable();
    assert_eq!(references, ["a", "b"]);
    second.release().await.unwrap();
}

async fn of_many_who_count_none_is_lost(store: Arc<dyn Store>) {
    assert!(put(&*store, "count", "0", Condition::Always).await);
    let count = async |store: Arc<dyn Store>| {
        loop {
            let blob = store.get("count").await.unwrap().unwrap();
            let number: u32 = std::str::from_utf8(&blob.bytes).unwrap().parse().unwrap();
            let condition = Condition::Unchanged(blob.version);
            if put(&*store, "count", &(number + 1).to_string(), condition).await {
                return;
            }
        }
    };
    futures::future::join_all((0..20).map(|_| count(store.clone()))).await;
    assert_eq!(text(&*store, "count").await.unwrap(), "20");
}

#[tokio::test]
async fn memory_conforms() {
    conforms(open("memory:").await).await;
}

#[tokio::test]
async fn sqlite_conforms() {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite:{}/state.sqlite", folder.path().display());
    conforms(open(&url).await).await;
    assert_eq!(text(&*open(&url).await, "once").await.unwrap(), "first");
}

#[tokio::test]
async fn files_conform() {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("file:{}/new", folder.path().display());
    conforms(open(&url).await).await;
    assert_eq!(text(&*open(&url).await, "once").await.unwrap(), "first");
}

#[tokio::test]
async fn a_bucket_conforms() {
    conforms(store::in_memory_bucket()).await;
}

/// The address of a server of S3's interface, where `make test` has started one.
#[allow(clippy::disallowed_methods, reason = "it is given to this test")]
fn s3_address() -> Option<String> {
    std::env::var("HRFLOW_CONNECTORS_TEST_S3").ok()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bucket_over_http_conforms() {
    let Some(address) = s3_address() else {
        // Past the harness, which would keep it to itself.
        writeln!(std::io::stderr(), "skipped: no S3 server; `make test` starts one").unwrap();
        return;
    };
    let access = [
        ("AWS_ENDPOINT", address.as_str()),
        ("AWS_ALLOW_HTTP", "true"),
        ("AWS_REGION", "eu-west-3"),
        ("AWS_ACCESS_KEY_ID", "anybody"),
        ("AWS_SECRET_ACCESS_KEY", "secret"),
    ];
    conforms(open_with("s3://tests/some/folder", &access).await).await;
    let again = open_with("s3://tests/some/folder", &access).await;
    assert_eq!(text(&*again, "once").await.unwrap(), "first");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_google_bucket_is_compared_by_its_generations() {
    let address = serve(Cloud::Google).await;
    let access = [("GOOGLE_BASE_URL", address.as_str()), ("GOOGLE_BEARER_TOKEN", "token")];
    conforms(open_with("gs://tests/some/folder", &access).await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_azure_container_is_compared_by_its_tags() {
    let address = serve(Cloud::Azure).await;
    let access = [
        ("AZURE_STORAGE_ENDPOINT", address.as_str()),
        ("AZURE_STORAGE_ACCOUNT_NAME", "anybody"),
        ("AZURE_SKIP_SIGNATURE", "true"),
        ("AZURE_ALLOW_HTTP", "true"),
    ];
    conforms(open_with("az://tests/some/folder", &access).await).await;
}

#[tokio::test]
async fn a_file_that_was_never_finished_is_not_there() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join(".unfinished"), "half").unwrap();
    let store = open(&format!("file:{}", folder.path().display())).await;
    assert_eq!(store.list("").await.unwrap(), [""; 0]);
}

#[tokio::test]
async fn a_document_that_cannot_be_read_is_an_error_and_not_nothing() {
    let store = open("memory:").await;
    let document = Document::<Vec<u32>>::new(store.clone(), "document");
    assert_eq!(document.load().await.unwrap(), None);
    document.save(&vec![1, 2]).await.unwrap();
    assert_eq!(document.load().await.unwrap(), Some(vec![1, 2]));
    store.put("document", "{\"format\":1,\"va".into(), Condition::Always).await.unwrap();
    assert!(document.load().await.is_err());
    store.put("document", "{\"format\":9,\"value\":[]}".into(), Condition::Always).await.unwrap();
    assert!(document.load().await.is_err());
}

#[derive(Clone, Debug)]
enum Step {
    Record(u8, u8),
    Forget(u8),
    Flush,
    Reopen,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => (any::<u8>(), any::<u8>()).prop_map(|(reference, content)| Step::Record(reference, content)),
        1 => any::<u8>().prop_map(Step::Forget),
        2 => Just(Step::Flush),
        1 => Just(Step::Reopen),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// A ledger is a map of which a crash loses only what was not flushed.
    #[test]
    fn a_ledger_is_a_map(steps in proptest::collection::vec(step(), 0..400)) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            let store = open("memory:").await;
            let mut ledger = Ledger::open(store.clone(), "ledger").await.unwrap();
            let (mut now, mut flushed) = (HashMap::new(), HashMap::new());
            for step in steps {
                match step {
                    Step::Record(reference, content) => {
                        let print = Fingerprint::of(&[content]);
                        ledger.record(&format!("“{reference}”\n"), Known::As(print), None);
                        now.insert(format!("“{reference}”\n"), print);
                    }
                    Step::Forget(reference) => {
                        ledger.forget(&format!("“{reference}”\n"));
                        now.remove(&format!("“{reference}”\n"));
                    }
                    Step::Flush => {
                        ledger.flush().await.unwrap();
                        flushed = now.clone();
                    }
                    Step::Reopen => {
                        ledger = Ledger::open(store.clone(), "ledger").await.unwrap();
                        now = flushed.clone();
                    }
                }
                assert_eq!(ledger.len(), now.len());
            }
            for (reference, print) in &now {
                assert_eq!(ledger.get(reference), Some(Known::As(*print)));
            }
            // 64 segments beside a snapshot, or as many as half of its lines take.
            assert!(store.list("ledger/").await.unwrap().len() <= 66 + now.len() / 2);
        });
    }
}
