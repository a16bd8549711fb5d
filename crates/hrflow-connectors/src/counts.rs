//! The counters of a run, and the verdict that follows from them.

use serde::ser::SerializeMap;
use serde::{Deserialize, Serialize, Serializer};

use crate::{Event, Outcome, Stage};

/// The event counters of a run, under the names that the predecessor gave them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Events {
    /// Items read.
    pub read_success: u64,
    /// Readings that broke off.
    pub read_failure: u64,
    /// Items that the format failed on.
    pub format_failure: u64,
    /// Items that a logic discarded.
    pub logics_discard: u64,
    /// Items that a logic failed on.
    pub logics_failure: u64,
    /// Items that the target did not take.
    pub write_failure: u64,
    /// Callbacks that failed: 0 or 1.
    pub callback_failure: u64,
    /// Callbacks that returned: 0 or 1.
    pub callback_executed: u64,
    /// Failures to make the token of the next incremental run.
    pub getting_incremental_token_failure: u64,
}

/// How many items ended in each way that the action knows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcomes(Vec<(Outcome, u64)>);

impl Outcomes {
    /// All at zero.
    pub fn of(outcomes: &[Outcome]) -> Self {
        Self(outcomes.iter().map(|outcome| (*outcome, 0)).collect())
    }

    /// How many ended so.
    pub fn count(&self, outcome: Outcome) -> u64 {
        self.iter().find(|(other, _)| *other == outcome).map_or(0, |(_, count)| count)
    }

    /// Each outcome with its count, in the action's order.
    pub fn iter(&self) -> impl Iterator<Item = (Outcome, u64)> + '_ {
        self.0.iter().copied()
    }

    fn add(&mut self, outcome: Outcome) {
        match self.0.iter_mut().find(|(other, _)| *other == outcome) {
            Some((_, count)) => *count += 1,
            None => self.0.push((outcome, 1)),
        }
    }
}

impl Serialize for Outcomes {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (outcome, count) in self.iter() {
            map.serialize_entry(outcome.name(), &count)?;
        }
        map.end()
    }
}

/// All that a run counts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Counts {
    /// What happened on the way.
    pub events: Events,
    /// How items ended at the target.
    pub outcomes: Outcomes,
    /// Why a mirror waits for a person's word, if it does.
    pub withheld: Option<String>,
}

impl Counts {
    /// All at zero, for an action with these outcomes.
    pub fn of(outcomes: &[Outcome]) -> Self {
        Self { events: Events::default(), outcomes: Outcomes::of(outcomes), withheld: None }
    }

    /// The one place where a counter changes.
    pub fn record(&mut self, event: &Event) {
        let events = &mut self.events;
        match event {
            Event::Listed { .. } | Event::Waiting(_) => {}
            Event::Read { items } => events.read_success += items,
            Event::ReadFailed { .. } => events.read_failure += 1,
            Event::Discarded { .. } => events.logics_discard += 1,
            Event::Written { outcome, .. } => self.outcomes.add(*outcome),
            Event::ItemFailed { stage: Stage::Logic(_), .. } => events.logics_failure += 1,
            Event::ItemFailed { stage: Stage::Format, .. } => events.format_failure += 1,
            Event::ItemFailed { stage: Stage::Write, .. } => {
                events.write_failure += 1;
                self.outcomes.add(Outcome::Failed);
            }
            Event::StateNotSaved { .. } => events.getting_incremental_token_failure += 1,
            Event::Withheld { why } => self.withheld = Some(why.clone()),
            Event::CallbackExecuted => events.callback_executed += 1,
            Event::CallbackFailed { .. } => events.callback_failure += 1,
        }
    }

    /// How many items failed.
    pub fn items_failed(&self) -> u64 {
        let events = &self.events;
        events.logics_failure + events.format_failure + events.write_failure
    }

    /// How many items have come to their end.
    pub fn items_ended(&self) -> u64 {
        let written: u64 = self.outcomes.iter().map(|(_, count)| count).sum();
        let events = &self.events;
        written + events.logics_discard + events.logics_failure + events.format_failure
    }

    /// Whether anything failed.
    pub fn has_failures(&self) -> bool {
        let events = &self.events;
        self.withheld.is_some()
            || events.read_failure
                + events.logics_failure
                + events.format_failure
                + events.write_failure
                + events.callback_failure
                + events.getting_incremental_token_failure
                > 0
    }

    /// The one place where the counters become a verdict.
    pub fn verdict(&self) -> (Status, Reason) {
        let events = &self.events;
        // A mirror may find jobs unchanged that were not read, so this can be more than was.
        let unchanged = self.outcomes.count(Outcome::Unchanged);
        let looked_at = events.read_success.saturating_sub(unchanged);
        let kept = looked_at.saturating_sub(events.logics_discard + events.logics_failure);
        // In a dry run nothing is delivered of what would be.
        let formatted = kept.saturating_sub(events.format_failure);
        let delivered: u64 = self
            .outcomes
            .iter()
            .filter(|(outcome, _)| !matches!(outcome, Outcome::Failed | Outcome::Unchanged))
            .map(|(_, count)| count)
            .sum();
        if !self.has_failures() {
            (Status::Success, Reason::None)
        } else if events.read_success == 0 && events.read_failure > 0 {
            (Status::Fatal, Reason::ReadFailure)
        } else if looked_at > 0 && events.logics_failure == looked_at {
            (Status::Fatal, Reason::LogicsFailure)
        } else if kept > 0 && events.format_failure == kept {
            (Status::Fatal, Reason::FormatFailure)
        } else if events.write_failure > 0 && delivered == 0 && formatted <= events.write_failure {
            (Status::Fatal, Reason::WriteFailure)
        } else {
            (Status::SuccessWithFailures, Reason::None)
        }
    }
}

/// How a run ended.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// Nothing failed.
    Success,
    /// Something failed, not all.
    SuccessWithFailures,
    /// Nothing could be done, or nothing came of it.
    Fatal,
}

/// Why a run was fatal.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// It was not.
    None,
    /// The parameters or the authentication of the origin do not parse.
    BadOriginParameters,
    /// The parameters or the authentication of the target do not parse.
    BadTargetParameters,
    /// The workflow itself does not parse.
    BadWorkflow,
    /// Nothing could be read.
    ReadFailure,
    /// A logic failed on every item.
    LogicsFailure,
    /// The format failed on every item that the logics kept.
    FormatFailure,
    /// Every write failed.
    WriteFailure,
    /// Another run of the same workflow is under way.
    WorkflowBusy,
    /// What an incremental workflow reads, or where it writes, is not what it was.
    FilterChanged,
    /// The store could not be opened.
    StoreFailure,
    /// A saved plan no longer fits the world.
    PlanOutdated,
}

impl Reason {
    /// Whether the run was refused before anything was sent.
    pub fn is_refusal(self) -> bool {
        match self {
            Self::BadOriginParameters
            | Self::BadTargetParameters
            | Self::BadWorkflow
            | Self::WorkflowBusy
            | Self::FilterChanged
            | Self::StoreFailure
            | Self::PlanOutdated => true,
            Self::None
            | Self::ReadFailure
            | Self::LogicsFailure
            | Self::FormatFailure
            | Self::WriteFailure => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OUTCOMES: &[Outcome] = &[Outcome::Archived, Outcome::Missing, Outcome::Failed];

    fn failed(stage: Stage) -> Event {
        let why = "because".to_owned();
        Event::ItemFailed { reference: None, stage, why, can_be_retried: false }
    }

    fn written(outcome: Outcome) -> Event {
        Event::Written { reference: None, outcome }
    }

    #[track_caller]
    fn check(events: &[Event], expected: (Status, Reason)) {
        let mut counts = Counts::of(OUTCOMES);
        for event in events {
            counts.record(event);
        }
        assert_eq!(counts.verdict(), expected, "{events:?}");
    }

    #[test]
    fn the_verdict_follows_the_table_of_the_contract() {
        use Outcome::{Archived, Missing};
        use Reason as R;
        use Status::{Fatal, Success, SuccessWithFailures};
        let read = |items| Event::Read { items };
        let read_failed = || Event::ReadFailed { why: String::new() };
        let discarded = || Event::Discarded { reference: None, logic: 1 };
        let (logic, format, write) = (Stage::Logic(1), Stage::Format, Stage::Write);

        check(&[], (Success, R::None));
        check(&[read_failed()], (Fatal, R::ReadFailure));
        check(&[read(2), failed(logic), failed(logic)], (Fatal, R::LogicsFailure));
        check(&[read(2), failed(logic), discarded()], (SuccessWithFailures, R::None));
        check(&[read(2), discarded(), failed(format)], (Fatal, R::FormatFailure));
        check(&[read(2), failed(logic), failed(format)], (Fatal, R::FormatFailure));
        check(&[read(1), failed(write)], (Fatal, R::WriteFailure));
        check(&[read(2), failed(format), failed(write)], (Fatal, R::WriteFailure));
        check(&[read(2), failed(write), written(Archived)], (SuccessWithFailures, R::None));
        check(&[read(2), failed(write), written(Missing)], (SuccessWithFailures, R::None));
        check(&[read(1), written(Archived), read_failed()], (SuccessWithFailures, R::None));
        check(&[read(2), discarded(), discarded()], (Success, R::None));
        check(&[read(1), written(Missing)], (Success, R::None));
        check(&[read(2), failed(write)], (SuccessWithFailures, R::None));
        check(&[read(2), failed(write), failed(write)], (Fatal, R::WriteFailure));
        let callback_failed = Event::CallbackFailed { why: String::new() };
        check(&[callback_failed], (SuccessWithFailures, R::None));
    }

    #[test]
    fn outcomes_are_written_under_their_names_zeros_included() {
        let mut counts = Counts::of(OUTCOMES);
        counts.record(&written(Outcome::Archived));
        let json = serde_json::to_string(&counts.outcomes).unwrap();
        assert_eq!(json, r#"{"archived":1,"missing":0,"failed":0}"#);
    }
}
