//! How far a run is.

use crate::{Counts, Event, Outcome, Phase};

/// How far a run is, told from its events: the phase, how many of its items are done, and of how
/// many.
#[derive(Clone, Debug)]
pub struct Position {
    counts: Counts,
    phase: Phase,
    total: Option<u64>,
    /// How many items had ended before the phase began.
    ended_before: u64,
    /// How many items of a phase without writes are done.
    checked: u64,
}

impl Position {
    /// Of a run that begins, with the outcomes that its items can have.
    pub fn new(outcomes: &[Outcome]) -> Self {
        Self {
            counts: Counts::of(outcomes),
            phase: Phase::Moving,
            total: None,
            ended_before: 0,
            checked: 0,
        }
    }

    /// Takes an event in.
    pub fn record(&mut self, event: &Event) {
        self.counts.record(event);
        match event {
            Event::Phase { phase, items } => {
                self.phase = *phase;
                self.total = *items;
                self.ended_before = self.counts.items_ended();
                self.checked = 0;
            }
            Event::Listed { total } => self.total = Some(*total),
            Event::Checked => self.checked += 1,
            _ => {}
        }
    }

    /// What the run does.
    pub fn phase(&self) -> Phase {
        self.phase
    }

    /// What was counted since the run began.
    pub fn counts(&self) -> &Counts {
        &self.counts
    }

    /// How many items of the phase are done.
    pub fn done(&self) -> u64 {
        match self.phase {
            Phase::Verifying | Phase::Confirming => self.checked,
            Phase::Moving | Phase::Archiving => {
                self.counts.items_ended().saturating_sub(self.ended_before)
            }
        }
    }

    /// How many there are, where that is known: never fewer than are done.
    pub fn total(&self) -> Option<u64> {
        self.total.filter(|total| *total > 0).map(|total| total.max(self.done()))
    }
}
