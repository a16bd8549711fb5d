//! HrFlow as a target.

mod anonymise;
mod archive;
mod board;
mod create;
mod enrich;
mod holdings;
mod mirror;
mod parameters;
mod parser;
mod plain_text;
#[cfg(test)]
mod tests;
mod update;
mod valid;

pub use ::hrflow::BoardKey;
pub(crate) use archive::BoardArchive;
pub(crate) use create::BoardCreate;
pub(crate) use mirror::BoardMirror;
pub(crate) use parameters::{
    API_SECRET, API_USER, archive_fields, auth_fields, create_fields, push_fields,
    selects_vanished, sync_fields,
};
pub use parameters::{
    ArchiveParameters, CreateParameters, Enrich, HrflowAuth, OnArchive, PushParameters, Select,
    SyncParameters,
};
pub(crate) use update::BoardUpdate;
