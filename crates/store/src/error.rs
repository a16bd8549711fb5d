//! What went wrong in a store, and what a person can do about it.

use std::error::Error;
use std::fmt;

/// The store did not do what was asked.
#[derive(Debug)]
pub struct StoreError {
    operation: &'static str,
    name: String,
    /// The store's address, where it is known.
    store: Option<String>,
    source: Box<dyn Error + Send + Sync>,
}

impl StoreError {
    /// An operation on a blob that failed, and why.
    pub fn new(
        operation: &'static str,
        name: impl Into<String>,
        source: impl Into<Box<dyn Error + Send + Sync>>,
    ) -> Self {
        Self { operation, name: name.into(), store: None, source: source.into() }
    }

    /// Names the store.
    #[must_use]
    pub fn in_store(self, store: &str) -> Self {
        Self { store: Some(store.to_owned()), ..self }
    }

    /// What a person can do about it, where that is known.
    pub fn hint(&self) -> Option<&str> {
        let error: &(dyn Error + 'static) = &*self.source;
        std::iter::successors(Some(error), |error| (*error).source())
            .find_map(|error| Some(error.downcast_ref::<Remediable>()?.hint.as_str()))
    }
}

impl fmt::Display for StoreError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { operation, name, store, .. } = self;
        match name.as_str() {
            "" => write!(formatter, "cannot {operation} the store")?,
            name => write!(formatter, "cannot {operation} `{name}` in the store")?,
        }
        match store {
            Some(store) => write!(formatter, " `{store}`"),
            None => Ok(()),
        }
    }
}

impl Error for StoreError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(&*self.source)
    }
}

/// A cause with a remedy.
#[derive(Clone, Debug)]
pub(crate) struct Remediable {
    what: String,
    hint: String,
}

impl Remediable {
    pub(crate) fn new(what: impl Into<String>, hint: impl Into<String>) -> Self {
        Self { what: what.into(), hint: hint.into() }
    }
}

impl fmt::Display for Remediable {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.what)
    }
}

impl Error for Remediable {}
