//! Somebody who watches a run and counts for himself.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};

use hrflow_connectors::{Ending, Event, ItemReport, OpKind, Outcome, RunResult, Stage};

use crate::trace::Trace;

/// What the events of one process said.
#[derive(Clone, Debug, Default)]
pub(crate) struct Told {
    pub(crate) read: u64,
    pub(crate) readings_failed: u64,
    /// Listed, and not to be read.
    pub(crate) unreadable: u64,
    pub(crate) discarded: u64,
    pub(crate) logics_failed: u64,
    pub(crate) formats_failed: u64,
    pub(crate) writes_failed: u64,
    pub(crate) not_saved: u64,
    /// Read, and not sent because the run was stopped.
    pub(crate) unsent: u64,
    /// To be archived, and not, because the run was stopped.
    pub(crate) unarchived: u64,
    pub(crate) not_sent: BTreeSet<String>,
    /// How many items ended that were to be archived because they had vanished.
    pub(crate) retired: u64,
    pub(crate) outcomes: BTreeMap<Outcome, u64>,
    /// How often each reference was said to have ended, and how at last.
    pub(crate) ended: BTreeMap<String, (u64, String)>,
    /// How many ended without a reference.
    pub(crate) nameless: u64,
}

/// Watches; clones see the same.
#[derive(Clone, Default)]
pub(crate) struct Recorder(Arc<Mutex<Told>>);

impl Recorder {
    /// What follows the events.
    pub(crate) fn watcher(&self, trace: Trace) -> impl FnMut(&Event) + Send + 'static {
        let recorder = self.clone();
        move |event| {
            trace.note(&format!("{event:?}"));
            recorder.0.lock().unwrap_or_else(PoisonError::into_inner).note(event);
        }
    }

    pub(crate) fn told(&self) -> Told {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Told {
    fn note(&mut self, event: &Event) {
        match event {
            Event::Read { items } => self.read += items,
            Event::ReadFailed { .. } => self.readings_failed += 1,
            Event::Ended { op, ending, .. } => self.note_ending(*op, ending),
            Event::Unsent { op: OpKind::Write, .. } => self.unsent += 1,
            Event::Unsent { op: OpKind::Retire, .. } => self.unarchived += 1,
            Event::StateNotSaved { .. } => self.not_saved += 1,
            Event::Phase { .. }
            | Event::Listed { .. }
            | Event::Checked
            | Event::Formatted { .. }
            | Event::Drifted(_)
            | Event::Pending { .. }
            | Event::CallbackExecuted
            | Event::CallbackFailed { .. }
            | Event::Withheld(_)
            | Event::Waiting(_) => {}
        }
        if let Event::Unsent { reference, .. } = event {
            self.not_sent.extend(reference.clone());
            return;
        }
        let Some(report) = ItemReport::of(event) else { return };
        match report.reference {
            Some(reference) => {
                let (times, how) = self.ended.entry(reference).or_default();
                *times += 1;
                *how = report.outcome;
            }
            None => self.nameless += 1,
        }
    }

    fn note_ending(&mut self, op: OpKind, ending: &Ending) {
        if op == OpKind::Retire {
            self.retired += 1;
        }
        if let Ending::Failed(error) = ending {
            match error.stage {
                Stage::Read => self.unreadable += 1,
                Stage::Logic(_) => self.logics_failed += 1,
                Stage::Format => self.formats_failed += 1,
                Stage::Write => self.writes_failed += 1,
            }
        }
        if let Ending::Discarded { .. } = ending {
            self.discarded += 1;
        }
        if let Some(outcome) = ending.outcome() {
            *self.outcomes.entry(outcome).or_default() += 1;
        }
    }

    pub(crate) fn count(&self, outcome: Outcome) -> u64 {
        self.outcomes.get(&outcome).copied().unwrap_or_default()
    }

    /// How many items ended.
    pub(crate) fn endings(&self) -> u64 {
        let written: u64 = self.outcomes.values().sum();
        written + self.discarded + self.logics_failed + self.formats_failed + self.unreadable
    }

    /// The result says what the events said.
    pub(crate) fn check_against(&self, result: &RunResult) {
        let events = &result.events;
        let said = [
            events.read_success,
            events.read_failure,
            events.logics_discard,
            events.logics_failure,
            events.format_failure,
            events.write_failure,
            events.getting_incremental_token_failure,
        ];
        let heard = [
            self.read,
            self.readings_failed + self.unreadable,
            self.discarded,
            self.logics_failed,
            self.formats_failed,
            self.writes_failed,
            self.not_saved,
        ];
        assert_eq!(said, heard, "the result says other than the events: {result:?}");
        for (outcome, count) in result.outcomes.iter() {
            assert_eq!(count, self.count(outcome), "{outcome}: {result:?}");
        }
        let known: u64 = result.outcomes.iter().map(|(_, count)| count).sum();
        assert_eq!(known, self.outcomes.values().sum::<u64>(), "{result:?}");
    }
}
