//! JSON values as plain Python values, and back.

use hrflow_connectors::Item;
use pyo3::IntoPyObjectExt;
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyDict, PyFloat, PyInt, PyList, PyString, PyTuple};
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

/// A `dict` as an item; `who` gave it.
pub(crate) fn to_item(value: &Bound<'_, PyAny>, who: &str) -> Result<Item, String> {
    let Ok(dict) = value.cast::<PyDict>() else {
        return Err(format!("{who} gave {}, not a dict", kind_of(value)));
    };
    let fields = fields_at(dict, 0).map_err(|why| format!("{who} gave a dict that {why}"))?;
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
        fields_at(dict, depth).map(Value::Object)
    } else if let Ok(list) = value.cast::<PyList>() {
        list.iter().map(|value| json_at(&value, depth + 1)).collect()
    } else if let Ok(tuple) = value.cast::<PyTuple>() {
        tuple.iter().map(|value| json_at(&value, depth + 1)).collect()
    } else {
        Err(format!("holds {}, which is not JSON", kind_of(value)))
    }
}

fn fields_at(dict: &Bound<'_, PyDict>, depth: usize) -> Result<Map<String, Value>, String> {
    let mut fields = Map::with_capacity(dict.len());
    for (name, value) in dict.iter() {
        let Ok(name) = name.cast::<PyString>() else {
            return Err(format!("holds {} as a key; keys are text", kind_of(&name)));
        };
        let name = text_of(name)?;
        let value = json_at(&value, depth + 1).map_err(|why| within(&name, depth, &why))?;
        fields.insert(name, value);
    }
    Ok(fields)
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
