//! What a run may be told beside its two ends.

mod failure_limit;
mod incremental;
mod mirror;
mod share;

use std::time::Duration;

pub use failure_limit::{FailureLimit, NotAFailureLimit};
pub use incremental::{Incremental, Reset, Since};
pub use mirror::{Confirm, Grace, LeftSearch, MirrorRules, OnDrift, Staleness, Verify};
pub use share::{NotAShare, Share};

/// How many runs of a workflow are kept where the user does not say.
pub const DEFAULT_KEEP_RUNS: u32 = 20;
/// How long a logic or a format may take for one item where the user does not say.
pub const DEFAULT_FUNCTION_TIMEOUT: Duration = Duration::from_secs(30);
