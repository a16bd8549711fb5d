//! Stores of every kind: one list that all pass, and what each is to withstand.

#![allow(clippy::unwrap_used, reason = "a test ends at the first surprise")]

mod conformance;
mod faults;
mod leases;
#[cfg(unix)]
mod private;
#[cfg(target_os = "linux")]
mod processes;
mod sqlite;
mod support;
