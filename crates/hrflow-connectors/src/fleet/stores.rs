//! The stores of a fleet, each opened once.

use std::collections::BTreeMap;
use std::sync::Arc;

use store::{Measured, Store, StoreError, StoreHook, StoreUrl};
use tokio::sync::Mutex;

use crate::problem::Problem;
use crate::settings::{Environment, Given, state_store, url_of_store};

/// Stores that are opened when they are first needed, and kept.
pub struct Stores {
    environment: Environment,
    hook: Option<StoreHook>,
    opened: Mutex<BTreeMap<String, Arc<dyn Store>>>,
}

impl Stores {
    /// None is open yet.
    pub fn new(environment: &Environment) -> Self {
        Self { environment: environment.clone(), hook: None, opened: Mutex::default() }
    }

    /// Calls a hook after every operation.
    #[must_use]
    pub fn measured_by(self, hook: StoreHook) -> Self {
        Self { hook: Some(hook), ..self }
    }

    /// The address of the store that a file names, or of the one that holds without.
    pub fn url(&self, given: Option<&Given>) -> Result<StoreUrl, Problem> {
        url_of_store(given, &self.environment)
    }

    /// A store, which is made if it is not there.
    pub async fn open(&self, url: &StoreUrl) -> Result<Arc<dyn Store>, StoreError> {
        let name = url.to_string();
        let mut opened = self.opened.lock().await;
        if let Some(store) = opened.get(&name) {
            return Ok(store.clone());
        }
        let store = state_store(url.clone(), &self.environment).open().await?;
        let store = match &self.hook {
            Some(hook) => Arc::new(Measured::new(store, hook.clone())),
            None => store,
        };
        opened.insert(name, store.clone());
        Ok(store)
    }

    /// A store that is there; one that is not is not made, and is none.
    pub async fn existing(&self, url: &StoreUrl) -> Result<Option<Arc<dyn Store>>, StoreError> {
        match url {
            StoreUrl::Memory => return Ok(self.opened.lock().await.get(&url.to_string()).cloned()),
            StoreUrl::Sqlite(path) | StoreUrl::File(path) if !path.exists() => return Ok(None),
            _ => {}
        }
        self.open(url).await.map(Some)
    }
}

impl std::fmt::Debug for Stores {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Stores")
    }
}
