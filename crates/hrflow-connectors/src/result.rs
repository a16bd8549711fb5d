//! What a run returns.

use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{Events, Outcomes, Problems, Reason, Side, Status};

/// The id of one run: unique, and in the order of time.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Deserialize, Serialize)]
#[serde(transparent)]
pub struct RunId(String);

impl RunId {
    /// A new one.
    pub fn new() -> Self {
        Self(uuid::Uuid::now_v7().to_string())
    }

    /// When the run began, by the clock that it had.
    pub(crate) fn began(&self) -> Option<Timestamp> {
        let (seconds, nanoseconds) =
            uuid::Uuid::parse_str(&self.0).ok()?.get_timestamp()?.to_unix();
        Timestamp::new(seconds.try_into().ok()?, nanoseconds.try_into().ok()?).ok()
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

/// The result of a run. Serialized, it is the object that `--output json` prints.
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
    /// What a person should know, in a sentence.
    pub message: Option<String>,
    /// Whether only what had not been delivered was asked for.
    pub incremental: bool,
    /// Where the next incremental run goes on.
    pub incremental_token: Option<String>,
    /// What happened on the way.
    pub events: Events,
    /// How items ended at the target.
    pub outcomes: Outcomes,
    /// Whether every item that the origin lists for these parameters was read.
    pub complete: bool,
    /// When the run began.
    pub started_at: Timestamp,
    /// How long it took, in milliseconds.
    pub duration_ms: u64,
}

impl RunResult {
    /// The result of a workflow that was refused before anything was sent.
    pub fn refused(workflow_id: String, action: String, problems: &Problems) -> Self {
        let has = |side| problems.iter().any(|problem| problem.side == side);
        let reason = if has(Side::Origin) {
            Reason::BadOriginParameters
        } else if has(Side::Target) {
            Reason::BadTargetParameters
        } else {
            Reason::BadWorkflow
        };
        Self {
            workflow_id,
            action,
            run_id: RunId::new(),
            status: Status::Fatal,
            reason,
            message: Some(problems.to_string()),
            incremental: false,
            incremental_token: None,
            events: Events::default(),
            outcomes: Outcomes::of(&[]),
            complete: false,
            started_at: Timestamp::now(),
            duration_ms: 0,
        }
    }
}
