//! Where state is kept: the journals of runs, and what workflows remember.

use std::sync::Arc;

use sha2::{Digest, Sha256};
use store::{Owner, Store, StoreError, StoreUrl};

use crate::RunId;

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
            Self::At { url, variables } => store::open(url, variables).await,
            Self::Opened(store) => Ok(store.clone()),
        }
    }
}

/// Who holds the leases of a run.
pub(crate) fn owner(run_id: &RunId) -> Owner {
    let host = std::fs::read_to_string("/etc/hostname").unwrap_or_default();
    Owner { host: host.trim().to_owned(), process: std::process::id(), run: run_id.to_string() }
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
