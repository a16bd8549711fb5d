//! HrFlow as a target.

mod archive;
mod parameters;

pub use ::hrflow::BoardKey;
pub(crate) use archive::BoardArchive;
pub use parameters::{HrflowAuth, PushParameters};
pub(crate) use parameters::{archive_endpoint, auth_fields, push_fields};
