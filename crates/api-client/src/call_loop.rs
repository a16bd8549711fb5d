//! The one loop through which every call to a service goes.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::{Instant, sleep};

use crate::failed::without_secrets;
use crate::one_try::{Cut, Tried, settling};
use crate::patience::{CallPatience, Charge};
use crate::retry::Tries;
use crate::{
    Answer, Attempts, Caller, Disposition, Failed, GaveUp, Issued, PriorAttempt, Request,
    StatedDuration, TokenCache, TransportError, Wait, WaitCause,
};

/// How often one call may find that a token has come to its end.
const RENEWALS: u32 = 5;
/// A call that leaves nearly at once has not waited.
const WORTH_TELLING: Duration = Duration::from_millis(1);

/// One call under way, with all its tries.
pub(crate) struct CallLoop<'a> {
    pub(crate) caller: &'a Caller,
    pub(crate) request: &'a Request,
    /// When it was first sent.
    pub(crate) began: Option<Instant>,
    pub(crate) sent: u32,
    tries: Tries<'a>,
    renewals: u32,
    pub(crate) patience: CallPatience,
}

/// What follows a try.
enum Settled<T, E> {
    Done(T),
    /// It is tried again; this is the error until then.
    Again(E),
    Failed(Failed<E>),
}

impl<'a> CallLoop<'a> {
    pub(crate) fn of(caller: &'a Caller, request: &'a Request) -> Self {
        Self {
            caller,
            request,
            began: None,
            sent: 0,
            tries: Tries::begin(&caller.policy),
            renewals: 0,
            patience: CallPatience::new(caller.patience, caller.silence.clone()),
        }
    }

    /// Tries until there is an answer, or no reason to try again.
    pub(crate) async fn run<T, E: From<TransportError>>(
        mut self,
        tokens: Option<&TokenCache<E>>,
        read: impl Fn(&Answer, PriorAttempt) -> Disposition<T, E>,
    ) -> Result<T, Failed<E>> {
        let mut earlier = PriorAttempt::NotDone;
        let mut last = None;
        loop {
            let (signed, token) = match self.sign(tokens).await {
                Ok(Ok(signed)) => signed,
                Ok(Err(error)) => return Err(self.failed(error, None)),
                Err(gave_up) => return Err(self.cut(gave_up.into(), last)),
            };
            let tried = match self.once(signed, |answer| read(answer, earlier)).await {
                Ok(tried) => tried,
                Err(cut) => return Err(self.cut(cut, last)),
            };
            if tried.is_open {
                earlier = PriorAttempt::MaybeApplied;
            }
            match self.settle(tried, tokens, token).await {
                Settled::Done(answer) => return Ok(answer),
                Settled::Again(error) => last = Some(error),
                Settled::Failed(failed) => return Err(failed),
            }
        }
    }

    /// Does what the meaning of an answer asks for; where that is another try, waits for it.
    async fn settle<T, E: From<TransportError>>(
        &mut self,
        tried: Tried<T, E>,
        tokens: Option<&TokenCache<E>>,
        token: Option<Arc<Issued>>,
    ) -> Settled<T, E> {
        let Tried { verdict, asked, most, then, is_open: _ } = tried;
        let (error, waited) = match verdict {
            Disposition::Done(answer) => {
                if let (Some(tokens), Some(token)) = (tokens, token) {
                    tokens.accept(&token);
                }
                return Settled::Done(answer);
            }
            Disposition::Fail(error) => return Settled::Failed(self.failed(error, None)),
            Disposition::RefreshToken(error) => match self.may_renew(tokens, token).await {
                Ok(false) => return Settled::Failed(self.failed(error, None)),
                Ok(true) => (error, Ok(())),
                Err(gave_up) => (error, Err(gave_up)),
            },
            Disposition::TryAgain(error) => (error, self.after_failure(asked, most, then).await),
            Disposition::SlowDown { after, error } => (error, self.after_slowdown(after).await),
        };
        match waited {
            Ok(()) => Settled::Again(error),
            Err(gave_up) => Settled::Failed(self.failed(error, Some(gave_up))),
        }
    }

    /// Forgets a token that was refused; says whether a new one may fare better.
    async fn may_renew<E>(
        &mut self,
        tokens: Option<&TokenCache<E>>,
        token: Option<Arc<Issued>>,
    ) -> Result<bool, GaveUp> {
        let (Some(tokens), Some(token)) = (tokens, token) else { return Ok(false) };
        self.renewals = self.renewals.saturating_add(1);
        if self.renewals > RENEWALS {
            return Ok(false);
        }
        // Somebody else may be fetching a token now.
        settling(&self.caller.stop, tokens.refuse(&token)).await
    }

    /// Waits before another call that is made because one has failed.
    pub(crate) async fn wait_after_failure(
        mut self,
        wait: Duration,
    ) -> Result<(), Failed<TransportError>> {
        match self.wait(WaitCause::Failure, wait, None).await {
            Ok(()) => Ok(()),
            Err(gave_up) => Err(self.cut(gave_up.into(), None)),
        }
    }

    /// The request with a token, where it needs one.
    async fn sign<E: From<TransportError>>(
        &mut self,
        tokens: Option<&TokenCache<E>>,
    ) -> Result<Result<(Request, Option<Arc<Issued>>), E>, GaveUp> {
        let Some(tokens) = tokens else {
            return Ok(Ok((self.request.clone(), None)));
        };
        let token = self.patience.wait(Charge::Call, tokens.token());
        let token = settling(&self.caller.stop, token).await??;
        let signed =
            token.and_then(|token| Ok((self.request.clone().bearer(&token.secret)?, Some(token))));
        Ok(signed)
    }

    async fn after_failure(
        &mut self,
        asked: Option<StatedDuration>,
        most: u32,
        then: GaveUp,
    ) -> Result<(), GaveUp> {
        let jitter = self.caller.jitter();
        let wait = self.tries.after_failure(most, jitter).ok_or(then)?;
        if !self.caller.budget.spend() {
            return Err(GaveUp::Budget);
        }
        let asked = asked.map(StatedDuration::get);
        self.wait(WaitCause::Failure, wait.max(asked.unwrap_or_default()), asked).await
    }

    async fn after_slowdown(&mut self, asked: Option<StatedDuration>) -> Result<(), GaveUp> {
        let asked = asked.map(StatedDuration::get);
        let wait = self.tries.after_slowdown(asked, self.caller.jitter());
        self.wait(WaitCause::Allowance, wait, asked).await
    }

    /// A call has waited for its turn.
    pub(crate) fn has_waited(&self, duration: Duration) {
        let Caller { service, on_wait, .. } = self.caller;
        if let Some(hook) = on_wait.as_ref().filter(|_| duration >= WORTH_TELLING) {
            hook(Wait { service, cause: WaitCause::Pace, duration, asked: None });
        }
    }

    /// Waits because the service makes it necessary.
    pub(crate) async fn wait(
        &mut self,
        cause: WaitCause,
        duration: Duration,
        asked: Option<Duration>,
    ) -> Result<(), GaveUp> {
        let (caller, patience) = (self.caller, self.patience.limit());
        if let Some(asked) = asked.filter(|asked| *asked > patience) {
            return Err(GaveUp::AskedToWait { asked, patience });
        }
        self.patience.allows(duration)?;
        tracing::debug!(service = caller.service, ?cause, ?duration, ?asked, "waits");
        if let Some(hook) = caller.on_wait.as_ref().filter(|_| !duration.is_zero()) {
            hook(Wait { service: caller.service, cause, duration, asked });
        }
        tokio::select! {
            biased;
            () = caller.stop.asked() => Err(GaveUp::Stopped),
            waited = self.patience.wait(Charge::Call, sleep(duration)) => Ok(waited?),
        }
    }

    /// The failure of a call that was given up before an answer settled it.
    fn cut<E: From<TransportError>>(&self, cut: Cut, last: Option<E>) -> Failed<E> {
        let Cut { in_flight, gave_up } = cut;
        let unsent = match gave_up {
            GaveUp::Stopped => TransportError::Interrupted,
            _ => TransportError::NotTried,
        };
        let error = in_flight.map(E::from).or(last).unwrap_or_else(|| unsent.into());
        self.failed(error, Some(gave_up))
    }

    fn failed<E>(&self, error: E, gave_up: Option<GaveUp>) -> Failed<E> {
        let attempts = Attempts {
            service: self.caller.service,
            method: self.request.method.clone(),
            address: without_secrets(&self.request.url),
            tries: self.sent,
            elapsed: self.began.map(|began| began.elapsed()).unwrap_or_default(),
            gave_up,
        };
        Failed { error, attempts }
    }
}
