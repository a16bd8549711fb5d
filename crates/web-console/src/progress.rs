//! How far the runs of this process are.

use std::collections::BTreeMap;
use std::sync::Arc;

use hrflow_connectors::{Event, Outcome, Position};
use parking_lot::Mutex;

use crate::Words;

/// How far each run of this process is, by its workflow. Clones are the same.
#[derive(Clone, Debug, Default)]
pub struct Progress(Arc<Mutex<BTreeMap<String, Arc<Mutex<Position>>>>>);

impl Progress {
    /// Whom a run of a workflow tells of its events.
    pub fn watcher(
        &self,
        workflow_id: &str,
        outcomes: &[Outcome],
    ) -> impl FnMut(&Event) + Send + 'static {
        let position = Arc::new(Mutex::new(Position::new(outcomes)));
        self.0.lock().insert(workflow_id.to_owned(), position.clone());
        move |event| position.lock().record(event)
    }

    /// The run of a workflow has ended.
    pub fn ended(&self, workflow_id: &str) {
        self.0.lock().remove(workflow_id);
    }

    /// How far the run of a workflow is, in words; none where none goes on here.
    pub(crate) fn of(&self, workflow_id: &str, words: &Words) -> Option<String> {
        let position = self.0.lock().get(workflow_id).cloned()?;
        let position = position.lock();
        let (phase, done) = (words.phase_of(position.phase()), words.number(position.done()));
        Some(match position.total() {
            Some(total) => format!("{phase} {done} / {}", words.number(total)),
            None => format!("{phase} {done}"),
        })
    }
}

#[cfg(test)]
mod tests {
    use hrflow_connectors::Phase;

    use super::*;
    use crate::{ENGLISH, FRENCH};

    #[test]
    fn a_run_is_as_far_as_its_events_say() {
        let progress = Progress::default();
        assert_eq!(progress.of("paris", &ENGLISH), None);
        let mut watcher = progress.watcher("paris", &[Outcome::Archived]);
        watcher(&Event::Phase { phase: Phase::Confirming, items: Some(3_000) });
        watcher(&Event::Checked);
        assert_eq!(progress.of("paris", &ENGLISH).as_deref(), Some("Confirming 1 / 3,000"));
        assert_eq!(progress.of("paris", &FRENCH).as_deref(), Some("Confirmation 1 / 3\u{202f}000"));
        progress.ended("paris");
        assert_eq!(progress.of("paris", &ENGLISH), None);
    }
}
