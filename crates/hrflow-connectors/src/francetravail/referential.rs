//! The lists of the codes that a search takes, kept for a day.

use std::sync::Arc;

use engine::{EndError, error_chain};
use francetravail_api::{Client, ReferentialEntry};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use store::{Document, Store, StoreError, StoreUrl};

use crate::ClientOptions;
use crate::francetravail::ConnectorAuth;
use crate::francetravail::origin::{connect, failure};
use crate::problem::Problem;
use crate::settings::{Environment, state_store};

/// So long a list is taken from the store before the service is asked again.
const MAX_AGE: SignedDuration = SignedDuration::from_hours(24);

/// A list, and when the service gave it.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq, Serialize)]
pub struct Referential {
    /// When it was fetched.
    pub fetched_at: Timestamp,
    /// Its lines.
    pub entries: Vec<ReferentialEntry>,
}

/// A list of codes by its name, from the store where it is at most a day old.
pub async fn referential(
    name: &str,
    auth: ConnectorAuth,
    store: &StoreUrl,
    environment: &Environment,
    client_options: &ClientOptions,
) -> Result<Referential, EndError> {
    let client = connect(auth, environment, client_options).map_err(Problem::into_end_error)?;
    let store = state_store(store.clone(), environment).open().await;
    let store = store.map_err(store_failure)?;
    Lists { client, store: Some(store) }.get(name).await
}

/// Where lists come from.
pub(super) struct Lists {
    pub(super) client: Client,
    /// Where they are kept; without it, each is fetched.
    pub(super) store: Option<Arc<dyn Store>>,
}

impl Lists {
    /// One list by its name.
    pub(super) async fn get(&self, name: &str) -> Result<Referential, EndError> {
        let Some(store) = &self.store else { return self.fetch(name).await };
        let folder = "referentials";
        let document =
            Document::new(store.clone(), format!("{folder}/{}", name.to_ascii_lowercase()));
        let kept: Option<Referential> = document.load().await.unwrap_or_else(|error| {
            tracing::warn!(%error, "a kept list cannot be read and is fetched again");
            None
        });
        let is_fresh =
            |kept: &Referential| Timestamp::now().duration_since(kept.fetched_at) < MAX_AGE;
        if let Some(kept) = kept.filter(is_fresh) {
            return Ok(kept);
        }
        let fetched = self.fetch(name).await?;
        document.save(&fetched).await.map_err(store_failure)?;
        Ok(fetched)
    }

    async fn fetch(&self, name: &str) -> Result<Referential, EndError> {
        let entries = self.client.referential(name).await.map_err(failure)?;
        Ok(Referential { fetched_at: Timestamp::now(), entries })
    }
}

fn store_failure(error: StoreError) -> EndError {
    EndError::run(error_chain(&error)).caused_by(error)
}
