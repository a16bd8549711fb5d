//! How each workflow of a fleet is.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::Serialize;

use super::{Fleet, History};
use crate::{Assessment, Health, Reason, RunResult, assess_while};

/// How the workflows of a fleet are, what needs somebody first.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct FleetStatus {
    /// Each of them.
    pub workflows: Vec<WorkflowStatus>,
    /// The worst of them; none where there are no workflows.
    pub health: Option<Health>,
    /// Whether nobody is needed: each is healthy, runs, or is still to run for the first time.
    pub healthy: bool,
}

/// How a workflow is.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct WorkflowStatus {
    /// Its name: that of its file, without the ending.
    pub name: String,
    /// Its id.
    pub workflow_id: String,
    /// The action that it runs.
    pub action: String,
    /// Its file.
    pub path: String,
    /// How it is.
    #[serde(flatten)]
    pub assessment: Assessment,
    /// When `serve` runs it next; none where it has no schedule.
    pub next_run_at: Option<Timestamp>,
}

/// What a process knows of its runs and the store does not, by workflow id.
#[derive(Clone, Debug, Default)]
pub struct Live {
    /// Why runs were refused: a refused run leaves no record.
    pub refusals: BTreeMap<String, String>,
    /// Since when workflows run, or wait for their turn.
    pub running: BTreeMap<String, Timestamp>,
}

impl Live {
    /// A run has ended. Where it was refused, that holds until one is not; a run that another process
    /// carries out leaves its own record.
    pub fn note(&mut self, result: &RunResult) {
        if result.reason == Reason::WorkflowBusy {
            return;
        }
        if result.reason.is_refusal() {
            let message = result.message.as_deref().unwrap_or_default();
            let why = message.lines().next().unwrap_or_default();
            self.refusals.insert(result.workflow_id.clone(), why.to_owned());
        } else {
            self.refusals.remove(&result.workflow_id);
        }
    }
}

impl FleetStatus {
    /// Tells how a fleet is.
    pub fn of(fleet: &Fleet, history: &History, live: &Live, now: Timestamp) -> Self {
        let status = |workflow: &super::FleetWorkflow| {
            let (workflow_id, action) = workflow.settings.names();
            let runs = history.runs(&workflow_id);
            let running_since = live.running.get(&workflow_id).copied();
            let assessment = assess_while(running_since, runs, &workflow.thresholds, now);
            let assessment = match live.refusals.get(&workflow_id) {
                Some(why) => assessment.refused(why),
                None => assessment,
            };
            WorkflowStatus {
                name: workflow.name.clone(),
                action,
                path: workflow.path.display().to_string(),
                next_run_at: workflow.schedule.as_ref().and_then(|schedule| schedule.next(now)),
                workflow_id,
                assessment,
            }
        };
        let mut workflows: Vec<_> = fleet.workflows.iter().map(status).collect();
        workflows.sort_by_key(|workflow| workflow.assessment.health);
        let health = workflows.first().map(|worst| worst.assessment.health);
        let healthy = workflows.iter().all(WorkflowStatus::is_well);
        Self { workflows, health, healthy }
    }
}

impl WorkflowStatus {
    fn is_well(&self) -> bool {
        match self.assessment.health {
            Health::Healthy | Health::Running => true,
            Health::NeverRan => self.next_run_at.is_some(),
            Health::Failing | Health::Late | Health::Degraded => false,
        }
    }
}
