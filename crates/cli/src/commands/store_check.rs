//! Whether a run could keep its state, found out without making a store.

use std::path::Path;

use hrflow_connectors::{Checked, EndError, Run, StateStore, StoreUrl, WorkflowState, error_chain};

use crate::output;

/// What `check` calls it.
const NAME: &str = "Store";

/// Asks the store of a run; none where the run keeps nothing.
pub(crate) async fn checked(run: &Run) -> Option<Checked> {
    let state = run.state_store()?;
    let answer = match state {
        StateStore::At { url: StoreUrl::Memory, .. } => return None,
        StateStore::At { url, is_default, .. } if is_absent(url) => {
            absent(url, *is_default).map(|()| format!("{url} does not exist yet; a run makes it"))
        }
        StateStore::At { .. } | StateStore::Opened(_) => present(run, state).await,
    };
    Some(Checked { service: NAME, answer })
}

fn is_absent(url: &StoreUrl) -> bool {
    match url {
        StoreUrl::Sqlite(path) | StoreUrl::File(path) => !path.exists(),
        StoreUrl::Memory | StoreUrl::S3(_) | StoreUrl::Gcs(_) | StoreUrl::Azure(_) => false,
    }
}

/// A store that is to be made needs its folder, unless it is the user's own.
fn absent(url: &StoreUrl, is_default: bool) -> Result<(), EndError> {
    let (StoreUrl::Sqlite(path) | StoreUrl::File(path)) = url else { return Ok(()) };
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    if is_default || folder.unwrap_or(Path::new(".")).is_dir() {
        return Ok(());
    }
    let message = format!("{url}: the folder does not exist");
    Err(EndError::run(message).with_hint(Some("make the folder, or correct `store`".to_owned())))
}

async fn present(run: &Run, state: &StateStore) -> Result<String, EndError> {
    let failed = |error: &(dyn std::error::Error + 'static)| EndError::run(error_chain(error));
    let workflow = WorkflowState::open(state, run.workflow_id()).await;
    let workflow = workflow.map_err(|error| failed(&error))?;
    workflow.probe().await.map_err(|error| failed(&error))?;
    let report = workflow.report().await.map_err(|error| failed(&error))?;
    let place = match state {
        StateStore::At { url, .. } => url.to_string(),
        StateStore::Opened(_) => "it".to_owned(),
    };
    Ok(match report.holder.filter(|holder| !holder.is_over()) {
        Some(holder) => format!("{place} can be written; the workflow is locked by {holder}"),
        None => format!("{place} can be written"),
    })
}

/// Warns of a workflow that goes by what it remembers, and would remember nothing.
pub(crate) fn warn_of_memory(run: &Run) {
    let is_memory = matches!(run.state_store(), Some(StateStore::At { url: StoreUrl::Memory, .. }));
    if is_memory && run.goes_by_memory() {
        output::warning(
            "`store`: a store in memory forgets everything when the run ends, and this workflow \
             goes by what it remembers",
            Some("use `sqlite:PATH`, or leave `store` out"),
        );
    }
}
