//! The one HTTP shelf: sends a request, understands the answer, and keeps to the service's pace.
//!
//! A client of an API describes its calls as [`Request`]s and says with a [`Verdict`] what each
//! [`Answer`] means. [`Caller`] does the rest: it waits for the [`Pace`], bounds what is in flight
//! with [`Concurrency`], repeats what may be repeated, renews a refused token once, and gives up
//! within a bound on tries, on time and on the [`RetryBudget`].
//!
//! ```
//! use api_client::{Answer, Caller, Request, Unanswered, Verdict};
//!
//! fn read(answer: &Answer) -> Verdict<String, Unanswered> {
//!     match answer.status.as_u16() {
//!         200 => Verdict::Done(answer.text().into_owned()),
//!         429 => Verdict::SlowDown { after: answer.retry_after(), error: answer.unexpected() },
//!         500..=599 => Verdict::TryAgain(answer.unexpected()),
//!         _ => Verdict::Fail(answer.unexpected()),
//!     }
//! }
//!
//! # async fn example() -> Result<(), Unanswered> {
//! let caller = Caller::over_https("Example")?;
//! let url = "https://api.example.org/greeting".parse().map_err(Unanswered::not_sent)?;
//! let greeting = caller.call(&Request::get(url), read).await?;
//! # drop(greeting); Ok(())
//! # }
//! ```

mod answer;
mod call;
mod concurrency;
mod pace;
mod retry;
mod secret;
mod token;
mod transport;

pub use answer::Answer;
pub use call::{Caller, Earlier, Verdict, Wait, WaitCause, WaitHook};
pub use concurrency::{Concurrency, Permit};
pub use pace::{Admission, Pace};
pub use retry::{RetryBudget, RetryPolicy};
pub use secret::{Secret, redact};
pub use token::{Issued, Token, TokenCache};
pub use transport::{HttpTransport, Request, Transport, Unanswered, chain};
