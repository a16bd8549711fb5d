//! What a user puts between the two ends: Python callables and jq programs, in any mix.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use hrflow_connectors::{
    Callback, Code, Format, Functions, Item, Logic, Persist, Place, Problem, Program, Programs,
    Script, Side,
};
use pyo3::prelude::*;
use pyo3::types::PyString;
use serde_json::json;

use crate::calls::{Argument, Desk, Output, Reads};
use crate::convert::kind_of;

/// The functions of one run, as Python gave them.
pub(crate) struct Given<'py> {
    pub(crate) logics: Vec<Bound<'py, PyAny>>,
    pub(crate) format: Option<Bound<'py, PyAny>>,
    pub(crate) callback: Option<Bound<'py, PyAny>>,
    /// What tells each logic and the format from others; none where nobody can tell.
    pub(crate) versions: Vec<Option<String>>,
}

impl Given<'_> {
    /// The functions as the engine takes them, what tells them from others, and the mistakes in
    /// them.
    pub(crate) fn into_functions(self, desk: &Desk) -> (Functions, Programs, Vec<Problem>) {
        let mut problems = Vec::new();
        let mut read = |given: &Bound<'_, PyAny>, number: usize, argument: &str| {
            let version = self.versions.get(number).cloned().flatten();
            let function = Function::read(given, argument, number, version);
            function.map_err(|problem| problems.push(problem)).ok()
        };
        let format_number = self.logics.len();
        let format = self.format.as_ref().and_then(|format| read(format, format_number, "format"));
        let logics: Vec<_> = (self.logics.iter().enumerate())
            .filter_map(|(index, logic)| read(logic, index, &format!("logics[{index}]")))
            .collect();
        let callback = self.callback.map(|_| into_callback(desk.clone(), format_number + 1));
        let programs = Programs {
            logics: logics.iter().map(Function::program).collect(),
            format: format.as_ref().map(Function::program),
        };
        (into_engine(logics, format, callback, desk), programs, problems)
    }
}

fn into_engine(
    logics: Vec<Function>,
    format: Option<Function>,
    callback: Option<Callback>,
    desk: &Desk,
) -> Functions {
    let between = Between { desk: desk.clone(), carried: Carried::default() };
    let hands_over = followed_by_python(&logics, format.as_ref());
    let logics = logics
        .into_iter()
        .zip(hands_over)
        .map(|(function, reads)| function.into_logic(&between, reads))
        .collect();
    Functions {
        logics,
        format: format.map(|function| function.into_format(&between)),
        callback,
        persist: Persist::default(),
    }
}

/// What each logic may give: any object where the function after it is Python's as well.
fn followed_by_python(logics: &[Function], format: Option<&Function>) -> Vec<Reads> {
    let after = logics.iter().skip(1).map(Some).chain([format]);
    let reads = |function: Option<&Function>| match function {
        Some(Function::Python { .. }) => Reads::Object,
        Some(Function::Jq { .. }) | None => Reads::Logic,
    };
    after.map(reads).collect()
}

/// The object that one Python callable hands to the next without a detour through JSON, so that
/// what JSON has no word for, such as a date, reaches it.
type Carried = Arc<Mutex<Option<Py<PyAny>>>>;

/// What the functions of a run share.
#[derive(Clone)]
struct Between {
    desk: Desk,
    carried: Carried,
}

enum Function {
    Python { number: usize, version: Option<String> },
    Jq { script: Script, source: String },
}

impl Function {
    fn read(
        given: &Bound<'_, PyAny>,
        argument: &str,
        number: usize,
        version: Option<String>,
    ) -> Result<Self, Problem> {
        let problem =
            |message| Problem::new(Side::Workflow, Place::Argument(argument.to_owned()), message);
        if let Ok(source) = given.cast::<PyString>() {
            let source = source.to_string_lossy().into_owned();
            return Script::compile(&source)
                .map(|script| Self::Jq { script, source })
                .map_err(|error| error.to_problem(Place::Argument(argument.to_owned())));
        }
        if given.is_callable() {
            return Ok(Self::Python { number, version });
        }
        let kind = kind_of(given);
        Err(problem(format!("expects a callable or the text of a jq program, and is {kind}")))
    }

    /// What tells it from others: the text of a jq program, the version of a callable.
    fn program(&self) -> Program {
        match self {
            Self::Jq { source, .. } => Program::jq(json!({"text": source})),
            Self::Python { version: Some(version), .. } => Program::function(version),
            Self::Python { version: None, .. } => Program::unknown(),
        }
    }

    fn into_logic(self, between: &Between, reads: Reads) -> Code<Logic> {
        let number = match self {
            Self::Jq { script, .. } => return Code::Program(script),
            Self::Python { number, .. } => number,
        };
        let between = between.clone();
        Code::Function(Box::new(move |item| {
            Ok(match between.call(number, reads, item)? {
                Output::Nothing => None,
                Output::Item(item) => Some(item),
                Output::Object(object) => {
                    *between.carried() = Some(object);
                    Some(Item::default())
                }
            })
        }))
    }

    fn into_format(self, between: &Between) -> Code<Format> {
        let number = match self {
            Self::Jq { script, .. } => return Code::Program(script),
            Self::Python { number, .. } => number,
        };
        let between = between.clone();
        Code::Function(Box::new(move |item| match between.call(number, Reads::Format, item)? {
            Output::Item(item) => Ok(item),
            Output::Nothing | Output::Object(_) => Err("the format gave no item".to_owned()),
        }))
    }
}

impl Between {
    /// Calls with the item, or with what the callable before handed over.
    fn call(&self, number: usize, reads: Reads, item: Item) -> Result<Output, String> {
        let carried = self.carried().take();
        let argument = carried.map_or(Argument::Item(item), Argument::Object);
        self.desk.call(number, reads, argument)
    }

    fn carried(&self) -> MutexGuard<'_, Option<Py<PyAny>>> {
        self.carried.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn into_callback(desk: Desk, number: usize) -> Callback {
    Box::new(move |finished| {
        desk.call(number, Reads::Callback, Argument::Finished(Box::new(finished))).map(drop)
    })
}
