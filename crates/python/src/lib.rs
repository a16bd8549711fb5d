//! The engine as the Python module `hrflow_connectors_rs._engine`.
//!
//! It is private to the Python package: the names that people use are written in Python, over what
//! stands here.

mod calls;
mod convert;
mod engine;
mod exit;
mod functions;
mod given;
mod queries;
mod records;
mod run;
mod sandbox;
mod task;

use pyo3::prelude::*;

/// The engine that the Python package is written over.
#[pymodule]
mod _engine {
    use hrflow_connectors::{ACTIONS, find_action};
    use pyo3::exceptions::PyKeyError;
    use pyo3::prelude::*;

    #[pymodule_export]
    use crate::calls::Call;
    use crate::exit::detached;
    #[pymodule_export]
    use crate::exit::interpreter_ends;
    use crate::given::Worker;
    #[pymodule_export]
    use crate::queries::{check, code_list, format_job, items, runs};
    #[pymodule_export]
    use crate::run::{Run, choose_records};
    #[pymodule_export]
    use crate::sandbox::Sandbox;

    /// The names of all actions.
    #[pyfunction]
    fn actions() -> Vec<&'static str> {
        ACTIONS.iter().map(|action| action.name()).collect()
    }

    /// Does what the command line's arguments say, the program's name first, and gives the exit
    /// code.
    #[pyfunction]
    fn command_line(python: Python<'_>, arguments: Vec<String>, worker: Worker) -> u8 {
        detached(python, || hrflow_connectors_cli::run(arguments, worker.into_host()))
    }

    /// Evaluates jq programs for the process that has started this one, and gives the exit code.
    #[pyfunction]
    fn jq_worker(python: Python<'_>) -> u8 {
        detached(python, hrflow_connectors::run_jq_worker)
    }

    /// What an action takes, as `describe` prints it.
    #[pyfunction]
    fn describe(python: Python<'_>, action: String) -> PyResult<Bound<'_, PyAny>> {
        let action = find_action(&action).ok_or_else(|| PyKeyError::new_err(action))?;
        let description = serde_json::to_value(action.describe()).unwrap_or_default();
        crate::convert::to_python(python, &description)
    }
}
