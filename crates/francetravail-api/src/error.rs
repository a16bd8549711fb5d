//! What failed, and what can be done about it.

use std::borrow::Cow;
use std::fmt;

use api_client::{Attempts, BodyLimit, Failed, GaveUp, Secret, TransportError, redact};

/// An operation that France Travail did not carry out. No text in it repeats the secret.
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
    /// An offer that is all there and is not what an offer can be.
    #[error("the offer could not be read: {0}")]
    Unreadable(String),
    /// Something else answers at this address.
    #[error("this is not the address of the API ({status}): {excerpt}")]
    WrongAddress {
        /// The HTTP status.
        status: u16,
        /// The beginning of the body.
        excerpt: String,
    },
    /// Nothing was sent, and nothing can be: an address or a header that is not one, or no time left.
    #[error("{0}")]
    NotSent(String),
    /// Nobody could be reached at any try.
    #[error("{0}")]
    NotConnected(String),
    /// The server has not proven who it is.
    #[error("{0}")]
    Untrusted(String),
    /// No whole answer at any try.
    #[error("{0}")]
    Unanswered(String),
    /// No token, for this reason.
    #[error("{0}")]
    Token(Box<Error>),
}

impl Error {
    /// A call that did not succeed. Where that is for want of a token, it is the token's failure.
    pub(crate) fn of_call(operation: Operation, failed: Failed<Failure>, secret: &Secret) -> Self {
        let Failed { error, attempts } = failed;
        match error {
            Failure::Token(error) => *error,
            failure => {
                let (failure, attempts) = (failure.without(secret), Some(Box::new(attempts)));
                Self { operation, failure, attempts }
            }
        }
    }

    /// A failure before any call.
    pub(crate) fn without_call(operation: Operation, failure: Failure, secret: &Secret) -> Self {
        match failure {
            Failure::Token(error) => *error,
            failure => Self { operation, failure: failure.without(secret), attempts: None },
        }
    }

    /// Why the call was not tried again, where another try might have been answered.
    pub fn gave_up(&self) -> Option<GaveUp> {
        self.attempts.as_ref()?.gave_up
    }

    /// What a person can do about it.
    pub fn hint(&self) -> Option<Cow<'static, str>> {
        if let Some(patience) = self.gave_up().and_then(GaveUp::hint) {
            return Some(patience.into());
        }
        let hint = match &self.failure {
            Failure::Credentials { code, .. } => match code.as_str() {
                "invalid_client" => {
                    "check `client_id` and `client_secret`, and that the application at \
                     francetravail.io has the API Offres d'emploi with its licence accepted"
                }
                "invalid_scope" => {
                    "add the API Offres d'emploi to the application at francetravail.io"
                }
                _ => "check the credentials and `FRANCETRAVAIL_TOKEN_URL`",
            },
            Failure::Unauthorized | Failure::Forbidden(_) => {
                "check at francetravail.io that the application may use the API Offres d'emploi"
            }
            Failure::TooManyCalls(_) => {
                "another program may be using the same application's allowance"
            }
            Failure::WrongAddress { .. } => {
                "check `FRANCETRAVAIL_API_URL` and `FRANCETRAVAIL_TOKEN_URL`"
            }
            Failure::NotConnected(_) => {
                let variable = self.operation.address_variable();
                return Some(
                    format!("check the network, and `{variable}`, which sets the address").into(),
                );
            }
            Failure::Untrusted(_) => {
                let variable = self.operation.address_variable();
                return Some(
                    format!(
                        "check `{variable}`, which sets the address; where your network has its own \
                         authority, name its certificates in `SSL_CERT_FILE`"
                    )
                    .into(),
                );
            }
            Failure::Refused { .. }
            | Failure::Unavailable { .. }
            | Failure::Unintelligible { .. }
            | Failure::Unreadable(_)
            | Failure::NotSent(_)
            | Failure::Unanswered(_)
            | Failure::Token(_) => return None,
        };
        Some(hint.into())
    }
}

/// What was tried, behind the failure: where, how often and for how long. A plain answer to what was
/// asked has nothing to do with that.
fn tried(failure: &Failure, attempts: Option<&Attempts>) -> String {
    match failure {
        Failure::Refused { .. } | Failure::Unreadable(_) => String::new(),
        Failure::Credentials { .. }
        | Failure::Unauthorized
        | Failure::Forbidden(_)
        | Failure::TooManyCalls(_)
        | Failure::Unavailable { .. }
        | Failure::Unintelligible { .. }
        | Failure::WrongAddress { .. }
        | Failure::NotSent(_)
        | Failure::NotConnected(_)
        | Failure::Untrusted(_)
        | Failure::Unanswered(_)
        | Failure::Token(_) => attempts.map(|attempts| format!(" {attempts}")).unwrap_or_default(),
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
            Self::Unreadable(text) => Self::Unreadable(clean(text)),
            Self::NotSent(text) => Self::NotSent(clean(text)),
            Self::NotConnected(text) => Self::NotConnected(clean(text)),
            Self::Untrusted(text) => Self::Untrusted(clean(text)),
            Self::Unanswered(text) => Self::Unanswered(clean(text)),
            Self::Unauthorized | Self::Token(_) => self,
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
    /// The largest answer that is taken. A page of 150 offers has been seen with up to 850 kB, a
    /// referential with 4 MB; an offer that fits a page must also be read alone.
    pub(crate) fn answer_limit(self) -> BodyLimit {
        match self {
            Self::GetToken => BodyLimit::kib(256),
            Self::Search | Self::ReadOffer => BodyLimit::mib(32),
            Self::ReadReferential => BodyLimit::mib(64),
        }
    }

    /// The variable that sets where the operation is asked for.
    fn address_variable(self) -> &'static str {
        match self {
            Self::GetToken => "FRANCETRAVAIL_TOKEN_URL",
            Self::Search | Self::ReadOffer | Self::ReadReferential => "FRANCETRAVAIL_API_URL",
        }
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
