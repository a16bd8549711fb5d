//! Carries out one run of a workflow of a fleet.

use std::sync::Arc;

use api_client::AnswerHook;
use hrflow_connectors::{
    CheckedWorkflow, ClientOptions, Environment, Given, ListedRun, OnOutdated, Place, Problem,
    Problems, Run, RunId, RunKind, RunResult, Runs, SavedPlan, SettingKey, Settings, SharedReading,
    Side, StateStore, Stores, error_chain, refused,
};

use web_console::Progress;

use crate::metrics::Metrics;
use crate::ping::with_pings;

/// What a run is to do.
#[derive(Clone, Debug, Default)]
pub enum Task {
    /// What the workflow file says.
    #[default]
    Run,
    /// The same, from where the last run was stopped.
    RunAfterStop,
    /// The same, and archive more than `max_archive` allows.
    RunAllowingMassArchive,
    /// Go on with a run that was interrupted or stopped.
    Resume(RunId),
    /// Send again what failed in a run.
    Retry(RunId),
    /// Do what a saved plan says, as long as all of it holds.
    Apply(Box<SavedPlan>),
}

/// What the runs of a fleet share.
#[derive(Clone)]
pub struct Launcher {
    environment: Environment,
    client_options: ClientOptions,
    stores: Arc<Stores>,
    metrics: Metrics,
    /// Where the runs show how far they are, where somebody looks.
    progress: Option<Progress>,
}

impl Launcher {
    /// Runs share connections, pace, stores and counters.
    pub fn new(environment: Environment, client_options: ClientOptions, metrics: Metrics) -> Self {
        let mut client_options = client_options;
        client_options.on_answer = Some(metrics.answer_hook());
        let stores = Stores::new(&environment).measured_by(metrics.store_hook());
        Self { environment, client_options, stores: Arc::new(stores), metrics, progress: None }
    }

    /// Tells somebody else of every answer, too.
    #[must_use]
    pub(crate) fn also_telling(mut self, other: AnswerHook) -> Self {
        let own = self.client_options.on_answer.take();
        self.client_options.on_answer = Some(Arc::new(move |answered| {
            if let Some(own) = &own {
                own(answered);
            }
            other(answered);
        }));
        self
    }

    /// Shows how far the runs are.
    #[must_use]
    pub(crate) fn showing(self, progress: Progress) -> Self {
        Self { progress: Some(progress), ..self }
    }

    /// The stores of the fleet.
    pub fn stores(&self) -> &Stores {
        &self.stores
    }

    /// How calls are made.
    pub fn client_options(&self) -> &ClientOptions {
        &self.client_options
    }

    /// The variables that the runs see.
    pub fn environment(&self) -> &Environment {
        &self.environment
    }

    /// The counters.
    pub fn metrics(&self) -> &Metrics {
        &self.metrics
    }

    /// One reading for workflows that read the same; none for a single one.
    pub fn share(&self, workflows: &[CheckedWorkflow]) -> Option<SharedReading> {
        let [first, _, ..] = workflows else { return None };
        // Where it cannot be planned, no run of them begins.
        let reader = first.plan(&self.environment, &self.client_options).ok()?;
        Some(SharedReading::new(reader, workflows.len()))
    }

    /// Runs a workflow, and tells its monitor. `prepare` is given the run before it begins.
    pub async fn launch(
        &self,
        workflow: &CheckedWorkflow,
        reading: Option<SharedReading>,
        prepare: impl FnOnce(&mut Run),
    ) -> RunResult {
        self.carry_out(workflow, Task::Run, reading, prepare).await
    }

    /// Does what is to be done for a workflow, and tells its monitor.
    pub async fn carry_out(
        &self,
        workflow: &CheckedWorkflow,
        task: Task,
        reading: Option<SharedReading>,
        prepare: impl FnOnce(&mut Run),
    ) -> RunResult {
        let workflow_id = &workflow.workflow_id;
        let transport = &self.client_options.transport;
        let addresses = workflow.workflow.settings.ping(&self.environment).unwrap_or_default();
        let run = async {
            match Box::pin(self.run(workflow, task, reading, prepare)).await {
                Ok(result) => result,
                Err(problems) => {
                    let (workflow_id, action) = workflow.workflow.settings.names();
                    refused(workflow_id, action, &problems)
                }
            }
        };
        let result = with_pings(transport, &addresses, workflow_id, run).await;
        if let Some(progress) = &self.progress {
            progress.ended(workflow_id);
        }
        self.metrics.ended(&result);
        result
    }

    async fn run(
        &self,
        workflow: &CheckedWorkflow,
        task: Task,
        reading: Option<SharedReading>,
        prepare: impl FnOnce(&mut Run),
    ) -> Result<RunResult, Problems> {
        let prepare = async |run: Run| {
            let mut run = self.at_home(run).await;
            run.watch(self.metrics.watcher(&workflow.workflow_id));
            if let Some(progress) = &self.progress {
                run.watch(progress.watcher(&workflow.workflow_id, run.outcomes()));
            }
            prepare(&mut run);
            run
        };
        match task {
            Task::Run | Task::RunAfterStop => {
                let mut run = workflow.plan(&self.environment, &self.client_options)?;
                if matches!(task, Task::RunAfterStop) {
                    run.resume_stopped();
                }
                let run = match reading {
                    Some(reading) => run.read_with(&reading),
                    None => run,
                };
                Ok(prepare(run).await.run().await)
            }
            Task::RunAllowingMassArchive => {
                let mut settings = workflow.workflow.settings.clone();
                let allowed = Given::text("true", Place::Argument("the console".to_owned()));
                settings.set(SettingKey::AllowMassArchive, allowed);
                Ok(prepare(self.planned(settings)?).await.run().await)
            }
            Task::Resume(run_id) => {
                let (runs, listed) = self.listed(workflow, &run_id).await?;
                let kind = listed.record.kind.clone();
                if let RunKind::Apply { .. } = kind {
                    let why = "it applies a plan: apply the plan again to go on";
                    return Err(Problem::new(Side::Workflow, format!("run {run_id}"), why).into());
                }
                let settings = Settings::of_run(&listed.record, &self.environment)?;
                let mut run = prepare(self.planned(settings)?).await;
                run.resume(listed);
                if let RunKind::Retry { of } = kind {
                    let letters = runs.dead_letters(&of).await.map_err(|it| unreadable(&it))?;
                    return Ok(run.retry(of, letters).await);
                }
                Ok(run.run().await)
            }
            Task::Retry(run_id) => {
                let (runs, listed) = self.listed(workflow, &run_id).await?;
                if listed.is_unfinished() {
                    let why = "it has not ended: resume it first";
                    return Err(Problem::new(Side::Workflow, format!("run {run_id}"), why).into());
                }
                let letters = runs.dead_letters(&run_id).await.map_err(|it| unreadable(&it))?;
                let settings = Settings::of_retry(&listed.record, &self.environment)?;
                Ok(prepare(self.planned(settings)?).await.retry(run_id, letters).await)
            }
            Task::Apply(plan) => {
                let settings = Settings::of_plan(&plan, &self.environment)?;
                Ok(prepare(self.planned(settings)?).await.apply(*plan, OnOutdated::Stop).await)
            }
        }
    }

    fn planned(&self, settings: Settings) -> Result<Run, Problems> {
        settings.plan(&self.environment, &self.client_options)
    }

    /// The run with its store opened. One that cannot be opened is told of by the run, which knows
    /// whether it needs it.
    async fn at_home(&self, mut run: Run) -> Run {
        if let Some(StateStore::At { url, .. }) = run.state_store()
            && let Ok(store) = self.stores.open(&url.clone()).await
        {
            run.keep_state_in(store);
        }
        run
    }

    /// A run that the workflow's store remembers.
    async fn listed(
        &self,
        workflow: &CheckedWorkflow,
        run_id: &RunId,
    ) -> Result<(Runs, ListedRun), Problems> {
        let url = self.stores.url(workflow.workflow.settings.get(SettingKey::Store))?;
        let store = self.stores.open(&url).await.map_err(|it| unreadable(&it))?;
        let runs = Runs::open(&StateStore::Opened(store)).await.map_err(|it| unreadable(&it))?;
        let listed = runs.get(&workflow.workflow_id, run_id).await.map_err(|it| unreadable(&it))?;
        let listed = listed.ok_or_else(|| {
            let place = format!("run {run_id}");
            Problem::new(Side::Workflow, place, "the store does not know it any more")
        })?;
        Ok((runs, listed))
    }
}

fn unreadable(error: &store::StoreError) -> Problems {
    Problem::new(Side::Workflow, "`store`".to_owned(), error_chain(error)).into()
}
