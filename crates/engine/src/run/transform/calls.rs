//! How long calls of the user's functions take.

use std::pin::pin;
use std::sync::Arc;
use std::time::{Duration, Instant};

use parking_lot::Mutex;

use crate::functions::guarded;
use crate::{Stage, Stop};

/// How often it is looked how long a call has taken.
const LOOK_EVERY: Duration = Duration::from_millis(250);

/// The call that is under way, and how long each may take.
///
/// A function cannot be ended from outside. One that passes its time is told of in the log at once;
/// its item fails when it returns; and where the run is to end, it is not waited for any more.
#[derive(Clone, Default)]
pub(super) struct Calls {
    /// None where a run must not depend on a clock.
    time: Option<Duration>,
    under_way: Arc<Mutex<Option<Call>>>,
}

struct Call {
    stage: Stage,
    reference: Option<String>,
    began: Instant,
    is_told: bool,
}

impl Calls {
    pub(super) fn new(time: Option<Duration>) -> Self {
        Self { time, under_way: Arc::default() }
    }

    /// Calls a function. Its panic is its failure, and so is its coming late.
    pub(super) fn make<T>(
        &self,
        stage: Stage,
        reference: Option<&str>,
        function: impl FnOnce() -> Result<T, String>,
    ) -> Result<T, String> {
        let Some(time) = self.time else { return guarded(function) };
        let (reference, began) = (reference.map(str::to_owned), Instant::now());
        *self.under_way.lock() = Some(Call { stage, reference, began, is_told: false });
        let result = guarded(function);
        *self.under_way.lock() = None;
        let took = began.elapsed();
        if took > time {
            return Err(format!("took {took:.1?}, longer than {time:?} (`function_timeout`)"));
        }
        result
    }

    /// Waits for work in which functions are called, and tells of calls that take too long. None
    /// where the run is to end and a call goes on that has passed its time.
    pub(super) async fn watch<T>(
        &self,
        stop: &Stop,
        work: impl Future<Output = Option<T>>,
    ) -> Option<T> {
        let mut work = pin!(work);
        loop {
            tokio::select! {
                biased;
                done = &mut work => return done,
                () = tokio::time::sleep(LOOK_EVERY) => {}
            }
            if self.is_late() && stop.is_asked() {
                tracing::error!(
                    "the run ends without waiting for a function that is still at work"
                );
                return None;
            }
        }
    }

    /// Whether a call goes on that has passed its time. It is told of once.
    fn is_late(&self) -> bool {
        let mut under_way = self.under_way.lock();
        let (Some(call), Some(time)) = (&mut *under_way, self.time) else { return false };
        if call.began.elapsed() <= time {
            return false;
        }
        if !call.is_told {
            call.is_told = true;
            let (stage, reference) = (call.stage, call.reference.as_deref());
            tracing::warn!(%stage, item.reference = reference, ?time, "a function takes too long");
        }
        true
    }
}
