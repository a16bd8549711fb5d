//! A run as a Rust program writes it.

use std::time::Duration;

use api_client::Patience;
use engine::{
    CallbackOutput, DEFAULT_KEEP_RUNS, Ends, Event, FailureLimit, Finished, Format, FormatOutput,
    Incremental, Item, Logic, LogicOutput, Options, Persist, Program, Programs, Run, RunResult,
    State, StateStore, Watcher,
};
use serde_json::json;

use crate::francetravail::Terms;
use crate::problem::{Problem, Problems};
use crate::settings::{Environment, WorkflowId};
use crate::{ClientOptions, Code, Functions, MAX_WRITE_CONCURRENCY, Script, Side};

type Connect =
    dyn FnOnce(&str, &Terms, &Environment, &ClientOptions) -> Result<Ends, Vec<Problem>> + Send;

/// A run in the making. What an action cannot do without stands in the value that its function
/// takes; everything here may be left out.
pub struct RunBuilder {
    workflow_id: String,
    action: &'static str,
    connect: Box<Connect>,
    functions: Functions,
    /// What tells the functions from others; none where nobody has said it.
    functions_version: Option<String>,
    terms: Terms,
    environment: Environment,
    client_options: Option<ClientOptions>,
    write_concurrency: Option<u32>,
    write_rate: Option<u32>,
    patience: Option<Patience>,
    function_timeout: Option<Duration>,
    options: Options,
    watchers: Vec<Watcher>,
}

impl RunBuilder {
    pub(crate) fn new(
        workflow_id: String,
        action: &'static str,
        connect: impl FnOnce(&str, &Terms, &Environment, &ClientOptions) -> Result<Ends, Vec<Problem>>
        + Send
        + 'static,
    ) -> Self {
        Self {
            workflow_id,
            action,
            connect: Box::new(connect),
            functions: Functions::default(),
            functions_version: None,
            terms: Terms::default(),
            environment: Environment::default(),
            client_options: None,
            write_concurrency: None,
            write_rate: None,
            patience: None,
            function_timeout: None,
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
        let logic: Logic = Box::new(move |item| logic(item).into_logic_output());
        self.functions.logics.push(Code::Function(logic));
        self
    }

    /// Adds a jq program after the logics that stand there: `null`, `false` or no output discards
    /// the item, an object replaces it, and `true` keeps it as it is.
    #[must_use]
    pub fn jq_logic(mut self, logic: Script) -> Self {
        self.functions.logics.push(Code::Program(logic));
        self
    }

    /// Sets what is written of an item, in place of the action's own format.
    #[must_use]
    pub fn format<R: FormatOutput>(
        mut self,
        mut format: impl FnMut(Item) -> R + Send + 'static,
    ) -> Self {
        let format: Format = Box::new(move |item| format(item).into_format_output());
        self.functions.format = Some(Code::Function(format));
        self
    }

    /// Sets the jq program that makes of an item the object to write, in place of the action's own
    /// format.
    #[must_use]
    pub fn jq_format(mut self, format: Script) -> Self {
        self.functions.format = Some(Code::Program(format));
        self
    }

    /// Sets what is called once, after the writes. A run with a callback keeps its formatted
    /// items in memory, because the callback is given them.
    #[must_use]
    pub fn callback<R: CallbackOutput>(
        mut self,
        callback: impl FnOnce(Finished) -> R + Send + 'static,
    ) -> Self {
        self.functions.callback =
            Some(Box::new(move |finished| callback(finished).into_callback_output()));
        self
    }

    /// Sets whether the run changes anything.
    #[must_use]
    pub fn persist(mut self, persist: Persist) -> Self {
        self.functions.persist = persist;
        self
    }

    /// Sets the most writes in flight, from 1 to [`MAX_WRITE_CONCURRENCY`]; what is outside is
    /// taken as the nearer of the two.
    #[must_use]
    pub fn write_concurrency(self, most: u32) -> Self {
        Self { write_concurrency: Some(most.clamp(1, MAX_WRITE_CONCURRENCY)), ..self }
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

    /// Sets how long a logic or a format may take for one item. A jq program that takes longer is
    /// ended, and the item fails; see [`JqHost`](crate::JqHost) for how well that holds. A function
    /// cannot be ended: its item fails when it returns, and the log tells of it at once.
    #[must_use]
    pub fn function_timeout(self, time: Duration) -> Self {
        Self { function_timeout: Some(time), ..self }
    }

    /// Names the version of the functions among the logics and the format. A run that was interrupted is resumed by
    /// the next one only if both name the same version, or have no functions: otherwise nobody can
    /// tell whether they would do the same.
    #[must_use]
    pub fn functions_version(mut self, version: impl Into<String>) -> Self {
        self.functions_version = Some(version.into());
        self
    }

    /// Keeps a journal in a store, so that a run that is interrupted can be resumed.
    #[must_use]
    pub fn state(mut self, store: StateStore) -> Self {
        let state =
            State { store, keep_runs: DEFAULT_KEEP_RUNS, is_required: true, wait: Duration::ZERO };
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

    /// Sets what is chosen of the terms under which offers are published.
    #[must_use]
    pub fn terms(self, terms: Terms) -> Self {
        Self { terms, ..self }
    }

    /// Passes variables on, such as `HRFLOW_API_URL`, which turn the run to other servers.
    #[must_use]
    pub fn environment(self, environment: Environment) -> Self {
        Self { environment, ..self }
    }

    /// Shares connections with other runs.
    #[must_use]
    pub fn client_options(self, client_options: ClientOptions) -> Self {
        Self { client_options: Some(client_options), ..self }
    }

    /// Adds somebody who is told of every event.
    #[must_use]
    pub fn watch(mut self, watcher: impl FnMut(&Event) + Send + 'static) -> Self {
        self.watchers.push(Box::new(watcher));
        self
    }

    /// Checks everything and makes no call.
    pub fn build(self) -> Result<Run, Problems> {
        WorkflowId::check(&self.workflow_id)
            .map_err(|invalid| invalid.at(Side::Workflow, "`workflow_id`"))?;
        let client_options = match self.client_options {
            Some(client_options) => client_options.for_one_run(),
            None => ClientOptions::over_https().map_err(|error| {
                Problem::new(Side::Workflow, "the HTTP client", error.to_string())
            })?,
        };
        let client_options = ClientOptions {
            write_concurrency: self.write_concurrency.unwrap_or(client_options.write_concurrency),
            write_rate: self.write_rate.or(client_options.write_rate),
            patience: self.patience.unwrap_or(client_options.patience),
            function_timeout: self.function_timeout.unwrap_or(client_options.function_timeout),
            ..client_options
        };
        let ends =
            (self.connect)(&self.workflow_id, &self.terms, &self.environment, &client_options)
                .map_err(Problems::from_found)?;
        let mut options = self.options;
        if ends.mirror.is_some() {
            options.incremental.get_or_insert_default();
        }
        if options.incremental.is_some() && options.state.is_none() {
            let message = "requires a store";
            return Err(Problem::new(Side::Workflow, "what is remembered", message)
                .with_hint("name one with `.state(…)`")
                .into());
        }
        options.programs = programs_of(&self.functions, self.functions_version.as_deref());
        options.concurrency = client_options.write_concurrency.try_into().unwrap_or(usize::MAX);
        options.blocking = client_options.blocking();
        options.function_timeout = client_options.function_timeout;
        let start = |passes| client_options.start_programs(passes);
        let (workflow_id, functions) = (self.workflow_id, self.functions);
        let run = Run::with_programs(workflow_id, self.action, ends, functions, options, start)?;
        let mut run = run.observed_by(client_options.observer).stopped_by(client_options.stop);
        self.watchers.into_iter().for_each(|watcher| run.watch(watcher));
        Ok(run)
    }

    /// Checks everything and runs.
    pub async fn run(self) -> Result<RunResult, Problems> {
        Ok(self.build()?.run().await)
    }
}

/// What tells the functions from others.
fn programs_of(functions: &Functions, version: Option<&str>) -> Programs {
    fn program<F>(code: &Code<F>, version: Option<&str>) -> Program {
        match code {
            Code::Function(_) => version.map_or_else(Program::unknown, Program::function),
            Code::Program(script) => Program::jq(json!({"text": script.source()})),
        }
    }
    Programs {
        logics: functions.logics.iter().map(|logic| program(logic, version)).collect(),
        format: functions.format.as_ref().map(|format| program(format, version)),
    }
}

impl std::fmt::Debug for RunBuilder {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "RunBuilder({} of {})", self.action, self.workflow_id)
    }
}
