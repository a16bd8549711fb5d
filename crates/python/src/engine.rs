//! The runtime and the connections that all runs of a process share.

use std::process;
use std::sync::{Mutex, PoisonError};

use hrflow_connectors::ClientOptions;
use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;
use tokio::runtime::Runtime;

/// What all runs of a process share. It lives as long as the process.
pub(crate) struct Engine {
    process: u32,
    /// Where everything but Python runs.
    pub(crate) runtime: Runtime,
    /// The connections to both services, and the pace at which each account is asked.
    pub(crate) client_options: ClientOptions,
}

static ENGINE: Mutex<Option<&'static Engine>> = Mutex::new(None);

impl Engine {
    /// The one of this process. A process that was forked has none of its parent's threads, so it
    /// gets an engine of its own.
    pub(crate) fn shared() -> PyResult<&'static Self> {
        let mut shared = ENGINE.lock().unwrap_or_else(PoisonError::into_inner);
        match *shared {
            Some(engine) if engine.process == process::id() => Ok(engine),
            _ => {
                let engine = &*Box::leak(Box::new(Self::new()?));
                *shared = Some(engine);
                Ok(engine)
            }
        }
    }

    fn new() -> PyResult<Self> {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .enable_all()
            .thread_name("hrflow-connectors")
            .build()
            .map_err(|error| PyRuntimeError::new_err(format!("could not start: {error}")))?;
        let client_options = ClientOptions::over_https().map_err(|error| {
            PyRuntimeError::new_err(format!("could not make the HTTP client: {error}"))
        })?;
        Ok(Self { process: process::id(), runtime, client_options })
    }
}
