//! How long a service is waited for: by one call, and by all calls of a run together.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::{Instant, sleep_until};

use crate::stated::{StatedDuration, later, share};

/// How long calls wait for a service. One value is shared by all callers of a run.
///
/// It ends in two ways. *For a service*: when it has given no good answer for so long, to
/// whomever waited for it. *For one call*: when it alone has waited so long, although the service
/// answers others. Every wait for the service counts: answers that take their time, pauses that it
/// asked for, waits after a failure, waits for a token. What the user's own bounds make a call
/// wait (its place among those in flight, its turn at a given rate) does not count.
#[derive(Clone, Debug)]
pub struct Patience {
    limit: Duration,
    services: Arc<Mutex<HashMap<&'static str, Arc<Silence>>>>,
}

impl Patience {
    /// Ten minutes: longer than a deployment or a failover takes, and short enough for somebody to
    /// look before the next run.
    pub const DEFAULT: Duration = Duration::from_mins(10);

    /// So long; at most a year.
    pub fn of(limit: Duration) -> Self {
        Self { limit: limit.min(StatedDuration::LONGEST), services: Arc::default() }
    }

    /// As long, and with nothing waited yet: for another run.
    #[must_use]
    pub fn renewed(&self) -> Self {
        Self::of(self.limit)
    }

    /// How long.
    pub fn limit(&self) -> Duration {
        self.limit
    }

    /// What is known of how a service answers.
    pub(crate) fn silence_of(&self, service: &'static str) -> Arc<Silence> {
        let mut services = self.services.lock().unwrap_or_else(PoisonError::into_inner);
        services.entry(service).or_default().clone()
    }
}

impl Default for Patience {
    fn default() -> Self {
        Self::of(Self::DEFAULT)
    }
}

/// Where a service was silent for so much of a call's waiting, it is the service that is silent.
const NEARLY_ALL: f64 = 0.9;

/// For how long a service has given no good answer while somebody waited for one.
#[derive(Debug, Default)]
pub(crate) struct Silence(Mutex<State>);

#[derive(Debug)]
struct State {
    /// How many wait now.
    waiting: u32,
    /// Since when, or when the last one stopped.
    since: Instant,
    /// What was waited before `since`.
    before: Duration,
    has_answered: bool,
    is_told: bool,
}

impl Default for State {
    fn default() -> Self {
        let since = Instant::now();
        Self { waiting: 0, since, before: Duration::ZERO, has_answered: false, is_told: false }
    }
}

impl Silence {
    /// The service gave a good answer.
    pub(crate) fn broken(&self) {
        let mut state = self.state();
        state.before = Duration::ZERO;
        state.since = Instant::now();
        state.has_answered = true;
        state.is_told = false;
    }

    /// Whether the service has ever given a good answer.
    pub(crate) fn has_answered(&self) -> bool {
        self.state().has_answered
    }

    /// Whether nobody was told of this silence yet; from now on somebody is.
    pub(crate) fn tell_once(&self) -> bool {
        !std::mem::replace(&mut self.state().is_told, true)
    }

    /// How long it has lasted. What nobody cared about for a whole `limit` is forgotten.
    fn length(&self, limit: Duration) -> Duration {
        let state = self.state();
        match state.waiting {
            0 if state.since.elapsed() >= limit => Duration::ZERO,
            0 => state.before,
            _ => state.before.saturating_add(state.since.elapsed()),
        }
    }

    fn begin(&self, limit: Duration) -> Waiting<'_> {
        let before = self.length(limit);
        let mut state = self.state();
        if state.waiting == 0 {
            state.before = before;
            state.since = Instant::now();
        }
        state.waiting = state.waiting.saturating_add(1);
        Waiting(self)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Somebody waits for a service until this is dropped.
struct Waiting<'a>(&'a Silence);

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        let mut state = self.0.state();
        state.waiting = state.waiting.saturating_sub(1);
        if state.waiting == 0 {
            state.before = state.before.saturating_add(state.since.elapsed());
            state.since = Instant::now();
        }
    }
}

/// Why the patience has come to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Exhausted {
    /// The service has given nobody a good answer for so long.
    Silence(Duration),
    /// This call has waited so long.
    Call(Duration),
}

/// Who pays for a wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Charge {
    /// The call that waits, and the service.
    Call,
    /// The service alone: the call waits behind others that the service may be answering.
    Service,
}

/// The patience of one call.
#[derive(Debug)]
pub(crate) struct CallPatience {
    limit: Duration,
    silence: Arc<Silence>,
    waited: Duration,
}

impl CallPatience {
    pub(crate) fn new(limit: Duration, silence: Arc<Silence>) -> Self {
        Self { limit, silence, waited: Duration::ZERO }
    }

    pub(crate) fn limit(&self) -> Duration {
        self.limit
    }

    /// Whether a wait of that length would be borne to its end.
    pub(crate) fn allows(&self, wait: Duration) -> Result<(), Exhausted> {
        match self.left() {
            left if left.is_zero() || wait > left => Err(self.exhausted()),
            _ => Ok(()),
        }
    }

    /// Waits for something that the service owes, as long as the patience lasts.
    pub(crate) async fn wait<F: Future>(
        &mut self,
        charge: Charge,
        owed: F,
    ) -> Result<F::Output, Exhausted> {
        self.allows(Duration::ZERO)?;
        let silence = self.silence.clone();
        let waiting = silence.begin(self.limit);
        let (began, before) = (Instant::now(), self.waited);
        let waited = || match charge {
            Charge::Call => before.saturating_add(began.elapsed()),
            Charge::Service => before,
        };
        let mut owed = std::pin::pin!(owed);
        let result = loop {
            self.waited = waited();
            let left = self.left();
            if left.is_zero() {
                break Err(self.exhausted());
            }
            tokio::select! {
                biased;
                given = &mut owed => break Ok(given),
                // Meanwhile the service may have answered somebody else: then there is more left.
                () = sleep_until(later(Instant::now(), left)) => {}
            }
        };
        self.waited = waited();
        drop(waiting);
        result
    }

    fn left(&self) -> Duration {
        self.limit.saturating_sub(self.waited.max(self.silence.length(self.limit)))
    }

    /// The first call of a run waits a little longer than the service is silent: its token came
    /// first.
    fn exhausted(&self) -> Exhausted {
        let silence = self.silence.length(self.limit);
        if silence >= share(self.waited, NEARLY_ALL) {
            Exhausted::Silence(silence)
        } else {
            Exhausted::Call(self.waited)
        }
    }
}

#[cfg(test)]
mod tests {
    use std::future::pending;

    use tokio::time::sleep;

    use super::*;

    const MINUTE: Duration = Duration::from_mins(1);

    fn call(patience: &Patience) -> CallPatience {
        CallPatience::new(patience.limit(), patience.silence_of("Example"))
    }

    #[tokio::test(start_paused = true)]
    async fn a_silent_service_is_given_up_by_all_who_wait_at_the_same_time() {
        let patience = Patience::of(MINUTE);
        let (mut first, mut second) = (call(&patience), call(&patience));
        let began = Instant::now();
        let late = async {
            sleep(Duration::from_secs(50)).await;
            second.wait(Charge::Call, pending::<()>()).await
        };
        let (first, second) = futures::join!(first.wait(Charge::Call, pending::<()>()), late);
        assert_eq!(
            (first, second),
            (Err(Exhausted::Silence(MINUTE)), Err(Exhausted::Silence(MINUTE)))
        );
        assert_eq!(began.elapsed(), MINUTE);
        assert_eq!(
            call(&patience).wait(Charge::Call, async {}).await,
            Err(Exhausted::Silence(MINUTE))
        );
    }

    #[tokio::test(start_paused = true)]
    async fn a_good_answer_to_anybody_is_progress_for_all_but_not_for_ever() {
        let patience = Patience::of(MINUTE);
        let answers = async {
            loop {
                sleep(Duration::from_secs(20)).await;
                patience.silence_of("Example").broken();
            }
        };
        let mut stuck = call(&patience);
        let began = Instant::now();
        tokio::select! {
            () = answers => {}
            ended = stuck.wait(Charge::Call, pending::<()>()) => assert_eq!(ended, Err(Exhausted::Call(MINUTE))),
        }
        assert_eq!(began.elapsed(), MINUTE);
        assert_eq!(call(&patience).wait(Charge::Call, async {}).await, Ok(()));
    }

    #[tokio::test(start_paused = true)]
    async fn only_time_in_which_somebody_waits_counts() {
        let patience = Patience::of(MINUTE);
        for _ in 0..5 {
            call(&patience).wait(Charge::Call, sleep(Duration::from_secs(10))).await.unwrap();
            sleep(Duration::from_secs(40)).await;
        }
        assert_eq!(call(&patience).left(), Duration::from_secs(10));
        let patience = Patience::of(MINUTE);
        call(&patience).wait(Charge::Call, pending::<()>()).await.unwrap_err();
        sleep(MINUTE).await;
        assert_eq!(call(&patience).left(), MINUTE, "what nobody cared about is forgotten");
    }

    #[tokio::test(start_paused = true)]
    async fn services_are_silent_each_for_itself() {
        let patience = Patience::of(MINUTE);
        call(&patience).wait(Charge::Call, pending::<()>()).await.unwrap_err();
        let other = patience.silence_of("Another");
        assert_eq!(CallPatience::new(MINUTE, other).left(), MINUTE);
    }

    #[tokio::test(start_paused = true)]
    async fn a_longer_wait_than_is_left_is_not_begun() {
        let patience = Patience::of(MINUTE);
        let mut call = call(&patience);
        call.wait(Charge::Call, sleep(Duration::from_secs(50))).await.unwrap();
        assert!(call.allows(Duration::from_secs(10)).is_ok());
        assert!(call.allows(Duration::from_secs(11)).is_err());
    }
}
