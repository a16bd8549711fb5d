//! jq programs as logics and formats.

use jaq_core::data::JustLut;
use jaq_core::load::{Arena, File, Loader};
use jaq_core::{Compiler, Ctx, Filter, Vars, compile, load, unwrap_valr};
use jaq_json::Val;
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::kind_of;
use crate::{Format, Item, Logic};

/// A compiled jq program.
pub struct Script(Filter<JustLut<Val>>);

/// Why a program does not compile, with the place in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScriptError {
    message: String,
    source: String,
    /// Where in the source, in bytes.
    at: usize,
}

impl Script {
    /// Compiles a program. Unknown functions and variables are found here as well.
    pub fn compile(source: &str) -> Result<Self, ScriptError> {
        let arena = Arena::default();
        let prelude = jaq_core::defs().chain(jaq_std::defs()).chain(jaq_json::defs());
        let modules = Loader::new(prelude)
            .load(&arena, File { code: source, path: () })
            .map_err(|errors| ScriptError::from_load(source, errors))?;
        let functions = jaq_core::funs().chain(jaq_std::funs()).chain(jaq_json::funs());
        Compiler::default()
            .with_funs(functions)
            .compile(modules)
            .map(Self)
            .map_err(|errors| ScriptError::from_compile(source, errors))
    }

    /// This program as a logic: `null`, `false` or no output discards the item, an object
    /// replaces it, and `true` keeps it as it is.
    pub fn into_logic(self) -> Logic {
        Box::new(move |item| match self.only_output(&item)? {
            None | Some(Value::Null | Value::Bool(false)) => Ok(None),
            Some(Value::Bool(true)) => Ok(Some(item)),
            Some(Value::Object(fields)) => Ok(Some(fields.into())),
            Some(other) => Err(format!(
                "the logic gave {}; it may give the item, an object, true, false, null or nothing",
                kind_of(&other)
            )),
        })
    }

    /// This program as a format: it must give one object.
    pub fn into_format(self) -> Format {
        Box::new(move |item| match self.only_output(&item)? {
            Some(Value::Object(fields)) => Ok(fields.into()),
            Some(other) => Err(format!("the format gave {}, not an object", kind_of(&other))),
            None => Err("the format gave nothing; it must give one object".to_owned()),
        })
    }

    /// The program's output on an item; more than one is an error.
    fn only_output(&self, item: &Item) -> Result<Option<Value>, String> {
        let fields: &Map<String, Value> = item;
        let input = Val::deserialize(fields).map_err(|error| error.to_string())?;
        let context = Ctx::<JustLut<Val>>::new(&self.0.lut, Vars::new([]));
        let mut outputs = self.0.id.run((context, input)).map(unwrap_valr);
        let first = match outputs.next() {
            None => return Ok(None),
            Some(output) => output.map_err(|error| error.to_string())?,
        };
        match outputs.next() {
            None => to_json(&first).map(Some),
            Some(Ok(_)) => Err("the program gave more than one output".to_owned()),
            Some(Err(error)) => Err(error.to_string()),
        }
    }
}

impl std::fmt::Debug for Script {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Script")
    }
}

fn to_json(value: &Val) -> Result<Value, String> {
    Ok(match value {
        Val::Null => Value::Null,
        Val::Bool(truth) => Value::Bool(*truth),
        Val::Num(number) => serde_json::from_str(&number.to_string()).unwrap_or(Value::Null),
        Val::TStr(text) => Value::String(String::from_utf8_lossy(text).into_owned()),
        Val::BStr(_) => return Err("the program gave bytes, which JSON cannot hold".to_owned()),
        Val::Arr(values) => Value::Array(values.iter().map(to_json).collect::<Result<_, _>>()?),
        Val::Obj(fields) => {
            Value::Object(fields.iter().map(to_field).collect::<Result<Map<_, _>, _>>()?)
        }
    })
}

fn to_field((name, value): (&Val, &Val)) -> Result<(String, Value), String> {
    match name {
        Val::TStr(name) => Ok((String::from_utf8_lossy(name).into_owned(), to_json(value)?)),
        other => Err(format!("the program gave an object with the key {other}, which is no text")),
    }
}

impl ScriptError {
    fn from_load(source: &str, errors: load::Errors<&str, ()>) -> Self {
        let first = errors.into_iter().next().map(|(_, error)| error);
        let (message, found) = match first {
            Some(load::Error::Lex(errors)) => first_of(errors, |expected| expected.as_str()),
            Some(load::Error::Parse(errors)) => first_of(errors, |expected| expected.as_str()),
            Some(load::Error::Io(_)) => (
                "modules cannot be imported here".to_owned(),
                source.find("import").or(source.find("include")).map(|at| &source[at..]),
            ),
            None => ("not a jq program".to_owned(), None),
        };
        Self::at(source, message, found)
    }

    fn from_compile(source: &str, errors: compile::Errors<&str, ()>) -> Self {
        let first = errors.into_iter().next().and_then(|(_, errors)| errors.into_iter().next());
        match first {
            Some((name, undefined)) => {
                let message = format!("there is no {} `{name}`", undefined.as_str());
                Self::at(source, message, Some(name))
            }
            None => Self::at(source, "not a jq program".to_owned(), None),
        }
    }

    /// The place is where `found`, a part of the source, begins; the end where nothing was found.
    fn at(source: &str, message: String, found: Option<&str>) -> Self {
        let end = source.trim_end().len();
        let at = found
            .map(|found| (found.as_ptr() as usize).wrapping_sub(source.as_ptr() as usize))
            .filter(|at| *at < end && source.is_char_boundary(*at))
            .unwrap_or(end);
        Self { message, source: source.to_owned(), at }
    }
}

fn first_of<'s, X>(
    errors: Vec<(X, &'s str)>,
    name: impl Fn(&X) -> &'s str,
) -> (String, Option<&'s str>) {
    match errors.into_iter().next() {
        Some((expected, found)) => {
            (format!("expected {}", name(&expected)), Some(found).filter(|text| !text.is_empty()))
        }
        None => ("not a jq program".to_owned(), None),
    }
}

/// The message, then the line with a mark below the place.
impl std::fmt::Display for ScriptError {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let before = &self.source[..self.at];
        let line = before.rfind('\n').map_or(0, |newline| newline + 1);
        let text = self.source[line..].lines().next().unwrap_or_default();
        let column = self.source[line..self.at].chars().count();
        let number = before.matches('\n').count() + 1;
        writeln!(formatter, "{} (line {number}, column {})", self.message, column + 1)?;
        writeln!(formatter, "    {text}")?;
        write!(formatter, "    {:column$}^", "")
    }
}

impl std::error::Error for ScriptError {}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn offer() -> Item {
        let fields = json!({"id": "196CWQH", "romeCode": "M1805", "salaire": {"min": 1801.8}});
        serde_json::from_value(fields).unwrap()
    }

    #[track_caller]
    fn check_logic(source: &str, expected: &Result<Option<Value>, &str>) {
        let mut logic = Script::compile(source).unwrap().into_logic();
        let found = logic(offer()).map(|item| item.map(|item| Value::Object(item.into_map())));
        assert_eq!(found.as_ref().map_err(String::as_str), expected.as_ref().map_err(|text| *text));
    }

    #[test]
    fn a_logic_keeps_changes_or_discards() {
        let whole = Value::Object(offer().into_map());
        check_logic("select(.romeCode | startswith(\"M18\"))", &Ok(Some(whole.clone())));
        check_logic(".romeCode == \"M1805\"", &Ok(Some(whole)));
        check_logic("select(.romeCode == \"A1101\")", &Ok(None));
        check_logic("null", &Ok(None));
        check_logic("false", &Ok(None));
        check_logic("{id, n: 1, f: 1.5}", &Ok(Some(json!({"id": "196CWQH", "n": 1, "f": 1.5}))));
        let several = "the program gave more than one output";
        check_logic(".id, .romeCode", &Err(several));
        let text = "the logic gave a string; it may give the item, an object, true, false, null or \
                    nothing";
        check_logic(".id", &Err(text));
        check_logic("error(\"no\")", &Err("\"no\""));
    }

    #[test]
    fn a_format_gives_one_object() {
        let mut format = Script::compile("{reference: .id}").unwrap().into_format();
        assert_eq!(format(offer()).unwrap()["reference"], "196CWQH");
        let mut format = Script::compile(".id").unwrap().into_format();
        assert_eq!(format(offer()).unwrap_err(), "the format gave a string, not an object");
        let mut format = Script::compile("empty").unwrap().into_format();
        assert_eq!(
            format(offer()).unwrap_err(),
            "the format gave nothing; it must give one object"
        );
    }

    #[track_caller]
    fn check_error(source: &str, expected: &str) {
        assert_eq!(Script::compile(source).unwrap_err().to_string(), expected);
    }

    #[test]
    fn an_error_shows_the_place() {
        check_error(
            "select(.a ==)",
            "expected term (line 1, column 13)\n    select(.a ==)\n                ^",
        );
        check_error(
            "select(.romeCode\n  | startwith(\"M18\"))",
            "there is no filter `startwith` (line 2, column 5)\n      | startwith(\"M18\"))\n        ^",
        );
        check_error(
            "{a: $b}",
            "there is no variable `$b` (line 1, column 5)\n    {a: $b}\n        ^",
        );
    }
}
