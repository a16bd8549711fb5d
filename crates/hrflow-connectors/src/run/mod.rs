//! The engine: read, apply the logics, format, write, call back.

mod delivered;
mod log;
mod mirror;
mod plan;
mod recorder;
mod stop;
#[cfg(test)]
mod tests;
mod transform;
mod write;

pub use delivered::{Incremental, IncrementalToken};
pub use mirror::{Confirm, MirrorRules};
pub use plan::{Checked, Plan};
pub use recorder::{Recorder, Watcher};
pub use stop::Stop;
