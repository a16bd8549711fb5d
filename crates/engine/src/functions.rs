//! What a user puts between origin and target: logics, a format and a callback.

use std::convert::Infallible;
use std::fmt::Display;
use std::panic::{AssertUnwindSafe, catch_unwind};

use serde_json::{Map, Value};

use crate::{Code, Events, Item, Outcomes, Program};

/// Looks at an item and returns it, perhaps changed, or nothing to discard it.
pub type Logic = Box<dyn FnMut(Item) -> Result<Option<Item>, String> + Send>;
/// Makes of an item what is written to the target.
pub type Format = Box<dyn FnMut(Item) -> Result<Item, String> + Send>;
/// Is called once, after the writes.
pub type Callback = Box<dyn FnOnce(Finished) -> Result<(), String> + Send>;

/// Looks at an item before the user's functions do: what they are given of it, and what completes
/// that which the user's format makes of it.
pub type Around = Box<dyn FnMut(Item) -> (Item, Completion) + Send>;
/// Completes what a user's format has made of an item.
pub type Completion = Box<dyn FnOnce(Item) -> Item + Send>;

/// What an action itself makes of an item: its own format, and what it does around that of a user.
///
/// Both have a version. What was delivered under another one is looked at again, so that a mapping
/// that has changed reaches what was written before.
pub struct ActionFormat {
    own: Format,
    own_version: Option<Program>,
    around: Option<Around>,
    around_version: Option<Program>,
    former: Option<Former>,
    notice: Option<&'static str>,
}

/// The format that a workflow of before keeps, where nobody has chosen one.
pub(crate) struct Former {
    pub(crate) format: Format,
    pub(crate) version: Program,
    keeps: fn(&Value) -> bool,
}

/// What a run makes of an item.
pub(crate) struct ChosenFormat<P> {
    pub(crate) format: Code<Format, P>,
    pub(crate) around: Option<Around>,
    /// What tells the action's part in it from another version.
    pub(crate) version: Option<Program>,
    pub(crate) former: Option<Former>,
    /// What a plan says where jobs were written before the action's part had a version.
    pub(crate) notice: Option<&'static str>,
}

impl ActionFormat {
    /// A format that has only one version, with nothing around the user's.
    pub fn plain(own: Format) -> Self {
        Self {
            own,
            own_version: None,
            around: None,
            around_version: None,
            former: None,
            notice: None,
        }
    }

    /// The same with the version of the format.
    #[must_use]
    pub fn versioned(self, version: Program) -> Self {
        Self { own_version: Some(version), ..self }
    }

    /// The same with something around the user's format, and the version of that.
    #[must_use]
    pub fn around(self, around: Around, version: Program) -> Self {
        Self { around: Some(around), around_version: Some(version), ..self }
    }

    /// The same with the format that a workflow keeps which delivered before formats had versions,
    /// or with a version of which `keeps` says so.
    #[must_use]
    pub fn or_former(self, format: Format, version: Program, keeps: fn(&Value) -> bool) -> Self {
        Self { former: Some(Former { format, version, keeps }), ..self }
    }

    /// The same with what a plan says where jobs were written before formats had versions.
    #[must_use]
    pub fn announced_by(self, notice: &'static str) -> Self {
        Self { notice: Some(notice), ..self }
    }

    /// The format of a run.
    pub(crate) fn with<P>(self, users: Option<Code<Format, P>>) -> ChosenFormat<P> {
        let Self { own, own_version, around, around_version, former, notice } = self;
        if let Some(format) = users {
            return ChosenFormat { format, around, version: around_version, former: None, notice };
        }
        ChosenFormat {
            format: Code::Function(own),
            around: None,
            version: own_version,
            former,
            notice,
        }
    }
}

impl Former {
    /// Whether a workflow that was so before keeps this format.
    pub(crate) fn is_kept_by(&self, before: Option<&Program>) -> bool {
        before.is_none_or(|program| program.of_action().is_some_and(self.keeps))
    }
}

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

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use serde_json::json;

    use super::*;

    /// What an action with this format makes of an item, and under which version.
    fn formatted(format: ActionFormat, users: Option<Format>) -> (Value, Option<Program>) {
        let ChosenFormat { format, around, version, .. } =
            format.with(users.map(Code::<_, Infallible>::Function));
        let Code::Function(mut format) = format;
        let formatted = match around {
            Some(mut around) => {
                let (item, complete) = around(Item::default());
                complete(format(item).unwrap())
            }
            None => format(Item::default()).unwrap(),
        };
        (formatted["by"].clone(), version)
    }

    #[test]
    fn an_action_has_one_part_in_its_own_format_and_another_in_a_users() {
        let by = |name: &'static str| -> Format {
            Box::new(move |_| Ok(Item::from_iter([("by".to_owned(), name.into())])))
        };
        let version = |number: u32| Program::action(&number.into());
        let around: Around = Box::new(|item| {
            let complete: Completion = Box::new(|mut item| {
                let both = json!([item["by"], "action"]);
                item.insert("by".to_owned(), both);
                item
            });
            (item, complete)
        });
        let format = || ActionFormat::plain(by("action"));
        assert_eq!(formatted(format(), None), (json!("action"), None));
        assert_eq!(formatted(format(), Some(by("user"))), (json!("user"), None));
        let versioned = format().versioned(version(1));
        assert_eq!(formatted(versioned, None), (json!("action"), Some(version(1))));
        let both = format().versioned(version(1)).around(around, version(2));
        assert_eq!(
            formatted(both, Some(by("user"))),
            (json!(["user", "action"]), Some(version(2)))
        );
    }
}
