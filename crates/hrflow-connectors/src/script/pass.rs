//! Programs that an item goes through one after the other.

use std::sync::Arc;

use jaq_json::Val;

use crate::script::Script;
use crate::script::text::shortened;
use crate::{Pass, Role, guarded};

/// What becomes of an item.
#[derive(Debug)]
pub(super) enum Passed {
    /// It went through all programs and is what it was.
    Kept,
    /// It went through, and is another now: an object.
    Changed(Val),
    /// The program of that place discards it.
    Discarded(usize),
    /// The program of that place failed.
    Failed(usize, String),
}

/// The programs of one pass.
#[derive(Debug)]
pub(super) struct Programs(pub(super) Pass<Script>);

impl Programs {
    /// The place of the last program.
    pub(super) fn last(&self) -> usize {
        self.0.len().saturating_sub(1)
    }

    /// Takes an item through. `next` is called before each program but the first.
    pub(super) fn apply(&self, item: &Val, mut next: impl FnMut()) -> Passed {
        let mut current = item.clone();
        for (place, (role, script)) in self.0.iter().enumerate() {
            if place > 0 {
                next();
            }
            let output = guarded(|| script.only_output(current.clone()));
            match output.and_then(|output| read(*role, output, current)) {
                Ok(Some(value)) => current = value,
                Ok(None) => return Passed::Discarded(place),
                Err(why) => return Passed::Failed(place, shortened(&why)),
            }
        }
        if is_same(&current, item) { Passed::Kept } else { Passed::Changed(current) }
    }
}

/// What a program makes of an item by its output; none where it discards it.
fn read(role: Role, output: Option<Val>, item: Val) -> Result<Option<Val>, String> {
    match (role, output) {
        (_, Some(object @ Val::Obj(_))) => Ok(Some(object)),
        (Role::Logic, None | Some(Val::Null | Val::Bool(false))) => Ok(None),
        (Role::Logic, Some(Val::Bool(true))) => Ok(Some(item)),
        (Role::Logic, Some(other)) => Err(format!(
            "the logic gave {}; it may give the item, an object, true, false, null or nothing",
            kind_of(&other)
        )),
        (Role::Format, None) => Err("the format gave nothing; it must give one object".to_owned()),
        (Role::Format, Some(other)) => {
            Err(format!("the format gave {}, not an object", kind_of(&other)))
        }
    }
}

/// Whether two values are the same one; cheaper than to compare them, and that is all that it is for.
fn is_same(left: &Val, right: &Val) -> bool {
    match (left, right) {
        (Val::Obj(left), Val::Obj(right)) => Arc::ptr_eq(left, right),
        _ => false,
    }
}

fn kind_of(value: &Val) -> &'static str {
    match value {
        Val::Null => "null",
        Val::Bool(_) => "a boolean",
        Val::Num(_) => "a number",
        Val::TStr(_) => "a string",
        Val::BStr(_) => "bytes",
        Val::Arr(_) => "an array",
        Val::Obj(_) => "an object",
    }
}
