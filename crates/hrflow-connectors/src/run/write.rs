//! Writing one item, and knowing when writing makes no sense any more.

use store::StoreError;

use crate::connector::{Concern, Origin, Target, WriteFailure};
use crate::run::books::Books;
use crate::run::failures::FailureLimit;
use crate::run::foresight::Foresight;
use crate::run::transform::{Before, Prepared};
use crate::run::{Recorder, Stop};
use crate::{Event, Item, Outcome, Stage};

/// Writes items to a target until the run is stopped.
pub(crate) struct Writer<'a> {
    pub(crate) origin: &'a dyn Origin,
    pub(crate) target: &'a dyn Target,
    pub(crate) recorder: &'a Recorder,
    pub(crate) stop: &'a Stop,
    pub(crate) books: &'a Books,
    pub(crate) failures: Option<FailureLimit>,
    /// Where nothing is written, and it is only found out what would be.
    pub(crate) foresight: Option<&'a Foresight>,
}

impl Writer<'_> {
    /// Writes one item, records how it ended, and gives it back.
    pub(crate) async fn write(&self, prepared: Prepared) -> Item {
        let reference = self.target.reference(&prepared.item);
        let reference = reference.or_else(|| prepared.key.reference().map(str::to_owned));
        if let Some(reason) = self.stop.reason() {
            // The journal keeps it as about to be sent, for whoever goes on with the run.
            self.recorder.record(&failed(reference, not_sent(&reason)));
            return prepared.item;
        }
        let sent = self.send(&prepared).await;
        let is_withdrawn = matches!(sent, Ok(Sent::Withdrawn));
        let (event, is_open) = match sent {
            Ok(sent) => (Event::Written { reference, outcome: sent.outcome() }, false),
            Err(failure) => {
                let is_open = self.leaves_open(&failure);
                (failed(reference, failure), is_open)
            }
        };
        self.recorder.record(&event);
        if is_withdrawn {
            self.noted(self.books.item_withdrawn(&prepared, &event).await);
        } else if !is_open {
            self.noted(self.books.item_ended(&prepared, &event).await);
        }
        self.check_failures(&event);
        prepared.item
    }

    /// Finds out of an item that is not sent whether the target would take it.
    pub(crate) fn validate(&self, prepared: &Prepared) {
        if let Err(why) = self.target.validate(&prepared.item) {
            let reference = self.target.reference(&prepared.item);
            let reference = reference.or_else(|| prepared.key.reference().map(str::to_owned));
            let event = failed(reference, WriteFailure::invalid(why));
            self.recorder.record(&event);
            self.check_failures(&event);
        }
    }

    /// Whether the failure is the run's and not the item's: then the item is still to be sent.
    pub(crate) fn leaves_open(&self, failure: &WriteFailure) -> bool {
        match failure.concerns {
            Concern::Run => {
                self.stop.now(failure.why.clone());
                true
            }
            Concern::Item => failure.can_be_retried && self.stop.reason().is_some(),
        }
    }

    async fn send(&self, prepared: &Prepared) -> Result<Sent, WriteFailure> {
        if let Some(foresight) = self.foresight {
            self.target.validate(&prepared.item).map_err(WriteFailure::invalid)?;
            return foresight.of(prepared, self.target).await.map(Sent::Ended);
        }
        let sent = match prepared.before {
            Before::Nothing => self.target.write(&prepared.item).await,
            Before::Delivered | Before::PerhapsReplaced => {
                self.target.replace(&prepared.item).await
            }
            Before::Failed if self.is_gone(prepared).await? => return Ok(Sent::Withdrawn),
            Before::PerhapsSent | Before::Failed => self.target.write_again(&prepared.item).await,
        };
        sent.map(Sent::Ended)
    }

    /// Takes an item out of use.
    pub(crate) async fn retire(&self, reference: &str) -> Result<Outcome, WriteFailure> {
        match self.foresight {
            Some(foresight) => foresight.of_retiring(reference, self.target).await,
            None => self.target.retire(reference).await,
        }
    }

    /// Whether the origin lists the item no more, where that matters to the target.
    async fn is_gone(&self, prepared: &Prepared) -> Result<bool, WriteFailure> {
        let Some(reference) = prepared.key.reference().filter(|_| self.target.follows_origin())
        else {
            return Ok(false);
        };
        let found = self.origin.find(reference).await;
        found.map(|item| item.is_none()).map_err(|why| WriteFailure {
            why,
            can_be_retried: true,
            concerns: Concern::Item,
        })
    }

    /// A run whose books cannot be kept is stopped: going on would be to forget.
    pub(crate) fn noted(&self, result: Result<(), StoreError>) {
        let Err(error) = result else { return };
        let why = api_client::chain(&error);
        if self.stop.reason().is_none() {
            self.recorder.record(&Event::StateNotSaved { why: why.clone() });
            self.stop.now(why);
        }
    }

    /// Ends the run where too many items have failed.
    pub(crate) fn check_failures(&self, event: &Event) {
        if let (Event::ItemFailed { .. }, Some(limit)) = (event, self.failures)
            && let Some(why) = limit.passed_by(&self.recorder.counts())
        {
            self.stop.now(why);
        }
    }
}

/// What came of an item that was to be sent.
enum Sent {
    Ended(Outcome),
    /// The origin lists it no more, so it was not sent.
    Withdrawn,
}

impl Sent {
    fn outcome(&self) -> Outcome {
        match self {
            Self::Ended(outcome) => *outcome,
            Self::Withdrawn => Outcome::Missing,
        }
    }
}

pub(crate) fn failed(reference: Option<String>, failure: WriteFailure) -> Event {
    let WriteFailure { why, can_be_retried, concerns: _ } = failure;
    Event::ItemFailed { reference, stage: Stage::Write, why, can_be_retried }
}

fn not_sent(reason: &str) -> WriteFailure {
    WriteFailure {
        why: format!("not sent: the run was stopped: {reason}"),
        can_be_retried: true,
        concerns: Concern::Item,
    }
}
