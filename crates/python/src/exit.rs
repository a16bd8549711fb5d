//! How a thread leaves Python for a while, and comes back only while Python is there.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread::{self, ThreadId};
use std::time::{Duration, Instant};

use pyo3::prelude::*;

/// The thread that ends the interpreter, once it does.
static ENDING: OnceLock<ThreadId> = OnceLock::new();
/// How many threads are on their way back into Python.
static RETURNING: AtomicUsize = AtomicUsize::new(0);
/// How long those that are on their way are waited for.
const LONGEST: Duration = Duration::from_secs(1);

/// Works without Python's lock. While the interpreter ends, a thread that would return into it is
/// ended by it in the middle of Rust's frames, which aborts the process: so it stays here.
pub(crate) fn detached<T: Send>(python: Python<'_>, work: impl Send + FnOnce() -> T) -> T {
    let value = python.detach(|| {
        let value = work();
        RETURNING.fetch_add(1, Ordering::SeqCst);
        if ENDING.get().is_some_and(|ending| *ending != thread::current().id()) {
            RETURNING.fetch_sub(1, Ordering::SeqCst);
            loop {
                thread::park();
            }
        }
        value
    });
    RETURNING.fetch_sub(1, Ordering::SeqCst);
    value
}

/// Says that the calling thread ends the interpreter: no other returns into it from here on.
#[pyfunction]
pub(crate) fn interpreter_ends(python: Python<'_>) {
    // Whoever says so first does it.
    let _ = ENDING.set(thread::current().id());
    python.detach(|| {
        let began = Instant::now();
        while RETURNING.load(Ordering::SeqCst) > 0 && began.elapsed() < LONGEST {
            thread::yield_now();
        }
    });
}
