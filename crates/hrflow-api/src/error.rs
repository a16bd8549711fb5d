//! What failed, why, and whom it concerns.

use std::borrow::Cow;
use std::fmt;

use api_client::{Attempts, BodyLimit, Failed, GaveUp, Secret, TransportError, redact};

/// An operation that HrFlow did not carry out. No text in it repeats the API key.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("could not {operation}: {failure}{}", tried(failure, attempts.as_deref()))]
pub struct Error {
    /// What was asked for.
    pub operation: Operation,
    /// Why it failed.
    pub failure: Failure,
    /// What was tried; none where no call was made.
    pub attempts: Option<Box<Attempts>>,
}

/// What can be asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operation {
    /// `PATCH job/indexing/archive`.
    ArchiveJob,
    /// `POST job/indexing`.
    CreateJob,
    /// `PUT job/indexing`.
    EditJob,
    /// `GET storing/jobs`.
    ListJobs,
    /// `POST text/parsing`.
    ParseTexts,
    /// `GET job/indexing`.
    ReadJob,
    /// `GET board`.
    ReadBoard,
    /// `GET auth`.
    ReadPermission,
}

/// Why an operation failed. The messages are HrFlow's own.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
    /// 401: the key is wrong, does not own the board, or lacks the permission.
    #[error("the API key was refused (401): {0}")]
    Unauthorized(String),
    /// 402: the plan's quota for this endpoint is used up.
    #[error("the plan's quota is used up (402): {0}")]
    OverQuota(String),
    /// 403: not documented; perhaps the account's list of allowed domains.
    #[error("access was refused (403): {0}")]
    Forbidden(String),
    /// The key sees no such board.
    #[error("there is no such board: {0}")]
    UnknownBoard(String),
    /// The board has no such job.
    #[error("the board has no such job: {0}")]
    UnknownJob(String),
    /// The board has a job of that reference already.
    #[error("the reference is in use: {0}")]
    ReferenceInUse(String),
    /// HrFlow does not accept what was sent.
    #[error("refused ({code}): {message}")]
    Refused {
        /// The status or the body's `code`, whichever is worse.
        code: u16,
        /// Why.
        message: String,
    },
    /// 429, for longer than the patience lasted.
    #[error("too many calls (429): {0}")]
    TooManyCalls(String),
    /// 408 or 5xx, at every try.
    #[error("the service is not available ({code}): {message}")]
    Unavailable {
        /// The status or the body's `code`, whichever is worse.
        code: u16,
        /// What it said.
        message: String,
    },
    /// An answer that is not HrFlow's: a page, a broken body, or one without `code`.
    #[error("the answer could not be understood ({status}): {excerpt}")]
    Unintelligible {
        /// The HTTP status.
        status: u16,
        /// The beginning of the body.
        excerpt: String,
    },
    /// Something else answers at this address.
    #[error("this is not the address of the API ({status}): {excerpt}")]
    WrongAddress {
        /// The HTTP status.
        status: u16,
        /// The beginning of the body.
        excerpt: String,
    },
    /// Nothing was sent: the address or a header is not one, there was no time left, or an end was
    /// asked for.
    #[error("{0}")]
    NotSent(String),
    /// Nobody could be reached at any try.
    #[error("{0}")]
    NotConnected(String),
    /// The server has not proven who it is.
    #[error("{0}")]
    Untrusted(String),
    /// No whole answer at any try. HrFlow may have acted.
    #[error("{0}")]
    Unanswered(String),
}

impl Error {
    /// A call that did not succeed.
    pub(crate) fn of_call(operation: Operation, failed: Failed<Failure>, secret: &Secret) -> Self {
        let attempts = Some(Box::new(failed.attempts));
        Self { operation, failure: failed.error.without(secret), attempts }
    }

    /// A failure that is not that of one call: it could not be made, or was answered well and has
    /// not led to what was asked for.
    pub(crate) fn without_call(operation: Operation, failure: Failure, secret: &Secret) -> Self {
        Self { operation, failure: failure.without(secret), attempts: None }
    }

    /// Why the call was not tried again, where another try might have been answered.
    pub fn gave_up(&self) -> Option<GaveUp> {
        self.attempts.as_ref()?.gave_up
    }

    /// Whether an end was asked for before the call was answered.
    pub fn is_interrupted(&self) -> bool {
        self.gave_up() == Some(GaveUp::Stopped)
    }

    /// Whether the next item would fail in the same way, so that going on makes no sense.
    pub fn is_fatal_to_run(&self) -> bool {
        match &self.failure {
            Failure::Unauthorized(_)
            | Failure::OverQuota(_)
            | Failure::Forbidden(_)
            | Failure::UnknownBoard(_)
            | Failure::TooManyCalls(_)
            | Failure::Untrusted(_)
            | Failure::NotSent(_)
            | Failure::WrongAddress { .. } => true,
            Failure::UnknownJob(_) | Failure::ReferenceInUse(_) | Failure::Refused { .. } => false,
            Failure::Unavailable { .. }
            | Failure::Unintelligible { .. }
            | Failure::NotConnected(_)
            | Failure::Unanswered(_) => self.gave_up().is_some_and(GaveUp::concerns_service),
        }
    }

    /// Whether it is open if the call was carried out.
    pub(crate) fn is_open(&self) -> bool {
        matches!(
            self.failure,
            Failure::Unanswered(_) | Failure::Unavailable { .. } | Failure::Unintelligible { .. }
        )
    }

    /// Whether the same call may succeed another time, with nothing changed in what is sent.
    pub fn can_be_retried(&self) -> bool {
        match &self.failure {
            Failure::UnknownJob(_) | Failure::ReferenceInUse(_) | Failure::Refused { .. } => false,
            Failure::Unauthorized(_)
            | Failure::OverQuota(_)
            | Failure::Forbidden(_)
            | Failure::UnknownBoard(_)
            | Failure::TooManyCalls(_)
            | Failure::WrongAddress { .. }
            | Failure::Unavailable { .. }
            | Failure::Unintelligible { .. }
            | Failure::NotSent(_)
            | Failure::NotConnected(_)
            | Failure::Untrusted(_)
            | Failure::Unanswered(_) => true,
        }
    }

    /// What a person can do about it.
    pub fn hint(&self) -> Option<Cow<'static, str>> {
        if let Some(patience) = self.gave_up().and_then(GaveUp::hint) {
            return Some(patience.into());
        }
        let hint = match &self.failure {
            Failure::Unauthorized(_) => {
                "check `api_secret` and `api_user`, that the key may read and write, and that the \
                 board is of the same account"
            }
            Failure::OverQuota(_) => "see the quotas of your plan at hrflow.ai",
            Failure::Forbidden(_) => "check the account's list of allowed domains",
            Failure::UnknownBoard(_) => "check `board_key`",
            Failure::TooManyCalls(_) => "set a lower `write_concurrency`",
            Failure::WrongAddress { .. } => "check `HRFLOW_API_URL`",
            Failure::NotConnected(_) => {
                "check the network, and `HRFLOW_API_URL`, which sets the address"
            }
            Failure::Untrusted(_) => {
                "check `HRFLOW_API_URL`, which sets the address; where your network has its own \
                 authority, name its certificates in `SSL_CERT_FILE`"
            }
            Failure::UnknownJob(_)
            | Failure::ReferenceInUse(_)
            | Failure::Refused { .. }
            | Failure::Unavailable { .. }
            | Failure::Unintelligible { .. }
            | Failure::NotSent(_)
            | Failure::Unanswered(_) => return None,
        };
        Some(hint.into())
    }
}

/// What was tried, behind the failure: where, how often and for how long. A plain answer to what was
/// asked has nothing to do with that.
fn tried(failure: &Failure, attempts: Option<&Attempts>) -> String {
    match failure {
        Failure::OverQuota(_)
        | Failure::UnknownBoard(_)
        | Failure::UnknownJob(_)
        | Failure::ReferenceInUse(_)
        | Failure::Refused { .. } => String::new(),
        Failure::Unauthorized(_)
        | Failure::Forbidden(_)
        | Failure::TooManyCalls(_)
        | Failure::Unavailable { .. }
        | Failure::Unintelligible { .. }
        | Failure::WrongAddress { .. }
        | Failure::NotSent(_)
        | Failure::NotConnected(_)
        | Failure::Untrusted(_)
        | Failure::Unanswered(_) => {
            attempts.map(|attempts| format!(" {attempts}")).unwrap_or_default()
        }
    }
}

impl Failure {
    /// A message may repeat the key (HrFlow's 401 does); no error of ours does.
    fn without(self, secret: &Secret) -> Self {
        let clean = |text: String| redact(&text, &[secret]);
        match self {
            Self::Unauthorized(text) => Self::Unauthorized(clean(text)),
            Self::OverQuota(text) => Self::OverQuota(clean(text)),
            Self::Forbidden(text) => Self::Forbidden(clean(text)),
            Self::UnknownBoard(text) => Self::UnknownBoard(clean(text)),
            Self::UnknownJob(text) => Self::UnknownJob(clean(text)),
            Self::ReferenceInUse(text) => Self::ReferenceInUse(clean(text)),
            Self::Refused { code, message } => Self::Refused { code, message: clean(message) },
            Self::TooManyCalls(text) => Self::TooManyCalls(clean(text)),
            Self::Unavailable { code, message } => {
                Self::Unavailable { code, message: clean(message) }
            }
            Self::Unintelligible { status, excerpt } => {
                Self::Unintelligible { status, excerpt: clean(excerpt) }
            }
            Self::WrongAddress { status, excerpt } => {
                Self::WrongAddress { status, excerpt: clean(excerpt) }
            }
            Self::NotSent(text) => Self::NotSent(clean(text)),
            Self::NotConnected(text) => Self::NotConnected(clean(text)),
            Self::Untrusted(text) => Self::Untrusted(clean(text)),
            Self::Unanswered(text) => Self::Unanswered(clean(text)),
        }
    }
}

impl From<TransportError> for Failure {
    fn from(error: TransportError) -> Self {
        let text = error.plain();
        match error {
            TransportError::NotSent(_) | TransportError::NotTried | TransportError::Interrupted => {
                Self::NotSent(text)
            }
            TransportError::NotConnected(_) => Self::NotConnected(text),
            TransportError::Untrusted { .. } => Self::Untrusted(text),
            TransportError::TimedOut(_)
            | TransportError::Cut(_)
            | TransportError::TooLarge(_)
            | TransportError::Abandoned
            | TransportError::Unexpected { .. } => Self::Unanswered(text),
        }
    }
}

impl Operation {
    /// The largest answer that is taken. HrFlow shows a job that it has taken, so whatever fits a
    /// page of the origin must fit here; a list has thirty jobs, a parsing fourteen texts.
    pub(crate) fn answer_limit(self) -> BodyLimit {
        match self {
            Self::ArchiveJob | Self::CreateJob | Self::EditJob | Self::ReadJob => {
                BodyLimit::mib(32)
            }
            Self::ListJobs => BodyLimit::mib(64),
            Self::ParseTexts => BodyLimit::mib(32),
            Self::ReadBoard | Self::ReadPermission => BodyLimit::mib(1),
        }
    }
}

impl fmt::Display for Operation {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::ArchiveJob => "archive the job",
            Self::CreateJob => "create the job",
            Self::EditJob => "edit the job",
            Self::ListJobs => "list the jobs",
            Self::ParseTexts => "parse the text",
            Self::ReadJob => "read the job",
            Self::ReadBoard => "read the board",
            Self::ReadPermission => "ask what the API key allows",
        })
    }
}
