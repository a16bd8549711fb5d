//! The console and the reports over stores that hold what runs leave.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test ends at the first surprise"
)]

mod made;
mod pages;
mod reports;
