//! What happened in a schedule, line by line: hashed, so that two plays can be compared, and
//! shown where somebody replays one.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::{self, Write};
use std::sync::{Arc, Mutex, PoisonError};

use tokio::time::Instant;
use tracing_subscriber::fmt::MakeWriter;

use crate::schedule::SECRETS;

/// Takes lines; clones share them.
#[derive(Clone)]
pub(crate) struct Trace(Arc<Mutex<State>>);

struct State {
    began: Instant,
    hasher: DefaultHasher,
    showing: Showing,
    /// Ids of runs are never the same twice; they are numbered as they come.
    ids: HashMap<String, usize>,
}

/// Whether the lines are printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Showing {
    Nothing,
    Everything,
}

impl Trace {
    /// An empty one, which begins now.
    pub(crate) fn begin(showing: Showing) -> Self {
        let state = State {
            began: Instant::now(),
            hasher: DefaultHasher::new(),
            showing,
            ids: HashMap::new(),
        };
        Self(Arc::new(Mutex::new(state)))
    }

    /// Adds a line, which must hold no secret.
    pub(crate) fn note(&self, line: &str) {
        check_for_secrets(line, "a line of the trace");
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let line = state.with_numbered_ids(line);
        let at = state.began.elapsed().as_micros();
        (at, &line).hash(&mut state.hasher);
        if state.showing == Showing::Everything {
            println!("{:>14.3} {line}", state.began.elapsed().as_secs_f64() * 1000.0);
        }
    }

    /// What tells this trace from another.
    pub(crate) fn hash(&self) -> u64 {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).hasher.finish()
    }

    /// Prints what is no part of what is compared.
    fn aside(&self, line: &str) {
        if self.0.lock().unwrap_or_else(PoisonError::into_inner).showing == Showing::Everything {
            print!("               {line}");
        }
    }
}

impl State {
    fn with_numbered_ids(&mut self, line: &str) -> String {
        let mut numbered = String::with_capacity(line.len());
        let mut rest = line;
        while let Some(id) = rest.get(..36).filter(|text| is_id(text)).or_else(|| next_id(rest)) {
            let at = rest.find(id).unwrap_or_default();
            let known = self.ids.len();
            let number = *self.ids.entry(id.to_owned()).or_insert(known);
            numbered.push_str(&rest[..at]);
            numbered.extend(["<", &number.to_string(), ">"]);
            rest = &rest[at + 36..];
        }
        numbered.push_str(rest);
        numbered
    }
}

fn next_id(text: &str) -> Option<&str> {
    // The third group of an id in the order of time begins with a 7.
    text.match_indices("-7").find_map(|(at, _)| {
        let id = text.get(at.checked_sub(13)?..)?.get(..36)?;
        is_id(id).then_some(id)
    })
}

fn is_id(text: &str) -> bool {
    text.bytes().enumerate().all(|(at, byte)| match at {
        8 | 13 | 18 | 23 => byte == b'-',
        _ => byte.is_ascii_hexdigit(),
    })
}

/// No text that leaves the program may hold a secret.
pub(crate) fn check_for_secrets(text: &str, place: &str) {
    for secret in SECRETS {
        assert!(!text.contains(secret), "a secret stands in {place}: {text}");
    }
}

/// The log goes here: looked through, and shown beside the trace.
impl<'a> MakeWriter<'a> for Trace {
    type Writer = LogLine;

    fn make_writer(&'a self) -> LogLine {
        LogLine(self.clone())
    }
}

/// One line of the log; it is written in one piece.
pub(crate) struct LogLine(Trace);

impl Write for LogLine {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let line = String::from_utf8_lossy(bytes);
        check_for_secrets(&line, "the log");
        self.0.aside(&line);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
