//! What a run returns.

use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{Drifted, Events, Outcomes, Reason, Spent, Status};

/// The id of one run: unique, and in the order of time.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize, Serialize)]
#[serde(transparent)]
pub struct RunId(String);

impl RunId {
    /// A new one.
    pub fn new() -> Self {
        Self(uuid::Uuid::now_v7().to_string())
    }

    /// When the run began, as its id says.
    pub fn began(&self) -> Option<Timestamp> {
        let (seconds, nanoseconds) =
            uuid::Uuid::try_parse(&self.0).ok()?.get_timestamp()?.to_unix();
        let seconds = i64::try_from(seconds).ok()?;
        Timestamp::new(seconds, i32::try_from(nanoseconds).ok()?).ok()
    }

    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<&str> for RunId {
    fn from(text: &str) -> Self {
        Self(text.to_owned())
    }
}

impl Default for RunId {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Display for RunId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// The result of a run. Serialized, it is the object that scripts read.
#[allow(clippy::struct_excessive_bools, reason = "they are keys of the object that scripts read")]
#[derive(Clone, Debug, Serialize)]
pub struct RunResult {
    /// The workflow's name.
    pub workflow_id: String,
    /// The action's name.
    pub action: String,
    /// This run.
    pub run_id: RunId,
    /// How it ended.
    pub status: Status,
    /// Why, where it was fatal.
    pub reason: Reason,
    /// What a person should know, one sentence a line.
    pub message: Option<String>,
    /// What to do about it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub hints: Vec<Hint>,
    /// Whether the run was interrupted: by a signal, or by the program that began it.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub interrupted: bool,
    /// Who stopped the run, where somebody did: no schedule resumes it then.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stopped_by: Option<String>,
    /// Whether the run goes on with what an interrupted process has done.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub resumed: bool,
    /// Whether only what had not been delivered was asked for.
    pub incremental: bool,
    /// Where the next incremental run goes on.
    pub incremental_token: Option<String>,
    /// What happened on the way.
    pub events: Events,
    /// How items ended at the target.
    pub outcomes: Outcomes,
    /// Items that were read and not sent, because the run was stopped.
    #[serde(skip_serializing_if = "is_zero")]
    pub unsent: u64,
    /// Items that a mirror misses, and not for long enough to archive them.
    #[serde(skip_serializing_if = "is_zero")]
    pub pending: u64,
    /// Where the target's items were not as the workflow had left them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub drifted: Option<Drifted>,
    /// Whether every item that the origin lists for these parameters was read.
    pub complete: bool,
    /// When the run began.
    pub started_at: Timestamp,
    /// How long it took, in milliseconds.
    pub duration_ms: u64,
    /// Where the time went.
    pub spent: Spent,
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
fn is_zero(count: &u64) -> bool {
    *count == 0
}

/// What to do about a message. The front ends say it in their own words.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Hint {
    /// In words.
    Text(String),
    /// Run again and allow that many jobs are archived, if they are really gone.
    AllowMassArchive,
    /// Use another workflow id, or reset what was delivered.
    ResetState {
        /// Whether what is no longer listed can be archived.
        is_mirror: bool,
    },
    /// Make a new plan.
    MakeNewPlan,
    /// Apply the plan without the steps that no longer hold.
    SkipChanged,
    /// Wait for the other run, or stop it.
    WaitForOtherRun,
    /// Resume the run.
    Resume(RunId),
}

impl RunResult {
    /// The result of a run that did not begin.
    pub fn refused(workflow_id: String, action: String, reason: Reason, message: String) -> Self {
        Self {
            workflow_id,
            action,
            run_id: RunId::new(),
            status: Status::Fatal,
            reason,
            message: Some(message),
            hints: Vec::new(),
            interrupted: false,
            stopped_by: None,
            resumed: false,
            incremental: false,
            incremental_token: None,
            events: Events::default(),
            outcomes: Outcomes::of(&[]),
            unsent: 0,
            pending: 0,
            drifted: None,
            complete: false,
            started_at: Timestamp::now(),
            duration_ms: 0,
            spent: Spent::default(),
        }
    }
}
