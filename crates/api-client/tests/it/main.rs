//! Calls over real sockets and over made-up ones: what is tried again, and how long.

#![allow(clippy::unwrap_used, reason = "a test ends at the first surprise")]

mod call;
mod patience;
mod wire;
