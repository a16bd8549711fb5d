//! State that outlives a run, in stores that several processes may share.
//!
//! A [`Store`] keeps named blobs and puts them on conditions; every backend does only that. What
//! a run needs is built once on top: a [`Lease`] by which one process has a name to itself,
//! [`Shares`] of what several processes divide, a [`Document`] that is loaded and saved whole, and a
//! [`Ledger`] of what was delivered.
//!
//! ```
//! use store::{Condition, StoreUrl};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let store = store::open(&"memory:".parse::<StoreUrl>()?, &[]).await?;
//! store.put("greeting", "hello".into(), Condition::Absent).await?;
//! assert_eq!(store.get("greeting").await?.unwrap().bytes, "hello");
//! # Ok(())
//! # }
//! ```

#![cfg_attr(test, allow(clippy::unwrap_used, reason = "a test ends at the first surprise"))]

mod blobs;
mod document;
mod error;
mod file;
mod fingerprint;
mod lease;
mod ledger;
mod measured;
mod memory;
mod named;
mod object;
mod owner;
mod private;
mod process;
mod shares;
mod sqlite;
mod url;

pub use blobs::{Blob, Condition, PutError, Store, Version};
pub use document::Document;
pub use error::StoreError;
pub use fingerprint::Fingerprint;
pub use lease::{HoldError, Holder, Lease, LeaseError};
pub use ledger::{Known, Ledger};
pub use measured::{Measured, StoreHook, StoreUse};
pub use owner::{Liveness, Owner};
pub use private::create_folders;
pub use shares::Shares;
pub use url::{NotAStoreUrl, StoreUrl, open};

/// A bucket in this process's memory, with the conditional writes of a real one.
pub fn in_memory_bucket() -> std::sync::Arc<dyn Store> {
    let objects = object_store::memory::InMemory::new();
    std::sync::Arc::new(object::Bucket::new(
        std::sync::Arc::new(objects),
        object::Cloud::None,
        "some/folder",
    ))
}
