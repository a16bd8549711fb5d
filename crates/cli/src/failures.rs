//! What went wrong in a run, by reason, and how often services had to be asked again.

use std::sync::{Arc, Mutex, PoisonError};

use hrflow_connectors::{Ending, Event, Run, Stage, StepError, WaitCause};

use crate::printable::{line, paragraph};

/// How many reasons are told apart. A run whose every failure differs keeps no more.
const REASONS: usize = 100;
/// What stands for an item in a reason.
const PLACEHOLDER: &str = "…";

/// What is collected while a run is watched.
#[derive(Clone, Default)]
pub(crate) struct Failures(Arc<Mutex<Collected>>);

/// All that a summary says of failures.
#[derive(Clone, Default)]
pub(crate) struct Collected {
    /// The reasons, in the order in which they came up.
    pub(crate) groups: Vec<Group>,
    /// How many items would fare better if they were sent again.
    pub(crate) retryable: u64,
    /// How many calls were repeated.
    pub(crate) repeated_calls: u64,
}

/// Items that failed for the same reason.
#[derive(Clone)]
pub(crate) struct Group {
    /// Where and why, without the name of the item.
    pub(crate) reason: String,
    /// How many.
    pub(crate) count: u64,
    /// One of them.
    pub(crate) example: String,
}

impl Failures {
    /// Begins to collect from a run.
    pub(crate) fn of(run: &mut Run) -> Self {
        let failures = Self::default();
        let collected = failures.clone();
        run.watch(move |event| {
            collected.0.lock().unwrap_or_else(PoisonError::into_inner).note(event);
        });
        failures
    }

    /// What was collected so far.
    pub(crate) fn collected(&self) -> Collected {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Collected {
    fn note(&mut self, event: &Event) {
        match event {
            Event::Waiting(wait) if wait.cause == WaitCause::Retry => self.repeated_calls += 1,
            Event::Ended { reference, ending: Ending::Failed(failure), .. } => {
                self.retryable += u64::from(failure.error.retryable);
                let example = reference.as_deref().unwrap_or("(no reference)");
                self.add(reason(failure, reference.as_deref()), example);
            }
            _ => {}
        }
    }

    fn add(&mut self, reason: String, example: &str) {
        if let Some(group) = self.groups.iter_mut().find(|group| group.reason == reason) {
            group.count += 1;
        } else if self.groups.len() < REASONS {
            self.groups.push(Group { reason, count: 1, example: line(example).to_string() });
        }
    }

    /// The most frequent reasons first.
    pub(crate) fn most_frequent(&self) -> Vec<&Group> {
        let mut groups: Vec<_> = self.groups.iter().collect();
        groups.sort_by_key(|group| std::cmp::Reverse(group.count));
        groups
    }
}

/// Where and why an item failed. Reasons that differ by the item's own name are the same.
fn reason(failure: &StepError, reference: Option<&str>) -> String {
    let StepError { stage, error } = failure;
    let message = match reference.filter(|reference| !reference.is_empty()) {
        Some(reference) => error.message.replace(reference, PLACEHOLDER),
        None => error.message.clone(),
    };
    let why = paragraph(&message);
    match stage {
        Stage::Write => why.to_string(),
        Stage::Read | Stage::Logic(_) | Stage::Format => format!("{stage}: {why}"),
    }
}

#[cfg(test)]
mod tests {
    use hrflow_connectors::{EndError, Stage, StepError};

    use super::{Collected, REASONS, reason};

    fn failure(message: &str) -> StepError {
        StepError { stage: Stage::Write, error: EndError::item(message) }
    }

    #[test]
    fn reasons_that_differ_by_the_items_name_are_the_same() {
        let mut collected = Collected::default();
        collected.add("rare".to_owned(), "1A");
        for id in ["048KLTP", "157VBNM"] {
            let failure = failure(&format!("job {id} was refused"));
            collected.add(reason(&failure, Some(id)), id);
        }
        let groups = collected.most_frequent();
        assert_eq!(groups.len(), 2);
        assert_eq!((groups[0].reason.as_str(), groups[0].count), ("job … was refused", 2));
        assert_eq!(groups[0].example, "048KLTP");
    }

    #[test]
    fn no_more_reasons_are_kept_than_anybody_reads() {
        let mut collected = Collected::default();
        for number in 0..2 * REASONS {
            collected.add(number.to_string(), "x");
        }
        assert_eq!(collected.groups.len(), REASONS);
    }
}
