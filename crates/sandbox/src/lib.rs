//! France Travail and HrFlow.ai simulated over real HTTP.
//!
//! Both APIs on one loopback port, with offers made up from a seed or read from a file. It shares
//! no type with the clients, so that both sides cannot be wrong in the same way. It answers with
//! the statuses, headers and bodies that the real services are known to give, enforces tokens,
//! allowances and limits, and misbehaves on a schedule that a number repeats.
//!
//! ```
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), String> {
//! use sandbox::{Sandbox, Settings};
//!
//! let sandbox = Sandbox::start(Settings { offers: 100, ..Settings::default() }).await?;
//! assert!(sandbox.url().starts_with("http://127.0.0.1:"));
//! assert_eq!(sandbox.world().offer_ids().len(), 100);
//! sandbox.stop().await;
//! # Ok(())
//! # }
//! ```

#![cfg_attr(test, allow(clippy::unwrap_used, reason = "a test ends at the first surprise"))]

mod answer;
mod bucket;
mod clock;
mod faults;
mod francetravail;
mod hrflow;
mod offers;
mod serve;
mod settings;
mod world;

pub use faults::{Api, Fault, Faults};
pub use serve::{Sandbox, router};
pub use settings::{
    ArchivedAgain, ArchivedEdited, ArchivedReference, Bodies, Bounds, Churn, Credentials, Edits,
    FranceTravail, Hrflow, MediaType, Parsing, RetryAfter, Settings, Share, UpdatedAt,
};
pub use world::{RequestSeen, World};
