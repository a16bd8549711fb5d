//! One file a command.

pub(crate) mod check;
pub(crate) mod completions;
pub(crate) mod describe;
pub(crate) mod embedded;
pub(crate) mod referential;
pub(crate) mod run;
pub(crate) mod sandbox;
