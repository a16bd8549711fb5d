//! What the service shows of itself, shared between who runs and who asks.

use std::collections::BTreeMap;
use std::sync::Arc;

use hrflow_connectors::FleetStatus;
use parking_lot::RwLock;
use web_console::Notified;

/// How the service is.
#[derive(Clone, Debug, Default)]
pub(crate) struct Shown(Arc<RwLock<State>>);

#[derive(Debug, Default)]
struct State {
    is_active: bool,
    /// Why the files could not be used when they were last read.
    config: Option<String>,
    /// Why the store could not be read when it was last asked.
    store: Option<String>,
    status: Option<FleetStatus>,
    /// What people were told, by workflow.
    told: BTreeMap<String, Vec<Notified>>,
}

/// Whether the service does its work.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Readiness {
    /// It runs the fleet.
    Active,
    /// Another process does.
    Standby,
    /// Something is wrong, and somebody should look.
    NotReady(String),
}

impl Shown {
    pub(crate) fn set_active(&self, is_active: bool) {
        self.0.write().is_active = is_active;
    }

    pub(crate) fn set_config(&self, problem: Option<String>) {
        self.0.write().config = problem;
    }

    pub(crate) fn set_store(&self, problem: Option<String>) {
        self.0.write().store = problem;
    }

    pub(crate) fn set_status(&self, status: FleetStatus) {
        self.0.write().status = Some(status);
    }

    pub(crate) fn set_told(&self, told: BTreeMap<String, Vec<Notified>>) {
        self.0.write().told = told;
    }

    pub(crate) fn told(&self, workflow_id: &str) -> Vec<Notified> {
        self.0.read().told.get(workflow_id).cloned().unwrap_or_default()
    }

    pub(crate) fn status(&self) -> Option<FleetStatus> {
        self.0.read().status.clone()
    }

    pub(crate) fn readiness(&self) -> Readiness {
        let state = self.0.read();
        match (&state.store, &state.config, state.is_active) {
            (Some(why), ..) | (None, Some(why), _) => Readiness::NotReady(why.clone()),
            (None, None, true) => Readiness::Active,
            (None, None, false) => Readiness::Standby,
        }
    }
}
