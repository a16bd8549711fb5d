//! What an answer means, and what is waited for: the words between a client and the loop of calls.

use std::sync::Arc;
use std::time::Duration;

use crate::StatedDuration;

/// What an answer means for the call that asked.
#[derive(Debug)]
pub enum Disposition<T, E> {
    /// Answered.
    Done(T),
    /// A passing fault. The error is what to report when the tries run out.
    TryAgain(E),
    /// Too many calls. Everybody who shares the pace waits.
    SlowDown {
        /// How long, where the service said so.
        after: Option<StatedDuration>,
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
pub enum PriorAttempt {
    /// None of them was carried out, or there was none.
    NotDone,
    /// One may have been carried out: its answer was lost or told of a fault.
    MaybeApplied,
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
    /// How long the service asked to wait, where it did.
    pub asked: Option<Duration>,
}

/// Why a call waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WaitCause {
    /// The service allows no more for now.
    Allowance,
    /// The last try failed.
    Failure,
    /// Calls leave evenly spaced. Told when the call leaves, with how long it waited.
    Pace,
}

/// Is told of every [`Wait`]: as it begins, or when it is over where its end was not known.
pub type WaitHook = Arc<dyn Fn(Wait) + Send + Sync>;

/// One request, and what came of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Answered {
    /// The service that was asked.
    pub service: &'static str,
    /// The status of the answer; none where there was no answer.
    pub status: Option<u16>,
    /// From the first byte sent to the last received.
    pub duration: Duration,
}

/// Called after every request, each try included.
pub type AnswerHook = Arc<dyn Fn(Answered) + Send + Sync>;
