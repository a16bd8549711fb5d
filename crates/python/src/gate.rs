//! The way from the engine's threads into Python, which closes before Python ends.
//!
//! A thread that comes back into an interpreter that is ending is ended by it, in the middle of
//! whatever it does. So nobody enters any more once the gate is closed, and Python waits a moment
//! for those who are inside.

use std::sync::{Condvar, Mutex, PoisonError};
use std::time::Duration;

use pyo3::prelude::*;

/// Who is inside, and whether anybody may still enter.
struct Gate {
    state: Mutex<State>,
    left: Condvar,
}

struct State {
    is_closed: bool,
    inside: usize,
}

static GATE: Gate =
    Gate { state: Mutex::new(State { is_closed: false, inside: 0 }), left: Condvar::new() };

impl Gate {
    fn change<T>(&self, change: impl FnOnce(&mut State) -> T) -> T {
        change(&mut self.state.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Somebody inside; leaves when it is dropped.
struct Inside;

impl Inside {
    fn enter() -> Option<Self> {
        GATE.change(|state| {
            if state.is_closed {
                return None;
            }
            state.inside += 1;
            Some(Self)
        })
    }
}

impl Drop for Inside {
    fn drop(&mut self) {
        GATE.change(|state| state.inside -= 1);
        GATE.left.notify_all();
    }
}

/// Holds Python's lock for a moment; none where Python is ending.
pub(crate) fn attached<T>(work: impl FnOnce(Python<'_>) -> T) -> Option<T> {
    let _inside = Inside::enter()?;
    Python::try_attach(work)
}

/// Whether Python is ending: a thread that waits for the engine must not go back there.
pub(crate) fn is_closed() -> bool {
    GATE.change(|state| state.is_closed)
}

/// Closes the gate, and waits at most so many seconds for those who are inside.
#[pyfunction]
pub(crate) fn close_gate(python: Python<'_>, seconds: f64) {
    let most = Duration::try_from_secs_f64(seconds).unwrap_or_default();
    python.detach(|| {
        GATE.change(|state| state.is_closed = true);
        let state = GATE.state.lock().unwrap_or_else(PoisonError::into_inner);
        // Whether they have left or not, Python ends now.
        drop(GATE.left.wait_timeout_while(state, most, |state| state.inside > 0));
    });
}
