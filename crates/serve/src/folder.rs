//! The folder of a fleet: whether its files have changed, and what its own blobs are called.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use hrflow_connectors::blob_name;

/// What tells whether any file of a folder has changed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Snapshot(BTreeMap<PathBuf, (u64, Option<SystemTime>)>);

impl Snapshot {
    /// Looks at the workflow files of a folder. One that cannot be read now is seen as it will be.
    pub(crate) fn of(folder: &Path) -> Self {
        let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
        let files = entries.filter_map(|entry| {
            let path = entry.path();
            path.extension().filter(|extension| *extension == "toml")?;
            // The file itself, where the folder holds links to what was mounted.
            let metadata = std::fs::metadata(&path).ok()?;
            Some((path, (metadata.len(), metadata.modified().ok())))
        });
        Self(files.collect())
    }
}

/// Where a fleet keeps what concerns all of it.
pub(crate) fn blob_folder(fleet_name: &str) -> String {
    format!("fleets/{}", blob_name(fleet_name))
}
