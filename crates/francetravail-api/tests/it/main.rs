//! Parameters, and reading against the sandbox and against a server that shares nothing with it.

#![allow(clippy::unwrap_used, reason = "a test ends at the first surprise")]
#![allow(clippy::print_stdout, reason = "what failed is shown to whoever asks for it")]

mod broken_items;
mod independent;
mod independent_server;
mod parameters;
mod reading;
mod wrong_answers;
