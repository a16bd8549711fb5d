//! An origin in memory: offers that are listed, that exist and are not listed, or that are gone.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};

use engine::{Arrival, Coverage, EndError, Held, Item, Origin, OriginInfo, Selects};
use futures::FutureExt;
use futures::future::BoxFuture;
use jiff::Timestamp;
use serde_json::json;
use tokio::sync::mpsc;

/// What exists, and what of it a reading shows.
#[derive(Clone, Default)]
pub(crate) struct Catalog(Arc<Mutex<Offers>>);

#[derive(Default)]
struct Offers {
    existing: BTreeMap<String, String>,
    /// They exist, and the search does not list them any more.
    left: BTreeSet<String>,
    /// They exist and should be listed, and a reading that is wrong does not show them.
    hidden: BTreeSet<String>,
    asked: u64,
    readings: u64,
}

impl Catalog {
    pub(crate) fn of(count: usize) -> Self {
        let catalog = Self::default();
        for number in 0..count {
            catalog.list(&format!("{number:05}"), "first");
        }
        catalog
    }

    pub(crate) fn list(&self, id: &str, content: &str) {
        let mut offers = self.0.lock().unwrap();
        offers.existing.insert(id.to_owned(), content.to_owned());
        offers.left.remove(id);
        offers.hidden.remove(id);
    }

    pub(crate) fn remove(&self, ids: impl IntoIterator<Item = String>) {
        let mut offers = self.0.lock().unwrap();
        for id in ids {
            offers.existing.remove(&id);
        }
    }

    /// They leave the search and still exist.
    pub(crate) fn leave(&self, ids: impl IntoIterator<Item = String>) {
        self.0.lock().unwrap().left.extend(ids);
    }

    /// Readings do not show them, although they should.
    pub(crate) fn hide(&self, ids: impl IntoIterator<Item = String>) {
        self.0.lock().unwrap().hidden.extend(ids);
    }

    pub(crate) fn show_all(&self) {
        self.0.lock().unwrap().hidden.clear();
    }

    pub(crate) fn listed(&self) -> Vec<String> {
        let offers = self.0.lock().unwrap();
        let is_listed = |id: &&String| !offers.left.contains(*id) && !offers.hidden.contains(*id);
        offers.existing.keys().filter(is_listed).cloned().collect()
    }

    /// How often a single offer was asked for.
    pub(crate) fn asked(&self) -> u64 {
        self.0.lock().unwrap().asked
    }

    /// How often everything was read.
    pub(crate) fn readings(&self) -> u64 {
        self.0.lock().unwrap().readings
    }

    fn item(&self, id: &str) -> Option<Item> {
        let offers = self.0.lock().unwrap();
        let content = offers.existing.get(id)?;
        serde_json::from_value(json!({"id": id, "content": content})).ok()
    }
}

/// The catalog as an origin with a name for what it selects.
pub(crate) struct Search {
    pub(crate) catalog: Catalog,
    pub(crate) selection: &'static str,
}

impl Origin for Search {
    fn describe(&self) -> OriginInfo {
        OriginInfo {
            name: "Catalog",
            parameters: json!({}),
            selection: json!({"search": [["place", self.selection]]}),
            max_staleness: None,
            sliding: Vec::new(),
        }
    }

    fn id(&self, item: &Item) -> Option<String> {
        item.text("id").map(str::to_owned)
    }

    fn read(
        &self,
        _: Option<Timestamp>,
        out: mpsc::Sender<Arrival>,
    ) -> BoxFuture<'_, Result<Coverage, EndError>> {
        async move {
            self.catalog.0.lock().unwrap().readings += 1;
            let listed = self.catalog.listed();
            let _ = out.send(Arrival::Total(listed.len() as u64)).await;
            for ids in listed.chunks(150) {
                let items = ids.iter().filter_map(|id| self.catalog.item(id)).collect();
                if out.send(Arrival::Items(items)).await.is_err() {
                    return Ok(Coverage::PARTIAL);
                }
            }
            Ok(Coverage::COMPLETE)
        }
        .boxed()
    }

    fn find<'a>(&'a self, id: &'a str) -> BoxFuture<'a, Result<Option<Item>, EndError>> {
        self.catalog.0.lock().unwrap().asked += 1;
        async move { Ok(self.catalog.item(id)) }.boxed()
    }

    fn selects(&self, item: &Item) -> Selects {
        let id = item.text("id").unwrap_or_default();
        let has_left = self.catalog.0.lock().unwrap().left.contains(id);
        if has_left { Selects::No } else { Selects::Yes }
    }

    fn made(&self, held: &Held) -> bool {
        held.item.text("made_by") == Some("Catalog")
    }

    fn check(&self) -> BoxFuture<'_, Result<String, EndError>> {
        async { Ok("there".to_owned()) }.boxed()
    }
}
