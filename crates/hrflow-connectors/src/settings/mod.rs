//! What a user wrote, from wherever it came, with the place of every word.

mod environment;
mod given;
mod layers;
mod reader;
mod recorded;
mod workflow_file;

pub use environment::Environment;
pub use given::{Given, GivenValue, Place, Section};
pub(crate) use layers::store_url as url_of_store;
pub use layers::{Sections, Settings};
pub(crate) use reader::{FieldReader, Scalar, repeated};
