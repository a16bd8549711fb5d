//! Where state is kept, and under which names.

use std::sync::Arc;

use store::{Fingerprint, Owner, Store, StoreError, StoreUrl};

use crate::RunId;

pub(super) const RUNS: &str = "runs/";
const JOURNALS: &str = "journals/";

/// Where state is kept.
#[derive(Clone, Debug)]
pub enum StateStore {
    /// In a store that is opened when it is needed.
    At {
        /// Which.
        url: StoreUrl,
        /// Environment variables, some of which tell how a bucket is reached.
        variables: Vec<(String, String)>,
        /// Whether it is the user's own, for which folders are made. A path that somebody has
        /// mistyped is not an empty store.
        is_default: bool,
    },
    /// In a store that is open already and may be shared.
    Opened(Arc<dyn Store>),
}

impl StateStore {
    /// A store by its address alone.
    pub fn at(url: StoreUrl) -> Self {
        Self::At { url, variables: Vec::new(), is_default: false }
    }

    /// The store, opened.
    pub async fn open(&self) -> Result<Arc<dyn Store>, StoreError> {
        match self {
            Self::At { url, variables, is_default } => {
                if *is_default {
                    make_folders(url).await?;
                }
                store::open(url, variables).await
            }
            Self::Opened(store) => Ok(store.clone()),
        }
    }

    /// The store to look at: where there is none yet, none is made, and an empty one stands for it.
    pub async fn open_to_read(&self) -> Result<Arc<dyn Store>, StoreError> {
        if self.is_to_be_made() {
            Self::at(StoreUrl::Memory).open().await
        } else {
            self.open().await
        }
    }

    /// Whether there is no store yet, where one can be made.
    fn is_to_be_made(&self) -> bool {
        let Self::At { url: StoreUrl::Sqlite(path) | StoreUrl::File(path), is_default, .. } = self
        else {
            return false;
        };
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
        // A path into a folder that is not there is a mistake, which opening tells.
        !path.exists() && (*is_default || folder.is_none_or(std::path::Path::is_dir))
    }
}

async fn make_folders(url: &StoreUrl) -> Result<(), StoreError> {
    let StoreUrl::Sqlite(path) = url else { return Ok(()) };
    let Some(folder) = path.parent().map(ToOwned::to_owned) else { return Ok(()) };
    let made = tokio::task::spawn_blocking(move || store::create_folders(&folder)).await;
    let failed =
        |error: std::io::Error| StoreError::new("create", "", error).in_store(&url.to_string());
    made.unwrap_or_else(|error| Err(error.into())).map_err(failed)
}

/// Who holds the lease of a run.
pub(crate) fn owner(run_id: &RunId) -> Owner {
    Owner::here(run_id.as_str())
}

/// The lease of a workflow: whoever holds it is the only run of it in progress.
pub(crate) fn lease_of(workflow_id: &str) -> String {
    format!("{}/lease", folder_of(workflow_id))
}

/// The folder in which a workflow remembers what it has delivered.
pub(super) fn folder_of(workflow_id: &str) -> String {
    format!("workflows/{}", blob_name(workflow_id))
}

/// The records of a workflow's runs.
pub(super) fn records_of(workflow_id: &str) -> String {
    format!("{RUNS}{}/", blob_name(workflow_id))
}

pub(super) fn journal_of(run_id: &RunId) -> String {
    format!("{JOURNALS}{run_id}/")
}

pub(super) fn intents_of(run_id: &RunId) -> String {
    format!("{JOURNALS}{run_id}/intents/")
}

pub(super) fn outcomes_of(run_id: &RunId) -> String {
    format!("{JOURNALS}{run_id}/outcomes/")
}

pub(super) fn letters_of(run_id: &RunId) -> String {
    format!("{JOURNALS}{run_id}/letters/")
}

pub(super) fn page(folder: &str, number: u64) -> String {
    format!("{folder}{number:012}")
}

/// The number of a page; 0 for what is no page.
pub(super) fn number_of(name: &str) -> u64 {
    name.rsplit('/').next().and_then(|number| number.parse().ok()).unwrap_or_default()
}

/// A name for a blob that people can read, that every store can keep, and that no other text gives.
pub fn blob_name(text: &str) -> String {
    let plain: String = text
        .to_ascii_lowercase()
        .chars()
        .map(|sign| if sign.is_ascii_alphanumeric() { sign } else { '-' })
        .take(40)
        .collect();
    format!("{plain}-{}", short_hash(text))
}

/// Tells one text from another: sixteen hexadecimal digits.
pub(crate) fn short_hash(text: &str) -> String {
    let mut digits = Fingerprint::of(text.as_bytes()).to_string();
    digits.truncate(16);
    digits
}
