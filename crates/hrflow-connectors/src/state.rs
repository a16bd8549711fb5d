//! Where state is kept: the journals of runs, and what workflows remember.

use std::sync::Arc;

use sha2::{Digest, Sha256};
use store::{Owner, Store, StoreError, StoreUrl};

use crate::RunId;
use crate::settings::Environment;

/// Where state is kept.
#[derive(Clone, Debug)]
pub enum StateStore {
    /// In a store that is opened when it is needed.
    At {
        /// Which.
        url: StoreUrl,
        /// Environment variables, some of which tell how a bucket is reached.
        variables: Vec<(String, String)>,
    },
    /// In a store that is open already and may be shared.
    Opened(Arc<dyn Store>),
}

impl StateStore {
    /// A store by its address alone.
    pub fn at(url: StoreUrl) -> Self {
        Self::At { url, variables: Vec::new() }
    }

    /// The store, opened.
    pub async fn open(&self) -> Result<Arc<dyn Store>, StoreError> {
        match self {
            Self::At { url, variables } => open(url, variables).await,
            Self::Opened(store) => Ok(store.clone()),
        }
    }
}

/// Opens a store. Only in the user's own folder of data are folders made for it: a path that
/// somebody has mistyped is not an empty memory.
pub(crate) async fn open(
    url: &StoreUrl,
    variables: &[(String, String)],
) -> Result<Arc<dyn Store>, StoreError> {
    let environment: Environment = variables.iter().cloned().collect();
    if let StoreUrl::Sqlite(path) = url
        && environment.default_store().is_ok_and(|default| default == *url)
        && let Some(folder) = path.parent()
    {
        let folder = folder.to_owned();
        let made = tokio::task::spawn_blocking(move || store::create_folders(&folder)).await;
        let failed =
            |error: std::io::Error| StoreError::new("create", "", error).in_store(&url.to_string());
        made.unwrap_or_else(|error| Err(error.into())).map_err(failed)?;
    }
    store::open(url, variables).await
}

/// Who holds the leases of a run.
pub(crate) fn owner(run_id: &RunId) -> Owner {
    Owner::here(run_id.as_str())
}

/// A name for a workflow that can be read, that every store can keep, and that no other workflow
/// has.
pub(crate) fn name_of(workflow_id: &str) -> String {
    let plain: String = workflow_id
        .to_ascii_lowercase()
        .chars()
        .map(|sign| if sign.is_ascii_alphanumeric() { sign } else { '-' })
        .take(40)
        .collect();
    format!("{plain}-{}", short_hash(workflow_id))
}

/// Tells one text from another: sixteen hexadecimal digits.
pub(crate) fn short_hash(text: &str) -> String {
    Sha256::digest(text.as_bytes())[..8].iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn folders_are_made_in_the_users_own_folder_of_data_and_nowhere_else() {
        let folder = tempfile::tempdir().unwrap();
        let data = folder.path().join("not/there/yet");
        let variables = [("XDG_DATA_HOME".to_owned(), data.display().to_string())];
        let path = data.join("hrflow-connectors/state.sqlite");
        assert!(open(&StoreUrl::Sqlite(path.clone()), &variables).await.is_ok());
        assert!(path.is_file());
        let other = folder.path().join("nor/this/state.sqlite");
        assert!(open(&StoreUrl::Sqlite(other), &variables).await.is_err());
        assert!(!folder.path().join("nor").exists());
    }
}
