//! A typed client of the jobs and boards of HrFlow.ai.
//!
//! ```
//! use hrflow_api::{Archived, BoardKey, Client, Credentials, JobId};
//!
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! let credentials = Credentials::new("ask_…", "recruiting@example.org");
//! let caller = api_client::Caller::over_https("HrFlow")?;
//! let client = Client::new(credentials, caller, "https://api.hrflow.ai/v1".parse()?);
//!
//! let board: BoardKey = "0123456789012345678901234567890123456789".parse()?;
//! match client.archive_job(&board, &JobId::Reference("048KLTP".to_owned())).await? {
//!     Archived::Done | Archived::Before => println!("archived"),
//!     Archived::Missing => println!("the board has no such job"),
//! }
//! # Ok(())
//! # }
//! ```

#![cfg_attr(test, allow(clippy::unwrap_used, reason = "a test ends at the first surprise"))]

mod answers;
mod client;
mod error;
mod keys;
mod listing;
mod parsed_text;

pub use client::{Archived, Client, Created, Credentials, Edited, Permission, Unarchived};
pub use error::{Error, Failure, Operation};
pub use keys::{BoardKey, JobId, NotABoardKey};
pub use listing::{JobPage, ListedJob, UnreadableJob, is_archived};
pub use parsed_text::{Findings, ParsedText};
