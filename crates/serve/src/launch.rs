//! Carries out one run of a workflow of a fleet.

use std::sync::Arc;

use api_client::AnswerHook;
use hrflow_connectors::{
    CheckedWorkflow, ClientOptions, Environment, Run, RunResult, SharedReading, StateStore, Stores,
    refused,
};

use crate::metrics::Metrics;
use crate::ping::with_pings;

/// What the runs of a fleet share.
#[derive(Clone)]
pub struct Launcher {
    environment: Environment,
    client_options: ClientOptions,
    stores: Arc<Stores>,
    metrics: Metrics,
}

impl Launcher {
    /// Runs share connections, pace, stores and counters.
    pub fn new(environment: Environment, client_options: ClientOptions, metrics: Metrics) -> Self {
        let mut client_options = client_options;
        client_options.on_answer = Some(metrics.answer_hook());
        let stores = Stores::new(&environment).measured_by(metrics.store_hook());
        Self { environment, client_options, stores: Arc::new(stores), metrics }
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
        let workflow_id = &workflow.workflow_id;
        let transport = &self.client_options.transport;
        let addresses = workflow.workflow.settings.ping(&self.environment).unwrap_or_default();
        let run = self.run(workflow, reading, prepare);
        let result = with_pings(transport, &addresses, workflow_id, run).await;
        self.metrics.ended(&result);
        result
    }

    async fn run(
        &self,
        workflow: &CheckedWorkflow,
        reading: Option<SharedReading>,
        prepare: impl FnOnce(&mut Run),
    ) -> RunResult {
        let mut run = match workflow.plan(&self.environment, &self.client_options) {
            Ok(run) => run,
            Err(problems) => {
                let (workflow_id, action) = workflow.workflow.settings.names();
                return refused(workflow_id, action, &problems);
            }
        };
        // A store that cannot be opened is told of by the run, which knows whether it needs it.
        if let Some(StateStore::At { url, .. }) = run.state_store()
            && let Ok(store) = self.stores.open(&url.clone()).await
        {
            run.keep_state_in(store);
        }
        if let Some(reading) = reading {
            run = run.read_with(&reading);
        }
        run.watch(self.metrics.watcher(&workflow.workflow_id));
        prepare(&mut run);
        run.run().await
    }
}
