//! One process: at which of its steps it dies, is told to stop, or the world changes.

use std::collections::BTreeSet;
use std::future::pending;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use api_client::{Answer, Request};
use futures::future::BoxFuture;
use hrflow_connectors::Stop;
use tokio::sync::Notify;

use crate::chance::Chance;
use crate::model::{Change, Model};
use crate::trace::Trace;
use crate::wrong::{Wrong, WrongAnswers};

/// What is to befall a process.
#[derive(Clone, Debug, Default)]
pub(crate) struct FaultPlan {
    pub(crate) crash: Option<(Moment, Side)>,
    pub(crate) stop: Option<Moment>,
    /// What changes in the world at which call.
    pub(crate) changes: Vec<(u64, Change)>,
    /// How many of a thousand calls find no connection.
    pub(crate) not_sent: u32,
    /// Whether the services carry out a call whose caller has gone away.
    pub(crate) services_go_on: bool,
    pub(crate) store: StoreFaults,
    /// At which step of its store another process takes its lease, and goes on in its place.
    pub(crate) taken_over_at: Option<u64>,
    /// Which answers are wrong.
    pub(crate) wrong: Option<WrongAnswers>,
}

impl FaultPlan {
    /// Whether nothing befalls the process.
    pub(crate) fn is_calm(&self) -> bool {
        self.crash.is_none()
            && self.stop.is_none()
            && self.changes.is_empty()
            && self.not_sent == 0
            && self.store.is_faultless()
            && self.taken_over_at.is_none()
            && self.wrong.is_none()
    }

    /// Whether nothing but the proof of the reading protects what it owns.
    pub(crate) fn allows_mass_archive(&self) -> bool {
        self.is_calm() || self.wrong.as_ref().is_some_and(|wrong| wrong.allows_mass_archive)
    }
}

/// A step of a process, counted from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Moment {
    Call(u64),
    Store(u64),
}

/// On which side of the step's effect.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Side {
    Before,
    After,
}

/// How the store behaves.
#[derive(Clone, Debug, Default)]
pub(crate) struct StoreFaults {
    pub(crate) longest_ms: u64,
    /// How many of a thousand operations fail and are not done.
    pub(crate) fail: u32,
    /// How many of a thousand writes are done and fail all the same.
    pub(crate) done_and_fail: u32,
    /// From this operation on nothing can be written.
    pub(crate) full_from: Option<u64>,
    /// So many operations later there is room again.
    pub(crate) full_for: u64,
}

impl StoreFaults {
    pub(crate) fn is_faultless(&self) -> bool {
        self.fail == 0 && self.done_and_fail == 0 && self.full_from.is_none()
    }
}

/// A process under way.
pub(crate) struct Process {
    pub(crate) fault_plan: FaultPlan,
    pub(crate) trace: Trace,
    pub(crate) model: Arc<Model>,
    chance: Mutex<Chance>,
    wrong: Mutex<Option<WrongAnswers>>,
    calls: AtomicU64,
    store_steps: AtomicU64,
    is_dead: AtomicBool,
    died: Notify,
    stop: OnceLock<Stop>,
    /// What the other process does.
    takeover: Mutex<Option<BoxFuture<'static, ()>>>,
    pub(crate) seen: Mutex<Seen>,
}

/// What the process was seen to ask of the board.
#[derive(Default)]
pub(crate) struct Seen {
    /// The references whose archiving was asked for.
    pub(crate) to_archive: BTreeSet<String>,
    /// How many calls could change the board.
    pub(crate) writes: u64,
    /// How many steps of the store failed, leases aside.
    pub(crate) store_failures: u64,
    /// How many steps with a lease failed.
    pub(crate) lease_failures: u64,
}

impl Process {
    pub(crate) fn new(
        fault_plan: FaultPlan,
        model: Arc<Model>,
        trace: Trace,
        chance: Chance,
    ) -> Arc<Self> {
        Arc::new(Self {
            wrong: Mutex::new(fault_plan.wrong.clone()),
            fault_plan,
            trace,
            model,
            chance: Mutex::new(chance),
            calls: AtomicU64::new(0),
            store_steps: AtomicU64::new(0),
            is_dead: AtomicBool::new(false),
            died: Notify::new(),
            stop: OnceLock::new(),
            takeover: Mutex::default(),
            seen: Mutex::default(),
        })
    }

    /// What ends its run when that is due.
    pub(crate) fn can_stop(&self, stop: Stop) {
        // A process has one run.
        let _ = self.stop.set(stop);
    }

    /// What another process does when that is due.
    pub(crate) fn can_be_taken_over(&self, takeover: BoxFuture<'static, ()>) {
        *self.takeover.lock().unwrap_or_else(PoisonError::into_inner) = Some(takeover);
    }

    pub(crate) fn draw<T>(&self, draw: impl FnOnce(&mut Chance) -> T) -> T {
        draw(&mut self.chance.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// The answer that the process is given in place of the right one, if another.
    pub(crate) fn given(&self, request: &Request, answer: Answer) -> (Answer, Option<Wrong>) {
        let mut wrong = self.wrong.lock().unwrap_or_else(PoisonError::into_inner);
        match &mut *wrong {
            Some(wrong) => wrong.given(request, answer),
            None => (answer, None),
        }
    }

    pub(crate) fn saw(&self, see: impl FnOnce(&mut Seen)) {
        see(&mut self.seen.lock().unwrap_or_else(PoisonError::into_inner));
    }

    /// A call is about to leave.
    pub(crate) async fn calls(&self) -> Moment {
        let number = self.calls.fetch_add(1, Ordering::Relaxed) + 1;
        for (_, change) in self.fault_plan.changes.iter().filter(|(at, _)| *at == number) {
            self.model.change(*change);
        }
        let moment = Moment::Call(number);
        self.reaches(moment, Side::Before).await;
        moment
    }

    /// The store is about to be asked.
    pub(crate) async fn asks_store(&self) -> u64 {
        let number = self.store_steps.fetch_add(1, Ordering::Relaxed) + 1;
        self.reaches(Moment::Store(number), Side::Before).await;
        if self.fault_plan.taken_over_at == Some(number) {
            let takeover = self.takeover.lock().unwrap_or_else(PoisonError::into_inner).take();
            if let Some(takeover) = takeover {
                self.trace.note("another process takes over");
                takeover.await;
                self.trace.note("the process that was taken over goes on");
            }
        }
        number
    }

    /// The process reaches a moment, perhaps to die in it; the dead do nothing more.
    pub(crate) async fn reaches(&self, moment: Moment, side: Side) {
        if self.fault_plan.crash == Some((moment, side)) {
            self.trace.note(&format!("dies at {moment:?}, {side:?}"));
            self.is_dead.store(true, Ordering::Relaxed);
            self.died.notify_one();
        }
        if self.is_dead.load(Ordering::Relaxed) {
            pending::<()>().await;
        }
        if self.fault_plan.stop == Some(moment)
            && side == Side::Before
            && let Some(stop) = self.stop.get()
        {
            self.trace.note(&format!("is told to stop at {moment:?}"));
            stop.interrupt("stopped by the schedule");
        }
    }

    /// Whether it died, perhaps after its run had ended.
    pub(crate) fn is_dead(&self) -> bool {
        self.is_dead.load(Ordering::Relaxed)
    }

    /// Waits for its death.
    pub(crate) async fn death(&self) {
        self.died.notified().await;
    }
}
