//! The program as people and scripts use it: what it prints, writes and ends with.

#![allow(clippy::unwrap_used, reason = "a test ends at the first surprise")]

mod actions;
mod cli;
mod console;
mod describe;
mod endings;
mod errors;
mod fleet;
mod jq;
mod kill;
#[cfg(unix)]
mod logs;
#[cfg(unix)]
mod privacy;
mod reference;
mod refusals;
mod repair;
#[cfg(unix)]
mod secrets;
mod serve;
mod served;
#[cfg(unix)]
mod sessions;
mod shipping;
mod state;
#[cfg(unix)]
mod telemetry;
mod terminal;
mod terms;
#[cfg(unix)]
mod trying;
#[cfg(unix)]
mod walkthrough;
mod words;
