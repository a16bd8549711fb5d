//! How large the workflows of a fleet are, so that the small ones do not wait for the large.

use std::collections::BTreeMap;

use futures::StreamExt;
use hrflow_connectors::{CheckedWorkflow, EndError, History};

use crate::Launcher;

/// A workflow whose size nobody knows is neither small nor large.
const UNKNOWN: u64 = 1_000;
/// So many calls are on their way at once; their pace is that of all calls.
const AT_ONCE: usize = 8;

/// What the origins say of workflows that have never read anything.
#[derive(Clone, Debug, Default)]
pub struct Sizes(BTreeMap<String, u64>);

impl Sizes {
    /// How many items a workflow reads: as its last run did, or as its origin has said.
    pub fn of(&self, history: &History, workflow_id: &str) -> u64 {
        let said = || self.0.get(workflow_id).copied();
        history.size(workflow_id).or_else(said).unwrap_or(UNKNOWN)
    }

    /// Those of which nothing is known yet, where there is more to read than can be at once:
    /// otherwise all begin at once, whatever their order.
    pub fn to_ask<'a>(
        &self,
        history: &History,
        due: impl Iterator<Item = &'a CheckedWorkflow>,
        jobs: usize,
    ) -> Vec<CheckedWorkflow> {
        let readings = CheckedWorkflow::by_reading(due.collect(), |workflow| *workflow);
        if readings.len() <= jobs {
            return Vec::new();
        }
        let is_unknown = |workflow: &&CheckedWorkflow| {
            let id = &workflow.workflow_id;
            !self.0.contains_key(id) && history.size(id).is_none()
        };
        readings.into_iter().flatten().filter(is_unknown).cloned().collect()
    }

    /// Asks the origins, one call for each reading. One that fails ends the questions: the runs
    /// will tell why, and nothing depends on the order.
    pub async fn ask(launcher: &Launcher, workflows: Vec<CheckedWorkflow>) -> Self {
        // Nobody asks twice about what nobody knows.
        let mut sizes: BTreeMap<_, _> =
            workflows.iter().map(|it| (it.workflow_id.clone(), UNKNOWN)).collect();
        let groups = CheckedWorkflow::by_reading(workflows, |workflow| workflow);
        let questions = groups.into_iter().map(async |group| {
            let count = match group.first() {
                Some(workflow) => count(launcher, workflow).await?,
                None => None,
            };
            Ok::<_, EndError>((group, count))
        });
        let mut answers = futures::stream::iter(questions).buffer_unordered(AT_ONCE);
        while let Some(answer) = answers.next().await {
            match answer {
                Ok((group, count)) => {
                    for workflow in group {
                        sizes.insert(workflow.workflow_id, count.unwrap_or(UNKNOWN));
                    }
                }
                Err(error) => {
                    tracing::warn!(error = error.message, "could not ask how much workflows read");
                    break;
                }
            }
        }
        Self(sizes)
    }

    /// Takes over what others have found out.
    pub(crate) fn extend(&mut self, others: Self) {
        self.0.extend(others.0);
    }
}

async fn count(launcher: &Launcher, workflow: &CheckedWorkflow) -> Result<Option<u64>, EndError> {
    match workflow.plan(launcher.environment(), launcher.client_options()) {
        Ok(run) => run.count().await,
        // Its run tells what is wrong.
        Err(_) => Ok(None),
    }
}
