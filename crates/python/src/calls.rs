//! What the engine wants of Python, on its way to the thread that waits for the run.
//!
//! No thread of the engine ever calls Python: it leaves the call here, and whoever waits for the
//! run carries it out. So the functions of a run are called where its caller is, and nothing of the
//! engine returns into an interpreter that ends.

use std::collections::VecDeque;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use hrflow_connectors::{Finished, Item};
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyTuple};
use serde_json::Value;

use crate::convert::{object_to_python, to_item, to_python};

const ENDED: &str = "the run was ended before this item came to it";

/// Where a run and the thread that waits for it meet.
#[derive(Clone, Debug, Default)]
pub(crate) struct Desk(Arc<Shared>);

#[derive(Debug, Default)]
struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    /// Python functions are called no more, because they may be slow.
    is_halted: bool,
    has_ended: bool,
    report: Option<Result<Value, String>>,
    calls: VecDeque<Call>,
}

/// What happened since the last turn: whether the run has ended, and a call to be carried out.
pub(crate) type Turn = (bool, Option<Call>);

impl Desk {
    /// Has a function called, and waits for what it gives.
    pub(crate) fn call(
        &self,
        function: usize,
        reads: Reads,
        argument: Argument,
    ) -> Result<Output, String> {
        let reply = Reply::default();
        let call = Call {
            function,
            reads,
            argument: Mutex::new(Some(argument)),
            reply: reply.clone(),
            desk: self.clone(),
        };
        let mut state = self.state();
        if state.is_halted {
            return Err(ENDED.to_owned());
        }
        state.calls.push_back(call);
        self.0.changed.notify_all();
        let waits = |state: &mut State| !state.is_halted && lock(&reply).is_none();
        let waited = self.0.changed.wait_while(state, waits);
        drop(waited.unwrap_or_else(PoisonError::into_inner));
        let given = lock(&reply).take();
        given.unwrap_or_else(|| Err(ENDED.to_owned()))
    }

    /// Waits for something to happen, at most so long.
    pub(crate) fn turn(&self, most: Duration) -> Turn {
        let nothing = |state: &mut State| !state.has_ended && state.calls.is_empty();
        let mut state = self.wait(most, nothing);
        let has_ended = state.has_ended;
        (has_ended, state.calls.pop_front())
    }

    /// Waits for the end, at most so long, and says whether it has come.
    pub(crate) fn ended(&self, most: Duration) -> bool {
        self.wait(most, |state| !state.has_ended).has_ended
    }

    /// Has Python called no more: what was to be called gets an error.
    pub(crate) fn halt(&self) {
        let mut state = self.state();
        state.is_halted = true;
        let calls = std::mem::take(&mut state.calls);
        self.0.changed.notify_all();
        // What lets go of Python's objects must not hold up anybody.
        drop(state);
        drop(calls);
    }

    /// The run has ended, and this is how.
    pub(crate) fn end(&self, report: Result<Value, String>) {
        let mut state = self.state();
        state.report = Some(report);
        state.has_ended = true;
        self.0.changed.notify_all();
    }

    /// How the run ended; to be taken once.
    pub(crate) fn report(&self) -> Option<Result<Value, String>> {
        self.state().report.take()
    }

    fn wait(
        &self,
        most: Duration,
        nothing: impl FnMut(&mut State) -> bool,
    ) -> MutexGuard<'_, State> {
        let waited = self.0.changed.wait_timeout_while(self.state(), most, nothing);
        waited.unwrap_or_else(PoisonError::into_inner).0
    }

    fn state(&self) -> MutexGuard<'_, State> {
        lock(&self.0.state)
    }
}

/// What a function is called with.
#[derive(Debug)]
pub(crate) enum Argument {
    /// An item, which Python gets as a `dict`.
    Item(Item),
    /// What the function before gave, as it is.
    Object(Py<PyAny>),
    /// What a callback is told.
    Finished(Box<Finished>),
}

/// What a function may give.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Reads {
    /// An item, or `None`.
    Logic,
    /// Anything but a boolean, for the next Python function; or `None`.
    Object,
    /// An item.
    Format,
    /// Anything, which nobody looks at.
    Callback,
}

/// What a function gave.
#[derive(Debug)]
pub(crate) enum Output {
    Nothing,
    Item(Item),
    Object(Py<PyAny>),
}

type Reply = Arc<Mutex<Option<Result<Output, String>>>>;

/// A call that a run asks for, to be carried out by whoever waits for it.
#[pyclass(frozen, module = "hrflow_connectors_rs._engine")]
#[derive(Debug)]
pub(crate) struct Call {
    function: usize,
    reads: Reads,
    argument: Mutex<Option<Argument>>,
    reply: Reply,
    desk: Desk,
}

#[pymethods]
impl Call {
    /// Which function: its place among the logics, the format and the callback.
    #[getter]
    fn function(&self) -> usize {
        self.function
    }

    /// What it is called with; to be taken once.
    fn arguments<'py>(&self, python: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        let argument = lock(&self.argument).take();
        match argument {
            Some(Argument::Item(item)) => {
                PyTuple::new(python, [object_to_python(python, &item)?.into_any()])
            }
            Some(Argument::Object(object)) => PyTuple::new(python, [object]),
            Some(Argument::Finished(finished)) => callback_arguments(python, &finished),
            None => Ok(PyTuple::empty(python)),
        }
    }

    /// Gives the run what the function has given.
    fn answer(&self, output: &Bound<'_, PyAny>) {
        self.reply(self.read(output));
    }

    /// Tells the run that the function has failed.
    fn fail(&self, why: String) {
        self.reply(Err(why));
    }
}

impl Call {
    fn read(&self, output: &Bound<'_, PyAny>) -> Result<Output, String> {
        match self.reads {
            Reads::Callback => Ok(Output::Nothing),
            Reads::Logic | Reads::Object if output.is_none() => Ok(Output::Nothing),
            Reads::Object if !output.is_instance_of::<PyBool>() => {
                Ok(Output::Object(output.clone().unbind()))
            }
            Reads::Logic | Reads::Object => to_item(output, "the logic").map(Output::Item),
            Reads::Format => to_item(output, "the format").map(Output::Item),
        }
    }

    fn reply(&self, given: Result<Output, String>) {
        *lock(&self.reply) = Some(given);
        // Whoever looks at the reply holds the state, so it cannot be missed.
        drop(self.desk.state());
        self.desk.0.changed.notify_all();
    }
}

fn callback_arguments<'py>(
    python: Python<'py>,
    finished: &Finished,
) -> PyResult<Bound<'py, PyTuple>> {
    let items = finished.items.iter().map(|item| object_to_python(python, item));
    let items = items.collect::<PyResult<Vec<_>>>()?;
    let events = serde_json::to_value(finished.events).unwrap_or_default();
    let arguments = (
        to_python(python, &finished.origin_parameters)?,
        to_python(python, &finished.target_parameters)?,
        to_python(python, &events)?,
        items,
    );
    arguments.into_pyobject(python)
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
