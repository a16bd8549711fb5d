//! What a run and whoever evaluates its programs say to each other, line by line.
//!
//! The run begins with an [`Order`], which is answered by [`READY`] or by [`REFUSED`] and a reason.
//! Then it asks with one line for each item, as many as it likes before the first is answered; and
//! each is answered in turn: by one [`NEXT`] for each program but the first that was begun, and by
//! what became of the item.

use std::time::Duration;

use jaq_json::Val;
use serde::{Deserialize, Serialize};

use crate::script::Script;
use crate::script::host::Bounds;
use crate::script::json::{self, Json};
use crate::script::pass::{Passed, Programs};
use crate::{Evaluated, Item, Role};

/// The programs are compiled.
pub(super) const READY: u8 = b'r';
/// The programs cannot be evaluated; why follows.
pub(super) const REFUSED: u8 = b'?';
/// The next program begins.
const NEXT: u8 = b'.';
const KEPT: u8 = b'=';
const CHANGED: u8 = b'+';
const DISCARDED: u8 = b'-';
const FAILED: u8 = b'!';

/// What a worker is to do.
#[derive(Debug, Deserialize, Serialize)]
pub(super) struct Order {
    /// Whoever has another version may speak otherwise.
    version: String,
    pub(super) passes: Vec<Vec<(Role, String)>>,
    /// How much memory programs may use, in bytes.
    pub(super) memory: u64,
    /// How long a program may take for an item. The run watches over it; this is for a worker that
    /// nobody watches over any more.
    pub(super) time: Duration,
    pub(super) sending: Sending,
}

/// How a worker sends its answers.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Sending {
    /// Several at once, though none long after it was there. A worker that crashes has perhaps not
    /// sent all, so it cannot be told on which item.
    Together,
    /// Each at once, which costs more than some programs do.
    OneByOne,
}

impl Order {
    pub(super) fn new(passes: &[Programs], bounds: Bounds, sending: Sending) -> Self {
        let source = |(role, script): &(Role, Script)| (*role, script.source().to_owned());
        let passes = passes.iter().map(|pass| pass.0.iter().map(source).collect()).collect();
        let Bounds { time, memory } = bounds;
        Self { version: env!("CARGO_PKG_VERSION").to_owned(), passes, memory, time, sending }
    }

    /// The programs, compiled.
    pub(super) fn compile(&self) -> Result<Vec<Programs>, String> {
        let (own, theirs) = (env!("CARGO_PKG_VERSION"), &self.version);
        if theirs != own {
            return Err(format!("it is of version {own}, and the run of version {theirs}"));
        }
        let compile = |(role, source): &(Role, String)| match Script::compile(source) {
            Ok(script) => Ok((*role, script)),
            Err(error) => Err(error.to_string()),
        };
        let pass = |pass: &Vec<_>| pass.iter().map(compile).collect::<Result<_, _>>().map(Programs);
        self.passes.iter().map(pass).collect()
    }
}

/// One line that asks what becomes of an item in the pass of that number.
pub(super) fn question(pass: usize, item: &Item) -> Vec<u8> {
    let mut line = format!("{pass} ").into_bytes();
    // An item is an object of JSON values: there is nothing that could not be written.
    let _ = serde_json::to_writer(&mut line, item);
    line.push(b'\n');
    line
}

/// Answers one question; `say` is given whole lines.
pub(super) fn answer<E>(
    passes: &[Programs],
    question: &[u8],
    mut say: impl FnMut(&[u8]) -> Result<(), E>,
) -> Result<(), E> {
    let (pass, item) = match read_question(passes, question) {
        Ok(read) => read,
        Err(why) => return say(&failed(0, &why)),
    };
    let mut is_heard = Ok(());
    let end = pass.apply(&item, || {
        if is_heard.is_ok() {
            is_heard = say(&[NEXT, b'\n']);
        }
    });
    is_heard?;
    say(&line(&end, pass.last(), question.len()))
}

fn read_question<'p>(
    passes: &'p [Programs],
    question: &[u8],
) -> Result<(&'p Programs, Val), String> {
    let space = question.iter().position(|byte| *byte == b' ').unwrap_or_default();
    let (pass, item) = question.split_at(space);
    let pass = std::str::from_utf8(pass).ok().and_then(|pass| pass.parse::<usize>().ok());
    let pass = pass.and_then(|pass| passes.get(pass)).filter(|pass| !pass.0.is_empty());
    let pass = pass.ok_or("there is no such program")?;
    let item = serde_json::from_slice(item)
        .map_err(|error| format!("the item could not be given to the program: {error}"))?;
    Ok((pass, item))
}

/// `last` is the place of the last program.
fn line(passed: &Passed, last: usize, size_of_item: usize) -> Vec<u8> {
    let mut line = match passed {
        Passed::Kept => vec![KEPT],
        Passed::Changed(value) => {
            let mut line = vec![CHANGED];
            match json::write(value, size_of_item, &mut line) {
                Ok(()) => line,
                Err(why) => return failed(last, &why),
            }
        }
        Passed::Discarded(place) => format!("{}{place}", char::from(DISCARDED)).into_bytes(),
        Passed::Failed(place, why) => return failed(*place, why),
    };
    line.push(b'\n');
    line
}

fn failed(place: usize, why: &str) -> Vec<u8> {
    let why = why.replace(['\r', '\n'], " ");
    format!("{}{place} {why}\n", char::from(FAILED)).into_bytes()
}

/// One line of an answer.
#[derive(Debug, PartialEq)]
pub(super) enum Line {
    /// The programs are compiled.
    Ready,
    /// They cannot be evaluated.
    Refused(String),
    /// The next program has begun.
    Next,
    /// What became of the item.
    Answer(Evaluated),
}

impl Line {
    /// Reads a line; none where it is no line of an answer.
    pub(super) fn read(line: &[u8]) -> Option<Self> {
        let (kind, rest) = line.split_first()?;
        let text = || String::from_utf8_lossy(rest).trim_end().to_owned();
        Some(match *kind {
            READY => Self::Ready,
            REFUSED => Self::Refused(text()),
            NEXT => Self::Next,
            KEPT => Self::Answer(Evaluated::Kept),
            CHANGED => Self::Answer(Evaluated::Changed(serde_json::from_slice(rest).ok()?)),
            DISCARDED => Self::Answer(Evaluated::Discarded(text().parse().ok()?)),
            FAILED => {
                let text = text();
                let (place, why) = text.split_once(' ')?;
                Self::Answer(Evaluated::Failed(place.parse().ok()?, why.to_owned()))
            }
            _ => return None,
        })
    }
}

/// What became of an item that went through a pass, without a detour through text.
pub(super) fn evaluated(passed: Passed, pass: &Programs) -> Evaluated {
    match passed {
        Passed::Kept => Evaluated::Kept,
        Passed::Changed(value) => {
            match serde_json::to_value(Json::of(&value)).and_then(serde_json::from_value) {
                Ok(item) => Evaluated::Changed(item),
                Err(error) => Evaluated::Failed(pass.last(), error.to_string()),
            }
        }
        Passed::Discarded(place) => Evaluated::Discarded(place),
        Passed::Failed(place, why) => Evaluated::Failed(place, why),
    }
}
