//! The record of one run.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{Reason, RunId, Status};

/// A run, as the store keeps it. It holds no secret.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct RunRecord {
    /// The run.
    pub run_id: RunId,
    /// The workflow's name.
    pub workflow_id: String,
    /// The action's name.
    pub action: String,
    /// When it began.
    pub started_at: Timestamp,
    /// How far it has come.
    pub state: RunState,
    /// What it does.
    pub kind: RunKind,
    /// Tells whether origin, filter, target and programs are those of another run.
    pub fingerprint: String,
    /// What the user wrote, without the credentials; none where a program put the run together.
    pub workflow: Option<Value>,
    /// The result, once the run has ended.
    pub result: Option<Value>,
    /// How many bytes the journal takes, once the run has ended.
    pub journal_bytes: u64,
}

impl RunRecord {
    /// How the run ended, where it has, in words that this program knows.
    pub fn verdict(&self) -> Option<(Status, Reason)> {
        let result = self.result.as_ref()?;
        let status = Status::deserialize(&result["status"]).ok()?;
        Some((status, Reason::deserialize(&result["reason"]).ok()?))
    }
}

/// How far a run has come.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum RunState {
    /// In progress, or its process died.
    Running,
    /// Stopped before everything was sent: by a signal, or because nothing more could be sent.
    Stopped,
    /// Done.
    Ended,
    /// Left unfinished in favour of a later run.
    Abandoned,
}

impl RunState {
    /// The name in lists.
    pub fn name(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Stopped => "stopped",
            Self::Ended => "ended",
            Self::Abandoned => "abandoned",
        }
    }

    /// Whether there is something left to resume.
    pub fn is_unfinished(self) -> bool {
        matches!(self, Self::Running | Self::Stopped)
    }
}

/// What a run does.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum RunKind {
    /// Reads the origin and writes to the target.
    Whole,
    /// Retries what failed in another run.
    Retry {
        /// The other run.
        of: RunId,
    },
    /// Applies a saved plan.
    Apply {
        /// Tells the plan.
        plan: String,
    },
}
