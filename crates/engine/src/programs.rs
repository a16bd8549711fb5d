//! Programs that are evaluated rather than called: in a language that only their host knows.

use std::convert::Infallible;

use serde::{Deserialize, Serialize};

use crate::{Item, Stop};

/// A logic or a format as a user wrote it: a function, or a program of the type that a host
/// evaluates.
pub enum Code<F, P = Infallible> {
    /// A function, which is called.
    Function(F),
    /// A program, which is evaluated by a host.
    Program(P),
}

/// What a program is for, and so what it may give.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// It keeps an item, changes it or discards it.
    Logic,
    /// It gives one object.
    Format,
}

/// Programs that an item goes through one after the other.
pub type Pass<P> = Vec<(Role, P)>;

/// What became of an item in a pass.
#[derive(Clone, Debug, PartialEq)]
pub enum Evaluated {
    /// It went through all programs and is what it was.
    Kept,
    /// It went through, and is another now.
    Changed(Item),
    /// The program of that place in the pass discards it.
    Discarded(usize),
    /// The program of that place in the pass failed.
    Failed(usize, String),
}

/// Hears at once what became of an item, by its place among the items that were given.
pub type Hear<'a> = &'a mut dyn FnMut(usize, &Evaluated);

/// Evaluates the programs of a run. It holds each program to its bounds, and what passes them fails
/// the item alone.
pub trait ProgramHost: Send {
    /// What became of each item in the pass of that number, in the order of the items; none where
    /// the run was stopped before its turn. Called where that blocks nobody.
    fn evaluate(
        &mut self,
        pass: usize,
        items: &[&Item],
        stop: &Stop,
        hear: Hear<'_>,
    ) -> Vec<Option<Evaluated>>;
}
