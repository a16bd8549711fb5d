//! What a user wrote, from wherever it came, with the place of every word.

mod channel;
mod environment;
mod given;
mod layers;
mod plan;
mod rate;
mod reader;
mod recorded;
mod scalar;
mod secret_command;
mod sections;
mod service;
mod table;
#[cfg(test)]
mod tests;
mod thresholds;
mod variables;
mod workflow_file;

pub(crate) use channel::channel_fields;
pub use channel::{Change, Channel, ChannelKind, Email, Encryption};
pub use environment::Environment;
pub(crate) use environment::{state_store, store_url as url_of_store};
pub use given::{Given, GivenValue, Place, Section};
pub use layers::Settings;
pub(crate) use reader::{FieldReader, ValueReader, repeated};
pub(crate) use recorded::value_of as recorded_value;
pub(crate) use scalar::{FromSetting, InvalidValue, WorkflowId, one_of};
pub use sections::{SectionName, Sections};
pub use service::Ping;
pub(crate) use service::service_fields;
pub use table::{Flag, Setting, SettingKey};
pub use variables::{VARIABLES, Variable};
pub(crate) use workflow_file::FLEET_FILE;
