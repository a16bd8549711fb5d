//! The engine: read, apply the logics, format, write, call back.

mod again;
mod beside;
mod books;
mod carry_out;
mod delivered;
mod engine;
mod failures;
mod foresight;
mod log;
mod mirror;
mod opening;
mod plan;
mod recorder;
#[cfg(test)]
mod tests;
mod transform;
mod write;

pub use api_client::Stop;
pub use delivered::{Anew, Incremental, IncrementalToken, Since};
pub use failures::{FailureLimit, NotAFailureLimit};
pub use foresight::{SavedPlan, Step};
pub use mirror::{Confirm, Grace, MirrorRules};
pub(crate) use plan::Options;
pub use plan::{Checked, DEFAULT_KEEP_RUNS, Plan, State};
pub use recorder::{Recorder, Watcher};
