//! The first formatted jobs of a dry run, for a person to look at.

use std::sync::{Arc, Mutex, PoisonError};

use hrflow_connectors::{Event, Item, Run};

use crate::output;

/// What was kept so far.
pub(crate) struct Samples(Arc<Mutex<Vec<Item>>>);

/// Keeps the first jobs that a dry run formats.
pub(crate) fn of(run: &mut Run, most: usize) -> Samples {
    let samples = Samples(Arc::default());
    let kept = samples.0.clone();
    if most > 0 {
        run.watch(move |event| {
            let mut kept = kept.lock().unwrap_or_else(PoisonError::into_inner);
            if let Event::Formatted { item } = event
                && kept.len() < most
            {
                kept.push(item.clone());
            }
        });
    }
    samples
}

impl Samples {
    /// What was kept.
    pub(crate) fn taken(&self) -> Vec<Item> {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Prints them, one JSON object after another.
pub(crate) fn print(items: &[Item]) {
    for item in items {
        // An item is JSON: there is nothing that it could not hold.
        output::json(&serde_json::to_string_pretty(item).unwrap_or_default());
    }
    if !items.is_empty() {
        output::text("");
    }
}
