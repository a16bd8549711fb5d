//! A store in one SQLite file: the default.

mod open;
mod remedy;
mod schema;
mod store;

pub(crate) use store::SqliteStore;
