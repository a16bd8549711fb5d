//! JSON values as plain Python values, and back.

use hrflow_connectors::Item;
use pyo3::IntoPyObjectExt;
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyDict, PyFloat, PyInt, PyList, PyMapping, PyString, PyTuple};
use serde_json::{Map, Number, Value};

/// How deep a value may lie within others. What is deeper most likely contains itself.
const DEEPEST: usize = 200;

/// A value as Python has it: `None`, `bool`, `int`, `float`, `str`, `list`, `dict`.
pub(crate) fn to_python<'py>(python: Python<'py>, value: &Value) -> PyResult<Bound<'py, PyAny>> {
    match value {
        Value::Null => Ok(python.None().into_bound(python)),
        Value::Bool(truth) => truth.into_bound_py_any(python),
        Value::Number(number) => number_to_python(python, number),
        Value::String(text) => text.into_bound_py_any(python),
        Value::Array(values) => {
            let list = PyList::empty(python);
            for value in values {
                list.append(to_python(python, value)?)?;
            }
            Ok(list.into_any())
        }
        Value::Object(fields) => Ok(object_to_python(python, fields)?.into_any()),
    }
}

/// An object as a `dict`, in its own order.
pub(crate) fn object_to_python<'py>(
    python: Python<'py>,
    fields: &Map<String, Value>,
) -> PyResult<Bound<'py, PyDict>> {
    let dict = PyDict::new(python);
    for (name, value) in fields {
        dict.set_item(name, to_python(python, value)?)?;
    }
    Ok(dict)
}

/// A Python value as JSON has it, or the reason why it has none.
pub(crate) fn to_json(value: &Bound<'_, PyAny>) -> Result<Value, String> {
    json_at(value, 0)
}

/// A `dict`, or another mapping, as an item; `who` gave it.
pub(crate) fn to_item(value: &Bound<'_, PyAny>, who: &str) -> Result<Item, String> {
    let fields = match (value.cast::<PyDict>(), value.cast::<PyMapping>()) {
        (Ok(dict), _) => fields_at(dict.iter(), 0),
        (_, Ok(mapping)) => fields_of_mapping(mapping, 0),
        (Err(_), Err(_)) => return Err(format!("{who} gave {}, not a dict", kind_of(value))),
    };
    let fields = fields.map_err(|why| format!("{who} gave a dict that {why}"))?;
    Ok(fields.into())
}

/// A value's kind, for messages.
pub(crate) fn kind_of(value: &Bound<'_, PyAny>) -> String {
    let name = value.get_type().name().map(|name| name.to_string());
    match name.as_deref() {
        Ok("NoneType") => "None".to_owned(),
        Ok(name) if name.starts_with(['a', 'e', 'i', 'o', 'u']) => format!("an {name}"),
        Ok(name) => format!("a {name}"),
        Err(_) => "something nameless".to_owned(),
    }
}

fn number_to_python<'py>(python: Python<'py>, number: &Number) -> PyResult<Bound<'py, PyAny>> {
    if let Some(whole) = number.as_i64() {
        whole.into_bound_py_any(python)
    } else if let Some(whole) = number.as_u64() {
        whole.into_bound_py_any(python)
    } else {
        number.as_f64().into_bound_py_any(python)
    }
}

fn json_at(value: &Bound<'_, PyAny>, depth: usize) -> Result<Value, String> {
    if depth > DEEPEST {
        return Err("lies too deep within itself".to_owned());
    }
    // A boolean is an `int` in Python, so it comes first.
    if value.is_none() {
        Ok(Value::Null)
    } else if let Ok(text) = value.cast::<PyString>() {
        text_of(text).map(Value::String)
    } else if let Ok(truth) = value.cast::<PyBool>() {
        Ok(Value::Bool(truth.is_true()))
    } else if let Ok(whole) = value.cast::<PyInt>() {
        whole_number(whole)
    } else if let Ok(number) = value.cast::<PyFloat>() {
        Number::from_f64(number.value())
            .map(Value::Number)
            .ok_or_else(|| format!("holds {}, which JSON has no word for", number.value()))
    } else if let Ok(dict) = value.cast::<PyDict>() {
        fields_at(dict.iter(), depth).map(Value::Object)
    } else if let Ok(list) = value.cast::<PyList>() {
        list.iter().map(|value| json_at(&value, depth + 1)).collect()
    } else if let Ok(tuple) = value.cast::<PyTuple>() {
        tuple.iter().map(|value| json_at(&value, depth + 1)).collect()
    } else if let Ok(mapping) = value.cast::<PyMapping>() {
        fields_of_mapping(mapping, depth).map(Value::Object)
    } else {
        in_json(value)
    }
}

/// What has a usual form in JSON: a date, a time or both as ISO 8601 writes them, a `Decimal` as
/// the number that it is.
fn in_json(value: &Bound<'_, PyAny>) -> Result<Value, String> {
    let python = value.py();
    let is_of = |module: &str, names: &[&str]| {
        names.iter().any(|name| {
            let kind = python.import(module).and_then(|module| module.getattr(*name));
            kind.and_then(|kind| value.is_instance(&kind)).unwrap_or(false)
        })
    };
    let not_json = || format!("holds {}, which is not JSON", kind_of(value));
    if is_of("datetime", &["date", "time"]) {
        let text = value.call_method0("isoformat").and_then(|text| text.extract::<String>());
        text.map(Value::String).map_err(|_| not_json())
    } else if is_of("decimal", &["Decimal"]) {
        let number = value.extract::<f64>().ok().and_then(Number::from_f64);
        number.map(Value::Number).ok_or_else(not_json)
    } else {
        Err(not_json())
    }
}

fn fields_of_mapping(
    mapping: &Bound<'_, PyMapping>,
    depth: usize,
) -> Result<Map<String, Value>, String> {
    let pairs = mapping.items().map_err(|error| format!("cannot be read: {error}"))?;
    let pairs = pairs.iter().map(|pair| pair.extract::<(Bound<'_, PyAny>, Bound<'_, PyAny>)>());
    let pairs: PyResult<Vec<_>> = pairs.collect();
    fields_at(pairs.map_err(|error| format!("cannot be read: {error}"))?, depth)
}

fn fields_at<'py>(
    pairs: impl IntoIterator<Item = (Bound<'py, PyAny>, Bound<'py, PyAny>)>,
    depth: usize,
) -> Result<Map<String, Value>, String> {
    let mut fields = Map::new();
    for (name, value) in pairs {
        let name = key_of(&name)?;
        let value = json_at(&value, depth + 1).map_err(|why| within(&name, depth, &why))?;
        fields.insert(name, value);
    }
    Ok(fields)
}

/// A key as `json.dumps` writes it.
fn key_of(key: &Bound<'_, PyAny>) -> Result<String, String> {
    if let Ok(text) = key.cast::<PyString>() {
        return text_of(text);
    }
    match json_at(key, DEEPEST) {
        Ok(value @ (Value::Null | Value::Bool(_) | Value::Number(_))) => Ok(value.to_string()),
        Ok(_) | Err(_) => Err(format!("holds {} as a key; keys are text", kind_of(key))),
    }
}

/// The outermost field's name is enough to find the value.
fn within(name: &str, depth: usize, why: &str) -> String {
    if depth == 0 { format!("{why} (in `{name}`)") } else { why.to_owned() }
}

fn text_of(text: &Bound<'_, PyString>) -> Result<String, String> {
    text.to_cow()
        .map(std::borrow::Cow::into_owned)
        .map_err(|_| "holds text with half a character, which JSON cannot".to_owned())
}

fn whole_number(number: &Bound<'_, PyInt>) -> Result<Value, String> {
    if let Ok(number) = number.extract::<i64>() {
        Ok(number.into())
    } else if let Ok(number) = number.extract::<u64>() {
        Ok(number.into())
    } else {
        Err("holds a whole number of more than 64 bits".to_owned())
    }
}
