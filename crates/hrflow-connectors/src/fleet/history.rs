//! What the workflows of a fleet have done, as their stores know it.

use std::collections::BTreeMap;

use jiff::SignedDuration;
use store::StoreError;

use super::{Fleet, FleetWorkflow, Stores};
use crate::problem::Problem;
use crate::settings::SettingKey;
use crate::{LastRun, ListedRun, RunKind, RunState, Runs, StateStore};

/// So many runs show what is usual, with a few that were retries or did not end.
const SHOWN: usize = 20;

/// The newest runs of each workflow, the newest first.
#[derive(Clone, Debug, Default)]
pub struct History(BTreeMap<String, Vec<ListedRun>>);

/// The history cannot be told.
#[derive(Debug, thiserror::Error)]
pub enum HistoryError {
    /// The name of a store is wrong.
    #[error("{0}")]
    Problem(Problem),
    /// A store cannot be read.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl History {
    /// Asks the stores of a fleet's workflows. A store that is not there knows no runs, and is not
    /// made.
    pub async fn of(fleet: &Fleet, stores: &Stores) -> Result<Self, HistoryError> {
        let mut history = Self::default();
        for workflow in &fleet.workflows {
            history.refresh(workflow, stores).await?;
        }
        Ok(history)
    }

    /// Asks the store of one workflow again.
    pub async fn refresh(
        &mut self,
        workflow: &FleetWorkflow,
        stores: &Stores,
    ) -> Result<(), HistoryError> {
        let url = stores.url(workflow.settings.get(SettingKey::Store));
        let store = stores.existing(&url.map_err(HistoryError::Problem)?).await?;
        let workflow_id = workflow.workflow_id();
        let runs = match store {
            Some(store) => {
                let runs = Runs::open(&StateStore::Opened(store)).await?;
                runs.of_workflow(&workflow_id, SHOWN).await?
            }
            None => Vec::new(),
        };
        self.0.insert(workflow_id, runs);
        Ok(())
    }

    /// The newest runs of a workflow.
    pub fn runs(&self, workflow_id: &str) -> &[ListedRun] {
        self.0.get(workflow_id).map_or(&[], Vec::as_slice)
    }

    /// The last run of a workflow that was to read everything, or was begun as one.
    pub fn last_run(&self, workflow_id: &str) -> Option<LastRun> {
        let is_whole = |run: &&ListedRun| {
            run.record.kind == RunKind::Whole && run.record.state != RunState::Abandoned
        };
        self.runs(workflow_id).iter().find(is_whole).map(last_run)
    }

    /// How many items the last run of a workflow read that read any.
    pub fn size(&self, workflow_id: &str) -> Option<u64> {
        let read = |run: &ListedRun| {
            let read = run.record.result.as_ref()?["events"]["read_success"].as_u64()?;
            (read > 0).then_some(read)
        };
        self.runs(workflow_id).iter().find_map(read)
    }
}

/// What is known of a run, as far as the schedule of its workflow is concerned.
fn last_run(run: &ListedRun) -> LastRun {
    let ListedRun { record, is_alive } = run;
    let result = record.result.as_ref();
    let took = result.and_then(|result| result["duration_ms"].as_i64());
    let ended = took
        .filter(|_| record.state != RunState::Running)
        .and_then(|took| record.started_at.checked_add(SignedDuration::from_millis(took)).ok());
    let was_stopped = result.is_some_and(|result| result["interrupted"] == true);
    let is_interrupted = match record.state {
        RunState::Running => !is_alive,
        RunState::Stopped => was_stopped,
        RunState::Ended | RunState::Abandoned => false,
    };
    LastRun { began: record.started_at, ended, is_alive: *is_alive, is_interrupted }
}
