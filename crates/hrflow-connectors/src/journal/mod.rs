//! What runs leave in the store: a record of each, what it is about to send, how each item ended,
//! and the items that failed for good.
//!
//! ```text
//! runs/<workflow>/<run>              the record: what runs, since when, how it ended
//! journals/<run>/intents/<number>    items about to be sent; deleted when all of them have ended
//! journals/<run>/outcomes/<number>   how items ended
//! journals/<run>/letters/<number>    items that failed for good, in the form that was sent
//! journals/<run>/lease               held while the run is under way
//! ```

mod lines;
mod record;
mod runs;
mod writer;

pub(crate) use lines::{Intent, ending, letter};
pub use lines::{Letter, Report};
pub use record::{RunKind, RunRecord, RunState};
pub(crate) use runs::Found;
pub use runs::{ListedRun, Runs};
pub(crate) use writer::{Begun, Journal, LEFT, Recovered, print_of};
