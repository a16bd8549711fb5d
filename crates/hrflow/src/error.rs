//! What failed, why, and whom it concerns.

use std::fmt;

use api_client::{Secret, Unanswered, redact};

/// An operation that HrFlow did not carry out. No text in it repeats the API key.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("could not {operation}: {failure}")]
pub struct Error {
    /// What was asked for.
    pub operation: Operation,
    /// Why it failed.
    pub failure: Failure,
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
    /// No answer at any try.
    #[error("{0}")]
    Unanswered(String),
}

impl Error {
    pub(crate) fn new(operation: Operation, failure: Failure, secret: &Secret) -> Self {
        Self { operation, failure: failure.without(secret) }
    }

    /// Whether the next item would fail in the same way, so that going on makes no sense.
    pub fn concerns_everything(&self) -> bool {
        match &self.failure {
            Failure::Unauthorized(_)
            | Failure::OverQuota(_)
            | Failure::Forbidden(_)
            | Failure::UnknownBoard(_)
            | Failure::TooManyCalls(_)
            | Failure::WrongAddress { .. } => true,
            Failure::UnknownJob(_)
            | Failure::ReferenceInUse(_)
            | Failure::Refused { .. }
            | Failure::Unavailable { .. }
            | Failure::Unintelligible { .. }
            | Failure::Unanswered(_) => false,
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
            | Failure::Unanswered(_) => true,
        }
    }

    /// What a person can do about it.
    pub fn hint(&self) -> Option<&'static str> {
        match &self.failure {
            Failure::Unauthorized(_) => Some(
                "check `api_secret` and `api_user`, that the key may read and write, and that the \
                 board is of the same account",
            ),
            Failure::OverQuota(_) => Some("see the quotas of your plan at hrflow.ai"),
            Failure::Forbidden(_) => Some("check the account's list of allowed domains"),
            Failure::UnknownBoard(_) => Some("check `board_key`"),
            Failure::TooManyCalls(_) => Some("set a lower `--write-concurrency`"),
            Failure::WrongAddress { .. } => Some("check `HRFLOW_API_URL`"),
            _ => None,
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
            Self::Unanswered(text) => Self::Unanswered(clean(text)),
        }
    }
}

impl From<Unanswered> for Failure {
    fn from(error: Unanswered) -> Self {
        Self::Unanswered(api_client::chain(&error))
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
