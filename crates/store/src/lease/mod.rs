//! A name that one process has to itself.

mod attempt;
mod held;
mod record;
mod renewal;

pub use held::{HoldError, Lease, LeaseError};
pub use record::Holder;
