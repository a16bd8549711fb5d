//! The runs of a store.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use store::{Condition, Document, Lease, Store, StoreError};

use super::life::{Contradiction, ItemStates};
use super::lines::{self, EndedItem};
use super::names::{
    RUNS, journal_of, lease_of, letters_of, number_of, outcomes_of, owner, page, records_of,
};
use super::{DeadLetter, ItemReport, RunRecord, RunState, StateStore};
use crate::{Key, OpKind, Outcome, RunId, error_chain};

/// The clocks of machines that share a store may differ by so much.
const CLOCK_SKEW: SignedDuration = SignedDuration::from_hours(1);

/// Reads what runs have left in a store.
#[derive(Clone, Debug)]
pub struct Runs(Arc<dyn Store>);

/// A run in a list.
#[derive(Clone, Debug, PartialEq)]
pub struct ListedRun {
    /// Its record.
    pub record: RunRecord,
    /// Whether a process is carrying it out, as far as can be told.
    pub is_alive: bool,
}

/// What a workflow has left unfinished.
pub(super) struct Unfinished {
    /// The records of runs that neither ended nor were stopped, the newest first.
    pub(super) runs: Vec<RunRecord>,
    /// The newest run of all, whatever became of it, and whether or not its record can be read.
    pub(super) newest: Option<RunId>,
}

impl ListedRun {
    /// `running`, `interrupted` where its process died, `stopped`, `ended` or `abandoned`.
    pub fn state(&self) -> &'static str {
        match self.record.state {
            RunState::Running if !self.is_alive => "interrupted",
            state => state.name(),
        }
    }

    /// Whether there is something left to resume.
    pub fn is_unfinished(&self) -> bool {
        self.record.state.is_unfinished()
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
        let mut runs = Vec::new();
        for record in self.records(&self.0.list(RUNS).await?).await {
            runs.push(self.listed(record).await?);
        }
        Ok(runs)
    }

    /// The newest runs of a workflow, at most so many, the newest first.
    pub async fn of_workflow(
        &self,
        workflow_id: &str,
        most: usize,
    ) -> Result<Vec<ListedRun>, StoreError> {
        let mut names = self.0.list(&records_of(workflow_id)).await?;
        names.sort_by(|left, right| run_of(right).cmp(run_of(left)));
        names.truncate(most);
        let mut runs = Vec::new();
        for record in self.records(&names).await {
            runs.push(self.listed(record).await?);
        }
        Ok(runs)
    }

    /// Every run with the folder of its record.
    pub async fn ids(&self) -> Result<Vec<(RunId, String)>, StoreError> {
        let names = self.0.list(RUNS).await?.into_iter();
        let split = |name: String| {
            let (folder, run) = name.rsplit_once('/')?;
            Some((RunId::from(run), folder.to_owned()))
        };
        Ok(names.filter_map(split).collect())
    }

    /// A run by the folder of its record; none where it cannot be read.
    pub async fn in_folder(
        &self,
        folder: &str,
        run_id: &RunId,
    ) -> Result<Option<ListedRun>, StoreError> {
        self.read(&format!("{folder}/{run_id}")).await
    }

    /// How many runs of a workflow there are.
    pub async fn count_of_workflow(&self, workflow_id: &str) -> Result<usize, StoreError> {
        Ok(self.0.list(&records_of(workflow_id)).await?.len())
    }

    /// The runs of each workflow's folder with the names of their records, the newest first.
    pub(super) async fn names_by_folder(
        &self,
    ) -> Result<BTreeMap<String, Vec<(RunId, String)>>, StoreError> {
        let mut folders: BTreeMap<String, Vec<(RunId, String)>> = BTreeMap::new();
        for name in self.0.list(RUNS).await? {
            let folder = name.rsplit_once('/').map_or("", |(folder, _)| folder).to_owned();
            folders.entry(folder).or_default().push((RunId::from(run_of(&name)), name));
        }
        for names in folders.values_mut() {
            names.sort_by(|(left, _), (right, _)| right.cmp(left));
        }
        Ok(folders)
    }

    /// A run by the name of its record; none where it cannot be read.
    pub(super) async fn read(&self, name: &str) -> Result<Option<ListedRun>, StoreError> {
        match self.records(&[name.to_owned()]).await.pop() {
            Some(record) => self.listed(record).await.map(Some),
            None => Ok(None),
        }
    }

    /// A run of a workflow.
    pub async fn get(
        &self,
        workflow_id: &str,
        run_id: &RunId,
    ) -> Result<Option<ListedRun>, StoreError> {
        match self.load(&format!("{}{run_id}", records_of(workflow_id))).await? {
            Some(record) => self.listed(record).await.map(Some),
            None => Ok(None),
        }
    }

    /// The pages on which the outcomes of a run stand, in the order in which they were written.
    pub async fn outcome_pages(&self, run_id: &RunId) -> Result<Vec<String>, StoreError> {
        self.0.list(&outcomes_of(run_id)).await
    }

    /// How each item of a page ended. One that was told twice, by processes that died, is twice
    /// there.
    pub async fn outcomes_on(&self, page: &str) -> Result<Vec<ItemReport>, StoreError> {
        let (read, read_v1) = (lines::read_outcome, lines::read_outcome_v1);
        let ended = read_page(&*self.0, page, read, read_v1).await?;
        Ok(ended.into_iter().map(|ended| ended.report).collect())
    }

    /// How an item of a run ended, each time that it was told; nothing is parsed of a run that
    /// does not know it.
    pub async fn find_item(
        &self,
        run_id: &RunId,
        reference: &str,
    ) -> Result<Vec<ItemReport>, StoreError> {
        // A reference stands in a line as JSON writes it.
        let needle = serde_json::to_string(reference).unwrap_or_default();
        let finder = memchr::memmem::Finder::new(needle.as_bytes());
        let mut found = Vec::new();
        for name in self.outcome_pages(run_id).await? {
            let Some(blob) = self.0.get(&name).await? else { continue };
            if finder.find(&blob.bytes).is_some() {
                let reports = self.outcomes_on(&name).await?;
                let is_meant = |it: &ItemReport| it.reference.as_deref() == Some(reference);
                found.extend(reports.into_iter().filter(is_meant));
            }
        }
        Ok(found)
    }

    /// The run of that id, or the only one whose id begins or ends so.
    pub async fn find(&self, id: &str) -> Result<Option<ListedRun>, StoreError> {
        let names = self.0.list(RUNS).await?;
        let is_meant = |name: &&String| {
            let own = run_of(name);
            !id.is_empty() && (own.starts_with(id) || own.ends_with(id))
        };
        let mut meant = names.iter().filter(is_meant);
        match (meant.next(), meant.next()) {
            (Some(name), None) => match self.load(name).await? {
                Some(record) => self.listed(record).await.map(Some),
                None => Ok(None),
            },
            _ => Ok(None),
        }
    }

    /// The runs of a workflow that have not ended.
    pub(super) async fn unfinished(&self, workflow_id: &str) -> Result<Unfinished, StoreError> {
        let names = self.0.list(&records_of(workflow_id)).await?;
        let all = names.iter().map(|name| RunId::from(run_of(name))).collect();
        let newest = newest_first(all, None, Timestamp::now()).into_iter().next();
        let mut runs = self.records(&names).await;
        runs.retain(|run| run.state.is_unfinished());
        Ok(Unfinished { runs, newest })
    }

    /// The records of that name that can be read, the newest first.
    async fn records(&self, names: &[String]) -> Vec<RunRecord> {
        let mut records = Vec::new();
        for name in names {
            match self.load(name).await {
                Ok(record) => records.extend(record),
                Err(error) => {
                    tracing::warn!(error = %error_chain(&error), "unreadable run record skipped");
                }
            }
        }
        records.sort_by(|left, right| right.run_id.as_str().cmp(left.run_id.as_str()));
        records
    }

    async fn load(&self, name: &str) -> Result<Option<RunRecord>, StoreError> {
        Document::<RunRecord>::new(self.0.clone(), name).load().await
    }

    async fn listed(&self, record: RunRecord) -> Result<ListedRun, StoreError> {
        // Who holds the workflow's lease leaves no other run of it as running.
        let is_alive = record.state == RunState::Running
            && Lease::is_held(&*self.0, &lease_of(&record.workflow_id), &owner(&RunId::new()))
                .await?;
        Ok(ListedRun { record, is_alive })
    }

    /// How each item of a run ended, in the order in which that was written.
    pub async fn items(
        &self,
        run_id: &RunId,
        mut tell: impl FnMut(ItemReport),
    ) -> Result<(), StoreError> {
        let mut states = ItemStates::default();
        for ended in self.outcomes(run_id).await? {
            match states.observe(&ended.key, ended.op, ended.line()) {
                Ok(true) => tell(ended.report),
                Ok(false) => {}
                Err(error) => {
                    tracing::warn!(%error, "the journal contradicts itself; the first line counts");
                }
            }
        }
        Ok(())
    }

    /// Whether each item of a run has one outcome.
    pub async fn check_journal(
        &self,
        run_id: &RunId,
    ) -> Result<Result<(), Contradiction>, StoreError> {
        let mut states = ItemStates::default();
        let outcomes = self.outcomes(run_id).await?;
        let mut observed =
            outcomes.iter().map(|ended| states.observe(&ended.key, ended.op, ended.line()));
        Ok(observed.try_for_each(|observed| observed.map(|_| ())))
    }

    async fn outcomes(&self, run_id: &RunId) -> Result<Vec<EndedItem>, StoreError> {
        let mut outcomes = Vec::new();
        for name in self.0.list(&outcomes_of(run_id)).await? {
            let (read, read_v1) = (lines::read_outcome, lines::read_outcome_v1);
            outcomes.extend(read_page(&*self.0, &name, read, read_v1).await?);
        }
        Ok(outcomes)
    }

    /// The items of a run that failed for good, in the order of their keys.
    pub async fn dead_letters(&self, run_id: &RunId) -> Result<Vec<DeadLetter>, StoreError> {
        let mut letters: BTreeMap<(Key, bool), DeadLetter> = BTreeMap::new();
        for name in self.0.list(&letters_of(run_id)).await? {
            let (read, read_v1) = (lines::read_letter, lines::read_letter_v1);
            for letter in read_page(&*self.0, &name, read, read_v1).await? {
                letters.insert((letter.key.clone(), letter.op == OpKind::Retire), letter);
            }
        }
        Ok(letters.into_values().collect())
    }

    /// Takes what another run has delivered out of a run's dead letters. The new page is there
    /// before the old ones go.
    pub(crate) async fn forget_delivered_letters(
        &self,
        of: &RunId,
        by: &RunId,
    ) -> Result<(), StoreError> {
        let is_delivered = |ended: &EndedItem| ended.report.outcome != Outcome::Failed.name();
        let outcomes = self.outcomes(by).await?.into_iter().filter(is_delivered);
        let delivered: HashSet<_> = outcomes.map(|ended| ended.key.hash_with(ended.op)).collect();
        let letters = self.dead_letters(of).await?;
        let left =
            letters.iter().filter(|letter| !delivered.contains(&letter.key.hash_with(letter.op)));
        let lines: String = left.map(lines::letter_line).collect();
        let old = self.0.list(&letters_of(of)).await?;
        let next = old.iter().map(|name| number_of(name)).max().unwrap_or_default() + 1;
        if !lines.is_empty() {
            let name = page(&letters_of(of), next);
            let put = self.0.put(&name, lines::page_of(&lines).into(), Condition::Always).await;
            put.map_err(|error| StoreError::new("write", name, error))?;
        }
        self.0.delete_all(&old).await
    }

    /// Forgets all but the newest runs of a workflow; never the run that asks, whatever the clock
    /// said when it began.
    pub(crate) async fn prune(
        &self,
        workflow_id: &str,
        keep: u32,
        asking: &RunId,
    ) -> Result<(), StoreError> {
        let folder = records_of(workflow_id);
        let names = self.0.list(&folder).await?;
        let runs = names.iter().map(|name| RunId::from(run_of(name))).collect();
        let keep = usize::try_from(keep).unwrap_or(usize::MAX).max(1);
        for run_id in newest_first(runs, Some(asking), Timestamp::now()).into_iter().skip(keep) {
            // The record goes last: what is left of a run can be found by it.
            let pages = self.0.list(&journal_of(&run_id)).await?;
            self.0.delete_all(&pages).await?;
            self.0.delete(&format!("{folder}{run_id}")).await?;
        }
        Ok(())
    }
}

/// The run that asks, if one does, then the others from the newest to the oldest. Ids say when a run began. One
/// of the future began under a clock that ran ahead: nobody knows how old it is.
fn newest_first(mut runs: Vec<RunId>, asking: Option<&RunId>, now: Timestamp) -> Vec<RunId> {
    let latest = now.saturating_add(CLOCK_SKEW).unwrap_or(Timestamp::MAX);
    runs.sort_by_cached_key(|run_id| {
        let is_of_the_future = run_id.began().is_some_and(|began| began > latest);
        (Some(run_id) == asking, !is_of_the_future, run_id.as_str().to_owned())
    });
    runs.reverse();
    runs
}

fn run_of(name: &str) -> &str {
    name.rsplit('/').next().unwrap_or_default()
}

/// The document of a run's record.
pub(super) fn document(store: &Arc<dyn Store>, record: &RunRecord) -> Document<RunRecord> {
    let name = format!("{}{}", records_of(&record.workflow_id), record.run_id);
    Document::new(store.clone(), name)
}

/// The lines of a page; none where it was deleted meanwhile.
pub(super) async fn read_page<T>(
    store: &dyn Store,
    name: &str,
    read: impl Fn(&str) -> Option<T>,
    read_v1: impl Fn(&str) -> Option<T>,
) -> Result<Vec<T>, StoreError> {
    let damaged = || StoreError::new("understand", name, "the journal is damaged");
    let Some(blob) = store.get(name).await? else { return Ok(Vec::new()) };
    let text = std::str::from_utf8(&blob.bytes).map_err(|_| damaged())?;
    lines::read_page(text, read, read_v1).ok_or_else(damaged)
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
    fn check(runs: &[i64], asking: i64, expected: &[i64]) {
        let now = Timestamp::from_second(1_800_000_000).unwrap();
        let ids = |hours: &[i64]| hours.iter().map(|hours| run(now, *hours)).collect::<Vec<_>>();
        assert_eq!(
            newest_first(ids(runs), Some(&run(now, asking)), now),
            ids(expected),
            "{runs:?}"
        );
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
}
