//! The embedded sandbox, started and looked at from Python.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use pyo3::exceptions::{PyRuntimeError, PyValueError};
use pyo3::prelude::*;
use sandbox::{Faults, FranceTravail, Hrflow, Settings, Share};

use crate::engine::Engine;
use crate::exit::detached;

/// Both services, simulated on one port of this machine.
#[pyclass(frozen, module = "hrflow_connectors_rs._engine")]
pub(crate) struct Sandbox(Mutex<Option<sandbox::Sandbox>>);

/// What can be chosen, as Python gives it.
#[derive(FromPyObject)]
#[pyo3(from_item_all)]
struct Chosen {
    port: u16,
    offers: usize,
    offers_file: Option<PathBuf>,
    seed: u64,
    board_holds: f64,
    faults: f64,
    francetravail_rate: Option<f64>,
    francetravail_latency: f64,
    hrflow_rate: Option<f64>,
    hrflow_latency: f64,
}

#[pymethods]
impl Sandbox {
    /// Starts it; it takes calls when this returns.
    #[staticmethod]
    fn start(python: Python<'_>, chosen: Chosen) -> PyResult<Self> {
        let engine = Engine::shared()?;
        let settings = chosen.settings()?;
        detached(python, || engine.runtime.block_on(sandbox::Sandbox::start(settings)))
            .map(|sandbox| Self(Mutex::new(Some(sandbox))))
            .map_err(|why| PyRuntimeError::new_err(format!("could not start the sandbox: {why}")))
    }

    /// Where it is.
    fn url(&self) -> PyResult<String> {
        self.look(sandbox::Sandbox::url)
    }

    /// The variables that turn a run to it.
    fn variables(&self) -> PyResult<HashMap<&'static str, String>> {
        self.look(|sandbox| {
            HashMap::from([
                ("FRANCETRAVAIL_API_URL", sandbox.francetravail_api_url()),
                ("FRANCETRAVAIL_TOKEN_URL", sandbox.francetravail_token_url()),
                ("HRFLOW_API_URL", sandbox.hrflow_api_url()),
            ])
        })
    }

    /// A board's archived jobs: by reference, how often each was archived.
    fn archived(&self, python: Python<'_>, board_key: &str) -> PyResult<HashMap<String, u32>> {
        detached(python, || self.look(|sandbox| sandbox.world().archived(board_key)))
    }

    /// The ids of the offers that are listed.
    fn offer_ids(&self, python: Python<'_>) -> PyResult<Vec<String>> {
        detached(python, || self.look(|sandbox| sandbox.world().offer_ids()))
    }

    /// Ends it; a second time changes nothing.
    fn stop(&self, python: Python<'_>) -> PyResult<()> {
        let engine = Engine::shared()?;
        detached(python, || {
            let sandbox = self.0.lock().unwrap_or_else(PoisonError::into_inner).take();
            if let Some(sandbox) = sandbox {
                engine.runtime.block_on(sandbox.stop());
            }
        });
        Ok(())
    }
}

impl Sandbox {
    fn look<T>(&self, at: impl FnOnce(&sandbox::Sandbox) -> T) -> PyResult<T> {
        let sandbox = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        sandbox.as_ref().map(at).ok_or_else(|| PyRuntimeError::new_err("the sandbox has ended"))
    }
}

impl Chosen {
    fn settings(self) -> PyResult<Settings> {
        for (name, share) in [("board_holds", self.board_holds), ("faults", self.faults)] {
            if !(0.0..=1.0).contains(&share) {
                let problem = format!("`{name}`: expects a share from 0 to 1, and is {share}");
                return Err(PyValueError::new_err(problem));
            }
        }
        let rate = |rate: Option<f64>| rate.filter(|rate| *rate > 0.0);
        Ok(Settings {
            port: self.port,
            offers: self.offers,
            offers_file: self.offers_file,
            seed: self.seed,
            board_holds: Share(self.board_holds),
            francetravail: FranceTravail {
                rate: rate(self.francetravail_rate),
                latency: seconds("francetravail_latency", self.francetravail_latency)?,
                ..FranceTravail::default()
            },
            hrflow: Hrflow {
                rate: rate(self.hrflow_rate),
                latency: seconds("hrflow_latency", self.hrflow_latency)?,
                ..Hrflow::default()
            },
            faults: (self.faults > 0.0).then(|| Faults::all(self.seed, self.faults)),
            ..Settings::default()
        })
    }
}

fn seconds(name: &str, seconds: f64) -> PyResult<Duration> {
    Duration::try_from_secs_f64(seconds).map_err(|error| {
        PyValueError::new_err(format!("`{name}`: expects seconds, and is {seconds}: {error}"))
    })
}
