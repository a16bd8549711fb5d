//! The one loop through which every call to a service goes.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use crate::retry::Tries;
use crate::{
    Admission, Answer, Concurrency, HttpTransport, Issued, Pace, Request, RetryBudget, RetryPolicy,
    TokenCache, Transport, Unanswered,
};

/// What an answer means for the call that asked.
#[derive(Debug)]
pub enum Verdict<T, E> {
    /// Answered.
    Done(T),
    /// A passing fault. The error is what to report when the tries run out.
    TryAgain(E),
    /// Too many calls. Everybody who shares the pace waits.
    SlowDown {
        /// How long, where the service said so.
        after: Option<Duration>,
        /// What to report when the patience runs out.
        error: E,
    },
    /// The token is not good any more; a new one is fetched, once.
    RefreshToken(E),
    /// Asking again would not help.
    Fail(E),
}

/// What is known of the tries of a call before the one that was answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Earlier {
    /// None of them was carried out, or there was none.
    NotDone,
    /// One may have been carried out: its answer was lost or told of a fault.
    PerhapsDone,
}

/// A wait worth telling a person about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wait {
    /// The service that is waited for.
    pub service: &'static str,
    /// Why.
    pub cause: WaitCause,
    /// How long at the most.
    pub duration: Duration,
}

/// Why a call waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WaitCause {
    /// The service allows no more for now.
    Allowance,
    /// The last try failed.
    Failure,
}

/// Is told of every [`Wait`] as it begins.
pub type WaitHook = Arc<dyn Fn(Wait) + Send + Sync>;

/// Makes calls to one service. Clones share everything.
#[derive(Clone)]
pub struct Caller {
    service: &'static str,
    transport: Arc<dyn Transport>,
    policy: RetryPolicy,
    answer_timeout: Duration,
    budget: Arc<RetryBudget>,
    pace: Arc<Pace>,
    concurrency: Option<Arc<Concurrency>>,
    jitter: Arc<Mutex<fastrand::Rng>>,
    on_wait: Option<WaitHook>,
}

/// How many repetitions all calls together may begin with.
const BUDGET: u32 = 200;
/// How often one call may find that a token has come to its end.
const RENEWALS: u32 = 5;
const ANSWER_TIMEOUT: Duration = Duration::from_secs(30);

impl Caller {
    /// A caller with its own connections and the default bounds.
    pub fn over_https(service: &'static str) -> Result<Self, Unanswered> {
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
            jitter: Arc::new(Mutex::new(fastrand::Rng::new())),
            on_wait: None,
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

    /// Whether the service has failed so much more often than it answered that nothing is
    /// repeated any more.
    pub fn has_given_up(&self) -> bool {
        self.budget.is_spent()
    }

    /// The pace that this caller keeps.
    pub fn pace(&self) -> &Pace {
        &self.pace
    }

    /// Makes one call, repeated as `read` says of each answer.
    pub async fn call<T, E: From<Unanswered>>(
        &self,
        request: &Request,
        read: impl Fn(&Answer) -> Verdict<T, E>,
    ) -> Result<T, E> {
        self.repeat(None, request, |answer, _| read(answer)).await
    }

    /// The same, where the meaning of an answer depends on what an earlier try may have done.
    pub async fn call_minding_earlier<T, E: From<Unanswered>>(
        &self,
        request: &Request,
        read: impl Fn(&Answer, Earlier) -> Verdict<T, E>,
    ) -> Result<T, E> {
        self.repeat(None, request, read).await
    }

    /// The same with a token, renewed when `read` says that it was refused: once where the token
    /// was never good, and a few times where it was.
    pub async fn call_with_token<T, E: From<Unanswered>>(
        &self,
        tokens: &TokenCache<E>,
        request: &Request,
        read: impl Fn(&Answer) -> Verdict<T, E>,
    ) -> Result<T, E> {
        self.repeat(Some(tokens), request, |answer, _| read(answer)).await
    }

    async fn repeat<T, E: From<Unanswered>>(
        &self,
        tokens: Option<&TokenCache<E>>,
        request: &Request,
        read: impl Fn(&Answer, Earlier) -> Verdict<T, E>,
    ) -> Result<T, E> {
        let mut tries = Tries::begin(&self.policy);
        let mut renewals = 0;
        let mut earlier = Earlier::NotDone;
        loop {
            let (signed, token) = sign(request, tokens).await?;
            let Tried { verdict, asked, is_open } =
                self.once(signed, |answer| read(answer, earlier)).await;
            if is_open {
                earlier = Earlier::PerhapsDone;
            }
            match verdict {
                Verdict::Done(answer) => {
                    if let (Some(tokens), Some(token)) = (tokens, token) {
                        tokens.accept(&token);
                    }
                    return Ok(answer);
                }
                Verdict::Fail(error) => return Err(error),
                Verdict::RefreshToken(error) => match (tokens, token) {
                    (Some(tokens), Some(token)) if renewals < RENEWALS => {
                        renewals += 1;
                        if !tokens.refuse(&token).await {
                            return Err(error);
                        }
                    }
                    _ => return Err(error),
                },
                Verdict::TryAgain(error) => match tries.after_failure(self.jitter()) {
                    Some(wait) if self.budget.spend() => {
                        self.wait(WaitCause::Failure, wait.max(asked.unwrap_or_default())).await;
                    }
                    _ => return Err(error),
                },
                Verdict::SlowDown { after, error } => {
                    match tries.after_slowdown(after, self.jitter()) {
                        Some(wait) => self.wait(WaitCause::Allowance, wait).await,
                        None => return Err(error),
                    }
                }
            }
        }
    }

    /// One try: waits its turn, sends, and tells pace, concurrency and budget what came of it.
    async fn once<T, E: From<Unanswered>>(
        &self,
        request: Request,
        read: impl Fn(&Answer) -> Verdict<T, E>,
    ) -> Tried<T, E> {
        let permit = match &self.concurrency {
            Some(concurrency) => Some(concurrency.enter().await),
            None => None,
        };
        let admission = self.pace.admit().await;
        let repeatable = request.is_repeatable();
        tracing::trace!(service = self.service, ?request, "calls");
        let answer = match self.send(request).await {
            Ok(answer) => answer,
            Err(error) => return unanswered(error, repeatable),
        };
        self.pace.learn(&answer.headers);
        let verdict = read(&answer);
        self.note(&verdict, admission);
        if let Some(permit) = permit {
            match answer.status.as_u16() {
                429 | 503 => permit.refused(),
                _ => permit.answered(),
            }
        }
        let is_open = matches!(verdict, Verdict::TryAgain(_));
        Tried { verdict, asked: answer.retry_after(), is_open }
    }

    async fn send(&self, request: Request) -> Result<Answer, Unanswered> {
        tokio::time::timeout(self.answer_timeout, self.transport.send(request))
            .await
            .unwrap_or(Err(Unanswered::TimedOut(self.answer_timeout)))
    }

    fn note<T, E>(&self, verdict: &Verdict<T, E>, admission: Admission) {
        match verdict {
            Verdict::Done(_) | Verdict::Fail(_) | Verdict::RefreshToken(_) => {
                self.budget.earn();
                self.pace.kept();
            }
            Verdict::SlowDown { after, .. } => self.pace.exceeded(admission, *after),
            Verdict::TryAgain(_) => {}
        }
    }

    async fn wait(&self, cause: WaitCause, duration: Duration) {
        tracing::debug!(service = self.service, ?cause, ?duration, "waits");
        if let Some(hook) = &self.on_wait {
            hook(Wait { service: self.service, cause, duration });
        }
        tokio::time::sleep(duration).await;
    }

    fn jitter(&self) -> f64 {
        self.jitter.lock().unwrap_or_else(PoisonError::into_inner).f64()
    }
}

/// What came of one try.
struct Tried<T, E> {
    verdict: Verdict<T, E>,
    /// The wait that the answer asked for.
    asked: Option<Duration>,
    /// Whether it is open if the call was carried out.
    is_open: bool,
}

impl std::fmt::Debug for Caller {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "Caller({})", self.service)
    }
}

async fn sign<E: From<Unanswered>>(
    request: &Request,
    tokens: Option<&TokenCache<E>>,
) -> Result<(Request, Option<Arc<Issued>>), E> {
    let Some(tokens) = tokens else {
        return Ok((request.clone(), None));
    };
    let token = tokens.token().await?;
    Ok((request.clone().bearer(&token.secret)?, Some(token)))
}

/// Without an answer, a request that may have been acted on is repeated only where that is
/// harmless.
fn unanswered<T, E: From<Unanswered>>(error: Unanswered, repeatable: bool) -> Tried<T, E> {
    let is_open = error.may_have_acted();
    let verdict = if repeatable || !is_open {
        Verdict::TryAgain(error.into())
    } else {
        Verdict::Fail(error.into())
    };
    Tried { verdict, asked: None, is_open }
}
