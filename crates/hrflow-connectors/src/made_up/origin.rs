//! A list of vacancies as an origin: `baker@Lyon,cook@Nice`.

use engine::{Arrival, Coverage, EndError, Held, Item, Origin, OriginInfo, Selects};
use futures::FutureExt;
use futures::future::BoxFuture;
use jiff::Timestamp;
use serde_json::json;
use tokio::sync::mpsc;

pub(super) struct Vacancies {
    all: Vec<Item>,
    city: Option<String>,
}

impl Vacancies {
    pub(super) fn of(list: &str, city: Option<String>) -> Self {
        let vacancy = |text: &str| {
            let (id, city) = text.split_once('@')?;
            Some(Item::from_iter([("id".to_owned(), id.into()), ("city".to_owned(), city.into())]))
        };
        Self { all: list.split(',').filter_map(vacancy).collect(), city }
    }

    fn listed(&self) -> impl Iterator<Item = &Item> {
        let is_there =
            |item: &&Item| self.city.is_none() || item.text("city") == self.city.as_deref();
        self.all.iter().filter(is_there)
    }
}

impl Origin for Vacancies {
    fn describe(&self) -> OriginInfo {
        OriginInfo {
            name: "Made up",
            parameters: json!({"city": self.city}),
            selection: json!({"origin": "Made up", "city": self.city}),
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
            let items = self.listed().cloned().collect();
            // Where nobody takes them, the run is over.
            let _ = out.send(Arrival::Items(items)).await;
            Ok(Coverage { complete: true, warning: None })
        }
        .boxed()
    }

    fn find<'a>(&'a self, id: &'a str) -> BoxFuture<'a, Result<Option<Item>, EndError>> {
        let found = self.all.iter().find(|item| item.text("id") == Some(id)).cloned();
        async move { Ok(found) }.boxed()
    }

    fn selects(&self, item: &Item) -> Selects {
        if self.listed().any(|listed| listed == item) { Selects::Yes } else { Selects::No }
    }

    fn made(&self, held: &Held) -> bool {
        held.item.text("url").is_some_and(|url| url.starts_with("https://example.org/"))
    }

    fn check(&self) -> BoxFuture<'_, Result<String, EndError>> {
        let count = self.listed().count();
        async move { Ok(format!("the list has {count} vacancies")) }.boxed()
    }
}
