//! What a run writes down: its journal, and what its workflow remembers as delivered.
//!
//! What was delivered is always saved before the journal says that the item has ended. So whoever
//! goes on after a crash may deliver an item again whose fate is unknown, and never skips one.
//! What is about to be sent, or taken out of use, is remembered before that as of unknown fate: a
//! mirror owns what it may have made, and nothing counts as delivered that may have been replaced.

use std::collections::HashSet;

use store::{Fingerprint, StoreError};
use tokio::sync::Mutex;

use crate::journal::{self, Intent, Journal};
use crate::run::delivered::Delivered;
use crate::run::transform::{Before, Key, Prepared};
use crate::{Event, Item};

/// The books of one run; a dry run, or one without a store, has none.
pub(crate) struct Books {
    pub(crate) journal: Option<Journal>,
    pub(crate) delivered: Option<Delivered>,
    /// The keys that an earlier process of this run has dealt with.
    pub(crate) known: HashSet<Fingerprint>,
    saving: Mutex<()>,
}

impl Books {
    pub(crate) fn new(journal: Option<Journal>, delivered: Option<Delivered>) -> Self {
        Self { journal, delivered, known: HashSet::new(), saving: Mutex::default() }
    }

    /// Whether an earlier process of this run has dealt with the item.
    pub(crate) fn knows(&self, key: &Key) -> bool {
        !self.known.is_empty() && self.known.contains(&journal::print_of(&key.to_string()))
    }

    /// Whether an earlier process of this run has tried to take the item out of use.
    pub(crate) fn has_retired(&self, reference: &str) -> bool {
        !self.known.is_empty() && self.known.contains(&journal::print_of(&retiring(reference)))
    }

    /// Writes down that items are about to be sent.
    pub(crate) async fn intend(&self, items: &mut [Prepared]) -> Result<(), StoreError> {
        let mut items: Vec<_> = items.iter_mut().filter(|item| item.intent.is_none()).collect();
        let Some(journal) = self.journal.as_ref().filter(|_| !items.is_empty()) else {
            return Ok(());
        };
        if let Some(delivered) = &self.delivered {
            let references: Vec<_> = items.iter().filter_map(|item| item.key.reference()).collect();
            delivered.open_up(&references).await?;
        }
        let lines = items.iter().map(|item| {
            let replaces = item.before == Before::Delivered;
            Intent::line(&item.key.to_string(), item.print, replaces, &item.item)
        });
        let number = journal.intend(lines.collect(), items.len()).await?;
        for item in &mut items {
            item.intent = Some(number);
        }
        Ok(())
    }

    /// Notes how an item ended that was to be written.
    pub(crate) async fn item_ended(
        &self,
        prepared: &Prepared,
        event: &Event,
    ) -> Result<(), StoreError> {
        if let (Event::Written { .. }, Some(delivered), Some(reference), Some(print)) =
            (event, &self.delivered, prepared.key.reference(), prepared.print)
        {
            delivered.note(reference, print).await;
        }
        self.item_withdrawn(prepared, event).await
    }

    /// Notes how an item ended that was not sent after all: it does not count as delivered.
    pub(crate) async fn item_withdrawn(
        &self,
        prepared: &Prepared,
        event: &Event,
    ) -> Result<(), StoreError> {
        let key = prepared.key.to_string();
        let sent = Some((&prepared.item, prepared.print));
        self.note(&key, event, sent, prepared.intent).await
    }

    /// Notes how an item ended before it was to be written.
    pub(crate) async fn item_left(&self, key: &Key, event: &Event) -> Result<(), StoreError> {
        self.note(&key.to_string(), event, None, None).await
    }

    /// Notes how an item ended that is taken out of use.
    pub(crate) async fn item_retired(
        &self,
        reference: &str,
        event: &Event,
    ) -> Result<(), StoreError> {
        if let (Event::Written { .. }, Some(delivered)) = (event, &self.delivered) {
            delivered.forget(reference).await;
        }
        self.note(&retiring(reference), event, None, None).await
    }

    async fn note(
        &self,
        key: &str,
        event: &Event,
        sent: Option<(&Item, Option<Fingerprint>)>,
        intent: Option<u64>,
    ) -> Result<(), StoreError> {
        let is_enough = match &self.journal {
            Some(journal) => {
                let Some(ending) = journal::ending(key, event) else { return Ok(()) };
                let (item, print) = sent.unzip();
                let letter = journal::letter(key, event, item, print.flatten());
                journal.note(&ending, letter.as_deref(), intent)
            }
            None => match &self.delivered {
                Some(delivered) => delivered.has_enough().await,
                None => false,
            },
        };
        if is_enough { self.save().await } else { Ok(()) }
    }

    /// Saves what was noted: first what was delivered, then how items ended.
    pub(crate) async fn save(&self) -> Result<(), StoreError> {
        let _one_at_a_time = self.saving.lock().await;
        let is_lost = self.journal.as_ref().is_some_and(Journal::is_lost)
            || self.delivered.as_ref().is_some_and(Delivered::is_lost);
        if is_lost {
            let why = "another process has taken this run or its workflow over";
            return Err(StoreError::new("write", "the state of the run", why));
        }
        let Some(journal) = &self.journal else { return self.save_delivered().await };
        let noted = journal.take_noted();
        let saved = match self.save_delivered().await {
            Ok(()) => journal.write(&noted).await,
            Err(error) => Err(error),
        };
        if saved.is_err() {
            journal.take_back(noted);
        }
        saved
    }

    async fn save_delivered(&self) -> Result<(), StoreError> {
        match &self.delivered {
            Some(delivered) => delivered.save().await,
            None => Ok(()),
        }
    }
}

/// The key of an item that is taken out of use.
fn retiring(reference: &str) -> String {
    format!("-{reference}")
}
