//! The runs that a store remembers.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use store::{Condition, Document, Lease, Store, StoreError};

use super::lines::{letter_line, read_ending, read_letter};
use super::writer::print_of;
use super::{Letter, Report, RunRecord, RunState};
use crate::state::{name_of, owner};
use crate::{Outcome, RunId, StateStore};

const RUNS: &str = "runs/";
const JOURNALS: &str = "journals/";
/// The clocks of machines that share a store may differ by so much.
const CLOCKS_DIFFER: SignedDuration = SignedDuration::from_hours(1);

/// Reads what runs have left in a store.
#[derive(Clone, Debug)]
pub struct Runs(Arc<dyn Store>);

/// A run in a list.
#[derive(Clone, Debug, PartialEq)]
pub struct ListedRun {
    /// Its record.
    pub record: RunRecord,
    /// Whether a process that lives is at it.
    pub is_alive: bool,
}

/// What a workflow has left undone.
pub(crate) struct Unfinished {
    /// The newest first.
    pub(crate) runs: Vec<ListedRun>,
    /// The newest run of all, whatever became of it, and whether or not its record can be read.
    pub(crate) newest: Option<RunId>,
}

/// A run that was found.
pub(crate) type Found = ListedRun;

impl ListedRun {
    /// `running`, `interrupted` where its process died, `stopped`, `ended` or `abandoned`.
    pub fn state(&self) -> &'static str {
        match self.record.state {
            RunState::Running if !self.is_alive => "interrupted",
            state => state.name(),
        }
    }

    /// Whether there is something left to go on with.
    pub fn is_unfinished(&self) -> bool {
        matches!(self.record.state, RunState::Running | RunState::Stopped)
    }
}

impl Runs {
    /// The runs of a store, which is opened.
    pub async fn open(state: &StateStore) -> Result<Self, StoreError> {
        Ok(Self(state.open().await?))
    }

    pub(crate) fn over(store: Arc<dyn Store>) -> Self {
        Self(store)
    }

    /// Every run, the newest first.
    pub async fn list(&self) -> Result<Vec<ListedRun>, StoreError> {
        self.listed(RUNS).await
    }

    /// The run of that id, or the only one whose id begins or ends so.
    pub async fn find(&self, id: &str) -> Result<Option<ListedRun>, StoreError> {
        let names = self.0.list(RUNS).await?;
        let is_meant = |name: &&String| {
            let own = name.rsplit('/').next().unwrap_or_default();
            !id.is_empty() && (own.starts_with(id) || own.ends_with(id))
        };
        let mut meant = names.iter().filter(is_meant);
        match (meant.next(), meant.next()) {
            (Some(name), None) => self.load(name).await,
            _ => Ok(None),
        }
    }

    /// The runs of a workflow that have not ended.
    pub(crate) async fn unfinished(&self, workflow_id: &str) -> Result<Unfinished, StoreError> {
        let names = self.0.list(&format!("{RUNS}{}/", name_of(workflow_id))).await?;
        let newest = names.iter().filter_map(|name| name.rsplit('/').next()).max().map(RunId::from);
        let mut runs = self.loaded(&names).await;
        runs.retain(|run| run.record.state == RunState::Running);
        Ok(Unfinished { runs, newest })
    }

    async fn listed(&self, prefix: &str) -> Result<Vec<ListedRun>, StoreError> {
        Ok(self.loaded(&self.0.list(prefix).await?).await)
    }

    async fn loaded(&self, names: &[String]) -> Vec<ListedRun> {
        let mut runs = Vec::new();
        for name in names {
            match self.load(name).await {
                Ok(run) => runs.extend(run),
                Err(error) => {
                    tracing::warn!(error = %api_client::chain(&error), "a run is left out");
                }
            }
        }
        runs.sort_by(|left, right| right.record.run_id.as_str().cmp(left.record.run_id.as_str()));
        runs
    }

    async fn load(&self, name: &str) -> Result<Option<ListedRun>, StoreError> {
        let Some(record) = Document::<RunRecord>::new(self.0.clone(), name).load().await? else {
            return Ok(None);
        };
        let is_alive = record.state == RunState::Running
            && Lease::is_held(&*self.0, &lease_of(&record.run_id), &owner(&RunId::new())).await?;
        Ok(Some(ListedRun { record, is_alive }))
    }

    /// How each item of a run ended, in the order in which that was written.
    pub async fn reports(
        &self,
        run_id: &RunId,
        mut tell: impl FnMut(Report),
    ) -> Result<(), StoreError> {
        let mut told = HashSet::new();
        for name in self.0.list(&outcomes_of(run_id)).await? {
            for (key, report) in read_lines(&*self.0, &name, read_ending).await? {
                if told.insert(print_of(&key)) {
                    tell(report);
                }
            }
        }
        Ok(())
    }

    /// The items of a run that failed for good, in the order of their keys.
    pub async fn letters(&self, run_id: &RunId) -> Result<Vec<Letter>, StoreError> {
        let mut letters = BTreeMap::new();
        for name in self.0.list(&letters_of(run_id)).await? {
            for letter in read_lines(&*self.0, &name, read_letter).await? {
                letters.insert(letter.key.clone(), letter);
            }
        }
        Ok(letters.into_values().collect())
    }

    /// Takes what another run has delivered out of a run's letters. The new page is there before
    /// the old ones go.
    pub(crate) async fn forget_delivered_letters(
        &self,
        of: &RunId,
        by: &RunId,
    ) -> Result<(), StoreError> {
        let mut delivered = HashSet::new();
        for name in self.0.list(&outcomes_of(by)).await? {
            for (key, report) in read_lines(&*self.0, &name, read_ending).await? {
                if report.outcome != Outcome::Failed.name() {
                    delivered.insert(key);
                }
            }
        }
        let letters = self.letters(of).await?;
        let left = letters.iter().filter(|letter| !delivered.contains(letter.key.as_str()));
        let lines: String = left.map(letter_line).collect();
        let old = self.0.list(&letters_of(of)).await?;
        let next = old.iter().map(|name| number_of(name)).max().unwrap_or_default() + 1;
        if !lines.is_empty() {
            let name = format!("{}{next:012}", letters_of(of));
            let put = self.0.put(&name, lines.into(), Condition::Always).await;
            put.map_err(|error| StoreError::new("write", name, error))?;
        }
        self.0.delete_all(&old).await
    }

    /// Forgets all but the newest runs of a workflow, and those that are not done. The run that
    /// just ended is one of those that are kept, whatever the clock says.
    pub(crate) async fn prune(
        &self,
        workflow_id: &str,
        ended: &RunId,
        keep: u32,
    ) -> Result<(), StoreError> {
        let folder = format!("{RUNS}{}/", name_of(workflow_id));
        let names = self.0.list(&folder).await?;
        let runs =
            names.iter().map(|name| RunId::from(name.rsplit('/').next().unwrap_or_default()));
        let keep = usize::try_from(keep).unwrap_or(usize::MAX);
        for run_id in newest_first(runs.collect(), ended, Timestamp::now()).into_iter().skip(keep) {
            let is_alive =
                Lease::is_held(&*self.0, &lease_of(&run_id), &owner(&RunId::new())).await?;
            if !is_alive && run_id != *ended {
                // The record goes last: what is left of a run can be found by it.
                let pages = self.0.list(&journal_of(&run_id)).await?;
                self.0.delete_all(&pages).await?;
                self.0.delete(&format!("{folder}{run_id}")).await?;
            }
        }
        Ok(())
    }
}

/// The run that just ended, then the others from the newest to the oldest. Ids tell when a run
/// began. One of the future began under a clock that ran ahead: how old it is nobody knows.
fn newest_first(mut runs: Vec<RunId>, ended: &RunId, now: Timestamp) -> Vec<RunId> {
    let latest = now.saturating_add(CLOCKS_DIFFER).unwrap_or(Timestamp::MAX);
    runs.sort_by_cached_key(|run_id| {
        let is_of_the_future = run_id.began().is_some_and(|began| began > latest);
        (run_id == ended, !is_of_the_future, run_id.as_str().to_owned())
    });
    runs.reverse();
    runs
}

/// The document of a run's record.
pub(crate) fn document(store: &Arc<dyn Store>, record: &RunRecord) -> Document<RunRecord> {
    let name = format!("{RUNS}{}/{}", name_of(&record.workflow_id), record.run_id);
    Document::new(store.clone(), name)
}

pub(super) fn journal_of(run_id: &RunId) -> String {
    format!("{JOURNALS}{run_id}/")
}

pub(super) fn intents_of(run_id: &RunId) -> String {
    format!("{JOURNALS}{run_id}/intents/")
}

pub(super) fn outcomes_of(run_id: &RunId) -> String {
    format!("{JOURNALS}{run_id}/outcomes/")
}

pub(super) fn letters_of(run_id: &RunId) -> String {
    format!("{JOURNALS}{run_id}/letters/")
}

pub(super) fn lease_of(run_id: &RunId) -> String {
    format!("{JOURNALS}{run_id}/lease")
}

/// The number of a page; 0 for what is no page.
pub(super) fn number_of(name: &str) -> u64 {
    name.rsplit('/').next().and_then(|number| number.parse().ok()).unwrap_or_default()
}

/// The lines of a page; none where it was deleted meanwhile.
pub(super) async fn read_lines<T>(
    store: &dyn Store,
    name: &str,
    read: impl Fn(&str) -> Option<T>,
) -> Result<Vec<T>, StoreError> {
    let damaged = || StoreError::new("understand", name, "the journal is damaged");
    let Some(blob) = store.get(name).await? else { return Ok(Vec::new()) };
    let text = std::str::from_utf8(&blob.bytes).map_err(|_| damaged())?;
    text.lines().map(|line| read(line).ok_or_else(damaged)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A run that began so many hours after a moment.
    fn run(now: Timestamp, hours: i64) -> RunId {
        let began = now + SignedDuration::from_hours(hours);
        let milliseconds = began.as_millisecond().try_into().unwrap();
        let builder = uuid::Builder::from_unix_timestamp_millis(milliseconds, &[0; 10]);
        RunId::from(builder.into_uuid().to_string().as_str())
    }

    #[track_caller]
    fn check(runs: &[i64], ended: i64, expected: &[i64]) {
        let now = Timestamp::from_second(1_800_000_000).unwrap();
        let ids = |hours: &[i64]| hours.iter().map(|hours| run(now, *hours)).collect::<Vec<_>>();
        assert_eq!(newest_first(ids(runs), &run(now, ended), now), ids(expected), "{runs:?}");
    }

    #[test]
    fn runs_are_forgotten_from_the_oldest_on() {
        check(&[-3, -1, -2, 0], 0, &[0, -1, -2, -3]);
    }

    #[test]
    fn a_clock_that_ran_ahead_does_not_outlive_the_present() {
        check(&[-3, 48, -1, 24, 0], 0, &[0, -1, -3, 48, 24]);
    }

    #[test]
    fn the_run_that_just_ended_is_kept_under_a_clock_that_runs_behind() {
        check(&[-3, -1, -2, -9], -9, &[-9, -1, -2, -3]);
    }

    #[tokio::test]
    async fn the_run_that_just_ended_is_one_of_those_that_are_kept() {
        let now = Timestamp::now();
        for (keep, expected) in [(0, vec![0]), (1, vec![0]), (2, vec![0, -1]), (9, vec![0, -1, 48])]
        {
            let runs = Runs::open(&StateStore::at("memory:".parse().unwrap())).await.unwrap();
            let name = |hours: i64| format!("{RUNS}{}/{}", name_of("w"), run(now, hours));
            for hours in [-1, 0, 48] {
                runs.0.put(&name(hours), "{}".into(), Condition::Always).await.unwrap();
            }
            runs.prune("w", &run(now, 0), keep).await.unwrap();
            let mut expected: Vec<_> = expected.into_iter().map(name).collect();
            expected.sort();
            assert_eq!(runs.0.list(RUNS).await.unwrap(), expected, "{keep}");
        }
    }
}
