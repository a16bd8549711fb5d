//! Who gets a lease, and when: clocks, processes that died, and processes that were stopped.

use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp, ToSpan};
use store::{Condition, Lease, LeaseError, Liveness, Owner, Store};
use tokio::time::Instant;

const TERM: Duration = Duration::from_mins(1);

async fn memory() -> Arc<dyn Store> {
    store::open(&"memory:".parse().unwrap(), &[]).await.unwrap()
}

/// A process that cannot be seen from here.
fn elsewhere(run: &str) -> Owner {
    Owner { host: "elsewhere".to_owned(), process: 23_081, ..Owner::here(run) }
}

/// A process of this machine's, and of the same boot, that has ended.
fn dead() -> Owner {
    Owner { process: u32::MAX, ..Owner::here("dead") }
}

/// A lease as its holder last wrote it.
async fn leave_behind(store: &Arc<dyn Store>, owner: &Owner, until: Timestamp) {
    let record = serde_json::json!({"owner": owner, "until": until, "epoch": 3});
    store.put("lease", record.to_string().into(), Condition::Always).await.unwrap();
}

fn after(seconds: i64) -> Timestamp {
    Timestamp::now().checked_add(SignedDuration::from_secs(seconds)).unwrap()
}

async fn take(store: &Arc<dyn Store>) -> Result<Lease, LeaseError> {
    Lease::take(store.clone(), "lease", Owner::here("2")).await
}

async fn wait_take(store: &Arc<dyn Store>, patience: Duration) -> Result<Lease, LeaseError> {
    Lease::wait_take(store.clone(), "lease", Owner::here("2"), patience).await
}

#[tokio::test]
async fn what_is_not_renewed_is_over_by_its_own_word() {
    let store = memory().await;
    leave_behind(&store, &elsewhere("1"), after(55)).await;
    let refused = take(&store).await.unwrap_err();
    assert_eq!(refused.to_string(), "held by pid 23081 on elsewhere, expires in 55 s");
    leave_behind(&store, &elsewhere("1"), after(-1)).await;
    let lease = take(&store).await.unwrap();
    assert_eq!((lease.epoch(), lease.is_taken_over()), (4, true));
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_process_that_died_here_blocks_nobody() {
    let store = memory().await;
    leave_behind(&store, &dead(), after(60)).await;
    assert!(!Lease::is_held(&*store, "lease", &Owner::here("2")).await.unwrap());
    let holder = Lease::peek(&*store, "lease", &Owner::here("2")).await.unwrap().unwrap();
    assert_eq!(holder.liveness, Liveness::Dead);
    assert_eq!(holder.to_string().split(", ").last(), Some("no longer running"));
    assert!(take(&store).await.is_ok());
}

#[tokio::test]
async fn a_namespace_whose_processes_are_not_seen_is_waited_for() {
    let store = memory().await;
    let inside = Owner { namespace: Some("pid:[1]".to_owned()), ..dead() };
    leave_behind(&store, &inside, after(30)).await;
    let Err(LeaseError::Held(holder)) = take(&store).await else { panic!("taken") };
    assert_eq!(holder.liveness, Liveness::Unknown);
}

#[tokio::test]
async fn an_owner_of_an_older_version_is_waited_for() {
    let store = memory().await;
    let older = serde_json::json!({
        "owner": {"host": Owner::here("1").host, "process": u32::MAX, "run": "1"},
        "until": after(30),
    });
    store.put("lease", older.to_string().into(), Condition::Always).await.unwrap();
    assert!(take(&store).await.is_err());
    assert!(Lease::is_held(&*store, "lease", &Owner::here("2")).await.unwrap());
}

#[tokio::test(start_paused = true)]
async fn whoever_waits_gets_what_is_given_back() {
    let store = memory().await;
    let first = Lease::take(store.clone(), "lease", Owner::here("1")).await.unwrap();
    let began = Instant::now();
    let (waited, released) = tokio::join!(wait_take(&store, TERM), async {
        tokio::time::sleep(Duration::from_secs(5)).await;
        first.release().await
    });
    released.unwrap();
    assert!(!waited.unwrap().is_taken_over());
    assert!(began.elapsed() < Duration::from_secs(7));
}

#[tokio::test(start_paused = true)]
async fn what_is_renewed_is_not_taken_however_long_one_waits() {
    let store = memory().await;
    let first = Lease::take(store.clone(), "lease", Owner::here("1")).await.unwrap();
    let began = Instant::now();
    let Err(LeaseError::Held(holder)) = wait_take(&store, TERM * 10).await else {
        panic!("taken from a process that lives")
    };
    assert_eq!(holder.owner, Owner::here("1"));
    assert!(began.elapsed() >= TERM * 10);
    first.check().await.unwrap();
}

/// By the observer's own clock: that of the holder is a day ahead.
#[tokio::test(start_paused = true)]
async fn a_clock_that_ran_ahead_blocks_for_a_term_and_not_for_a_day() {
    for patience in [Duration::ZERO, TERM * 2] {
        let store = memory().await;
        leave_behind(&store, &elsewhere("1"), Timestamp::now() + 24.hours()).await;
        let holder = Lease::peek(&*store, "lease", &Owner::here("2")).await.unwrap().unwrap();
        assert_eq!(holder.expires_in, TERM);
        let began = Instant::now();
        let lease = wait_take(&store, patience).await.unwrap();
        assert!(lease.is_taken_over());
        assert!((TERM..TERM + Duration::from_secs(2)).contains(&began.elapsed()));
    }
}

#[tokio::test(start_paused = true)]
async fn a_clock_that_runs_ahead_does_not_lose_the_lease_of_whoever_renews() {
    let store = memory().await;
    leave_behind(&store, &elsewhere("1"), Timestamp::now() + 24.hours()).await;
    let renewing = async {
        for second in 0.. {
            tokio::time::sleep(Duration::from_secs(20)).await;
            leave_behind(&store, &elsewhere("1"), after(86_400 + second)).await;
        }
    };
    let taking = async {
        assert!(take(&store).await.is_err());
        assert!(wait_take(&store, TERM * 5).await.is_err());
    };
    tokio::select! {
        () = taking => {}
        () = renewing => {}
    }
}

#[tokio::test(start_paused = true)]
async fn a_broken_lease_is_not_renewed() {
    let store = memory().await;
    let first = Lease::take(store.clone(), "lease", Owner::here("1")).await.unwrap();
    Lease::break_lock(&*store, "lease", &Owner::here("2")).await.unwrap().unwrap();
    tokio::time::sleep(Duration::from_secs(25)).await;
    assert!(first.is_lost());
    assert!(take(&store).await.is_ok());
}
