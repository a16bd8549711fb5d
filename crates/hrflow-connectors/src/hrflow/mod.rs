//! HrFlow as a target.

mod archive;
mod board;
mod create;
mod enrich;
mod holdings;
mod mirror;
mod parameters;
#[cfg(test)]
mod tests;
mod update;

pub use ::hrflow::BoardKey;
pub(crate) use archive::BoardArchive;
pub(crate) use create::BoardCreate;
pub(crate) use mirror::BoardMirror;
pub use parameters::{CreateParameters, HrflowAuth, PushParameters, SyncParameters};
pub(crate) use parameters::{auth_fields, create_fields, push_fields, sync_fields};
pub(crate) use update::BoardUpdate;
