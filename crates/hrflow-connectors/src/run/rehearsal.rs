//! What becomes of some items on their way to the target, found out before a run.

use tokio::sync::mpsc;

use crate::connector::ReadFailure;
use crate::run::{Checked, Plan, Recorder};
use crate::{Event, Item};

/// How many items are taken the whole way.
const SOME: usize = 150;

/// How the items ended.
#[derive(Default)]
struct Ends {
    items: usize,
    discarded: usize,
    failed: usize,
    /// The first failure.
    why: Option<String>,
}

impl Plan {
    /// Takes the first items that the origin gives through the logics and the format, and asks
    /// whether the target would take what comes out, without asking it. Moves nothing.
    pub async fn rehearse(&mut self) -> Checked {
        let answer = match self.first_items().await {
            Ok(items) => {
                let mut ends = Ends::default();
                for item in items {
                    ends.count(self.take_through(item));
                }
                ends.answer(self.target.name())
            }
            Err(why) => Err(why),
        };
        Checked { service: "Logics and format", answer }
    }

    async fn first_items(&self) -> Result<Vec<Item>, String> {
        let (batches, mut arriving) = mpsc::channel(1);
        let first = async {
            let batch: Option<Vec<Item>> = arriving.recv().await;
            // Nobody wants more.
            drop(arriving);
            batch.unwrap_or_default()
        };
        let read = self.origin.read(None, batches, Recorder::new(&[], Vec::new()));
        let (read, mut items) = futures::join!(read, first);
        items.truncate(SOME);
        match read {
            Err(ReadFailure(why)) if items.is_empty() => Err(why),
            _ => Ok(items),
        }
    }

    /// None where a logic discards the item; else whether it could be written.
    fn take_through(&mut self, item: Item) -> Option<Result<(), String>> {
        let reference = self.origin.reference(&item);
        let named = |why: String| match &reference {
            Some(reference) => format!("{reference}: {why}"),
            None => why,
        };
        match self.transform.apply(item, reference.as_deref()) {
            Ok(item) => Some(self.target.validate(&item).map_err(named)),
            Err(Event::ItemFailed { stage, why, .. }) => {
                Some(Err(named(format!("{stage}: {why}"))))
            }
            Err(_) => None,
        }
    }
}

impl Ends {
    fn count(&mut self, end: Option<Result<(), String>>) {
        self.items += 1;
        match end {
            None => self.discarded += 1,
            Some(Ok(())) => {}
            Some(Err(why)) => {
                self.failed += 1;
                self.why.get_or_insert(why);
            }
        }
    }

    /// It fails where nothing that is kept could be written; an item fails alone.
    fn answer(self, target: &str) -> Result<String, String> {
        let Self { items, discarded, failed, why } = self;
        let kept = items - discarded;
        let could = kept - failed;
        let mut text = format!(
            "of the first {items} items, {discarded} are discarded, and {could} of {kept} give what \
             {target} takes"
        );
        if let Some(why) = why {
            text.push_str("; the first that fails is ");
            text.push_str(&why);
        }
        if failed > 0 && could == 0 { Err(text) } else { Ok(text) }
    }
}
