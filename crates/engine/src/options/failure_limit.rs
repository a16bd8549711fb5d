//! How many failures a run bears before it ends early.

use std::fmt;
use std::str::FromStr;

use crate::{Counts, Share};

/// A share says nothing before so many items were read.
const ENOUGH_TO_JUDGE: u64 = 100;

/// How many items may fail before the run ends early: `10`, or `5%` of those that were read.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum FailureLimit {
    /// So many.
    Items(u64),
    /// This share of them.
    Share(Share),
}

/// The text is no limit on failures.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must be a whole number such as `10`, or a share such as `5%`")]
pub struct NotAFailureLimit;

impl FailureLimit {
    /// Why the run is to end, if more has failed than that.
    pub(crate) fn passed_by(self, counts: &Counts) -> Option<String> {
        let failed = counts.items_failed();
        let read = counts.events.read_success;
        let is_passed = match self {
            Self::Items(most) => failed > most,
            Self::Share(most) => read >= ENOUGH_TO_JUDGE && most.is_exceeded_by(failed, read),
        };
        is_passed.then(|| {
            format!("{failed} of {read} items failed, more than `max_failures` = {self} allows")
        })
    }
}

impl FromStr for FailureLimit {
    type Err = NotAFailureLimit;

    fn from_str(text: &str) -> Result<Self, NotAFailureLimit> {
        let text = text.trim();
        if text.ends_with('%') {
            text.parse().map(Self::Share).map_err(|_| NotAFailureLimit)
        } else {
            text.parse().map(Self::Items).map_err(|_| NotAFailureLimit)
        }
    }
}

impl fmt::Display for FailureLimit {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Items(most) => write!(formatter, "{most}"),
            Self::Share(most) => most.fmt(formatter),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{EndError, Ending, Event, Key, OpKind, Outcome, Stage, StepError};

    #[track_caller]
    fn check(limit: &str, failed: usize, archived: usize, expected: bool) {
        let mut counts = Counts::of(&[Outcome::Archived, Outcome::Failed]);
        let ended = |ending| {
            let key = Key::Id("0".into());
            Event::Ended { op: OpKind::Write, key, reference: None, ending }
        };
        let error = StepError { stage: Stage::Write, error: EndError::item("no") };
        let failure = ended(Ending::Failed(error));
        let success = ended(Ending::Done(Outcome::Archived));
        counts.record(&Event::Read { items: (failed + archived) as u64 });
        (0..failed).for_each(|_| counts.record(&failure));
        (0..archived).for_each(|_| counts.record(&success));
        let limit: FailureLimit = limit.parse().unwrap();
        assert_eq!(limit.passed_by(&counts).is_some(), expected, "{limit}: {failed}, {archived}");
    }

    #[test]
    fn a_limit_is_passed_by_one_more() {
        check("0", 0, 5, false);
        check("0", 1, 5, true);
        check("10", 10, 0, false);
        check("10", 11, 0, true);
        check("5%", 5, 95, false);
        check("5%", 6, 94, true);
        check("5 %", 6, 90, false);
        check("100%", 200, 0, false);
    }

    #[test]
    fn what_is_no_limit_is_refused() {
        for text in ["", "-1", "101%", "%", "1.5", "ten", "NaN%"] {
            assert_eq!(text.parse::<FailureLimit>(), Err(NotAFailureLimit), "{text}");
        }
    }
}
