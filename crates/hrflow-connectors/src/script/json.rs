//! The values of a program as JSON.

use std::io::{self, Write};

use jaq_json::{Num, Val};
use serde::ser::{Error, Serialize, SerializeMap, Serializer};

use crate::script::text::shortened;

/// So deep a value may lie within itself. Whoever reads JSON has a limit like this; what is made
/// here stays below it also where it is wrapped once more.
const DEEPEST: usize = 100;
/// So large may a value be that is made of an item, in bytes of JSON: this, and some times the item.
const LARGEST: usize = 1 << 20;
const TIMES_ITEM: usize = 4;

/// A value as JSON.
pub(super) struct Json<'a> {
    value: &'a Val,
    depth: usize,
}

impl<'a> Json<'a> {
    pub(super) fn of(value: &'a Val) -> Self {
        Self { value, depth: 0 }
    }

    fn within(&self, value: &'a Val) -> Self {
        Self { value, depth: self.depth + 1 }
    }
}

impl Serialize for Json<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if self.depth > DEEPEST {
            let message =
                format!("the program gave a value that is nested more than {DEEPEST} deep");
            return Err(S::Error::custom(message));
        }
        match self.value {
            Val::Null => serializer.serialize_unit(),
            Val::Bool(truth) => serializer.serialize_bool(*truth),
            Val::Num(number) => number_to_json(number, serializer),
            Val::TStr(text) => serializer.serialize_str(&String::from_utf8_lossy(text)),
            Val::BStr(_) => Err(S::Error::custom("the program gave bytes, which JSON cannot hold")),
            Val::Arr(values) => {
                serializer.collect_seq(values.iter().map(|value| self.within(value)))
            }
            Val::Obj(fields) => {
                let mut map = serializer.serialize_map(Some(fields.len()))?;
                for (name, value) in fields.iter() {
                    let Val::TStr(name) = name else {
                        let name = shortened(name);
                        let message = format!("the program gave an object with the key {name}");
                        return Err(S::Error::custom(format!("{message}, which is no text")));
                    };
                    map.serialize_entry(&*String::from_utf8_lossy(name), &self.within(value))?;
                }
                map.end()
            }
        }
    }
}

/// What JSON has no number for is `null`.
fn number_to_json<S: Serializer>(number: &Num, serializer: S) -> Result<S::Ok, S::Error> {
    match number {
        Num::Int(number) => number.serialize(serializer),
        Num::Float(number) => number.serialize(serializer),
        Num::BigInt(_) | Num::Dec(_) => {
            let number: Option<serde_json::Number> = number.to_string().parse().ok();
            number.serialize(serializer)
        }
    }
}

/// Appends a value as JSON, unless it is much larger than the item that it was made of.
pub(super) fn write(value: &Val, size_of_item: usize, to: &mut Vec<u8>) -> Result<(), String> {
    let most = LARGEST.saturating_add(size_of_item.saturating_mul(TIMES_ITEM));
    let mut bounded = Bounded { left: most, is_full: false, to };
    let written = serde_json::to_writer(&mut bounded, &Json::of(value));
    if bounded.is_full {
        return Err(format!("the program gave more than {} KB", most >> 10));
    }
    written.map_err(|error| error.to_string())
}

struct Bounded<'a> {
    left: usize,
    is_full: bool,
    to: &'a mut Vec<u8>,
}

impl Write for Bounded<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let Some(left) = self.left.checked_sub(bytes.len()) else {
            self.is_full = true;
            return Err(io::ErrorKind::FileTooLarge.into());
        };
        self.left = left;
        self.to.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
