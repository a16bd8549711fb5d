//! One run, begun from Python and waited for from there.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
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

use crate::convert::to_python;
use crate::engine::Engine;
use crate::functions::{Given, Halt};
use crate::gate;
use crate::given::{Arguments, Worker, environment};
use crate::queries::detached;
use crate::records;
use crate::task::{Asked, Task};

/// How many calls there were.
static CALLS: AtomicU64 = AtomicU64::new(0);

/// A run that has begun.
///
/// It works on threads of its own. The thread that waits for it takes its log records on the way,
/// and notices signals between two waits.
#[pyclass(frozen, module = "hrflow_connectors_rs._engine")]
pub(crate) struct Run {
    end: Arc<End>,
    stop: Stop,
    halt: Halt,
    abort: Arc<Notify>,
    /// Tells its records from those of others.
    call: u64,
}

/// Whoever lets go of a run wants no more of it. A signal may come at the very moment in which
/// [`Run::begin`] returns, when nobody has a name for the run yet.
impl Drop for Run {
    fn drop(&mut self) {
        self.stop.interrupt("interrupted");
        self.halt.now();
        // Nobody takes them any more.
        drop(records::take(self.call));
    }
}

/// How a run ended, once it has.
#[derive(Default)]
struct End {
    report: Mutex<Option<Result<Value, String>>>,
    is_there: Condvar,
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
    #[pyo3(signature = (arguments, logics, format, callback, variables, worker, when_ended, task=None))]
    #[expect(clippy::too_many_arguments, reason = "they are what Python has to say, by name")]
    fn begin<'py>(
        python: Python<'py>,
        arguments: Arguments<'py>,
        logics: Vec<Bound<'py, PyAny>>,
        format: Option<Bound<'py, PyAny>>,
        callback: Option<Bound<'py, PyAny>>,
        variables: &Bound<'py, PyDict>,
        worker: Worker,
        when_ended: Option<Py<PyAny>>,
        task: Option<Asked>,
    ) -> PyResult<Self> {
        let engine = Engine::shared()?;
        let mut settings = arguments.into_settings();
        let halt = Halt::default();
        let given = Given { logics, format, callback };
        let (functions, programs, problems) = given.into_functions(&halt);
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
        let planned = python
            .detach(|| settings.plan_with(functions, programs, &environment, &client_options));
        Ok(match planned {
            Ok(plan) => Self::of(engine, (plan, task), halt, when_ended),
            Err(problems) => {
                let result = refused(workflow_id, action, &problems);
                Self::ended(Ok(report((&result, None), Heard::default())))
            }
        })
    }

    /// Waits for the end, at most so many seconds, and says whether it has come.
    fn wait(&self, python: Python<'_>, seconds: f64) -> bool {
        let most = Duration::try_from_secs_f64(seconds).unwrap_or_default();
        python.detach(|| {
            let report = self.end.report();
            let waited =
                self.end.is_there.wait_timeout_while(report, most, |report| report.is_none());
            let has_ended = waited.unwrap_or_else(PoisonError::into_inner).0.is_some();
            while gate::is_closed() {
                // Python is ending, and takes no thread back.
                std::thread::park();
            }
            has_ended
        })
    }

    /// Takes the log records that wait, each as its level, its source, its text, and what tells the
    /// run.
    fn take_records(&self) -> Vec<records::Record> {
        records::take(self.call)
    }

    /// Takes what a callable has raised that is for the caller: `SystemExit` and its like.
    fn raised(&self, python: Python<'_>) -> Option<Py<PyAny>> {
        self.halt.take_raised().map(|error| error.into_value(python).into_any())
    }

    /// Ends the run early and well: what is in flight finishes.
    fn stop(&self, why: String) {
        self.stop.interrupt(why);
        self.halt.now();
    }

    /// Ends the run at once.
    fn abort(&self) {
        self.halt.now();
        self.abort.notify_one();
    }

    /// The result as a `dict`, once the run has ended.
    fn result<'py>(&self, python: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let report = self.end.report().take();
        match report {
            Some(Ok(report)) => to_python(python, &report),
            Some(Err(why)) => Err(PyRuntimeError::new_err(why)),
            None => Err(PyRuntimeError::new_err("there is no result to take")),
        }
    }
}

impl Run {
    fn of(
        engine: &'static Engine,
        (mut plan, task): (EngineRun, Task),
        halt: Halt,
        when_ended: Option<Py<PyAny>>,
    ) -> Self {
        let heard = Arc::new(Mutex::new(Heard::default()));
        let ear = heard.clone();
        plan.watch(move |event| lock(&ear).hear(event));
        let stop = plan.stop();
        halt.can_stop(stop.clone());
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
        let end = Arc::new(End::default());
        let ending = end.clone();
        engine.runtime.spawn(async move {
            let result = running.await.map_err(|error| format!("the run broke off: {error}"));
            let report = result.flatten().map(|(result, plan)| {
                report((&result, plan.as_ref()), std::mem::take(&mut *lock(&heard)))
            });
            ending.comes(report);
            if let Some(when_ended) = when_ended {
                tokio::task::spawn_blocking(move || tell_end(&when_ended));
            }
        });
        Self { end, stop, halt, abort, call }
    }

    fn ended(report: Result<Value, String>) -> Self {
        let end = End { report: Mutex::new(Some(report)), is_there: Condvar::new() };
        let (stop, halt) = (Stop::new(), Halt::default());
        let call = CALLS.fetch_add(1, Ordering::Relaxed);
        Self { end: Arc::new(end), stop, halt, abort: Arc::default(), call }
    }
}

impl End {
    fn report(&self) -> MutexGuard<'_, Option<Result<Value, String>>> {
        lock(&self.report)
    }

    fn comes(&self, report: Result<Value, String>) {
        *self.report() = Some(report);
        self.is_there.notify_all();
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

/// Tells Python of the end. Nobody is left to hear when Python itself is ending.
fn tell_end(when_ended: &Py<PyAny>) {
    let _ = gate::attached(|python| {
        if let Err(error) = when_ended.call0(python) {
            error.write_unraisable(python, None);
        }
    });
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
