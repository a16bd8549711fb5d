//! What is kept of a run's record to tell how its workflow is.

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use crate::{HealthReason, ListedRun, Outcome, RunId, RunKind, RunState, Status};

/// Shorter runs are not slow, however quick others were.
const NEVER_SLOW_MS: u64 = 10 * 60_000;

/// A run in a few numbers.
#[allow(clippy::struct_excessive_bools, reason = "each is one plain fact of the run")]
#[derive(Clone, Debug)]
pub struct RunDigest {
    /// The run.
    pub run_id: RunId,
    /// When it began.
    pub started_at: Timestamp,
    /// When it ended, where it has a result.
    pub ended_at: Option<Timestamp>,
    /// How far it has come.
    pub state: RunState,
    /// Whether a process is carrying it out, as far as can be told.
    pub is_alive: bool,
    /// Whether a person or a signal stopped it.
    pub was_interrupted: bool,
    /// Whether somebody stopped it, so that no schedule resumes it.
    pub was_stopped_by_a_person: bool,
    /// Whether it reads the origin: retries and applied plans do not.
    pub is_whole: bool,
    /// How it ended; none where it did not come to its end.
    pub status: Option<Status>,
    /// Whether everything that is listed was read.
    pub is_complete: bool,
    /// Whether it was to read everything: a run of a range, or of what is new, was not.
    pub reads_everything: bool,
    /// Items read.
    pub read: u64,
    /// Items that failed: in a logic, in the format, or at the target.
    pub failed: u64,
    /// How many items ended so, for each outcome that the action knows.
    pub outcomes: Vec<(Outcome, u64)>,
    /// How long it took.
    pub duration_ms: u64,
    /// How many bytes its journal takes.
    pub journal_bytes: u64,
    pub(super) has_withheld: bool,
    message: Option<String>,
}

impl RunDigest {
    /// Of a run in a list.
    pub fn of(run: &ListedRun) -> Self {
        let record = &run.record;
        let verdict = record.verdict();
        let result = record.result.as_ref().filter(|_| verdict.is_some());
        let field = |name: &str| result.map_or(&Value::Null, |result| &result[name]);
        let number = |value: &Value| value.as_u64().unwrap_or_default();
        let duration_ms = number(field("duration_ms"));
        let duration = SignedDuration::from_millis(i64::try_from(duration_ms).unwrap_or(i64::MAX));
        let count = |outcome| Some((outcome, field("outcomes")[Outcome::name(outcome)].as_u64()?));
        let mut hints = field("hints").as_array().into_iter().flatten();
        Self {
            run_id: record.run_id.clone(),
            started_at: record.started_at,
            ended_at: result.and_then(|_| record.started_at.checked_add(duration).ok()),
            state: record.state,
            is_alive: run.is_alive,
            was_interrupted: *field("interrupted") == true,
            was_stopped_by_a_person: field("stopped_by").is_string(),
            is_whole: record.kind == RunKind::Whole,
            status: verdict.map(|(status, _)| status).filter(|_| record.state == RunState::Ended),
            is_complete: *field("complete") == true,
            reads_everything: !record.workflow.as_ref().is_some_and(reads_a_part),
            read: number(&field("events")["read_success"]),
            failed: ["logics_failure", "format_failure"]
                .iter()
                .map(|name| number(&field("events")[*name]))
                .chain(std::iter::once(number(&field("outcomes")["failed"])))
                .sum(),
            outcomes: Outcome::all().filter_map(count).collect(),
            duration_ms,
            journal_bytes: record.journal_bytes,
            has_withheld: hints.any(|hint| hint == "allow_mass_archive"),
            message: field("message").as_str().map(str::to_owned),
        }
    }

    /// Its status, or `running`, `interrupted`, `stopped` or `abandoned` where it has not come to
    /// its end.
    pub fn word(&self) -> &'static str {
        match (self.state, self.status) {
            (RunState::Ended, Some(status)) => status.name(),
            (RunState::Running, _) if !self.is_alive => "interrupted",
            (state, _) => state.name(),
        }
    }

    /// How many items ended so; none where the action does not know that outcome.
    pub fn outcome(&self, outcome: Outcome) -> Option<u64> {
        self.outcomes.iter().find(|(own, _)| *own == outcome).map(|(_, count)| *count)
    }

    /// Whether it says something of the workflow's search: a run that only retries, applies a plan
    /// or was abandoned does not.
    pub(super) fn is_telling(&self) -> bool {
        self.is_whole && self.state != RunState::Abandoned
    }

    /// Whether everything was read, and nothing ended the run.
    pub(super) fn is_whole_success(&self) -> bool {
        let has_succeeded = self.status.is_some_and(|status| status != Status::Fatal);
        has_succeeded && (self.is_complete || !self.reads_everything)
    }

    /// Why the run did not succeed, where it did not.
    pub(super) fn failure(&self) -> Option<HealthReason> {
        let first_line = |text: &String| text.lines().next().unwrap_or_default().to_owned();
        match self.status {
            Some(Status::Success | Status::SuccessWithFailures) => None,
            Some(Status::Fatal) => {
                let why = self.message.as_ref().map(first_line).unwrap_or_default();
                Some(HealthReason::Failed(why))
            }
            None => Some(HealthReason::Interrupted),
        }
    }

    /// Items that the run was to send.
    pub(super) fn handled(&self) -> u64 {
        self.read.max(self.failed)
    }

    /// How many jobs the board has of the workflow, where the action keeps jobs there.
    pub fn jobs(&self) -> Option<u64> {
        let kept = [Outcome::Created, Outcome::Updated, Outcome::Unchanged];
        kept.into_iter().map(|outcome| self.outcome(outcome)).sum()
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
