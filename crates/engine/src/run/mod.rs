//! Runs: sources make steps, one pipeline records, executes and settles them.
//!
//! | verb | steps come from | they are | progress |
//! |---|---|---|---|
//! | `run` | what is in doubt, what was read, what vanished | delivered | kept |
//! | `run` without writing | what was read | counted | not kept |
//! | `preview` | what was read, what vanished | previewed: they are the saved plan | not kept |
//! | `apply` | what is in doubt, the steps of a saved plan that still hold | delivered | kept |
//! | `retry` | what is in doubt, dead letters | delivered | kept |
//!
//! In doubt is what an interrupted process of the same run had announced: nothing where the run is
//! new.

mod beside;
mod blocking;
mod context;
mod execute;
mod finish;
mod mirror;
mod open;
mod pipeline;
mod rehearsal;
mod shared;
mod sources;
mod task;
mod teller;
#[cfg(test)]
mod tests;
mod transform;
mod verify;

pub use beside::Beside;
pub use blocking::Blocking;
pub(crate) use open::Refusal;
pub use shared::SharedReading;
pub use task::{Checked, OnOutdated, Options, Run, State};
