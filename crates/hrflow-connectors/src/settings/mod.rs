//! What a user wrote, from wherever it came, with the place of every word.

mod environment;
mod given;
mod layers;
mod reader;
mod recorded;
mod workflow_file;

pub use environment::Environment;
pub use given::{Given, GivenValue, Place, Section};
pub use layers::{Sections, Settings};
pub(crate) use layers::{state_store, store_url as url_of_store};
pub(crate) use reader::{FieldReader, Scalar, repeated};
