//! The audit log: who asked for what, when, and what came of it. It is kept in the store of the
//! workflow that was meant.

use hrflow_connectors::RunId;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use store::{Document, StoreError};

use crate::Shelf;

/// Where entries are kept, one document each.
const FOLDER: &str = "audit/";
/// How many entries are shown, the newest first.
const SHOWN: usize = 200;

/// One thing that somebody asked for.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct Entry {
    pub(crate) at: Timestamp,
    pub(crate) user: String,
    pub(crate) action: String,
    pub(crate) workflow_id: String,
    /// The run or the plan that was meant, where one was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) subject: Option<String>,
    /// `begun`, or why not; none where the process died before it was known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) outcome: Option<String>,
}

/// An entry that was written, and where.
pub(crate) struct Written {
    document: Document<Entry>,
    entry: Entry,
}

impl Entry {
    /// Writes the entry, before anything is done.
    pub(crate) async fn write(self, home: &Shelf) -> Result<Written, StoreError> {
        // Ids are in the order of time.
        let name = format!("{FOLDER}{}", RunId::new());
        let document = Document::new(home.store.clone(), name);
        document.save(&self).await?;
        Ok(Written { document, entry: self })
    }
}

impl Written {
    /// Adds what came of it.
    pub(crate) async fn ended(self, outcome: &str) -> Result<(), StoreError> {
        let entry = Entry { outcome: Some(outcome.to_owned()), ..self.entry };
        self.document.save(&entry).await
    }
}

/// The newest entries of a store, the newest first.
pub(crate) async fn newest(shelf: &Shelf) -> Result<Vec<Entry>, StoreError> {
    let mut names = shelf.store.list(FOLDER).await?;
    names.sort_unstable_by(|left, right| right.cmp(left));
    names.truncate(SHOWN);
    let mut entries = Vec::new();
    for name in names {
        entries.extend(Document::<Entry>::new(shelf.store.clone(), name).load().await?);
    }
    Ok(entries)
}
