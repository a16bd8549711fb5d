//! What becomes of some items on their way to the target, found out before a run.

use tokio::sync::mpsc;

use super::transform::{Left, Named};
use super::{Checked, Run};
use crate::{Arrival, EndError, Ending, Item, StepError};

/// How many items are taken the whole way.
const SAMPLE: usize = 150;

/// How the items ended.
#[derive(Default)]
struct Ends {
    items: usize,
    discarded: usize,
    failed: usize,
    /// The first failure.
    why: Option<String>,
}

impl Run {
    /// Takes the first items that the origin gives through the logics and the format, and finds
    /// out whether the target could take what comes out, without a call to it. Changes nothing.
    pub async fn rehearse(&mut self) -> Checked {
        let answer = match self.first_items().await {
            Ok(items) => self.take_through(items).await,
            Err(error) => Err(error),
        };
        Checked { service: "Logics and format", answer }
    }

    async fn first_items(&self) -> Result<Vec<Item>, EndError> {
        let (arrivals, mut arriving) = mpsc::channel(1);
        let first = async {
            while let Some(arrival) = arriving.recv().await {
                if let Arrival::Items(items) = arrival {
                    return items;
                }
            }
            Vec::new()
        };
        let mut first = std::pin::pin!(first);
        let (mut items, read) = tokio::select! {
            biased;
            // Nobody wants more, so the reading ends here.
            items = &mut first => (items, Ok(())),
            read = self.origin.read(None, arrivals) => (first.await, read.map(drop)),
        };
        items.truncate(SAMPLE);
        match read {
            Err(error) if items.is_empty() => Err(error),
            _ => Ok(items),
        }
    }

    async fn take_through(&mut self, items: Vec<Item>) -> Result<String, EndError> {
        let references: Vec<_> = items.iter().map(|item| self.origin.id(item)).collect();
        let named = references.iter().cloned().zip(items);
        let named = named.map(|(reference, item)| Named { reference, item }).collect();
        let transform = std::mem::take(&mut self.transform);
        let by = (self.options.blocking, &self.stop);
        let (results, transform) =
            transform.apply(named, by, |_, _| {}).await.ok_or_else(stopped)?;
        self.transform = transform;
        let mut ends = Ends::default();
        for (reference, result) in references.iter().zip(results) {
            let named = |why: String| match reference {
                Some(reference) => format!("{reference}: {why}"),
                None => why,
            };
            ends.count(match result {
                Ok(item) => Some(self.target.validate(&item).map_err(named)),
                Err(Left::Ended(Ending::Failed(StepError { stage, error }))) => {
                    Some(Err(named(format!("{stage}: {error}"))))
                }
                Err(Left::Ended(_)) => None,
                Err(Left::Unsent) => return Err(stopped()),
            });
        }
        ends.answer(self.target.describe().name)
    }
}

fn stopped() -> EndError {
    EndError::run("the run was stopped")
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
    fn answer(self, target: &str) -> Result<String, EndError> {
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
        if failed > 0 && could == 0 { Err(EndError::run(text)) } else { Ok(text) }
    }
}
