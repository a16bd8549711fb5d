//! Tells how items ended before there was a step as soon as that is known: the rest of their batch
//! may take its time.

use std::collections::HashSet;
use std::sync::Arc;

use parking_lot::Mutex;

use super::context::{Context, stop_on_failures};
use crate::{Ending, Event, FailureLimit, Key, Observer, OpKind, Stop};

/// Tells how the items of one batch ended, each by its place in it. Clones share what they have
/// told.
#[derive(Clone)]
pub(crate) struct Teller {
    observer: Observer,
    stop: Stop,
    failures: Option<FailureLimit>,
    keys: Arc<[Key]>,
    /// None where nobody listens any more.
    told: Arc<Mutex<Option<HashSet<usize>>>>,
}

impl Teller {
    pub(crate) fn of(context: &Context<'_>, keys: Vec<Key>) -> Self {
        Self {
            observer: context.observer.clone(),
            stop: context.stop.clone(),
            failures: context.failures,
            keys: keys.into(),
            told: Arc::new(Mutex::new(Some(HashSet::new()))),
        }
    }

    /// Tells how an item ended, and stops the run where too many have failed.
    pub(crate) fn tell(&self, place: usize, ending: &Ending) {
        let mut told = self.told.lock();
        let (Some(told), Some(key)) = (&mut *told, self.keys.get(place)) else { return };
        told.insert(place);
        let reference = key.id().map(str::to_owned);
        let (key, ending) = (key.clone(), ending.clone());
        self.observer.record(&Event::Ended { op: OpKind::Write, key, reference, ending });
        stop_on_failures(self.failures, &self.observer, &self.stop);
    }

    /// Tells nothing from now on, but that all items are unsent of which nothing was told.
    pub(crate) fn abandon(&self) {
        let told = self.told.lock().take().unwrap_or_default();
        for (_, key) in self.keys.iter().enumerate().filter(|(place, _)| !told.contains(place)) {
            self.unsent(key);
        }
    }

    /// Tells that an item was read and not sent: whoever resumes the run reads it again.
    pub(crate) fn unsent(&self, key: &Key) {
        let reference = key.id().map(str::to_owned);
        let (op, key) = (OpKind::Write, key.clone());
        self.observer.record(&Event::Unsent { op, key, reference });
    }
}
