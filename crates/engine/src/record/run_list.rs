//! The newest runs of every workflow of a store, kept current with as few reads as possible.

use std::collections::BTreeMap;

use store::StoreError;

use super::Runs;
use crate::{RunDigest, RunId};

/// The newest runs of each workflow. What has ended is read once.
#[derive(Clone, Debug, Default)]
pub struct RunList {
    /// By the folder of the workflow's records.
    by_folder: BTreeMap<String, ListedWorkflow>,
}

/// A workflow of a store, and its newest runs.
#[derive(Clone, Debug)]
pub struct ListedWorkflow {
    /// Its id.
    pub workflow_id: String,
    /// The action of its newest run.
    pub action: String,
    /// Its newest runs, the newest first.
    pub runs: Vec<RunDigest>,
    /// How many runs the store remembers of it.
    pub count: usize,
}

impl RunList {
    /// Looks what has begun or ended since, and keeps so many runs of each workflow.
    pub async fn refresh(&mut self, runs: &Runs, most: usize) -> Result<(), StoreError> {
        let mut before = std::mem::take(&mut self.by_folder);
        for (folder, names) in runs.names_by_folder().await? {
            let known = before.remove(&folder);
            let count = names.len();
            if let Some(workflow) = listed(runs, known, names, most).await? {
                self.by_folder.insert(folder, ListedWorkflow { count, ..workflow });
            }
        }
        Ok(())
    }

    /// Every workflow, in no particular order.
    pub fn workflows(&self) -> impl Iterator<Item = &ListedWorkflow> {
        self.by_folder.values()
    }

    /// One of them.
    pub fn workflow(&self, workflow_id: &str) -> Option<&ListedWorkflow> {
        self.workflows().find(|workflow| workflow.workflow_id == workflow_id)
    }
}

/// The newest runs of a workflow; none where no record of it can be read.
async fn listed(
    runs: &Runs,
    known: Option<ListedWorkflow>,
    names: Vec<(RunId, String)>,
    most: usize,
) -> Result<Option<ListedWorkflow>, StoreError> {
    let mut workflow = known.as_ref().map(|it| (it.workflow_id.clone(), it.action.clone()));
    let known = known.map(|known| known.runs).unwrap_or_default().into_iter();
    let mut known: BTreeMap<RunId, RunDigest> =
        known.map(|run| (run.run_id.clone(), run)).collect();
    let mut newest = Vec::new();
    for (run_id, name) in names.into_iter().take(most) {
        let ended = known.remove(&run_id).filter(|run| !run.state.is_unfinished());
        if let Some(run) = ended {
            newest.push(run);
        } else if let Some(run) = runs.read(&name).await? {
            newest.push(RunDigest::of(&run));
            workflow.get_or_insert((run.record.workflow_id, run.record.action));
        }
    }
    Ok(workflow.map(|(workflow_id, action)| {
        let count = newest.len();
        ListedWorkflow { workflow_id, action, runs: newest, count }
    }))
}
