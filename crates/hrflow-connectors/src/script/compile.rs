//! From the text of a jq program to one that can be run.

use std::thread;

use jaq_core::data::JustLut;
use jaq_core::load::{Arena, File, Loader, Modules};
use jaq_core::{Compiler, Ctx, Filter, Vars, compile, load};
use jaq_json::Val;

use crate::script::error::ScriptError;
use crate::script::text::shortened;
use crate::script::withheld;

/// So many words and signs a program may have. Its text can nest as deep as that, and who reads it
/// needs stack for each level.
const MAX_TOKENS: usize = 50_000;
/// The stack that a level takes, and some more (measured: 5 and 20 KiB).
const STACK_OF_TOKEN: usize = if cfg!(debug_assertions) { 48 << 10 } else { 12 << 10 };
const LEAST_STACK: usize = 4 << 20;

/// A valid jq program.
pub struct Script {
    source: String,
    filter: Filter<JustLut<Val>>,
}

impl Script {
    /// Compiles a program. Unknown functions and variables are found here as well, and everything
    /// that reads the machine or ends the process.
    pub fn compile(source: &str) -> Result<Self, ScriptError> {
        let refused = |message| ScriptError::not_jq(source, message, None);
        let tokens = tokens(source);
        if tokens > MAX_TOKENS {
            return Err(refused(format!(
                "it is too long: it has {tokens} words and signs, and may have {MAX_TOKENS}"
            )));
        }
        let stack = LEAST_STACK + tokens * STACK_OF_TOKEN;
        let compiled = thread::scope(|scope| {
            let compiling = thread::Builder::new()
                .name("jq-compiler".to_owned())
                .stack_size(stack)
                .spawn_scoped(scope, || compiled(source));
            // The compiler asserts what it takes for granted of a program.
            compiling
                .map(|thread| thread.join().unwrap_or_else(|_| Err(refused(NOT_JQ.to_owned()))))
        });
        let filter = compiled.unwrap_or_else(|error| {
            Err(refused(format!("it could not be compiled: no thread could be started: {error}")))
        })?;
        Ok(Self { source: source.to_owned(), filter })
    }

    /// The program's text.
    pub(crate) fn source(&self) -> &str {
        &self.source
    }

    /// The program's output on a value; more than one is an error.
    pub(super) fn only_output(&self, input: Val) -> Result<Option<Val>, String> {
        let context = Ctx::<JustLut<Val>>::new(&self.filter.lut, Vars::new([]));
        let mut outputs = self.filter.id.run((context, input)).map(|output| {
            output.map_err(|exception| match exception.get_err() {
                Ok(error) => shortened(&error),
                // Nothing that halts is there.
                Err(_) => "the program ended without an output".to_owned(),
            })
        });
        let Some(first) = outputs.next().transpose()? else { return Ok(None) };
        match outputs.next().transpose()? {
            None => Ok(Some(first)),
            Some(_) => Err("the program gave more than one output".to_owned()),
        }
    }
}

impl std::fmt::Debug for Script {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Script")
    }
}

const NOT_JQ: &str = "not a jq program";

/// At least as many as the levels to which the text can nest.
fn tokens(source: &str) -> usize {
    let is_of_word = |character: char| character.is_alphanumeric() || character == '_';
    let signs =
        source.chars().filter(|character| !is_of_word(*character) && !character.is_whitespace());
    let words = source.split(|character| !is_of_word(character)).filter(|word| !word.is_empty());
    signs.count() + words.count()
}

fn compiled(source: &str) -> Result<Filter<JustLut<Val>>, ScriptError> {
    let arena = Arena::default();
    let prelude = jaq_core::defs().chain(jaq_std::defs()).chain(jaq_json::defs());
    let modules =
        Loader::new(prelude.filter(|definition| withheld::find(definition.name).is_none()))
            .load(&arena, File { code: source, path: () })
            .map_err(|errors| of_load(source, errors))?;
    refuse_data(source, &modules)?;
    let functions = jaq_core::funs().chain(jaq_std::funs()).chain(jaq_json::funs());
    Compiler::default()
        .with_funs(functions.filter(|(name, ..)| withheld::find(name).is_none()))
        .compile(modules)
        .map_err(|errors| of_compile(source, errors))
}

/// Refuses `import "file" as $data`, which loading leaves to its caller.
fn refuse_data(source: &str, modules: &Modules<&str, ()>) -> Result<(), ScriptError> {
    load::import(modules, |_| Err(String::new())).map_err(|errors| of_load(source, errors))
}

fn of_load(source: &str, errors: load::Errors<&str, ()>) -> ScriptError {
    let first = errors.into_iter().next().map(|(_, error)| error);
    let (message, found) = match first {
        Some(load::Error::Lex(errors)) => first_of(errors, |expected| expected.as_str()),
        Some(load::Error::Parse(errors)) => first_of(errors, |expected| expected.as_str()),
        Some(load::Error::Io(errors)) => {
            return of_import(source, errors.first().map(|error| error.0));
        }
        None => (NOT_JQ.to_owned(), None),
    };
    ScriptError::not_jq(source, message, found)
}

/// The directive stands before the path that it names.
fn of_import(source: &str, path: Option<&str>) -> ScriptError {
    let end = path.map_or(source.len(), |path| {
        (path.as_ptr() as usize).wrapping_sub(source.as_ptr() as usize)
    });
    let before = source.get(..end).unwrap_or(source);
    let directives = ["import", "include"].into_iter();
    let last = directives.filter_map(|name| Some((before.rfind(name)?, name))).max();
    match last.and_then(|(at, name)| Some((withheld::find(name)?, &source[at..]))) {
        Some((withheld, found)) => ScriptError::withheld(source, withheld, Some(found)),
        None => ScriptError::not_jq(source, NOT_JQ, path),
    }
}

fn of_compile(source: &str, errors: compile::Errors<&str, ()>) -> ScriptError {
    let first = errors.into_iter().next().and_then(|(_, errors)| errors.into_iter().next());
    let Some((name, undefined)) = first else {
        return ScriptError::not_jq(source, NOT_JQ, None);
    };
    if let Some(withheld) = withheld::find(name) {
        return ScriptError::withheld(source, withheld, Some(name));
    }
    let message = format!("there is no {} `{name}`", undefined.as_str());
    ScriptError::not_jq(source, message, Some(name))
}

fn first_of<'s, X>(
    errors: Vec<(X, &'s str)>,
    name: impl Fn(&X) -> &'s str,
) -> (String, Option<&'s str>) {
    match errors.into_iter().next() {
        Some((expected, found)) => {
            (format!("expected {}", name(&expected)), Some(found).filter(|text| !text.is_empty()))
        }
        None => (NOT_JQ.to_owned(), None),
    }
}
