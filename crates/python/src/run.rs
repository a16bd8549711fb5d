//! One run, begun from Python and waited for from there.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use hrflow_connectors::{
    Ending, Event, Run as EngineRun, RunResult, SavedPlan, StepError, Stop, refused,
};
use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;
use pyo3::types::PyDict;
use serde_json::{Value, json};
use tokio::sync::Notify;
use tracing::Instrument;

use crate::calls::{Desk, Turn};
use crate::convert::to_python;
use crate::engine::Engine;
use crate::exit::detached;
use crate::functions::Given;
use crate::given::{Arguments, Worker, environment};
use crate::records;
use crate::task::{Asked, Task};

/// How many calls there were.
static CALLS: AtomicU64 = AtomicU64::new(0);

/// A run that has begun.
///
/// It works on threads of its own. The thread that waits for it carries out its calls of Python
/// functions, takes its log records on the way, and notices signals between two turns.
#[pyclass(frozen, module = "hrflow_connectors_rs._engine")]
pub(crate) struct Run {
    desk: Desk,
    stop: Stop,
    abort: Arc<Notify>,
    /// Tells its records from those of others.
    call: u64,
}

/// Whoever lets go of a run wants no more of it. A signal may come at the very moment in which
/// [`Run::begin`] returns, when nobody has a name for the run yet.
impl Drop for Run {
    fn drop(&mut self) {
        self.stop.interrupt("interrupted");
        self.desk.halt();
        // Nobody takes them any more.
        drop(records::take(self.call));
    }
}

/// What only the events tell.
#[derive(Default)]
struct Heard {
    failed_items: Vec<Value>,
    callback_failure: Option<String>,
}

#[pymethods]
impl Run {
    /// Checks the arguments and begins. What is wrong with them is told by the result.
    #[staticmethod]
    #[pyo3(signature = (arguments, logics, format, callback, versions, variables, worker, task=None))]
    #[expect(clippy::too_many_arguments, reason = "they are what Python has to say, by name")]
    fn begin<'py>(
        python: Python<'py>,
        arguments: Arguments<'py>,
        logics: Vec<Bound<'py, PyAny>>,
        format: Option<Bound<'py, PyAny>>,
        callback: Option<Bound<'py, PyAny>>,
        versions: Vec<Option<String>>,
        variables: &Bound<'py, PyDict>,
        worker: Worker,
        task: Option<Asked>,
    ) -> PyResult<Self> {
        let engine = Engine::shared()?;
        let mut settings = arguments.into_settings();
        let desk = Desk::default();
        let given = Given { logics, format, callback, versions };
        let (functions, programs, problems) = given.into_functions(&desk);
        settings.problems.extend(problems);
        let environment = environment(variables);
        let task = match task {
            Some(task) => detached(python, || {
                engine.runtime.block_on(Task::read(task, &mut settings, &environment))
            })?,
            None => Task::Run,
        };
        let (workflow_id, action) = settings.names();
        let mut client_options = engine.client_options.clone();
        client_options.jq = worker.into_host();
        let planned = detached(python, || {
            settings.plan_with(functions, programs, &environment, &client_options)
        });
        Ok(match planned {
            Ok(plan) => Self::of(engine, (plan, task), desk),
            Err(problems) => {
                let result = refused(workflow_id, action, &problems);
                desk.end(Ok(report((&result, None), Heard::default())));
                let call = CALLS.fetch_add(1, Ordering::Relaxed);
                Self { desk, stop: Stop::new(), abort: Arc::default(), call }
            }
        })
    }

    /// Waits for something to happen, at most so many seconds.
    fn turn(&self, python: Python<'_>, seconds: f64) -> Turn {
        let most = Duration::try_from_secs_f64(seconds).unwrap_or_default();
        detached(python, || self.desk.turn(most))
    }

    /// Waits for the end, at most so many seconds, and says whether it has come.
    fn ended(&self, python: Python<'_>, seconds: f64) -> bool {
        let most = Duration::try_from_secs_f64(seconds).unwrap_or_default();
        detached(python, || self.desk.ended(most))
    }

    /// Takes the log records that wait, each as its level, its source, its text, and what tells the
    /// run.
    fn take_records(&self) -> Vec<records::Record> {
        records::take(self.call)
    }

    /// Ends the run early and well: what is in flight finishes.
    fn stop(&self, why: String) {
        self.stop.interrupt(why);
        self.desk.halt();
    }

    /// Ends the run at once.
    fn abort(&self) {
        self.desk.halt();
        self.abort.notify_one();
    }

    /// The result as a `dict`, once the run has ended.
    fn result<'py>(&self, python: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        match self.desk.report() {
            Some(Ok(report)) => to_python(python, &report),
            Some(Err(why)) => Err(PyRuntimeError::new_err(why)),
            None => Err(PyRuntimeError::new_err("there is no result to take")),
        }
    }
}

impl Run {
    fn of(engine: &'static Engine, (mut plan, task): (EngineRun, Task), desk: Desk) -> Self {
        let heard = Arc::new(Mutex::new(Heard::default()));
        let ear = heard.clone();
        plan.watch(move |event| lock(&ear).hear(event));
        let stop = plan.stop();
        let abort = Arc::new(Notify::new());
        let aborted = abort.clone();
        let call = CALLS.fetch_add(1, Ordering::Relaxed);
        // The run's own thread, because a run is not to be handed from thread to thread.
        let running = engine.runtime.spawn_blocking(move || {
            let run = async {
                tokio::select! {
                    result = task.execute(plan) => Ok(result),
                    () = aborted.notified() => Err("the run was ended at once".to_owned()),
                }
            };
            engine.runtime.block_on(run.instrument(records::span_of(call)))
        });
        let ending = desk.clone();
        engine.runtime.spawn(async move {
            let result = running.await.map_err(|error| format!("the run broke off: {error}"));
            let report = result.flatten().map(|(result, plan)| {
                report((&result, plan.as_ref()), std::mem::take(&mut *lock(&heard)))
            });
            ending.end(report);
        });
        Self { desk, stop, abort, call }
    }
}

impl Heard {
    fn hear(&mut self, event: &Event) {
        if let Event::Ended { reference, ending: Ending::Failed(error), .. } = event {
            let StepError { stage, error } = error;
            self.failed_items.push(json!({
                "reference": reference,
                "stage": stage.to_string(),
                "why": error.message,
                "can_be_retried": error.retryable,
            }));
        } else if let Event::CallbackFailed { message } = event {
            self.callback_failure = Some(message.clone());
        }
    }
}

/// The result as the command line prints it, with what only the events tell.
fn report((result, plan): (&RunResult, Option<&SavedPlan>), heard: Heard) -> Value {
    // A result is names, numbers and text: there is nothing that JSON could not hold.
    let mut report = serde_json::to_value(result).unwrap_or_default();
    report["items"] = Value::Array(heard.failed_items);
    report["plan"] = plan.and_then(|plan| serde_json::to_value(plan).ok()).unwrap_or_default();
    report["callback_failure"] = heard.callback_failure.into();
    report
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Sets what the engine logs: by a `tracing` filter where there is one, else by a level of
/// Python's `logging`.
#[pyfunction]
#[pyo3(signature = (filter, level))]
pub(crate) fn choose_records(filter: Option<&str>, level: u8) -> PyResult<()> {
    records::choose(filter, level)
}
