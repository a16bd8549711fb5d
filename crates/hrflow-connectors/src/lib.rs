//! Syncs France Travail job offers to HrFlow boards without losing any.

#![cfg_attr(
    test,
    allow(clippy::unwrap_used, clippy::panic, reason = "a test ends at the first surprise")
)]

mod allowance;
mod builder;
mod catalog;
mod client_options;
#[cfg(test)]
mod conformance;
mod describe;
mod fleet;
pub mod francetravail;
pub mod hrflow;
mod jobs;
#[cfg(test)]
mod made_up;
mod problem;
mod reach;
mod schedule;
mod schema;
mod script;
mod settings;

pub use api_client::{AnswerHook, Answered, Secret, Transport};
pub use builder::RunBuilder;
pub use catalog::{ACTIONS, Action, find as find_action, meant as nearest_action};
pub use client_options::{ClientOptions, DEFAULT_WRITE_CONCURRENCY, MAX_WRITE_CONCURRENCY};
pub use describe::{ActionDescription, Endpoint, Field, Kind};
pub use engine::*;
pub use fleet::{
    Channels, CheckedWorkflow, Fleet, FleetStatus, FleetWorkflow, History, HistoryError, Live,
    Selection, Stores, WorkflowStatus,
};
pub use problem::{Problem, Problems, Side, nearest as nearest_name};
pub use reach::{Reached, Reply, reach};
pub use schedule::{Due, LastRun, Schedule, Why};
pub use schema::{fleet_schema, workflow_schema};
pub use script::{JqHost, Script, ScriptError, WorkerCommand, run_jq_worker};
pub use settings::{
    Change, Channel, ChannelKind, Email, Encryption, Environment, Flag, Given, GivenValue, Ping,
    Place, Section, SectionName, Sections, Setting, SettingKey, Settings, VARIABLES, Variable,
};
pub use store::{Holder, LeaseError, NotAStoreUrl, StoreUrl};

/// A logic or a format as a user wrote it: a function or a jq program.
pub type Code<F> = engine::Code<F, Script>;
/// What a user puts between the two ends: functions and jq programs.
pub type Functions = engine::Functions<Script>;

/// Where state is kept: as it was said, or by `HRFLOW_CONNECTORS_STORE_URL`, or in the user's data
/// directory.
pub fn store_url(given: Option<&Given>, environment: &Environment) -> Result<StoreUrl, Problems> {
    settings::url_of_store(given, environment).map_err(Problems::from)
}

/// What a file may say of running by itself: the table, none for the top of the file, and its keys.
pub fn service_fields() -> Vec<(Option<&'static str>, Vec<Field>)> {
    settings::service_fields()
}

/// What a `[[notify]]` of a file takes.
pub fn channel_fields() -> Vec<Field> {
    settings::channel_fields()
}

/// What `fleet.toml` takes beside what a workflow file takes, too.
pub fn fleet_fields() -> Vec<Field> {
    fleet::fleet_fields()
}

/// The result of a workflow that was refused before anything was sent.
pub fn refused(workflow_id: String, action: String, problems: &Problems) -> RunResult {
    let has = |side| problems.iter().any(|problem| problem.side == side);
    let reason = if has(Side::Origin) {
        Reason::BadOriginParameters
    } else if has(Side::Target) {
        Reason::BadTargetParameters
    } else {
        Reason::BadWorkflow
    };
    RunResult::refused(workflow_id, action, reason, problems.to_string())
}
