//! What the workflows of a fleet have done, as their stores know it.

use std::collections::BTreeMap;

use store::{StoreError, StoreUrl};

use super::Fleet;
use crate::problem::Problem;
use crate::settings::{Environment, SettingKey, Settings, state_store, url_of_store};
use crate::{ListedRun, Runs};

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
    pub async fn of(fleet: &Fleet, environment: &Environment) -> Result<Self, HistoryError> {
        let mut stores: BTreeMap<String, Option<Runs>> = BTreeMap::new();
        let mut history = Self::default();
        for workflow in &fleet.workflows {
            let url = store_of(&workflow.settings, environment)?;
            let name = url.to_string();
            if !stores.contains_key(&name) {
                stores.insert(name.clone(), open(url, environment).await?);
            }
            let (workflow_id, _) = workflow.settings.names();
            if let Some(Some(runs)) = stores.get(&name) {
                let runs = runs.of_workflow(&workflow_id, SHOWN).await?;
                history.0.insert(workflow_id, runs);
            }
        }
        Ok(history)
    }

    /// The newest runs of a workflow.
    pub fn runs(&self, workflow_id: &str) -> &[ListedRun] {
        self.0.get(workflow_id).map_or(&[], Vec::as_slice)
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

fn store_of(settings: &Settings, environment: &Environment) -> Result<StoreUrl, HistoryError> {
    url_of_store(settings.get(SettingKey::Store), environment).map_err(HistoryError::Problem)
}

async fn open(url: StoreUrl, environment: &Environment) -> Result<Option<Runs>, StoreError> {
    match &url {
        StoreUrl::Memory => return Ok(None),
        StoreUrl::Sqlite(path) | StoreUrl::File(path) if !path.exists() => return Ok(None),
        _ => {}
    }
    Runs::open(&state_store(url, environment)).await.map(Some)
}
