//! Whether all is well with a workflow, told from the records of its runs: a pure function.

mod digest;
mod reason;
#[cfg(test)]
mod tests;

use std::fmt;

use jiff::{SignedDuration, Timestamp};
use serde::Serialize;

use crate::{RunId, Share};
pub use digest::RunDigest;
pub use reason::{HealthReason, Hours};

/// How many runs before the last one show what is usual.
const USUAL: usize = 10;
/// Fewer runs do not show what is usual.
const FEWEST: usize = 3;

/// How a workflow is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Health {
    /// Its last run did not succeed.
    Failing,
    /// Its last success that read everything is too long ago.
    Late,
    /// Its last run succeeded, and something about it is not as usual.
    Degraded,
    /// It has never run.
    NeverRan,
    /// A run is in progress, and nothing is late.
    Running,
    /// Nothing is wrong.
    Healthy,
}

impl Health {
    /// Every word, the worst first.
    pub const ALL: [Self; 6] =
        [Self::Failing, Self::Late, Self::Degraded, Self::NeverRan, Self::Running, Self::Healthy];

    /// The word.
    pub fn name(self) -> &'static str {
        match self {
            Self::Failing => "failing",
            Self::Late => "late",
            Self::Degraded => "degraded",
            Self::NeverRan => "never_ran",
            Self::Running => "running",
            Self::Healthy => "healthy",
        }
    }
}

impl fmt::Display for Health {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(self.name())
    }
}

/// From where on something is wrong; what is none is not looked at.
#[derive(Clone, Debug, PartialEq)]
pub struct Thresholds {
    /// The longest time since the last success that read everything.
    pub late_after: Option<SignedDuration>,
    /// The largest share of items that may fail.
    pub failures: Option<Share>,
    /// By how large a share the number of items may differ from the usual one.
    pub volume: Option<Share>,
    /// How many times the usual time a run may take.
    pub slow: Option<f64>,
    /// Whether a run that lists nothing, where there was something, is degraded.
    pub empty: bool,
    /// Whether a run that withheld the archiving of jobs is degraded.
    pub withheld: bool,
    /// Whether a run that may not have read everything is degraded.
    pub incomplete: bool,
}

/// The terms of the offers ask for a day; the others are far from what ordinary days bring.
impl Default for Thresholds {
    fn default() -> Self {
        Self {
            late_after: Some(SignedDuration::from_hours(24)),
            failures: Some(Share::percent(5)),
            volume: Some(Share::percent(50)),
            slow: Some(3.0),
            empty: true,
            withheld: true,
            incomplete: true,
        }
    }
}

/// How a workflow is, and what tells so.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Assessment {
    /// In a word.
    pub health: Health,
    /// Why; empty where nothing is wrong.
    pub reasons: Vec<HealthReason>,
    /// The last run, also one that goes on.
    pub last_run: Option<RunBrief>,
    /// When the last success ended that read everything.
    pub last_success_at: Option<Timestamp>,
    /// How many seconds ago that was.
    pub age_seconds: Option<u64>,
    /// How many jobs the board had of the workflow after that, where the action tells.
    pub jobs: Option<u64>,
}

/// A run in a few words.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct RunBrief {
    /// The run.
    pub run_id: RunId,
    /// Its status, or `running`, `interrupted` or `stopped` where it has not come to its end.
    pub status: &'static str,
    /// When it began.
    pub started_at: Timestamp,
    /// Whether everything that is listed was read.
    pub complete: bool,
}

impl RunBrief {
    fn of(run: &RunDigest) -> Self {
        Self {
            run_id: run.run_id.clone(),
            status: run.word(),
            started_at: run.started_at,
            complete: run.is_complete,
        }
    }
}

/// Tells how a workflow is by its runs, the newest first.
pub fn assess(runs: &[RunDigest], thresholds: &Thresholds, now: Timestamp) -> Assessment {
    assess_while(None, runs, thresholds, now)
}

/// The same, where a run is known to go on since then that the store may not know of yet.
pub fn assess_while(
    running_since: Option<Timestamp>,
    runs: &[RunDigest],
    thresholds: &Thresholds,
    now: Timestamp,
) -> Assessment {
    let past: Vec<&RunDigest> = runs.iter().filter(|run| run.is_telling()).collect();
    let alive = runs.first().filter(|run| run.is_alive);
    let running_since = alive.map(|run| run.started_at).or(running_since);
    let is_running = running_since.is_some();
    // What goes on has not ended, and what was interrupted is gone on with.
    let goes_on = alive.is_some() || past.first().is_some_and(|last| last.status.is_none());
    let ended = if is_running && goes_on { past.get(1..).unwrap_or_default() } else { &past };
    let whole = ended.iter().find(|past| past.is_whole_success());
    let mut reasons = Vec::new();
    let health = match ended.first() {
        None if is_running => Health::Running,
        None => Health::NeverRan,
        Some(last) => {
            let since = whole.and_then(|whole| whole.ended_at);
            let first = ended.last().map_or(now, |first| first.started_at);
            let last_success = since.unwrap_or(first);
            if let Some(limit) = limit(thresholds, last_success, running_since)
                && now.duration_since(last_success) > limit
            {
                reasons.push(late(since.is_some(), now.duration_since(last_success), thresholds));
            }
            let is_late = !reasons.is_empty();
            let failure = last.failure();
            let is_failing = failure.is_some();
            reasons.extend(failure);
            if !is_failing {
                reasons.extend(unusual(last, &ended[1..], thresholds));
            }
            match (is_failing, is_late, reasons.is_empty()) {
                _ if is_running && !is_late => Health::Running,
                (true, _, _) => Health::Failing,
                (false, true, _) => Health::Late,
                (false, false, false) => Health::Degraded,
                (false, false, true) => Health::Healthy,
            }
        }
    };
    let last_success_at = whole.and_then(|whole| whole.ended_at);
    Assessment {
        health,
        reasons,
        last_run: runs.first().map(RunBrief::of),
        last_success_at,
        age_seconds: last_success_at
            .map(|at| now.duration_since(at).as_secs().max(0).unsigned_abs()),
        jobs: whole.and_then(|whole| whole.jobs()),
    }
}

impl Assessment {
    /// The same of a workflow whose last run was refused before it began, and left no record.
    #[must_use]
    pub fn refused(mut self, why: &str) -> Self {
        self.health = self.health.min(Health::Failing);
        self.reasons.push(HealthReason::Refused(why.to_owned()));
        self
    }
}

/// How old the last whole success may be; without one, the first run counts. Runs begin and end a
/// little later than the day before, so there is some room: a forty-eighth, which is half an hour
/// in a day. A run that has begun within that may take a twelfth, which is two hours in a day.
fn limit(
    thresholds: &Thresholds,
    last_success: Timestamp,
    running_since: Option<Timestamp>,
) -> Option<SignedDuration> {
    let most = thresholds.late_after?;
    let usual = most.saturating_add(most / 48);
    let is_on_time = running_since.is_some_and(|began| began.duration_since(last_success) <= usual);
    Some(if is_on_time { most.saturating_add(most / 12) } else { usual })
}

fn late(has_succeeded: bool, age: SignedDuration, thresholds: &Thresholds) -> HealthReason {
    let limit = thresholds.late_after.unwrap_or_default();
    if has_succeeded {
        HealthReason::Late { age, limit }
    } else {
        HealthReason::NoSuccess { age, limit }
    }
}

/// What is not as usual about a run that succeeded.
fn unusual(last: &RunDigest, before: &[&RunDigest], thresholds: &Thresholds) -> Vec<HealthReason> {
    let usual: Vec<&RunDigest> =
        before.iter().copied().filter(|past| past.is_whole_success()).take(USUAL).collect();
    let has_enough = usual.len() >= FEWEST;
    let median = |of: fn(&RunDigest) -> u64| {
        let mut values: Vec<u64> = usual.iter().map(|past| of(past)).collect();
        values.sort_unstable();
        values.get(values.len() / 2).copied().unwrap_or_default()
    };
    let (read, took) = (median(|past| past.read), median(|past| past.duration_ms));
    let mut reasons = Vec::new();
    if thresholds.incomplete && !last.is_complete && last.reads_everything {
        reasons.push(HealthReason::Incomplete);
    }
    if thresholds.withheld && last.has_withheld {
        reasons.push(HealthReason::Withheld);
    }
    if let Some(limit) = thresholds.failures
        && limit.is_exceeded_by(last.failed, last.handled())
    {
        let (failed, of) = (last.failed, last.handled());
        reasons.push(HealthReason::Failures { failed, of, limit });
    }
    let had_something = usual.first().is_some_and(|past| past.read > 0);
    if thresholds.empty && last.read == 0 && had_something {
        reasons.push(HealthReason::Empty { before: usual[0].read });
    } else if let Some(limit) = thresholds.volume
        && has_enough
        && last.is_complete
        && last.reads_everything
        && limit.is_exceeded_by(last.read.abs_diff(read), read)
    {
        reasons.push(HealthReason::Volume { read: last.read, usual: read, limit });
    }
    if let Some(limit) = thresholds.slow
        && has_enough
        && RunDigest::is_slow(last.duration_ms, took, limit)
    {
        let minutes = |ms: u64| ms / 60_000;
        let (took, usual) = (minutes(last.duration_ms), minutes(took));
        reasons.push(HealthReason::Slow { took, usual, limit });
    }
    reasons
}
