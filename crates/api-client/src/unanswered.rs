//! Why there is no usable answer.

use std::error::Error;
use std::time::Duration;

use http::StatusCode;
use serde::Serialize;

use crate::BodyLimit;
use crate::failed::spoken;

type Cause = Box<dyn Error + Send + Sync>;

/// Why there is no usable answer.
#[derive(Debug, thiserror::Error)]
pub enum TransportError {
    /// The request cannot be sent, now or later: an address or a header that is not one.
    #[error("could not send the request")]
    NotSent(#[source] Cause),
    /// Nobody could be reached: no address for the name, nobody there, no way there.
    #[error("could not connect")]
    NotConnected(#[source] Cause),
    /// Whoever was reached has not proven to be the service: its certificate was refused, or there
    /// is no encryption that both sides know. Another try would find the same.
    #[error("no secure connection: {reason}")]
    Untrusted {
        /// Why, in words.
        reason: String,
        /// What the TLS library said.
        #[source]
        cause: Cause,
    },
    /// No whole answer within the time allowed. The service may have acted.
    #[error("no answer within {}", spoken(*.0))]
    TimedOut(Duration),
    /// The connection broke before the answer was whole. The service may have acted.
    #[error("no whole answer")]
    Cut(#[source] Cause),
    /// The answer is larger than any good one can be. The service may have acted.
    #[error("the answer is larger than {0}")]
    TooLarge(BodyLimit),
    /// The call was not begun, because it would have had to wait for too long.
    #[error("not sent")]
    NotTried,
    /// An end was asked for before the call left.
    #[error("interrupted before it was sent")]
    Interrupted,
    /// An end was asked for while the answer was waited for. The service may have acted.
    #[error("interrupted before the answer came")]
    Abandoned,
    /// An answer that the caller has no better name for.
    #[error("unexpected answer {status}: {excerpt}")]
    Unexpected {
        /// The HTTP status.
        status: StatusCode,
        /// The beginning of the body.
        excerpt: String,
    },
}

impl TransportError {
    /// Nothing can be sent, for this reason.
    pub fn not_sent(reason: impl Into<Cause>) -> Self {
        Self::NotSent(reason.into())
    }

    /// Nobody could be reached, for this reason.
    pub fn not_connected(reason: impl Into<Cause>) -> Self {
        Self::NotConnected(reason.into())
    }

    /// Whether the service may have received and acted on the request.
    pub fn may_have_acted(&self) -> bool {
        match self {
            Self::NotSent(_)
            | Self::NotConnected(_)
            | Self::Untrusted { .. }
            | Self::NotTried
            | Self::Interrupted => false,
            Self::TimedOut(_)
            | Self::Cut(_)
            | Self::TooLarge(_)
            | Self::Abandoned
            | Self::Unexpected { .. } => true,
        }
    }

    /// Whether the same call may be answered another time.
    pub fn is_passing(&self) -> bool {
        match self {
            Self::NotSent(_) | Self::Untrusted { .. } => false,
            Self::NotConnected(_)
            | Self::TimedOut(_)
            | Self::Cut(_)
            | Self::TooLarge(_)
            | Self::NotTried
            | Self::Interrupted
            | Self::Abandoned
            | Self::Unexpected { .. } => true,
        }
    }

    /// What happened and its first cause, in one line: what lies between the two tells how the
    /// HTTP library is built.
    pub fn plain(&self) -> String {
        match self {
            Self::NotSent(cause) | Self::NotConnected(cause) | Self::Cut(cause) => {
                format!("{self}: {}", first_cause(&**cause))
            }
            Self::Untrusted { .. }
            | Self::TimedOut(_)
            | Self::TooLarge(_)
            | Self::NotTried
            | Self::Interrupted
            | Self::Abandoned
            | Self::Unexpected { .. } => self.to_string(),
        }
    }
}

impl Serialize for TransportError {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// An error with all its causes, in one line. A cause that its effect has repeated is left out.
pub fn chain(error: &(dyn Error + 'static)) -> String {
    let mut text = error.to_string();
    for cause in causes(error).skip(1).map(ToString::to_string) {
        if !text.contains(&cause) {
            text = format!("{text}: {cause}");
        }
    }
    text
}

fn first_cause<'a>(error: &'a (dyn Error + 'static)) -> &'a (dyn Error + 'static) {
    causes(error).last().unwrap_or(error)
}

/// The error, its cause, the cause of that, and so on.
pub(crate) fn causes<'a>(
    error: &'a (dyn Error + 'static),
) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    std::iter::successors(Some(error), |error| (*error).source())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, thiserror::Error)]
    #[error("{text}")]
    struct Layer {
        text: &'static str,
        #[source]
        cause: Option<Box<Layer>>,
    }

    fn layers(texts: &[&'static str]) -> Layer {
        let (text, rest) = texts.split_first().unwrap();
        let cause = (!rest.is_empty()).then(|| Box::new(layers(rest)));
        Layer { text, cause }
    }

    #[test]
    fn a_chain_says_nothing_twice() {
        let text = |texts| chain(&layers(texts));
        assert_eq!(text(&["could not save", "disk full"]), "could not save: disk full");
        assert_eq!(text(&["a: b: c", "b: c", "c"]), "a: b: c");
        assert_eq!(text(&["a", "b: c", "c", "d"]), "a: b: c: d");
    }

    #[test]
    fn what_happened_is_told_with_its_first_cause() {
        let cause = layers(&["error sending request", "client error", "Connection refused"]);
        let error = TransportError::NotConnected(Box::new(cause));
        assert_eq!(error.plain(), "could not connect: Connection refused");
        assert_eq!(
            TransportError::not_sent("not an address").plain(),
            "could not send the request: not an address"
        );
        assert_eq!(
            TransportError::TimedOut(Duration::from_secs(30)).plain(),
            "no answer within 30 s"
        );
    }
}
