//! What a run is begun for: to do its work, to plan it, to apply a plan, to retry what failed.

use hrflow_connectors::{
    DeadLetter, Environment, OnOutdated, Run, RunId, RunResult, SavedPlan, SettingKey, Settings,
};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;

use crate::queries::{find, open};

/// What Python asks for.
#[derive(FromPyObject)]
pub(crate) enum Asked {
    /// `("run",)`, `("plan",)`: nothing else is to be said.
    Plain((String,)),
    /// `("retry", RUN)`, `("apply", PLAN)`, `("apply_what_holds", PLAN)`.
    With((String, String)),
}

/// What a run is begun for.
pub(crate) enum Task {
    /// Its work.
    Run,
    /// Finding out what it would do.
    Plan,
    /// What a saved plan says.
    Apply(Box<SavedPlan>, OnOutdated),
    /// Sending again what failed in another run.
    Retry(RunId, Vec<DeadLetter>),
}

impl Task {
    /// Reads what was asked for. What failed in another run is taken from the store.
    pub(crate) async fn read(
        asked: Asked,
        settings: &mut Settings,
        environment: &Environment,
    ) -> PyResult<Self> {
        match asked {
            Asked::Plain((task,)) if task == "plan" => Ok(Self::Plan),
            Asked::Plain(_) => Ok(Self::Run),
            Asked::With((task, run)) if task == "retry" => {
                let runs = open(settings.get(SettingKey::Store), environment).await?;
                let run = find(&runs, &run).await?;
                let run_id = run.record.run_id.clone();
                if run.is_unfinished() {
                    let why = format!("run {run_id} has not ended: call its action again");
                    return Err(PyValueError::new_err(why));
                }
                let letters = runs.dead_letters(&run_id).await.map_err(crate::queries::failed)?;
                // That run has reset what was delivered; what has failed since is sent once more.
                settings.take(SettingKey::BeginAnew);
                Ok(Self::Retry(run_id, letters))
            }
            Asked::With((task, plan)) => {
                let plan: SavedPlan = serde_json::from_str(&plan)
                    .map_err(|error| PyValueError::new_err(format!("not a saved plan: {error}")))?;
                if !plan.is_known() {
                    let why = "the plan is of a version that this package does not know";
                    return Err(PyValueError::new_err(why));
                }
                let on_outdated = if task == "apply" { OnOutdated::Stop } else { OnOutdated::Skip };
                Ok(Self::Apply(Box::new(plan), on_outdated))
            }
        }
    }

    /// Does it.
    pub(crate) async fn execute(self, run: Run) -> (RunResult, Option<SavedPlan>) {
        match self {
            Self::Run => (run.run().await, None),
            Self::Plan => {
                let (result, plan) = run.preview().await;
                (result, Some(plan))
            }
            Self::Apply(plan, on_outdated) => (run.apply(*plan, on_outdated).await, None),
            Self::Retry(of, letters) => (run.retry(of, letters).await, None),
        }
    }
}
