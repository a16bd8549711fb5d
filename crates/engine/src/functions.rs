//! What a user puts between origin and target: logics, a format and a callback.

use std::convert::Infallible;
use std::fmt::Display;
use std::panic::{AssertUnwindSafe, catch_unwind};

use serde_json::{Map, Value};

use crate::{Code, Events, Item, Outcomes};

/// Looks at an item and returns it, perhaps changed, or nothing to discard it.
pub type Logic = Box<dyn FnMut(Item) -> Result<Option<Item>, String> + Send>;
/// Makes of an item what is written to the target.
pub type Format = Box<dyn FnMut(Item) -> Result<Item, String> + Send>;
/// Is called once, after the writes.
pub type Callback = Box<dyn FnOnce(Finished) -> Result<(), String> + Send>;

/// Whether a run changes anything.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Persist {
    /// Items are written.
    #[default]
    Write,
    /// Items are read, filtered and formatted; nothing is written, and no callback is called.
    DryRun,
}

/// What a user puts between the two ends. `P` is a program as its host knows it, where there is a
/// host for programs.
pub struct Functions<P = Infallible> {
    /// Applied in order.
    pub logics: Vec<Code<Logic, P>>,
    /// Without one, the action's own format is used.
    pub format: Option<Code<Format, P>>,
    /// Called once, after the writes.
    pub callback: Option<Callback>,
    /// Whether the run changes anything.
    pub persist: Persist,
}

impl<P> Default for Functions<P> {
    fn default() -> Self {
        Self { logics: Vec::new(), format: None, callback: None, persist: Persist::default() }
    }
}

/// What a callback is given.
#[derive(Clone, Debug)]
pub struct Finished {
    /// The parsed pull parameters.
    pub origin_parameters: Value,
    /// The parsed push parameters.
    pub target_parameters: Value,
    /// What happened on the way.
    pub events: Events,
    /// How items ended at the target.
    pub outcomes: Outcomes,
    /// The formatted items, in the order in which their writes ended.
    pub items: Vec<Item>,
}

/// What a logic may return: an item or nothing, plainly or as a result.
pub trait LogicOutput {
    /// The one form that the engine knows.
    fn into_logic_output(self) -> Result<Option<Item>, String>;
}

impl LogicOutput for Option<Item> {
    fn into_logic_output(self) -> Result<Option<Item>, String> {
        Ok(self)
    }
}

impl<E: Display> LogicOutput for Result<Option<Item>, E> {
    fn into_logic_output(self) -> Result<Option<Item>, String> {
        self.map_err(|error| error.to_string())
    }
}

/// What a format may return: an item, an object, or any JSON value that is one, plainly or as a
/// result.
pub trait FormatOutput {
    /// The one form that the engine knows.
    fn into_format_output(self) -> Result<Item, String>;
}

impl FormatOutput for Item {
    fn into_format_output(self) -> Result<Item, String> {
        Ok(self)
    }
}

impl FormatOutput for Map<String, Value> {
    fn into_format_output(self) -> Result<Item, String> {
        Ok(self.into())
    }
}

impl FormatOutput for Value {
    fn into_format_output(self) -> Result<Item, String> {
        match self {
            Value::Object(fields) => Ok(fields.into()),
            other => Err(format!("the format gave {}, not an object", kind_of(&other))),
        }
    }
}

impl<T: FormatOutput, E: Display> FormatOutput for Result<T, E> {
    fn into_format_output(self) -> Result<Item, String> {
        self.map_err(|error| error.to_string())?.into_format_output()
    }
}

/// What a callback may return: nothing, or a result.
pub trait CallbackOutput {
    /// The one form that the engine knows.
    fn into_callback_output(self) -> Result<(), String>;
}

impl CallbackOutput for () {
    fn into_callback_output(self) -> Result<(), String> {
        Ok(())
    }
}

impl<E: Display> CallbackOutput for Result<(), E> {
    fn into_callback_output(self) -> Result<(), String> {
        self.map_err(|error| error.to_string())
    }
}

/// Calls a user's function; its panic is its failure.
pub fn guarded<T>(call: impl FnOnce() -> Result<T, String>) -> Result<T, String> {
    catch_unwind(AssertUnwindSafe(call)).unwrap_or_else(|panic| {
        let text = panic
            .downcast_ref::<String>()
            .map(String::as_str)
            .or_else(|| panic.downcast_ref::<&str>().copied());
        Err(format!("panicked: {}", text.unwrap_or("no message")))
    })
}

/// A JSON value's kind, for messages.
pub fn kind_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "an array",
        Value::Object(_) => "an object",
    }
}
