//! Pages over a store: how workflows are, what their runs did, what became of an offer, and what a
//! plan would change. The same pages, without links, are the reports of a run, a workflow or a plan.
//!
//! What is shown is what runs have left in their stores, so a console can look at the work of any
//! process. Nothing here writes but the audit log of what people ask the service for.

#![cfg_attr(
    test,
    allow(clippy::unwrap_used, clippy::panic, reason = "a test ends at the first surprise")
)]

mod actions;
mod assets;
mod audit;
mod calls;
mod catalog;
mod chart;
mod figures;
mod guard;
mod live;
mod pages;
mod progress;
mod report;
mod site;
mod words;

pub use actions::{Action, Actions, Asked, Denied};
pub use calls::Calls;
pub use catalog::Shelf;
pub use guard::Access;
pub use progress::Progress;
pub use report::{Report, ReportError, ReportFormat};
pub use site::{Console, Notifications, Notified, Sources, serve};
pub use words::{ENGLISH, FRENCH, Words};
