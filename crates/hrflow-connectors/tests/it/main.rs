//! Actions against the sandbox, as programs and workflow files begin them.

#![allow(clippy::unwrap_used, reason = "a test ends at the first surprise")]

mod archive;
mod boards;
mod bounds;
mod broken_items;
mod foresight;
mod golden;
mod incremental;
mod journal;
mod mapping;
mod mirror;
mod terms;
mod undocumented;
mod world;
