//! One try of a call: waits its turn, sends, and says what came of it.

use std::time::Duration;

use tokio::time::Instant;
use tracing::Instrument;
use tracing::field::Empty;

use crate::call_loop::CallLoop;
use crate::failed::without_secrets;
use crate::patience::{Charge, Exhausted};
use crate::{
    Admission, Answer, Answered, Caller, Disposition, GaveUp, Permit, Request, StatedDuration,
    Stop, TransportError, Turn, WaitCause,
};

/// What came of one try.
pub(crate) struct Tried<T, E> {
    pub(crate) verdict: Disposition<T, E>,
    /// The wait that the answer asked for.
    pub(crate) asked: Option<StatedDuration>,
    /// Whether it is open if the call was carried out.
    pub(crate) is_open: bool,
    /// How many tries there may be where they end so.
    pub(crate) most: u32,
    /// Why there are no more, where `most` is reached.
    pub(crate) then: GaveUp,
}

/// A try that was given up, and what is known of it where it had left.
pub(crate) struct Cut {
    pub(crate) in_flight: Option<TransportError>,
    pub(crate) gave_up: GaveUp,
}

impl From<GaveUp> for Cut {
    fn from(gave_up: GaveUp) -> Self {
        Self { in_flight: None, gave_up }
    }
}

impl From<Exhausted> for Cut {
    fn from(exhausted: Exhausted) -> Self {
        GaveUp::from(exhausted).into()
    }
}

impl<'a> CallLoop<'a> {
    /// One try: waits its turn, sends, and tells pace, concurrency and budget what came of it.
    pub(crate) async fn once<T, E: From<TransportError>>(
        &mut self,
        request: Request,
        read: impl Fn(&Answer) -> Disposition<T, E>,
    ) -> Result<Tried<T, E>, Cut> {
        let caller = self.caller;
        let (permit, admission) = self.turn().await?;
        let repeatable = request.is_repeatable();
        tracing::trace!(service = caller.service, ?request, "calls");
        let span = tracing::debug_span!(
            "request",
            otel.kind = "client",
            otel.status_code = Empty,
            peer.service = caller.service,
            http.request.method = %request.method,
            url.full = without_secrets(&request.url),
            http.request.resend_count = self.sent,
            http.response.status_code = Empty,
        );
        let began = Instant::now();
        let sent = self.send(request).instrument(span.clone()).await?;
        match &sent {
            Ok(answer) => span.record("http.response.status_code", answer.status.as_u16()),
            Err(_) => span.record("otel.status_code", "ERROR"),
        };
        self.tell(&sent, began.elapsed());
        let answer = match sent {
            Ok(answer) => answer,
            Err(error) => return Ok(self.unanswered(error, repeatable)),
        };
        caller.pace.learn(&answer.headers);
        let verdict = read(&answer);
        self.note(&verdict, admission);
        if let Some(permit) = permit {
            match answer.status.as_u16() {
                429 | 503 => permit.refused(),
                _ => permit.answered(),
            }
        }
        let is_open = matches!(verdict, Disposition::TryAgain(_));
        let (most, then) = (caller.policy.tries, GaveUp::Tries);
        Ok(Tried { verdict, asked: answer.retry_after(), is_open, most, then })
    }

    /// Waits for a place among the calls in flight and for a slot, and for the end of a pause that
    /// the service has asked for.
    async fn turn(&mut self) -> Result<(Option<Permit<'a>>, Admission), GaveUp> {
        let Caller { stop, concurrency, pace, .. } = self.caller;
        if stop.is_past(Stop::GRACE) {
            return Err(GaveUp::Stopped);
        }
        loop {
            let permit = match concurrency {
                Some(concurrency) => Some(settling(stop, concurrency.enter()).await?),
                None => None,
            };
            let began = Instant::now();
            // What the user's own bound makes a call wait costs no patience.
            let turn = if pace.is_bound_by_service() {
                settling(stop, self.patience.wait(Charge::Service, pace.admit())).await??
            } else {
                settling(stop, pace.admit()).await?
            };
            match turn {
                Turn::Admitted(admission) => {
                    self.has_waited(began.elapsed());
                    return Ok((permit, admission));
                }
                Turn::Paused(pause) => {
                    drop(permit);
                    self.wait(WaitCause::Allowance, pause, Some(pause)).await?;
                }
            }
        }
    }

    /// Sends, and waits for the answer as long as one may take.
    async fn send(&mut self, request: Request) -> Result<Result<Answer, TransportError>, Cut> {
        let Caller { transport, answer_timeout, stop, .. } = self.caller;
        self.patience.allows(Duration::ZERO)?;
        self.sent = self.sent.saturating_add(1);
        let began = Instant::now();
        self.began.get_or_insert(began);
        let answer = tokio::time::timeout(*answer_timeout, transport.send(request));
        let answered = tokio::select! {
            biased;
            answered = self.patience.wait(Charge::Call, answer) => answered,
            () = stop.past(Stop::GRACE) => {
                let in_flight = Some(TransportError::Abandoned);
                return Err(Cut { in_flight, gave_up: GaveUp::Stopped });
            }
        };
        match answered {
            Ok(answer) => Ok(answer.unwrap_or(Err(TransportError::TimedOut(*answer_timeout)))),
            Err(exhausted) => {
                let in_flight = Some(TransportError::TimedOut(began.elapsed()));
                Err(Cut { in_flight, gave_up: exhausted.into() })
            }
        }
    }

    /// Tells of a request and what came of it.
    fn tell(&self, sent: &Result<Answer, TransportError>, time: Duration) {
        if let Some(hook) = &self.caller.on_answer {
            let status = sent.as_ref().ok().map(|answer| answer.status.as_u16());
            hook(Answered { service: self.caller.service, status, duration: time });
        }
        let Request { method, url, .. } = self.request;
        let service = self.caller.service;
        let duration_ms = u64::try_from(time.as_millis()).unwrap_or(u64::MAX);
        let attempt = self.sent;
        match sent {
            Ok(answer) => {
                let status = answer.status.as_u16();
                tracing::debug!(
                    service,
                    %method,
                    url = without_secrets(url),
                    status,
                    attempt,
                    duration_ms,
                    "request"
                );
            }
            Err(error) => {
                tracing::debug!(
                    service,
                    %method,
                    url = without_secrets(url),
                    error = error.plain(),
                    attempt,
                    duration_ms,
                    "request failed"
                );
            }
        }
    }

    /// Without an answer, a request that may have been acted on is repeated only where that is
    /// harmless.
    fn unanswered<T, E: From<TransportError>>(
        &self,
        error: TransportError,
        repeatable: bool,
    ) -> Tried<T, E> {
        let Caller { policy, silence, .. } = self.caller;
        self.tell_once(&error);
        let is_open = error.may_have_acted();
        let (most, then) = match error {
            TransportError::NotConnected(_) if !silence.has_answered() => {
                (policy.first_tries, GaveUp::Unreachable)
            }
            TransportError::TooLarge(_) => (policy.costly_tries, GaveUp::Tries),
            _ => (policy.tries, GaveUp::Tries),
        };
        let verdict = if error.is_passing() && (repeatable || !is_open) {
            Disposition::TryAgain(error.into())
        } else {
            Disposition::Fail(error.into())
        };
        Tried { verdict, asked: None, is_open, most, then }
    }

    /// Nobody should wonder why nothing happens: the first sign that a service does not answer is
    /// told, once until it answers again.
    fn tell_once(&self, error: &TransportError) {
        let is_telling =
            matches!(error, TransportError::NotConnected(_) | TransportError::TimedOut(_));
        if is_telling && self.caller.silence.tell_once() {
            tracing::warn!(
                service = self.caller.service,
                url = without_secrets(&self.request.url),
                error = error.plain(),
                "the service does not answer; it is tried again"
            );
        }
    }

    fn note<T, E>(&self, verdict: &Disposition<T, E>, admission: Admission) {
        let Caller { budget, pace, silence, .. } = self.caller;
        match verdict {
            Disposition::Done(_) | Disposition::Fail(_) | Disposition::RefreshToken(_) => {
                budget.earn();
                pace.kept();
                silence.broken();
            }
            Disposition::SlowDown { after, .. } => {
                // Who would not wait so long does not make others wait.
                let limit = self.patience.limit();
                pace.on_throttled(admission, after.filter(|after| after.get() <= limit));
            }
            Disposition::TryAgain(_) => {}
        }
    }
}

/// Waits for what comes before a call can leave; a stop leaves it a moment.
pub(crate) async fn settling<F: Future>(stop: &Stop, turn: F) -> Result<F::Output, GaveUp> {
    tokio::select! {
        biased;
        turn = turn => Ok(turn),
        () = stop.past(Stop::SETTLING) => Err(GaveUp::Stopped),
    }
}
