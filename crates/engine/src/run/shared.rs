//! One reading of an origin for several runs: what it lists is asked for once and given to all.
//!
//! The reading belongs to no run, so that none ends it for the others. It begins when each run has
//! come to its reading, or has ended before, or has kept the others waiting for too long; a run that
//! comes later reads for itself. Each page goes to all who still read, and the slowest sets the
//! pace, so that no page is kept for anybody.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use futures::future::BoxFuture;
use jiff::Timestamp;
use parking_lot::Mutex;
use tokio::sync::{Notify, mpsc, oneshot};

use crate::{Arrival, Coverage, EndError, Held, Item, Origin, OriginInfo, Run, Selects};

/// For so long a run waits for the others.
const PATIENCE: Duration = Duration::from_mins(1);

/// A reading that several runs share. Clones share the same.
#[derive(Clone)]
pub struct SharedReading(Arc<Hub>);

struct Hub {
    state: Mutex<State>,
    /// Somebody has come, or has left.
    changed: Notify,
}

struct State {
    /// Who reads, until the first run has come.
    origin: Option<Box<dyn Origin>>,
    /// How many runs have neither come nor left.
    expected: usize,
    members: Vec<Member>,
    has_begun: bool,
}

/// A run that waits for what is read.
struct Member {
    out: mpsc::Sender<Arrival>,
    ended: oneshot::Sender<Result<Coverage, EndError>>,
}

impl SharedReading {
    /// A reading by a run of its own, which is not begun, for so many runs with the same search.
    pub fn new(reader: Run, members: usize) -> Self {
        let origin = Some(reader.origin);
        let state = State { origin, expected: members, members: Vec::new(), has_begun: false };
        Self(Arc::new(Hub { state: Mutex::new(state), changed: Notify::new() }))
    }

    /// Waits until the reading can begin, and reads. The first who comes lets this go on by itself.
    async fn read(self, origin: Box<dyn Origin>) {
        let all = async {
            loop {
                let changed = self.0.changed.notified();
                if self.0.state.lock().expected == 0 {
                    break;
                }
                changed.await;
            }
        };
        // Whoever is not there by then reads for itself.
        let _ = tokio::time::timeout(PATIENCE, all).await;
        let members = self.0.begin();
        let (outs, ends): (Vec<_>, Vec<_>) =
            members.into_iter().map(|member| (member.out, member.ended)).unzip();
        let (sender, arrivals) = mpsc::channel(1);
        let (coverage, ()) = tokio::join!(origin.read(None, sender), hand_out(arrivals, outs));
        for ended in ends {
            // Who has left does not hear it.
            let _ = ended.send(coverage.clone());
        }
    }

    /// A run has come to its reading. Whether it is given what is read: a late one is not.
    fn come(&self, member: Member) -> bool {
        let mut state = self.0.state.lock();
        state.expected = state.expected.saturating_sub(1);
        let is_in_time = !state.has_begun;
        if is_in_time {
            state.members.push(member);
        }
        let first = state.origin.take().filter(|_| is_in_time);
        drop(state);
        self.0.changed.notify_waiters();
        if let Some(origin) = first {
            tokio::spawn(self.clone().read(origin));
        }
        is_in_time
    }

    /// A run will not come.
    fn leave(&self) {
        let mut state = self.0.state.lock();
        state.expected = state.expected.saturating_sub(1);
        drop(state);
        self.0.changed.notify_waiters();
    }
}

impl Hub {
    fn begin(&self) -> Vec<Member> {
        let mut state = self.state.lock();
        state.has_begun = true;
        std::mem::take(&mut state.members)
    }
}

/// Gives every page to all who still want it.
async fn hand_out(mut arrivals: mpsc::Receiver<Arrival>, mut outs: Vec<mpsc::Sender<Arrival>>) {
    while let Some(arrival) = arrivals.recv().await {
        let sent = outs.iter().map(|out| out.send(arrival.clone()));
        let sent = futures::future::join_all(sent).await;
        let mut is_open = sent.into_iter().map(|sent| sent.is_ok());
        outs.retain(|_| is_open.next().unwrap_or_default());
        if outs.is_empty() {
            return;
        }
    }
}

impl std::fmt::Debug for SharedReading {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("SharedReading")
    }
}

/// The origin of a run that reads with others, and asks for single items itself.
struct Shared {
    own: Box<dyn Origin>,
    reading: SharedReading,
    has_come: AtomicBool,
}

/// The origin of a run that reads with others.
pub(crate) fn shared(own: Box<dyn Origin>, reading: &SharedReading) -> Box<dyn Origin> {
    Box::new(Shared { own, reading: reading.clone(), has_come: AtomicBool::new(false) })
}

impl Shared {
    /// Whether this is the first reading of the run: a second one is its own.
    fn is_first(&self) -> bool {
        !self.has_come.swap(true, Ordering::Relaxed)
    }

    async fn read_shared(&self, out: mpsc::Sender<Arrival>) -> Result<Coverage, EndError> {
        let (ended, coverage) = oneshot::channel();
        if !self.reading.come(Member { out: out.clone(), ended }) {
            return self.own.read(None, out).await;
        }
        // The reading keeps its own way out: this one would hold the channel open.
        drop(out);
        let lost = || EndError::run("the shared reading came to no end");
        coverage.await.unwrap_or_else(|_| Err(lost()))
    }
}

/// A run that ends without having read keeps nobody waiting.
impl Drop for Shared {
    fn drop(&mut self) {
        if self.is_first() {
            self.reading.leave();
        }
    }
}

impl Origin for Shared {
    fn describe(&self) -> OriginInfo {
        self.own.describe()
    }

    fn id(&self, item: &Item) -> Option<String> {
        self.own.id(item)
    }

    fn read(
        &self,
        since: Option<Timestamp>,
        out: mpsc::Sender<Arrival>,
    ) -> BoxFuture<'_, Result<Coverage, EndError>> {
        let is_first = self.is_first();
        if is_first && since.is_none() {
            return Box::pin(self.read_shared(out));
        }
        // What was created lately is another reading.
        if is_first {
            self.reading.leave();
        }
        self.own.read(since, out)
    }

    fn find<'a>(&'a self, id: &'a str) -> BoxFuture<'a, Result<Option<Item>, EndError>> {
        self.own.find(id)
    }

    fn selects(&self, item: &Item) -> Selects {
        self.own.selects(item)
    }

    fn made(&self, held: &Held) -> bool {
        self.own.made(held)
    }

    fn check(&self) -> BoxFuture<'_, Result<String, EndError>> {
        self.own.check()
    }

    fn count(&self) -> BoxFuture<'_, Result<Option<u64>, EndError>> {
        self.own.count()
    }
}
