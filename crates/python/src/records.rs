//! Log records on their way to Python's `logging`.
//!
//! They wait in a queue for each run, and the thread that waits for the run takes them from there. So
//! no thread of the engine ever waits for Python's lock to write a log line, and no record appears in
//! the thread, or the context, of another run's caller.

use std::collections::{HashMap, VecDeque};
use std::fmt::{self, Write};
use std::sync::{Mutex, MutexGuard, Once, OnceLock, PoisonError};

use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id};
use tracing::{Level, Subscriber};
use tracing_subscriber::layer::{Context, Layer, SubscriberExt};
use tracing_subscriber::registry::LookupSpan;
use tracing_subscriber::{EnvFilter, Registry, reload};

/// How many records wait at most; the oldest go first.
const MOST_WAITING: usize = 100_000;
/// The crates whose records are shown. Others speak of their own affairs, and only of trouble.
const OURS: [&str; 7] = [
    "api_client",
    "engine",
    "francetravail_api",
    "hrflow_api",
    "hrflow_connectors",
    "sandbox",
    "store",
];

/// A record as Python takes it: level, where it comes from, text, and what tells the run.
pub(crate) type Record = (u8, String, String, HashMap<&'static str, String>);

/// With the number of the call that each belongs to, where it belongs to one.
static WAITING: Mutex<VecDeque<(Option<u64>, Record)>> = Mutex::new(VecDeque::new());
static FILTER: OnceLock<reload::Handle<EnvFilter, Registry>> = OnceLock::new();
static BEGUN: Once = Once::new();

/// Sets what is logged from now on: by a filter where there is one, else by a level of Python's.
pub(crate) fn choose(filter: Option<&str>, level: u8) -> PyResult<()> {
    let filter = match filter.filter(|text| !text.is_empty()) {
        Some(text) => EnvFilter::try_new(text).map_err(|error| {
            PyValueError::new_err(format!("`HRFLOW_CONNECTORS_LOG` is not a filter: {error}"))
        })?,
        None => EnvFilter::new(directives(level)),
    };
    BEGUN.call_once(begin);
    if let Some(handle) = FILTER.get() {
        // The subscriber lives as long as the process, so the handle leads to it.
        let _ = handle.reload(filter);
    }
    Ok(())
}

/// Takes the records of a call that wait, and those that belong to none.
pub(crate) fn take(call: u64) -> Vec<Record> {
    let mut waiting = waiting();
    let (taken, left) = std::mem::take(&mut *waiting)
        .into_iter()
        .partition::<VecDeque<_>, _>(|(of, _)| of.is_none_or(|of| of == call));
    *waiting = left;
    taken.into_iter().map(|(_, record)| record).collect()
}

/// What the records of a call are made within, so that they are told from those of others.
pub(crate) fn span_of(call: u64) -> tracing::Span {
    // Whatever is logged, it is needed.
    tracing::error_span!(target: "hrflow_connectors", "call", call)
}

fn begin() {
    let (filter, handle) = reload::Layer::new(EnvFilter::new("off"));
    let subscriber = Registry::default().with(filter).with(ToQueue);
    if tracing::subscriber::set_global_default(subscriber).is_ok() {
        // Set here only, and once.
        let _ = FILTER.set(handle);
    }
}

fn directives(level: u8) -> String {
    let name = match level {
        0..=5 => "trace",
        6..=10 => "debug",
        11..=20 => "info",
        21..=30 => "warn",
        31..=50 => "error",
        _ => "off",
    };
    let others = if level > 50 { "off" } else { "error" };
    OURS.iter().fold(others.to_owned(), |text, ours| format!("{text},{ours}={name}"))
}

fn waiting() -> MutexGuard<'static, VecDeque<(Option<u64>, Record)>> {
    WAITING.lock().unwrap_or_else(PoisonError::into_inner)
}

struct ToQueue;

impl<S: Subscriber + for<'a> LookupSpan<'a>> Layer<S> for ToQueue {
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        let mut text = Text::default();
        attributes.record(&mut text);
        if let Some(span) = context.span(id) {
            span.extensions_mut().insert(text);
        }
    }

    fn on_event(&self, event: &tracing::Event<'_>, context: Context<'_, S>) {
        let metadata = event.metadata();
        let mut text = Text::default();
        event.record(&mut text);
        // A record says of which run it is.
        let (mut call, mut run) = (None, HashMap::new());
        for span in context.event_scope(event).into_iter().flatten() {
            if let Some(of_span) = span.extensions().get::<Text>() {
                text.fields.push_str(&of_span.fields);
                run.extend(of_span.run.iter().map(|(name, value)| (*name, value.clone())));
                call = call.or(of_span.call);
            }
        }
        let source = metadata.target().to_owned();
        let record = (level(*metadata.level()), source, text.sentence + &text.fields, run);
        let mut waiting = waiting();
        if waiting.len() == MOST_WAITING {
            waiting.pop_front();
        }
        waiting.push_back((call, record));
    }
}

/// The level as Python's `logging` counts it.
fn level(level: Level) -> u8 {
    match level {
        Level::ERROR => 40,
        Level::WARN => 30,
        Level::INFO => 20,
        Level::DEBUG => 10,
        Level::TRACE => 5,
    }
}

/// A record's sentence, and its fields behind it.
#[derive(Default)]
struct Text {
    sentence: String,
    fields: String,
    /// The fields that tell the run, under the names that Python has for them.
    run: HashMap<&'static str, String>,
    call: Option<u64>,
}

impl Text {
    fn add(&mut self, field: &Field, value: fmt::Arguments<'_>) {
        // Writing to text cannot fail.
        let _ = match field.name() {
            "message" => self.sentence.write_fmt(value),
            name => write!(self.fields, " {name}={value}"),
        };
        let name = match field.name() {
            "run.id" => "run_id",
            "workflow.id" => "workflow_id",
            "action" => "action",
            _ => return,
        };
        self.run.insert(name, value.to_string());
    }
}

impl Visit for Text {
    fn record_u64(&mut self, field: &Field, value: u64) {
        if field.name() == "call" {
            self.call = Some(value);
        } else {
            self.add(field, format_args!("{value}"));
        }
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.add(field, format_args!("{value}"));
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.add(field, format_args!("{value:?}"));
    }
}
