//! Writing one item, and knowing when writing makes no sense any more.

use crate::connector::{Concern, Target, WriteFailure};
use crate::run::delivered::Delivered;
use crate::run::transform::Formatted;
use crate::run::{Recorder, Stop};
use crate::{Event, Item, Stage};

/// Writes items to a target until the run is stopped.
pub(crate) struct Writer<'a> {
    pub(crate) delivered: Option<&'a Delivered>,
    pub(crate) target: &'a dyn Target,
    pub(crate) recorder: &'a Recorder,
    pub(crate) stop: &'a Stop,
}

impl Writer<'_> {
    /// Writes one item, records how it ended, and gives it back.
    pub(crate) async fn write(&self, formatted: Formatted) -> Item {
        let Formatted { origin_reference, print, item } = formatted;
        let result = match self.stop.reason() {
            Some(reason) => Err(not_sent(&reason)),
            None => self.target.write(&item).await,
        };
        if result.is_ok()
            && let (Some(delivered), Some(reference), Some(print)) =
                (self.delivered, &origin_reference, print)
            && let Err(why) = delivered.note(reference, print).await
        {
            self.recorder.record(&Event::StateNotSaved { why: why.clone() });
            self.stop.now(why);
        }
        let reference = self.target.reference(&item).or(origin_reference);
        self.recorder.record(&match result {
            Ok(outcome) => Event::Written { reference, outcome },
            Err(failure) => self.failed(reference, failure),
        });
        item
    }

    fn failed(&self, reference: Option<String>, failure: WriteFailure) -> Event {
        if failure.concerns == Concern::Run {
            self.stop.now(failure.why.clone());
        }
        let WriteFailure { why, can_be_retried, concerns: _ } = failure;
        Event::ItemFailed { reference, stage: Stage::Write, why, can_be_retried }
    }
}

fn not_sent(reason: &str) -> WriteFailure {
    WriteFailure {
        why: format!("not sent: the run was stopped: {reason}"),
        can_be_retried: true,
        concerns: Concern::Item,
    }
}
