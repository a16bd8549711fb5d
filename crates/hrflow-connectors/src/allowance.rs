//! The allowance of an account, divided among the processes that share a store.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use api_client::Pace;
use engine::Beside;
use store::{Fingerprint, Owner, Shares, Store};
use tokio::sync::Mutex;
use tokio::task::JoinHandle;
use tokio::time::{Instant, MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;

use crate::{ClientOptions, RunId};

/// How often it is looked who needs a part.
const TICK: Duration = Duration::from_millis(250);
/// How often a part is renewed; thrice before it would be lost.
const RENEWAL: Duration = Duration::from_secs(2);
/// How long giving parts back may hold the end of a run up.
const GIVE_BACK: Duration = Duration::from_secs(2);
/// A part is given back when nobody has needed it for so long.
const IDLE: Duration = Duration::from_secs(3);

/// An account whose allowance this process has a part of, or asks for one.
struct Account {
    pace: Arc<Pace>,
    shares: Shares,
    /// When the part is renewed; none where nobody needs one.
    due: Option<Instant>,
    /// When a part was last needed.
    needed: Instant,
    /// Whether the store could not be asked: nobody knows who else calls.
    is_alone: bool,
}

/// How the runs of a process divide allowances with other processes: by one keeper, as long as any of
/// them goes on.
#[derive(Default)]
pub(crate) struct Division {
    is_on: AtomicBool,
    keeping: Mutex<Keeping>,
}

#[derive(Default)]
struct Keeping {
    runs: usize,
    keeper: Option<Keeper>,
}

/// The task that asks for parts, and keeps them.
struct Keeper {
    end: CancellationToken,
    task: JoinHandle<()>,
}

impl Division {
    /// Whether nothing is called before there is a part.
    pub(crate) fn is_on(&self) -> bool {
        self.is_on.load(Ordering::Relaxed)
    }
}

impl ClientOptions {
    /// Divides the allowance of each account that is read with, and the user's own limit of writes,
    /// among all processes whose runs keep their state in the same store. Runs of one process share
    /// paces anyway. A run that is to be repeatable has its allowance to itself.
    pub(crate) fn dividing(&self) -> Option<Beside> {
        if self.seed.is_some() {
            return None;
        }
        let (beginning, ending) = (self.clone(), self.clone());
        let begin = move |store| {
            let options = beginning.clone();
            async move { options.begin_dividing(store).await }
        };
        let end = move || {
            let options = ending.clone();
            async move { options.end_dividing().await }
        };
        Some(Beside::new(begin, end))
    }

    async fn begin_dividing(&self, store: Arc<dyn Store>) {
        let mut keeping = self.division.keeping.lock().await;
        keeping.runs += 1;
        if keeping.keeper.is_none() {
            self.division.is_on.store(true, Ordering::Relaxed);
            self.set_shares(0.0);
            let mut parts = Parts::new(self.clone(), store);
            // A run is about to call: it need not wait for somebody to look.
            parts.ask().await;
            let end = CancellationToken::new();
            let task = tokio::spawn(parts.keep(end.clone()));
            keeping.keeper = Some(Keeper { end, task });
        }
    }

    async fn end_dividing(&self) {
        let mut keeping = self.division.keeping.lock().await;
        keeping.runs -= 1;
        if keeping.runs > 0 {
            return;
        }
        if let Some(Keeper { end, task }) = keeping.keeper.take() {
            end.cancel();
            // What is not given back is lost to the others for a few seconds.
            let _ = tokio::time::timeout(GIVE_BACK, task).await;
        }
        self.division.is_on.store(false, Ordering::Relaxed);
        self.set_shares(1.0);
    }

    fn set_shares(&self, share: f64) {
        for (_, pace) in self.bounded_paces() {
            pace.set_share(share);
        }
    }
}

/// The parts that this process has.
struct Parts {
    options: ClientOptions,
    store: Arc<dyn Store>,
    owner: Owner,
    accounts: HashMap<String, Account>,
}

impl Parts {
    fn new(options: ClientOptions, store: Arc<dyn Store>) -> Self {
        let owner = Owner::here(RunId::new().to_string());
        Self { options, store, owner, accounts: HashMap::new() }
    }

    /// Asks for a part of every allowance that is known.
    async fn ask(&mut self) {
        for account in self.known() {
            account.renew().await;
        }
    }

    /// Keeps a part of each allowance that is needed, until the end.
    async fn keep(mut self, end: CancellationToken) {
        let mut ticks = interval(TICK);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                _ = ticks.tick() => {}
                () = end.cancelled() => break,
            }
            for account in self.known() {
                account.keep().await;
            }
        }
        for account in self.accounts.values_mut().filter(|account| account.due.is_some()) {
            account.release().await;
        }
    }

    fn known(&mut self) -> impl Iterator<Item = &mut Account> {
        for (name, pace) in self.options.bounded_paces() {
            self.accounts.entry(name).or_insert_with_key(|name| Account {
                pace,
                shares: Shares::new(self.store.clone(), blob_name(name), self.owner.clone()),
                due: None,
                needed: Instant::now(),
                is_alone: false,
            });
        }
        self.accounts.values_mut()
    }
}

/// An account is a secret's neighbour: the store sees a hash of it.
fn blob_name(account: &str) -> String {
    format!("allowances/{}", Fingerprint::of(account.as_bytes()))
}

impl Account {
    async fn keep(&mut self) {
        if self.pace.is_in_use(TICK) {
            self.needed = Instant::now();
        }
        let is_due = self.due.is_none_or(|due| Instant::now() >= due);
        match (self.needed.elapsed() < IDLE, self.due) {
            (true, _) if is_due => self.renew().await,
            (false, Some(_)) => self.release().await,
            (true, _) | (false, None) => {}
        }
        self.use_part();
    }

    /// A part that could not be renewed in time is no longer there.
    fn use_part(&self) {
        self.pace.set_share(if self.is_alone { 1.0 } else { self.shares.part() });
    }

    async fn renew(&mut self) {
        let pace = &self.pace;
        let wait = match self.shares.renew(|less| pace.set_share(less)).await {
            // Others give up what they have too much of with their next renewal.
            Ok(0.0) => TICK,
            Ok(_) => RENEWAL,
            Err(error) => {
                // Whoever else calls is met with refusals, as without a store.
                tracing::warn!(%error, "could not ask the store for a part of the allowance");
                self.is_alone = true;
                self.due = Instant::now().checked_add(RENEWAL);
                self.use_part();
                return;
            }
        };
        self.is_alone = false;
        self.due = Instant::now().checked_add(wait);
        self.use_part();
    }

    async fn release(&mut self) {
        self.pace.set_share(0.0);
        self.due = None;
        // A part that is not given back is lost to the others for a few seconds.
        if let Err(error) = self.shares.release().await {
            tracing::debug!(%error, "could not give a part of the allowance back");
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use api_client::Turn;

    use super::*;

    /// A process whose callers note when they call.
    struct Process {
        keeping: tokio::task::JoinHandle<()>,
        calling: tokio::task::JoinHandle<()>,
    }

    fn process(store: &Arc<dyn Store>, calls: &Arc<Mutex<Vec<Instant>>>) -> Process {
        let options = ClientOptions::over(Arc::new(api_client::HttpTransport::new().unwrap()));
        options.division.is_on.store(true, Ordering::Relaxed);
        let parts = Parts::new(options.clone(), store.clone());
        let keeping = tokio::spawn(parts.keep(CancellationToken::new()));
        let (pace, calls) = (options.pace_of("account"), calls.clone());
        let calling = tokio::spawn(async move {
            loop {
                match pace.admit().await {
                    Turn::Admitted(_) => calls.lock().unwrap().push(Instant::now()),
                    Turn::Paused(pause) => tokio::time::sleep(pause).await,
                }
            }
        });
        Process { keeping, calling }
    }

    impl Process {
        fn kill(&self) {
            self.keeping.abort();
            self.calling.abort();
        }
    }

    #[tokio::test(start_paused = true)]
    async fn processes_that_come_go_and_die_stay_within_one_allowance_and_use_it() {
        let store = store::open(&"memory:".parse().unwrap(), &[]).await.unwrap();
        let calls = Arc::default();
        let mut random = fastrand::Rng::with_seed(7);
        let began = Instant::now();
        let mut processes: Vec<_> = (0..3).map(|_| process(&store, &calls)).collect();
        for _ in 0..30 {
            tokio::time::sleep(Duration::from_secs(20)).await;
            let place = random.usize(..3);
            processes[place].kill();
            processes[place] = process(&store, &calls);
        }
        processes.iter().for_each(Process::kill);
        let calls = calls.lock().unwrap();
        let mut start = 0;
        for (place, at) in calls.iter().enumerate() {
            while at.duration_since(calls[start]) > Duration::from_secs(10) {
                start += 1;
            }
            assert!(place - start < 105, "{} calls in 10 s", place - start + 1);
        }
        let count = u32::try_from(calls.len()).unwrap();
        let used = f64::from(count) / began.elapsed().as_secs_f64() / 10.0;
        assert!(used > 0.85, "{used} of the allowance was used");
    }
}
