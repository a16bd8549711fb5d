//! Decisions: pure functions of what is known, without an effect and without waiting.

mod change;
mod drift;
mod vanished;

pub(crate) use change::{Change, change};
pub use drift::Drifted;
pub(crate) use drift::{BoardState, Drift, Row};
pub use vanished::Withheld;
pub(crate) use vanished::{
    Candidates, Confirmed, Missed, SeenIds, check_limit, doubt_of, missed, refutation,
};
