//! Tells those who asked for it of changes of health, once for each change.

mod decide;
mod message;
mod send;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::sync::Arc;

use hrflow_connectors::{Environment, Fleet, FleetStatus};
use jiff::Timestamp;
use store::{Document, Store};

use web_console::Notified;

use crate::metrics::Metrics;
pub use decide::Notice;
#[cfg(test)]
pub(crate) use decide::Told;
use decide::{Memory, Sent};
pub use message::Message;
pub use send::Sender;

/// Tells of changes. What was told is kept in the store, so that nobody hears of a change twice,
/// whichever process tells.
pub struct Notifier {
    sender: Sender,
    metrics: Metrics,
    memory: Memory,
    document: Option<Document<Memory>>,
}

impl Notifier {
    /// Goes on from what the store knows of the fleet. Without a store, or where it cannot be
    /// read, everything that is wrong is news.
    pub async fn load(
        sender: Sender,
        metrics: Metrics,
        store: Option<Arc<dyn Store>>,
        fleet_name: &str,
    ) -> Self {
        let name = format!("{}/notifications", crate::folder::blob_folder(fleet_name));
        let document = store.map(|store| Document::new(store, name));
        let memory = match &document {
            Some(document) => document.load().await.unwrap_or_else(|error| {
                tracing::warn!(%error, "could not read what was notified; it may be told again");
                None
            }),
            None => None,
        };
        Self { sender, metrics, memory: memory.unwrap_or_default(), document }
    }

    /// What people were told of each workflow, the newest first.
    pub fn told(&self) -> BTreeMap<String, Vec<Notified>> {
        let mut told: BTreeMap<String, Vec<Notified>> = BTreeMap::new();
        for (key, channel) in self.memory.told() {
            let name = key.rsplit('/').next().unwrap_or(key);
            for Sent { at, workflow_id, change } in channel.sent() {
                let change = change.name().to_owned();
                let notified = Notified { at: *at, channel: name.to_owned(), change };
                told.entry(workflow_id.clone()).or_default().push(notified);
            }
        }
        for notified in told.values_mut() {
            notified.sort_by_key(|it| std::cmp::Reverse(it.at));
        }
        told
    }

    /// Tells every channel what it is to be told now.
    pub async fn tell(
        &mut self,
        fleet: &Fleet,
        environment: &Environment,
        status: &FleetStatus,
        now: Timestamp,
    ) {
        let before = self.memory.clone();
        // What is wrong with a channel was found by the check.
        let (channels, _) = fleet.channels(environment);
        self.memory.keep(channels.keys());
        for (key, (channel, ids)) in channels {
            let workflows: Vec<_> =
                status.workflows.iter().filter(|it| ids.contains(&it.workflow_id)).collect();
            let told = self.memory.of(&key);
            let notices = told.due(&channel, &workflows, now);
            if notices.is_empty() {
                continue;
            }
            let message = Message::new(&fleet.name, notices, now);
            let sent = self.sender.send(&channel, &message).await;
            self.metrics.notified(&channel.name, sent.is_ok());
            match sent {
                Ok(()) => {
                    tracing::info!(channel = channel.name, subject = message.subject(), "notified");
                    told.delivered(&message.notices, now);
                }
                Err(error) => {
                    tracing::warn!(channel = channel.name, error, "could not notify");
                    told.failed(now);
                }
            }
        }
        if self.memory != before
            && let Some(document) = &self.document
            && let Err(error) = document.save(&self.memory).await
        {
            tracing::warn!(%error, "could not save what was notified; it may be told again");
        }
    }
}
