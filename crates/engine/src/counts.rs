//! The counters of a run, and the verdict that follows from them.

use serde::ser::SerializeMap;
use serde::{Deserialize, Serialize, Serializer};
use strum::{IntoStaticStr, VariantArray};

use crate::{Drifted, Ending, Event, Outcome, Stage, Withheld};

/// The event counters of a run, under the names that its users know.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Events {
    /// Items read.
    pub read_success: u64,
    /// Readings that failed, and listed items that could not be read.
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
    /// Failures to save what was delivered.
    pub getting_incremental_token_failure: u64,
}

/// How many items ended in each way that the action knows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcomes {
    known: Vec<Outcome>,
    counts: [u64; Outcome::VARIANTS.len()],
}

impl Outcomes {
    /// All at zero.
    pub fn of(outcomes: &[Outcome]) -> Self {
        Self { known: outcomes.to_vec(), counts: [0; Outcome::VARIANTS.len()] }
    }

    /// How many ended so.
    pub fn count(&self, outcome: Outcome) -> u64 {
        self.counts[outcome as usize]
    }

    /// Each outcome with its count, in the action's order.
    pub fn iter(&self) -> impl Iterator<Item = (Outcome, u64)> + '_ {
        self.known.iter().map(|outcome| (*outcome, self.count(*outcome)))
    }

    fn add(&mut self, outcome: Outcome) {
        self.counts[outcome as usize] += 1;
        if !self.known.contains(&outcome) {
            self.known.push(outcome);
        }
    }
}

impl Serialize for Outcomes {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.known.len()))?;
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
    /// Items that were read and not sent, because the run was stopped.
    pub unsent: u64,
    /// Items that are missed, and not for long enough to be archived.
    pub pending: u64,
    /// Where the target's items were not as this workflow has left them.
    pub drifted: Option<Drifted>,
    /// Why a mirror waits for a person's word, if it does.
    pub withheld: Option<Withheld>,
}

impl Counts {
    /// All at zero, for an action with these outcomes.
    pub fn of(outcomes: &[Outcome]) -> Self {
        Self {
            events: Events::default(),
            outcomes: Outcomes::of(outcomes),
            unsent: 0,
            pending: 0,
            drifted: None,
            withheld: None,
        }
    }

    /// The one place where a counter changes.
    pub fn record(&mut self, event: &Event) {
        let events = &mut self.events;
        match event {
            Event::Phase { .. }
            | Event::Listed { .. }
            | Event::Checked
            | Event::Formatted { .. }
            | Event::Waiting(_) => {}
            Event::Read { items } => events.read_success += items,
            Event::ReadFailed { .. } => events.read_failure += 1,
            Event::Ended { ending, .. } => self.record_ending(ending),
            Event::Unsent { .. } => self.unsent += 1,
            Event::Drifted(drifted) => self.drifted = Some(*drifted),
            Event::Withheld(withheld) => self.withheld = Some(withheld.clone()),
            Event::Pending { items } => self.pending = *items,
            Event::StateNotSaved { .. } => events.getting_incremental_token_failure += 1,
            Event::CallbackExecuted => events.callback_executed += 1,
            Event::CallbackFailed { .. } => events.callback_failure += 1,
        }
    }

    fn record_ending(&mut self, ending: &Ending) {
        let events = &mut self.events;
        match ending {
            Ending::Done(_) | Ending::Withdrawn => {}
            Ending::Discarded { .. } => events.logics_discard += 1,
            Ending::Failed(error) => match error.stage {
                Stage::Read => events.read_failure += 1,
                Stage::Logic(_) => events.logics_failure += 1,
                Stage::Format => events.format_failure += 1,
                Stage::Write => events.write_failure += 1,
            },
        }
        if let Some(outcome) = ending.outcome() {
            self.outcomes.add(outcome);
        }
    }

    /// How many items failed.
    pub fn items_failed(&self) -> u64 {
        let events = &self.events;
        events.logics_failure + events.format_failure + events.write_failure
    }

    /// How many items have come to their end.
    pub fn items_ended(&self) -> u64 {
        let written: u64 = self.outcomes.counts.iter().sum();
        let events = &self.events;
        written + events.logics_discard + events.logics_failure + events.format_failure
    }

    /// Whether anything failed.
    pub fn has_failures(&self) -> bool {
        let events = &self.events;
        self.withheld.is_some()
            || self.unsent
                + events.read_failure
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
        let read = events.read_success;
        let kept = read.saturating_sub(events.logics_discard + events.logics_failure);
        // In a dry run nothing is delivered of what would be.
        let formatted = kept.saturating_sub(events.format_failure);
        let ended: u64 = self.outcomes.counts.iter().sum();
        let is_nothing_delivered = ended == self.outcomes.count(Outcome::Failed);
        if !self.has_failures() {
            (Status::Success, Reason::None)
        } else if events.read_success == 0 && events.read_failure > 0 {
            (Status::Fatal, Reason::ReadFailure)
        } else if read > 0 && events.logics_failure == read {
            (Status::Fatal, Reason::LogicsFailure)
        } else if kept > 0 && events.format_failure == kept {
            (Status::Fatal, Reason::FormatFailure)
        } else if events.write_failure > 0
            && is_nothing_delivered
            && formatted <= events.write_failure + self.unsent
        {
            (Status::Fatal, Reason::WriteFailure)
        } else {
            (Status::SuccessWithFailures, Reason::None)
        }
    }
}

/// How a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize, IntoStaticStr, Serialize)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum Status {
    /// Nothing failed.
    Success,
    /// Something failed, not all.
    SuccessWithFailures,
    /// Nothing could be done, or nothing came of it.
    Fatal,
}

impl Status {
    /// The name in results and reports.
    pub fn name(self) -> &'static str {
        self.into()
    }
}

/// Why a run was fatal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize, Serialize, VariantArray)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// It was not.
    None,
    /// The parameters or the credentials of the origin do not parse.
    BadOriginParameters,
    /// The parameters or the credentials of the target do not parse.
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
    /// Another run of the same workflow is in progress.
    WorkflowBusy,
    /// What an incremental workflow reads, or where it writes, has changed.
    FilterChanged,
    /// The store could not be opened.
    StoreFailure,
    /// A saved plan is out of date.
    PlanOutdated,
}

impl Reason {
    /// Every one.
    pub fn all() -> impl Iterator<Item = Self> {
        Self::VARIANTS.iter().copied()
    }

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
    use crate::{Key, OpKind, StepError};

    const OUTCOMES: &[Outcome] = &[Outcome::Archived, Outcome::Missing, Outcome::Failed];

    fn ended(ending: Ending) -> Event {
        Event::Ended { op: OpKind::Write, key: Key::Id("0".into()), reference: None, ending }
    }

    fn failed(stage: Stage) -> Event {
        ended(Ending::Failed(StepError::of_function(stage, "because".to_owned())))
    }

    fn written(outcome: Outcome) -> Event {
        ended(Ending::Done(outcome))
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
        let read_failed = || Event::ReadFailed { message: String::new() };
        let discarded = || ended(Ending::Discarded { logic: 1 });
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
        check(&[read(1), written(Archived), failed(Stage::Read)], (SuccessWithFailures, R::None));
        check(&[read(2), discarded(), discarded()], (Success, R::None));
        check(&[read(1), written(Missing)], (Success, R::None));
        check(&[read(2), failed(write)], (SuccessWithFailures, R::None));
        check(&[read(2), failed(write), failed(write)], (Fatal, R::WriteFailure));
        let callback_failed = Event::CallbackFailed { message: String::new() };
        check(&[callback_failed], (SuccessWithFailures, R::None));
    }

    #[test]
    fn one_item_that_fails_is_not_fatal_beside_those_that_are_there() {
        for stage in [Stage::Logic(1), Stage::Format, Stage::Write] {
            check(
                &[Event::Read { items: 2 }, written(Outcome::Unchanged), failed(stage)],
                (Status::SuccessWithFailures, Reason::None),
            );
        }
    }

    #[test]
    fn what_was_not_sent_is_no_failure_of_an_item_and_no_success() {
        let unsent = Event::Unsent { op: OpKind::Write, key: Key::Id("0".into()), reference: None };
        check(&[Event::Read { items: 1 }, unsent], (Status::SuccessWithFailures, Reason::None));
    }

    #[test]
    fn outcomes_are_written_under_their_names_zeros_included() {
        let mut counts = Counts::of(OUTCOMES);
        counts.record(&written(Outcome::Archived));
        let json = serde_json::to_string(&counts.outcomes).unwrap();
        assert_eq!(json, r#"{"archived":1,"missing":0,"failed":0}"#);
    }
}
