//! What a user puts between the two ends: Python callables and jq programs, in any mix.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use hrflow_connectors::{
    Callback, Code, Finished, Format, Functions, Item, Logic, Persist, Place, Problem, Program,
    Programs, Script, Side, Stop,
};
use pyo3::exceptions::PyException;
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyString};
use serde_json::json;

use crate::convert::{kind_of, object_to_python, to_item, to_python};
use crate::gate;

/// The functions of one run, as Python gave them.
pub(crate) struct Given<'py> {
    pub(crate) logics: Vec<Bound<'py, PyAny>>,
    pub(crate) format: Option<Bound<'py, PyAny>>,
    pub(crate) callback: Option<Bound<'py, PyAny>>,
}

impl Given<'_> {
    /// The functions as the engine takes them, what tells them from others, and the mistakes in
    /// them.
    pub(crate) fn into_functions(self, halt: &Halt) -> (Functions, Programs, Vec<Problem>) {
        let mut problems = Vec::new();
        let mut logics = Vec::new();
        let between = Between { halt: halt.clone(), carried: Carried::default() };
        let format = self.format.as_ref().and_then(|given| {
            Function::read(given, "format").map_err(|problem| problems.push(problem)).ok()
        });
        for (index, given) in self.logics.iter().enumerate() {
            match Function::read(given, &format!("logics[{index}]")) {
                Ok(function) => logics.push(function),
                Err(problem) => problems.push(problem),
            }
        }
        let programs = Programs {
            logics: logics.iter().map(Function::program).collect(),
            format: format.as_ref().map(Function::program),
        };
        let hands_over = followed_by_python(&logics, format.as_ref());
        let logics = logics
            .into_iter()
            .zip(hands_over)
            .map(|(function, hands_over)| function.into_logic(&between, hands_over))
            .collect();
        let functions = Functions {
            logics,
            format: format.map(|function| function.into_format(&between)),
            callback: self.callback.map(|callable| into_callback(callable.unbind(), halt.clone())),
            persist: Persist::default(),
        };
        (functions, programs, problems)
    }
}

/// For each logic, whether the function after it is Python's as well.
fn followed_by_python(logics: &[Function], format: Option<&Function>) -> Vec<bool> {
    let after = logics.iter().skip(1).map(Some).chain([format]);
    after.map(|function| matches!(function, Some(Function::Python(_)))).collect()
}

/// The object that one Python callable hands to the next without a detour through JSON, so that
/// what JSON has no word for, such as a date, reaches it.
type Carried = Arc<Mutex<Option<Py<PyAny>>>>;

/// Says that a run is to end: Python callables are called no more, because they may be slow.
#[derive(Clone, Debug, Default)]
pub(crate) struct Halt(Arc<Halting>);

#[derive(Debug, Default)]
struct Halting {
    is_asked: AtomicBool,
    /// What ends the run, once there is one.
    stop: OnceLock<Stop>,
    /// What a callable has raised that is for its caller and not for an item.
    raised: Mutex<Option<PyErr>>,
}

impl Halt {
    pub(crate) fn now(&self) {
        self.0.is_asked.store(true, Ordering::Relaxed);
    }

    /// Ends this run, too, where a callable raises what is for its caller.
    pub(crate) fn can_stop(&self, stop: Stop) {
        // A run has one stop.
        let _ = self.0.stop.set(stop);
    }

    /// What a callable has raised for its caller.
    pub(crate) fn take_raised(&self) -> Option<PyErr> {
        self.0.raised.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    fn is_asked(&self) -> bool {
        self.0.is_asked.load(Ordering::Relaxed)
    }

    /// What an exception says. `KeyboardInterrupt`, `SystemExit` and their like end the run, and
    /// reach the caller.
    fn heard(&self, python: Python<'_>, error: PyErr) -> String {
        let text = told(python, &error);
        if !error.is_instance_of::<PyException>(python) {
            self.now();
            if let Some(stop) = self.0.stop.get() {
                stop.interrupt("interrupted");
            }
            let mut raised = self.0.raised.lock().unwrap_or_else(PoisonError::into_inner);
            raised.get_or_insert(error);
        }
        text
    }
}

/// What the functions of a run share.
#[derive(Clone)]
struct Between {
    halt: Halt,
    carried: Carried,
}

enum Function {
    Python(Py<PyAny>),
    Jq { script: Script, source: String },
}

impl Function {
    fn read(given: &Bound<'_, PyAny>, argument: &str) -> Result<Self, Problem> {
        let problem =
            |message| Problem::new(Side::Workflow, Place::Argument(argument.to_owned()), message);
        if let Ok(source) = given.cast::<PyString>() {
            let source = source.to_string_lossy().into_owned();
            return Script::compile(&source)
                .map(|script| Self::Jq { script, source })
                .map_err(|error| error.to_problem(Place::Argument(argument.to_owned())));
        }
        if given.is_callable() {
            return Ok(Self::Python(given.clone().unbind()));
        }
        let kind = kind_of(given);
        Err(problem(format!("expects a callable or the text of a jq program, and is {kind}")))
    }

    /// What tells it from others: the text of a jq program. The code of a callable cannot be told.
    fn program(&self) -> Program {
        match self {
            Self::Jq { source, .. } => Program::jq(json!({"text": source})),
            Self::Python(_) => Program::unknown(),
        }
    }

    fn into_logic(self, between: &Between, hands_over: bool) -> Code<Logic> {
        let callable = match self {
            Self::Jq { script, .. } => return Code::Program(script),
            Self::Python(callable) => callable,
        };
        let between = between.clone();
        Code::Function(Box::new(move |item| {
            between.call(&callable, &item, |output| {
                if output.is_none() {
                    Ok(None)
                } else if hands_over && !output.is_instance_of::<PyBool>() {
                    between.hand_over(output.unbind());
                    Ok(Some(Item::default()))
                } else {
                    to_item(&output, "the logic").map(Some)
                }
            })
        }))
    }

    fn into_format(self, between: &Between) -> Code<Format> {
        let callable = match self {
            Self::Jq { script, .. } => return Code::Program(script),
            Self::Python(callable) => callable,
        };
        let between = between.clone();
        Code::Function(Box::new(move |item| {
            between.call(&callable, &item, |output| to_item(&output, "the format"))
        }))
    }
}

impl Between {
    /// Calls with the item, or with what the callable before handed over, and reads the output.
    fn call<T>(
        &self,
        callable: &Py<PyAny>,
        item: &Item,
        read: impl FnOnce(Bound<'_, PyAny>) -> Result<T, String>,
    ) -> Result<T, String> {
        attached(|python| {
            let carried = self.carried().take();
            if self.halt.is_asked() {
                return Err("the run was ended before this item came to it".to_owned());
            }
            let given = match carried {
                Some(object) => Ok(object.into_bound(python)),
                None => object_to_python(python, item).map(Bound::into_any),
            };
            let output = given.and_then(|given| callable.bind(python).call1((given,)));
            read(output.map_err(|error| self.halt.heard(python, error))?)
        })
    }

    fn hand_over(&self, object: Py<PyAny>) {
        *self.carried() = Some(object);
    }

    fn carried(&self) -> MutexGuard<'_, Option<Py<PyAny>>> {
        self.carried.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Holds Python's lock for a moment. Where Python is ending, nothing can be called any more.
fn attached<T>(work: impl FnOnce(Python<'_>) -> Result<T, String>) -> Result<T, String> {
    gate::attached(work).unwrap_or_else(|| Err("Python is ending".to_owned()))
}

fn into_callback(callable: Py<PyAny>, halt: Halt) -> Callback {
    Box::new(move |finished| {
        attached(|python| {
            call_back(callable.bind(python), finished).map_err(|error| halt.heard(python, error))
        })
    })
}

fn call_back(callable: &Bound<'_, PyAny>, finished: Finished) -> PyResult<()> {
    let python = callable.py();
    let Finished { origin_parameters, target_parameters, events, outcomes: _, items } = finished;
    let items = items.iter().map(|item| object_to_python(python, item));
    let arguments = (
        to_python(python, &origin_parameters)?,
        to_python(python, &target_parameters)?,
        to_python(python, &serde_json::to_value(events).unwrap_or_default())?,
        items.collect::<PyResult<Vec<_>>>()?,
    );
    callable.call1(arguments).map(drop)
}

/// An exception as Python prints it, with its traceback.
fn told(python: Python<'_>, error: &PyErr) -> String {
    let printed = || -> PyResult<String> {
        let arguments = (error.get_type(python), error.value(python), error.traceback(python));
        let lines = python.import("traceback")?.call_method1("format_exception", arguments)?;
        Ok(lines.extract::<Vec<String>>()?.concat())
    };
    let text = printed().unwrap_or_else(|_| error.to_string());
    text.trim_end().to_owned()
}
