//! What the workflows of a fleet have done, as their stores know it.

use std::collections::BTreeMap;

use store::StoreError;

use super::{Fleet, FleetWorkflow, Stores};
use crate::problem::Problem;
use crate::settings::SettingKey;
use crate::{LastRun, RunDigest, RunState, Runs, StateStore};

/// So many runs show what is usual, with a few that were retries or did not end.
const SHOWN: usize = 20;

/// The newest runs of each workflow, the newest first.
#[derive(Clone, Debug, Default)]
pub struct History(BTreeMap<String, Vec<RunDigest>>);

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
                runs.of_workflow(&workflow_id, SHOWN).await?.iter().map(RunDigest::of).collect()
            }
            None => Vec::new(),
        };
        self.0.insert(workflow_id, runs);
        Ok(())
    }

    /// The newest runs of a workflow.
    pub fn runs(&self, workflow_id: &str) -> &[RunDigest] {
        self.0.get(workflow_id).map_or(&[], Vec::as_slice)
    }

    /// The last run of a workflow that was to read everything, or was begun as one.
    pub fn last_run(&self, workflow_id: &str) -> Option<LastRun> {
        let is_whole = |run: &&RunDigest| run.is_whole && run.state != RunState::Abandoned;
        self.runs(workflow_id).iter().find(is_whole).map(last_run)
    }

    /// How many items the last run of a workflow read that read any.
    pub fn size(&self, workflow_id: &str) -> Option<u64> {
        self.runs(workflow_id).iter().map(|run| run.read).find(|read| *read > 0)
    }
}

/// What is known of a run, as far as the schedule of its workflow is concerned.
fn last_run(run: &RunDigest) -> LastRun {
    LastRun {
        began: run.started_at,
        ended: run.ended_at.filter(|_| run.state != RunState::Running),
        is_alive: run.is_alive,
        is_interrupted: match run.state {
            RunState::Running => !run.is_alive,
            RunState::Stopped => run.was_interrupted && !run.was_stopped_by_a_person,
            RunState::Ended | RunState::Abandoned => false,
        },
    }
}
