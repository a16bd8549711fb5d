//! jq programs as logics and formats, and where they are evaluated.
//!
//! # Bounds
//!
//! A program comes from a workflow file, and what it does to an item that nobody has seen yet cannot
//! be known before. So each may use a time, a depth and a memory for an item; what passes them fails
//! that item, and the run goes on. Three ways of holding a program to that were compared:
//!
//! - *Fuel of the interpreter*, counted down with each step. jaq has none, and a step can be as long
//!   as one likes: `tojson` of a value that shares its parts is one call into compiled code, which
//!   nothing interrupts. A wrapper cannot add it from outside.
//! - *A thread that is abandoned* when its time is over. The run goes on, but so does the program:
//!   its loop keeps a processor busy and its memory grows until the machine kills the process. Where
//!   it overflows the stack, the whole process aborts at once.
//! - *A process of its own*, which the system really ends, with its loop and all its memory, and whose
//!   stack overflow is nobody else's.
//!
//! The last is what the command line and the Python package use ([`JqHost::Process`]): a worker is
//! started from the same program with an empty environment, and another one where it had to be ended.
//! It costs about 15 to 25 µs of processor time an item, most of it for writing and reading JSON
//! twice, and 5 ms for its start. A Rust program that names no worker gets the thread
//! ([`JqHost::Thread`]), because a library cannot know what starting its program once more would do.
//!
//! | bound | process | thread |
//! |---|---|---|
//! | time | ended | abandoned |
//! | depth | 64 MiB of stack; ended | the process aborts |
//! | memory | `RLIMIT_DATA` on Linux; ended | none |
//! | size of the result | 1 MiB and four times the item | the same |
//!
//! Where the memory has no limit of the system (macOS, Windows), only the time bounds it. A worker
//! ends with the process that has started it: its input ends, its parent is another, or nobody ends a
//! program that has passed its time. The time of the processor is not limited beside that:
//! `RLIMIT_CPU` counts for the whole life of a process, and a worker may be needed for days.
//!
//! # How it works
//!
//! All programs that follow each other are one pass: an item goes to the worker once
//! and comes back once. `protocol` holds what is said; a page of items is asked at a time, and
//! answers come together, so that a worker that is quick is not waited for item by item. Where a
//! worker crashes, what is not answered is asked again one by one, and so it is known which item and
//! which program it was.
//!
//! What reads the machine or ends the process is not available to programs at all, wherever they are
//! evaluated (`withheld`).

mod bounds;
mod compile;
mod error;
mod exchange;
mod host;
mod json;
mod link;
mod pass;
mod process;
mod protocol;
#[cfg(test)]
mod tests;
mod text;
mod withheld;
mod worker;

pub use compile::Script;
pub use error::ScriptError;
pub use host::JqHost;
pub(crate) use host::{Bounds, Host, NoHost};
pub use process::WorkerCommand;
pub use worker::run_jq_worker;
