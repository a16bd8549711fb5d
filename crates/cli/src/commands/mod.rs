//! One file a command.

pub(crate) mod apply;
pub(crate) mod check;
pub(crate) mod completions;
pub(crate) mod describe;
pub(crate) mod doctor;
pub(crate) mod embedded;
pub(crate) mod fleet;
pub(crate) mod init;
pub(crate) mod items;
pub(crate) mod notify;
pub(crate) mod plan;
pub(crate) mod referential;
pub(crate) mod refusal;
pub(crate) mod resume;
pub(crate) mod retry;
pub(crate) mod run;
pub(crate) mod runs;
pub(crate) mod sandbox;
pub(crate) mod schema;
pub(crate) mod serve;
pub(crate) mod state;
pub(crate) mod status;
pub(crate) mod store_check;
pub(crate) mod stored;
pub(crate) mod undo;
