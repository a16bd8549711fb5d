//! A call that did not succeed: why, and what was tried.

use std::fmt;
use std::time::Duration;

use http::Method;
use url::Url;

use crate::patience::Exhausted;

/// A call that did not succeed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{error} {attempts}")]
pub struct Failed<E> {
    /// What the last answer said, or why there was none.
    pub error: E,
    /// What was tried.
    pub attempts: Attempts,
}

impl<E> Failed<E> {
    /// The same with what the error means to somebody else.
    pub fn map<F>(self, map: impl FnOnce(E) -> F) -> Failed<F> {
        Failed { error: map(self.error), attempts: self.attempts }
    }
}

/// What was tried of a call that did not succeed.
///
/// As text: `(GET https://example.org/path, 12 tries in 94 s)`, and why there were no more where
/// that is not the last answer itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attempts {
    /// The service, as people know it.
    pub service: &'static str,
    /// The HTTP method.
    pub method: Method,
    /// The address without what may be secret: user, query and fragment.
    pub address: String,
    /// How often it was sent.
    pub tries: u32,
    /// How long all that took, from when it was first sent.
    pub elapsed: Duration,
    /// Why it was not tried again, where another try might have been answered.
    pub gave_up: Option<GaveUp>,
}

/// Why a call was not tried again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GaveUp {
    /// It was tried as often as the policy says.
    Tries,
    /// No connection was possible, and in this run there never was one.
    Unreachable,
    /// The calls of the run together have failed more often than they were answered.
    Budget,
    /// The service asked for a longer wait than the patience is.
    AskedToWait {
        /// For how long it asked.
        asked: Duration,
        /// How long is waited at most.
        patience: Duration,
    },
    /// The service has given no good answer to anybody for all of the patience.
    Silence(Duration),
    /// This call alone has waited for all of the patience.
    Waited(Duration),
    /// An end was asked for.
    Stopped,
}

impl GaveUp {
    /// Whether the next call to the service would have to give up, too.
    pub fn concerns_service(self) -> bool {
        match self {
            Self::Unreachable | Self::Budget | Self::AskedToWait { .. } | Self::Silence(_) => true,
            Self::Tries | Self::Waited(_) | Self::Stopped => false,
        }
    }

    /// What helps where more patience would: the patience to set.
    pub fn hint(self) -> Option<String> {
        match self {
            Self::AskedToWait { asked, .. } if asked > A_DAY => None,
            Self::AskedToWait { asked, patience } => {
                let enough = roughly(asked.saturating_add(patience));
                Some(format!("set a longer `patience`, such as `{enough}`"))
            }
            Self::Silence(patience) | Self::Waited(patience) => {
                let longer = roughly(patience.saturating_mul(3));
                Some(format!("set a longer `patience`, such as `{longer}`"))
            }
            Self::Tries | Self::Unreachable | Self::Budget | Self::Stopped => None,
        }
    }
}

/// Nobody waits longer than this for a service to allow the next call.
const A_DAY: Duration = Duration::from_hours(24);

impl From<Exhausted> for GaveUp {
    fn from(exhausted: Exhausted) -> Self {
        match exhausted {
            Exhausted::Silence(silence) => Self::Silence(silence),
            Exhausted::Call(waited) => Self::Waited(waited),
        }
    }
}

impl fmt::Display for Attempts {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { service, method, address, tries, elapsed, gave_up } = self;
        write!(formatter, "({method} {address}")?;
        if *tries > 1 {
            write!(formatter, ", {tries} tries in {}", spoken(*elapsed))?;
        }
        formatter.write_str(")")?;
        match gave_up {
            Some(GaveUp::AskedToWait { asked, patience }) => write!(
                formatter,
                "; {service} asked to wait for {}, and the patience is {}",
                spoken(*asked),
                spoken(*patience)
            ),
            Some(GaveUp::Silence(silence)) => {
                write!(formatter, "; {service} has given no good answer for {}", spoken(*silence))
            }
            Some(GaveUp::Waited(waited)) => {
                write!(formatter, "; it was waited for {}, the whole patience", spoken(*waited))
            }
            Some(GaveUp::Budget) => {
                write!(formatter, "; {service} fails more often than it answers")
            }
            Some(GaveUp::Tries | GaveUp::Unreachable | GaveUp::Stopped) | None => Ok(()),
        }
    }
}

/// An address without user, query and fragment.
pub(crate) fn without_secrets(url: &Url) -> String {
    let mut url = url.clone();
    url.set_query(None);
    url.set_fragment(None);
    // An address that cannot have a user has none.
    let _ = url.set_username("");
    let _ = url.set_password(None);
    url.into()
}

/// A length of time as people say it: `94 s`, `10 min`, `1 h 30 min`.
pub(crate) fn spoken(time: Duration) -> String {
    let (hours, minutes, seconds) = parts(time);
    let two = |great: u64, unit: &str, small: u64, small_unit: &str| match small {
        0 => format!("{great} {unit}"),
        small => format!("{great} {unit} {small} {small_unit}"),
    };
    match time.as_secs() {
        0 => format!("{} ms", time.as_millis()),
        1..=119 => format!("{} s", time.as_secs()),
        120..=3_599 => two(minutes, "min", seconds, "s"),
        3_600..=172_799 => two(hours, "h", minutes, "min"),
        _ => two(hours / 24, "days", hours % 24, "h"),
    }
}

/// A length of time as a setting takes it, rounded up: `25m`, `2h`.
fn roughly(time: Duration) -> String {
    match time.as_secs() {
        seconds @ 0..=60 => format!("{}s", seconds.max(1)),
        seconds @ 61..=3_600 => format!("{}m", seconds.div_ceil(60)),
        seconds => format!("{}h", seconds.div_ceil(3_600)),
    }
}

fn parts(time: Duration) -> (u64, u64, u64) {
    let seconds = time.as_secs();
    (seconds / 3_600, seconds / 60 % 60, seconds % 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_said_as_people_say_them() {
        let said = |seconds| spoken(Duration::from_secs(seconds));
        assert_eq!(spoken(Duration::from_millis(350)), "350 ms");
        assert_eq!(spoken(Duration::from_millis(1_900)), "1 s");
        assert_eq!((said(94).as_str(), said(600).as_str()), ("94 s", "10 min"));
        assert_eq!((said(130).as_str(), said(3_599).as_str()), ("2 min 10 s", "59 min 59 s"));
        assert_eq!((said(3_600).as_str(), said(9_000).as_str()), ("1 h", "2 h 30 min"));
        assert_eq!(said(365 * 86_400), "365 days");
    }

    #[test]
    fn an_address_loses_what_may_be_secret() {
        let url = "https://user:s3cret@example.org:8443/a/b?key=s3cret#s3cret".parse().unwrap();
        assert_eq!(without_secrets(&url), "https://example.org:8443/a/b");
    }

    #[track_caller]
    fn check(gave_up: Option<GaveUp>, tries: u32, expected: &str, hint: Option<&str>) {
        let attempts = Attempts {
            service: "Example",
            method: Method::GET,
            address: "https://example.org/a".to_owned(),
            tries,
            elapsed: Duration::from_secs(94),
            gave_up,
        };
        assert_eq!(attempts.to_string(), format!("(GET https://example.org/a{expected}"));
        assert_eq!(gave_up.and_then(GaveUp::hint).as_deref(), hint);
    }

    #[test]
    fn what_was_tried_and_why_no_more_is_told_in_one_line() {
        let minutes = Duration::from_mins;
        let patience = minutes(10);
        check(None, 1, ")", None);
        check(Some(GaveUp::Tries), 12, ", 12 tries in 94 s)", None);
        check(
            Some(GaveUp::AskedToWait { asked: minutes(60), patience }),
            1,
            "); Example asked to wait for 1 h, and the patience is 10 min",
            Some("set a longer `patience`, such as `2h`"),
        );
        check(
            Some(GaveUp::AskedToWait { asked: minutes(60 * 24 * 7), patience }),
            1,
            "); Example asked to wait for 7 days, and the patience is 10 min",
            None,
        );
        check(
            Some(GaveUp::Silence(patience)),
            3,
            ", 3 tries in 94 s); Example has given no good answer for 10 min",
            Some("set a longer `patience`, such as `30m`"),
        );
        check(
            Some(GaveUp::Budget),
            2,
            ", 2 tries in 94 s); Example fails more often than it answers",
            None,
        );
    }
}
