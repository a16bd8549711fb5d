//! HrFlow as a target.

mod anonymise;
mod archive;
mod board;
mod claims;
mod create;
mod enrich;
mod listing;
mod mirror;
mod parameters;
mod parser;
mod plain_text;
mod restore;
mod target;
#[cfg(test)]
mod tests;
mod update;
mod valid;
mod version;

pub(crate) use archive::BoardArchive;
pub(crate) use board::API_URL;
pub(crate) use create::BoardCreate;
pub use hrflow_api::BoardKey;
pub(crate) use mirror::BoardMirror;
pub(crate) use parameters::{
    API_SECRET, API_USER, anonymises, archive_fields, auth_fields, create_fields, push_fields,
    selects_vanished, sync_fields,
};
pub use parameters::{
    ArchiveParameters, CreateParameters, Enrich, HrflowAuth, OnArchive, PushParameters, Select,
    SyncParameters,
};
pub use restore::Restorer;
pub(crate) use target::{BoardAction, OnBoard};
pub(crate) use update::BoardUpdate;
