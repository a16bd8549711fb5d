//! A run as a Rust program writes it.

use std::time::Duration;

use api_client::Patience;

use crate::catalog::Connected;
use crate::problem::{Problem, Problems};
use crate::run::Options;
use crate::settings::Environment;
use crate::steps::Steps;
use crate::{
    CallbackOutput, DEFAULT_KEEP_RUNS, Event, FailureLimit, Finished, FormatOutput, Incremental,
    Item, LogicOutput, Persist, Plan, RunResult, Side, State, StateStore, Watcher, Wiring,
};

type Connect = dyn FnOnce(&Environment, &Wiring) -> Result<Connected, Vec<Problem>> + Send;

/// A run in the making. What an action cannot do without stands in the value that its function
/// takes; everything here may be left out.
pub struct RunBuilder {
    workflow_id: String,
    action: &'static str,
    connect: Box<Connect>,
    steps: Steps,
    environment: Environment,
    wiring: Option<Wiring>,
    write_concurrency: Option<u32>,
    write_rate: Option<u32>,
    patience: Option<Patience>,
    options: Options,
    watchers: Vec<Watcher>,
}

impl RunBuilder {
    pub(crate) fn new(
        workflow_id: String,
        action: &'static str,
        connect: impl FnOnce(&Environment, &Wiring) -> Result<Connected, Vec<Problem>> + Send + 'static,
    ) -> Self {
        Self {
            workflow_id,
            action,
            connect: Box::new(connect),
            steps: Steps::default(),
            environment: Environment::default(),
            wiring: None,
            write_concurrency: None,
            write_rate: None,
            patience: None,
            options: Options::default(),
            watchers: Vec::new(),
        }
    }

    /// Adds a logic after those that stand there: it returns the item, changed or not, or nothing
    /// to discard it.
    #[must_use]
    pub fn logic<R: LogicOutput>(
        mut self,
        mut logic: impl FnMut(Item) -> R + Send + 'static,
    ) -> Self {
        self.steps.logics.push(Box::new(move |item| logic(item).into_logic_output()));
        self
    }

    /// Sets what is written of an item, in place of the action's own format.
    #[must_use]
    pub fn format<R: FormatOutput>(
        mut self,
        mut format: impl FnMut(Item) -> R + Send + 'static,
    ) -> Self {
        self.steps.format = Some(Box::new(move |item| format(item).into_format_output()));
        self
    }

    /// Sets what is called once, after the writes. A run with a callback keeps its formatted
    /// items in memory, because the callback is given them.
    #[must_use]
    pub fn callback<R: CallbackOutput>(
        mut self,
        callback: impl FnOnce(Finished) -> R + Send + 'static,
    ) -> Self {
        self.steps.callback =
            Some(Box::new(move |finished| callback(finished).into_callback_output()));
        self
    }

    /// Sets whether the run changes anything.
    #[must_use]
    pub fn persist(mut self, persist: Persist) -> Self {
        self.steps.persist = persist;
        self
    }

    /// Sets the most writes in flight.
    #[must_use]
    pub fn write_concurrency(self, most: u32) -> Self {
        Self { write_concurrency: Some(most.max(1)), ..self }
    }

    /// Sets the most writes a minute.
    #[must_use]
    pub fn write_rate(self, most_a_minute: u32) -> Self {
        Self { write_rate: Some(most_a_minute.max(1)), ..self }
    }

    /// Sets how long a service is waited for that gives no good answer: ten minutes otherwise.
    #[must_use]
    pub fn patience(self, limit: Duration) -> Self {
        Self { patience: Some(Patience::of(limit)), ..self }
    }

    /// Keeps a journal in a store, so that a run that is broken off is gone on with by the next
    /// run of the same workflow.
    #[must_use]
    pub fn state(mut self, store: StateStore) -> Self {
        let state = State { store, keep_runs: DEFAULT_KEEP_RUNS, is_required: true };
        self.options.state = Some(state);
        self
    }

    /// Delivers only what this workflow has not delivered yet. Needs a [state](Self::state).
    #[must_use]
    pub fn incremental(mut self, incremental: Incremental) -> Self {
        self.options.incremental = Some(incremental);
        self
    }

    /// Ends the run early where more items fail.
    #[must_use]
    pub fn max_failures(mut self, limit: FailureLimit) -> Self {
        self.options.failures = Some(limit);
        self
    }

    /// Passes variables on, such as `HRFLOW_API_URL`, which turn the run to other servers.
    #[must_use]
    pub fn environment(self, environment: Environment) -> Self {
        Self { environment, ..self }
    }

    /// Shares connections with other runs.
    #[must_use]
    pub fn wiring(self, wiring: Wiring) -> Self {
        Self { wiring: Some(wiring), ..self }
    }

    /// Adds somebody who is told of every event.
    #[must_use]
    pub fn watch(mut self, watcher: impl FnMut(&Event) + Send + 'static) -> Self {
        self.watchers.push(Box::new(watcher));
        self
    }

    /// Checks everything and makes no call.
    pub fn plan(self) -> Result<Plan, Problems> {
        let wiring = match self.wiring {
            Some(wiring) => wiring.for_one_run(),
            None => Wiring::over_https().map_err(|error| {
                Problem::new(Side::Workflow, "the HTTP client", error.to_string())
            })?,
        };
        let wiring = Wiring {
            write_concurrency: self.write_concurrency.unwrap_or(wiring.write_concurrency),
            write_rate: self.write_rate.or(wiring.write_rate),
            patience: self.patience.unwrap_or(wiring.patience),
            ..wiring
        };
        let connected = (self.connect)(&self.environment, &wiring).map_err(Problems::from_found)?;
        let mut options = self.options;
        if connected.mirror.is_some() {
            options.incremental.get_or_insert_default();
        }
        if options.incremental.is_some() && options.state.is_none() {
            let message = "needs a store beside it";
            return Err(Problem::new(Side::Workflow, "what is remembered", message)
                .with_hint("name one with `.state(…)`")
                .into());
        }
        let plan = Plan::new(self.workflow_id, self.action, connected, self.steps, wiring);
        let mut plan = plan.with(options);
        self.watchers.into_iter().for_each(|watcher| plan.watch(watcher));
        Ok(plan)
    }

    /// Checks everything and runs.
    pub async fn run(self) -> Result<RunResult, Problems> {
        Ok(self.plan()?.run().await)
    }
}

impl std::fmt::Debug for RunBuilder {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "RunBuilder({} of {})", self.action, self.workflow_id)
    }
}
