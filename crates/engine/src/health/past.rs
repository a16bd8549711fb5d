//! What a record tells of a run that has ended, or that died.

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use crate::{ListedRun, RunKind, RunState, Status};

/// Shorter runs are not slow, however quick others were.
const NEVER_SLOW_MS: u64 = 10 * 60_000;

/// One run of a workflow, as far as its health is concerned.
#[derive(Clone, Debug, Default)]
pub(super) struct Past {
    pub(super) started_at: Timestamp,
    pub(super) ended_at: Option<Timestamp>,
    /// None where it did not come to its end.
    pub(super) status: Option<Status>,
    message: Option<String>,
    /// Whether everything that is listed was read.
    pub(super) is_complete: bool,
    /// Whether it was to read everything: a run of a range, or of what is new, was not.
    pub(super) reads_everything: bool,
    pub(super) has_withheld: bool,
    pub(super) read: u64,
    pub(super) failed: u64,
    /// Created, updated and unchanged.
    held: Option<u64>,
    pub(super) duration_ms: u64,
}

impl Past {
    /// None of a run that only retries, or applies a plan: these say nothing of the search.
    pub(super) fn of(run: &ListedRun) -> Option<Self> {
        let record = &run.record;
        if record.kind != RunKind::Whole || record.state == RunState::Abandoned {
            return None;
        }
        let started_at = record.started_at;
        let (Some((status, _)), Some(result)) = (record.verdict(), &record.result) else {
            return Some(Self { started_at, ..Self::default() });
        };
        let number = |value: &Value| value.as_u64().unwrap_or_default();
        let outcomes = &result["outcomes"];
        let duration_ms = number(&result["duration_ms"]);
        let duration = SignedDuration::from_millis(i64::try_from(duration_ms).unwrap_or(i64::MAX));
        let kept = ["created", "updated", "unchanged"].map(|name| outcomes[name].as_u64());
        let hints = result["hints"].as_array();
        let is_partial = record.workflow.as_ref().is_some_and(reads_a_part);
        Some(Self {
            started_at,
            ended_at: started_at.checked_add(duration).ok(),
            status: (record.state == RunState::Ended).then_some(status),
            message: result["message"].as_str().map(str::to_owned),
            is_complete: result["complete"] == true,
            reads_everything: !is_partial,
            has_withheld: hints.into_iter().flatten().any(|hint| hint == "allow_mass_archive"),
            read: number(&result["events"]["read_success"]),
            failed: number(&outcomes["failed"]),
            held: kept[0].zip(kept[1]).zip(kept[2]).map(|((one, two), three)| one + two + three),
            duration_ms,
        })
    }

    /// Whether everything was read, and nothing ended the run.
    pub(super) fn is_whole_success(&self) -> bool {
        let has_succeeded = self.status.is_some_and(|status| status != Status::Fatal);
        has_succeeded && (self.is_complete || !self.reads_everything)
    }

    /// Why the run did not succeed, where it did not.
    pub(super) fn failure(&self) -> Option<String> {
        let first_line = |text: &String| text.lines().next().unwrap_or_default().to_owned();
        match self.status {
            Some(Status::Success | Status::SuccessWithFailures) => None,
            Some(Status::Fatal) => {
                let why = self.message.as_ref().map(first_line).unwrap_or_default();
                Some(format!("the last run failed: {why}"))
            }
            None => Some("the last run was interrupted".to_owned()),
        }
    }

    /// Items that the run was to send.
    pub(super) fn handled(&self) -> u64 {
        self.read.max(self.failed)
    }

    /// How many jobs the board has of the workflow, where the action keeps jobs there.
    pub(super) fn jobs(&self) -> Option<u64> {
        self.held
    }

    /// Whether a time is out of all proportion to the usual one.
    #[allow(clippy::cast_precision_loss, reason = "milliseconds of a run are few")]
    pub(super) fn is_slow(took_ms: u64, usual_ms: u64, times: f64) -> bool {
        took_ms > NEVER_SLOW_MS && took_ms as f64 > usual_ms as f64 * times
    }
}

/// Whether a workflow asks for a range of results, or for what was created lately.
fn reads_a_part(workflow: &Value) -> bool {
    let is = |value: &Value, wanted: &str| {
        ["text", "json"].iter().any(|form| value[*form].as_str() == Some(wanted))
    };
    let mut pull = workflow["pull_parameters"].as_array().into_iter().flatten();
    is(&workflow["since"], "creation_date") || pull.any(|pair| pair[0] == "range")
}
