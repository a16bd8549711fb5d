//! What failed, and what can be done about it.

use std::fmt;

use api_client::{Secret, Unanswered, redact};

/// An operation that France Travail did not carry out. No text in it repeats the secret.
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
    /// A token.
    GetToken,
    /// `GET v2/offres/search`.
    Search,
    /// `GET v2/offres/{id}`.
    ReadOffer,
    /// `GET v2/referentiel/{name}`.
    ReadReferential,
}

/// Why an operation failed. The messages are the service's own.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
    /// The token endpoint refuses the credentials, the scope or the realm.
    #[error("the credentials were refused ({code}): {message}")]
    Credentials {
        /// The `error` of the answer, such as `invalid_client`.
        code: String,
        /// Its `error_description`.
        message: String,
    },
    /// 401, also with a fresh token.
    #[error("the token was refused (401)")]
    Unauthorized,
    /// 403.
    #[error("access was refused (403): {0}")]
    Forbidden(String),
    /// 400 and its like: the service does not accept the parameters.
    #[error("refused ({status}): {message}")]
    Refused {
        /// The HTTP status.
        status: u16,
        /// Why.
        message: String,
    },
    /// 429, for longer than the patience lasted.
    #[error("too many calls (429): {0}")]
    TooManyCalls(String),
    /// 408 or 5xx, at every try.
    #[error("the service is not available ({status}): {message}")]
    Unavailable {
        /// The HTTP status.
        status: u16,
        /// What it said.
        message: String,
    },
    /// An answer that is not the API's: a page, a broken body.
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
    /// No token, for this reason.
    #[error("{0}")]
    Token(Box<Error>),
}

impl Error {
    pub(crate) fn new(operation: Operation, failure: Failure, secret: &Secret) -> Self {
        match failure {
            Failure::Token(error) => *error,
            failure => Self { operation, failure: failure.without(secret) },
        }
    }

    /// What a person can do about it.
    pub fn hint(&self) -> Option<&'static str> {
        match &self.failure {
            Failure::Credentials { code, .. } => Some(match code.as_str() {
                "invalid_client" => {
                    "check `client_id` and `client_secret`, and that the application at \
                     francetravail.io has the API Offres d'emploi with its licence accepted"
                }
                "invalid_scope" => {
                    "add the API Offres d'emploi to the application at francetravail.io"
                }
                _ => "check the credentials and `FRANCETRAVAIL_TOKEN_URL`",
            }),
            Failure::Unauthorized | Failure::Forbidden(_) => Some(
                "check at francetravail.io that the application may use the API Offres d'emploi",
            ),
            Failure::TooManyCalls(_) => {
                Some("another program may be using the same application's allowance")
            }
            Failure::WrongAddress { .. } => {
                Some("check `FRANCETRAVAIL_API_URL` and `FRANCETRAVAIL_TOKEN_URL`")
            }
            _ => None,
        }
    }
}

impl Failure {
    fn without(self, secret: &Secret) -> Self {
        let clean = |text: String| redact(&text, &[secret]);
        match self {
            Self::Credentials { code, message } => {
                Self::Credentials { code: clean(code), message: clean(message) }
            }
            Self::Forbidden(text) => Self::Forbidden(clean(text)),
            Self::Refused { status, message } => Self::Refused { status, message: clean(message) },
            Self::TooManyCalls(text) => Self::TooManyCalls(clean(text)),
            Self::Unavailable { status, message } => {
                Self::Unavailable { status, message: clean(message) }
            }
            Self::Unintelligible { status, excerpt } => {
                Self::Unintelligible { status, excerpt: clean(excerpt) }
            }
            Self::WrongAddress { status, excerpt } => {
                Self::WrongAddress { status, excerpt: clean(excerpt) }
            }
            Self::Unanswered(text) => Self::Unanswered(clean(text)),
            Self::Unauthorized | Self::Token(_) => self,
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
            Self::GetToken => "get a token",
            Self::Search => "search for offers",
            Self::ReadOffer => "read the offer",
            Self::ReadReferential => "read the referential",
        })
    }
}
