//! Runs between an origin and a target that live in memory: what is decided, recorded and resumed,
//! without a service.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test ends at the first surprise"
)]

mod boundaries;
mod catalog;
mod identity;
mod interrupted;
mod mirror;
mod shared;
mod shelf;
mod world;
