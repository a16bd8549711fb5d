//! What runs leave in the store.
//!
//! The journal is an intent log: it recovers what a run was doing when its process died. Before
//! items are sent, a page of intents says so; how each item ended is written to pages of outcomes;
//! a page of intents is deleted when all of its items have ended. What is in the intents and not in
//! the outcomes is *in doubt*: it may have been sent. On resume it is sent again, which is
//! harmless.
//!
//! ```text
//! runs/<workflow>/<run>              the record: what runs, since when, how it ended
//! journals/<run>/intents/<number>    steps about to be sent; deleted when all of them have ended
//! journals/<run>/outcomes/<number>   how items ended
//! journals/<run>/letters/<number>    dead letters: steps that failed for good, as they were sent
//! workflows/<workflow>/delivered/    the ledger: what was delivered, by its fingerprint
//! workflows/<workflow>/token         what the workflow is, and when it was last in sync
//! workflows/<workflow>/vanishing     what recent readings have missed
//! workflows/<workflow>/lease         held by the run that is in progress
//! ```
//!
//! One function writes all of it, [`Progress::flush`], always in this order: the ledger, the dead
//! letters, the outcomes, and at last the intents are deleted. So whatever is interrupted, an item
//! whose outcome is not known is sent again, and none is skipped.

mod journal;
mod ledger;
mod life;
mod lines;
mod names;
mod progress;
mod run_list;
mod run_record;
mod runs;
mod saved_plan;
mod workflow_state;

pub(crate) use journal::{Begun, Journal, RECOVERED, Recovered};
pub use ledger::IncrementalToken;
pub(crate) use ledger::{Absence, Absences, DeliveryLedger, Version};
pub use lines::{DeadLetter, ItemReport};
pub use names::{StateStore, blob_name};
pub(crate) use names::{lease_of, owner, short_hash};
pub(crate) use progress::{Progress, Settled};
pub use run_list::{ListedWorkflow, RunList};
pub use run_record::{RunKind, RunRecord, RunState};
pub use runs::{ListedRun, Runs};
pub use saved_plan::{PlannedStep, SavedPlan};
pub use workflow_state::{ForgetError, StateReport, WorkflowState};
