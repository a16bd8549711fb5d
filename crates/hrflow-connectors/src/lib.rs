//! Moves job offers from their origin to HrFlow boards, and loses none.

#![cfg_attr(
    test,
    allow(clippy::unwrap_used, clippy::panic, reason = "a test ends at the first surprise")
)]

mod builder;
mod catalog;
mod connector;
mod counts;
mod describe;
mod difference;
mod event;
pub mod francetravail;
pub mod hrflow;
mod item;
mod journal;
mod problem;
mod result;
mod run;
mod script;
mod settings;
mod state;
mod steps;
mod wiring;

pub use api_client::{Patience, Secret, Transport, Wait, WaitCause, chain as error_chain};
pub use builder::RunBuilder;
pub use catalog::{ACTIONS, Action, Connected, find as find_action};
pub use connector::{Concern, Origin, ReadFailure, Reading, Target, WriteFailure};
pub use counts::{Counts, Events, Outcomes, Reason, Status};
pub use describe::{ActionDescription, Endpoint, Field, Kind};
pub use difference::{Change, ChangeKind, Difference};
pub use event::{Event, Outcome, Stage};
pub use item::Item;
pub use journal::{Letter, ListedRun, Report, RunKind, RunRecord, RunState, Runs};
pub use problem::{Problem, Problems, Side};
pub use result::{RunId, RunResult};
pub use run::{
    Anew, Checked, Confirm, DEFAULT_KEEP_RUNS, FailureLimit, Grace, Incremental, IncrementalToken,
    MirrorRules, NotAFailureLimit, Plan, Recorder, SavedPlan, Since, State, Step, Stop, Watcher,
};
pub use script::{Script, ScriptError};
pub use settings::{Environment, Given, GivenValue, Place, Section, Sections, Settings};
pub use state::StateStore;
/// Where state is kept: as it was said, or by `HRFLOW_CONNECTORS_STORE_URL`, or in the user's own
/// folder of data.
pub fn store_url(given: Option<&Given>, environment: &Environment) -> Result<StoreUrl, Problems> {
    settings::url_of_store(given, environment).map_err(Problems::from_found)
}

pub use steps::{
    Callback, CallbackOutput, Finished, Format, FormatOutput, Logic, LogicOutput, Persist, Steps,
};
pub use store::{NotAStoreUrl, StoreUrl};
pub use wiring::{DEFAULT_WRITE_CONCURRENCY, Wiring};
