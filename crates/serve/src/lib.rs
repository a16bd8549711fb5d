//! A fleet of workflows as a service: it runs them when they are due, watches how they are, tells
//! those who asked to be told, and shows numbers to who collects them.
//!
//! [`serve`] is all of it. Its parts serve other front ends, too: [`Launcher`] carries one run out,
//! [`Notifier`] tells of changes of health, [`Metrics`] counts.

#![cfg_attr(
    test,
    allow(clippy::unwrap_used, clippy::panic, reason = "a test ends at the first surprise")
)]

mod active;
mod asks;
mod folder;
mod launch;
mod metrics;
mod notify;
mod outgoing;
mod ping;
mod service;
mod shown;
mod sizes;
mod web;
#[cfg(test)]
mod week;

pub use launch::{Launcher, Task};
pub use metrics::{Metrics, MetricsError};
pub use notify::{Message, Notice, Notifier, Sender};
pub use ping::with_pings;
pub use service::{Options, ServeError, serve};
pub use sizes::Sizes;
