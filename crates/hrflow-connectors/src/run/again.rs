//! Sending again what failed in another run.

use futures::FutureExt;
use futures::future::BoxFuture;
use jiff::Timestamp;
use serde_json::Value;
use store::Fingerprint;
use tokio::sync::mpsc;

use crate::Item;
use crate::connector::{Origin, ReadFailure, Reading};
use crate::journal::Letter;
use crate::run::Recorder;
use crate::run::transform::{Before, Key, Prepared};

/// What the letters of a run ask for.
#[derive(Default)]
pub(crate) struct Again {
    /// Items in the form in which they failed.
    pub(crate) ready: Vec<Prepared>,
    /// Items that failed before they had one: the origin is asked for them.
    pub(crate) to_find: Vec<String>,
    /// Items that a mirror takes out of use.
    pub(crate) to_retire: Vec<String>,
}

impl Again {
    pub(crate) fn of(letters: Vec<Letter>) -> Self {
        let mut again = Self::default();
        for letter in letters {
            match (letter.key.strip_prefix('-'), letter.item) {
                (Some(reference), _) => again.to_retire.push(reference.to_owned()),
                (None, Some(item)) => again.ready.push(Prepared {
                    key: Key::read(&letter.key),
                    print: letter.print.as_deref().and_then(Fingerprint::parse),
                    item,
                    intent: None,
                    before: Before::Failed,
                }),
                (None, None) => again.to_find.push(letter.key),
            }
        }
        again
    }
}

/// An origin of which only some items are read, each by its reference.
pub(crate) struct Selected {
    pub(crate) whole: Box<dyn Origin>,
    pub(crate) references: Vec<String>,
}

impl Selected {
    async fn read_each(&self, batches: mpsc::Sender<Vec<Item>>) -> Result<Reading, ReadFailure> {
        for reference in &self.references {
            let Some(item) = self.whole.find(reference).await.map_err(ReadFailure)? else {
                tracing::info!(item.reference = reference, "is listed no more");
                continue;
            };
            if batches.send(vec![item]).await.is_err() {
                break;
            }
        }
        // Some of it is not the whole of it.
        Ok(Reading { complete: false, remark: None })
    }
}

impl Origin for Selected {
    fn name(&self) -> &'static str {
        self.whole.name()
    }

    fn parameters(&self) -> Value {
        self.whole.parameters()
    }

    fn selection(&self) -> Value {
        self.whole.selection()
    }

    fn reference(&self, item: &Item) -> Option<String> {
        self.whole.reference(item)
    }

    fn read(
        &self,
        _: Option<Timestamp>,
        batches: mpsc::Sender<Vec<Item>>,
        _: Recorder,
    ) -> BoxFuture<'_, Result<Reading, ReadFailure>> {
        self.read_each(batches).boxed()
    }

    fn find<'a>(&'a self, reference: &'a str) -> BoxFuture<'a, Result<Option<Item>, String>> {
        self.whole.find(reference)
    }

    fn check(&self) -> BoxFuture<'_, Result<String, String>> {
        self.whole.check()
    }
}
