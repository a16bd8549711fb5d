//! Makes the calls to one service: its bounds, and whom it shares them with.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use crate::call_loop::CallLoop;
use crate::patience::Silence;
use crate::{
    Answer, AnswerHook, Concurrency, Disposition, Failed, HttpTransport, Pace, Patience,
    PriorAttempt, Request, RetryBudget, RetryPolicy, Stop, TokenCache, Transport, TransportError,
    WaitHook,
};

/// Makes calls to one service. Clones share everything.
#[derive(Clone)]
pub struct Caller {
    pub(crate) service: &'static str,
    pub(crate) transport: Arc<dyn Transport>,
    pub(crate) policy: RetryPolicy,
    pub(crate) answer_timeout: Duration,
    pub(crate) budget: Arc<RetryBudget>,
    pub(crate) pace: Arc<Pace>,
    pub(crate) concurrency: Option<Arc<Concurrency>>,
    pub(crate) patience: Duration,
    pub(crate) silence: Arc<Silence>,
    pub(crate) stop: Stop,
    pub(crate) on_wait: Option<WaitHook>,
    pub(crate) on_answer: Option<AnswerHook>,
    jitter: Arc<Mutex<fastrand::Rng>>,
}

/// How many repetitions all calls together may begin with.
const BUDGET: u32 = 200;
const ANSWER_TIMEOUT: Duration = Duration::from_secs(30);

impl Caller {
    /// A caller with its own connections and the default bounds.
    pub fn over_https(service: &'static str) -> Result<Self, TransportError> {
        Ok(Self::new(service, Arc::new(HttpTransport::new()?)))
    }

    /// A caller over a given transport. `service` is the name that people know it by.
    pub fn new(service: &'static str, transport: Arc<dyn Transport>) -> Self {
        Self {
            service,
            transport,
            policy: RetryPolicy::default(),
            answer_timeout: ANSWER_TIMEOUT,
            budget: Arc::new(RetryBudget::new(BUDGET)),
            pace: Arc::new(Pace::unlimited()),
            concurrency: None,
            patience: Patience::DEFAULT,
            silence: Patience::default().silence_of(service),
            stop: Stop::default(),
            on_wait: None,
            on_answer: None,
            jitter: Arc::new(Mutex::new(fastrand::Rng::new())),
        }
    }

    /// Sets the bounds on one call.
    #[must_use]
    pub fn with_policy(self, policy: RetryPolicy) -> Self {
        Self { policy, ..self }
    }

    /// Sets how long one answer may take, from the first byte sent to the last received.
    #[must_use]
    pub fn with_answer_timeout(self, answer_timeout: Duration) -> Self {
        Self { answer_timeout, ..self }
    }

    /// Shares a budget of repetitions with others.
    #[must_use]
    pub fn with_budget(self, budget: Arc<RetryBudget>) -> Self {
        Self { budget, ..self }
    }

    /// Shares a pace with others.
    #[must_use]
    pub fn with_pace(self, pace: Arc<Pace>) -> Self {
        Self { pace, ..self }
    }

    /// Bounds the calls in flight.
    #[must_use]
    pub fn with_concurrency(self, concurrency: Arc<Concurrency>) -> Self {
        Self { concurrency: Some(concurrency), ..self }
    }

    /// Shares a patience with others.
    #[must_use]
    pub fn with_patience(self, patience: &Patience) -> Self {
        let silence = patience.silence_of(self.service);
        Self { patience: patience.limit(), silence, ..self }
    }

    /// Gives up waiting when the end is asked for.
    #[must_use]
    pub fn with_stop(self, token: CancellationToken) -> Self {
        Self { stop: Stop::on(token), ..self }
    }

    /// Makes the random part of every wait repeatable.
    #[must_use]
    pub fn with_seed(self, seed: u64) -> Self {
        Self { jitter: Arc::new(Mutex::new(fastrand::Rng::with_seed(seed))), ..self }
    }

    /// Tells somebody of each wait.
    #[must_use]
    pub fn with_wait_hook(self, hook: WaitHook) -> Self {
        Self { on_wait: Some(hook), ..self }
    }

    /// Calls a hook after every request.
    #[must_use]
    pub fn with_answer_hook(self, hook: AnswerHook) -> Self {
        Self { on_answer: Some(hook), ..self }
    }

    /// Whether the service has failed so much more often than it answered that nothing is
    /// repeated any more.
    pub fn is_exhausted(&self) -> bool {
        self.budget.is_spent()
    }

    /// The pace that this caller keeps.
    pub fn pace(&self) -> &Pace {
        &self.pace
    }

    /// Makes one call, repeated as `read` says of each answer.
    pub async fn call<T, E: From<TransportError>>(
        &self,
        request: &Request,
        read: impl Fn(&Answer) -> Disposition<T, E>,
    ) -> Result<T, Failed<E>> {
        CallLoop::of(self, request).run(None, |answer, _| read(answer)).await
    }

    /// The same, where the meaning of an answer depends on what an earlier try may have done.
    pub async fn call_with_prior<T, E: From<TransportError>>(
        &self,
        request: &Request,
        read: impl Fn(&Answer, PriorAttempt) -> Disposition<T, E>,
    ) -> Result<T, Failed<E>> {
        CallLoop::of(self, request).run(None, read).await
    }

    /// The same with a token, renewed when `read` says that it was refused: once where the token
    /// was never good, and a few times where it was.
    pub async fn call_with_token<T, E: From<TransportError>>(
        &self,
        tokens: &TokenCache<E>,
        request: &Request,
        read: impl Fn(&Answer) -> Disposition<T, E>,
    ) -> Result<T, Failed<E>> {
        CallLoop::of(self, request).run(Some(tokens), |answer, _| read(answer)).await
    }

    /// Waits before a client makes another call because the last one failed: within the patience,
    /// and not beyond a stop.
    pub async fn wait_after_failure(
        &self,
        request: &Request,
        wait: Duration,
    ) -> Result<(), Failed<TransportError>> {
        CallLoop::of(self, request).wait_after_failure(wait).await
    }

    pub(crate) fn jitter(&self) -> f64 {
        self.jitter.lock().unwrap_or_else(PoisonError::into_inner).f64()
    }
}

impl std::fmt::Debug for Caller {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "Caller({})", self.service)
    }
}
