//! The one HTTP shelf: sends a request, understands the answer, and keeps to the service's pace.
//!
//! A client of an API describes its calls as [`Request`]s and says with a [`Disposition`] what each
//! [`Answer`] means. [`Caller`] does the rest: it waits for the [`Pace`], bounds what is in flight
//! with [`Concurrency`], repeats what may be repeated, renews a refused token once, and gives up
//! within a bound on tries, on the [`RetryBudget`] and on the [`Patience`], or when its end is
//! asked for. What an answer may cost is bounded, too: its size ([`BodyLimit`]) and the times that
//! it states ([`StatedDuration`], [`StatedRate`]).
//!
//! ```
//! use api_client::{Answer, Caller, Request, TransportError, Disposition};
//!
//! fn read(answer: &Answer) -> Disposition<String, TransportError> {
//!     match answer.status.as_u16() {
//!         200 => Disposition::Done(answer.text().into_owned()),
//!         429 => Disposition::SlowDown { after: answer.retry_after(), error: answer.unexpected() },
//!         500..=599 => Disposition::TryAgain(answer.unexpected()),
//!         _ => Disposition::Fail(answer.unexpected()),
//!     }
//! }
//!
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! let caller = Caller::over_https("Example")?;
//! let url = "https://api.example.org/greeting".parse()?;
//! let greeting = caller.call(&Request::get(url), read).await?;
//! # drop(greeting); Ok(())
//! # }
//! ```

// No time from outside can overflow: what is added is added within bounds.
#![cfg_attr(not(test), warn(clippy::arithmetic_side_effects))]
#![cfg_attr(test, allow(clippy::unwrap_used, reason = "a test ends at the first surprise"))]

mod answer;
mod body;
mod call;
mod call_loop;
mod concurrency;
mod failed;
mod one_try;
mod pace;
mod patience;
pub mod raw;
mod retry;
mod secret;
mod stated;
mod stop;
mod tls;
mod token;
mod transport;
mod unanswered;
mod verdict;

pub use answer::{Answer, NotJson};
pub use body::BodyLimit;
pub use call::Caller;
pub use concurrency::{Concurrency, Permit};
pub use failed::{Attempts, Failed, GaveUp};
pub use pace::{Admission, Pace, Turn};
pub use patience::Patience;
pub use retry::{RetryBudget, RetryPolicy};
pub use secret::{Secret, redact};
pub use stated::{StatedDuration, StatedRate};
pub(crate) use stop::Stop;
pub use token::{Issued, SharedToken, Token, TokenCache};
pub use transport::{HttpTransport, Request, Transport, is_on_this_machine};
pub use unanswered::{TransportError, chain};
pub use verdict::{AnswerHook, Answered, Disposition, PriorAttempt, Wait, WaitCause, WaitHook};
