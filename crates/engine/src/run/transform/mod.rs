//! The user's part of the way: the logics in order, then the format.

mod calls;
mod group;
mod way;

use std::time::Duration;

use store::Fingerprint;

use super::Blocking;
use crate::stop::StopReason;
use crate::{Around, Code, Ending, Format, Item, Logic, Pass, ProgramHost, Stop};
use calls::Calls;
use group::{Function, Group, grouped};
use way::Way;

/// The logics and the format of a run.
#[derive(Default)]
pub(crate) struct Transform {
    /// What the action does around the user's format.
    around: Option<Around>,
    groups: Vec<Group>,
    /// Who evaluates the programs, where there are any.
    host: Option<Box<dyn ProgramHost>>,
    calls: Calls,
}

/// An item on its way, with what names it in reports.
pub(crate) struct Named {
    pub(crate) reference: Option<String>,
    pub(crate) item: Item,
}

/// An item that does not come to the end of the way.
#[derive(Debug, PartialEq)]
pub(crate) enum Left {
    /// It has ended so.
    Ended(Ending),
    /// The run was stopped before the item had come to its end.
    Unsent,
}

impl Transform {
    /// The way that a user has laid. Where there are programs, who evaluates them is started.
    pub(crate) fn start<P, E>(
        logics: Vec<Code<Logic, P>>,
        (format, around): (Code<Format, P>, Option<Around>),
        function_timeout: Option<Duration>,
        start: impl FnOnce(Vec<Pass<P>>) -> Result<Option<Box<dyn ProgramHost>>, E>,
    ) -> Result<Self, E> {
        let (groups, passes) = grouped(logics, format);
        let host = if passes.is_empty() { None } else { start(passes)? };
        Ok(Self { around, groups, host, calls: Calls::new(function_timeout) })
    }

    /// Takes another format in place of the action's own.
    pub(crate) fn replace_format(&mut self, format: Format) {
        if let Some(Group::Functions(functions)) = self.groups.last_mut() {
            functions.pop();
            functions.push(Function::Format(format));
        }
    }

    /// What is to be written of each item, or why it does not come so far, in the order of the
    /// items. `hear` is told at once of an item that has ended, by its place.
    ///
    /// None where the run is stopped and a function goes on that has passed its time. A run whose
    /// items were lost on the way is stopped: what was not seen has not vanished.
    pub(crate) async fn apply(
        mut self,
        items: Vec<Named>,
        (blocking, stop): (Blocking, &Stop),
        mut hear: impl FnMut(usize, &Ending) + Send + 'static,
    ) -> Option<(Vec<Result<Item, Left>>, Self)> {
        let (calls, stop_asked) = (self.calls.clone(), stop.clone());
        let apply = move || {
            let results = self.take_through(items, &stop_asked, &mut hear);
            (results, self)
        };
        let applied = calls.watch(stop, blocking.call(apply)).await;
        // The functions' own panics are caught. Who hears of an ending may panic, too.
        if applied.is_none() && !stop.is_asked() {
            stop.now(StopReason::failure("the logics and the format did not come to their end"));
        }
        applied
    }

    fn take_through(
        &mut self,
        items: Vec<Named>,
        stop: &Stop,
        hear: &mut dyn FnMut(usize, &Ending),
    ) -> Vec<Result<Item, Left>> {
        let Self { around, groups, host, calls } = self;
        let mut way = Way::of(items, stop, hear);
        if let Some(around) = around {
            way.prepare(around);
        }
        for group in groups {
            match (group, &mut *host) {
                (Group::Functions(functions), _) => way.call(functions, calls),
                (Group::Programs { pass, stages }, Some(host)) => {
                    way.evaluate(&mut **host, *pass, stages);
                }
                // Where there are programs there is a host.
                (Group::Programs { .. }, None) => {}
            }
        }
        way.into_items()
    }
}

/// Tells the content of an item, and the programs that it goes through.
pub(crate) fn fingerprint_of(item: &Item, salt: &str) -> Fingerprint {
    // An item is an object of JSON values: there is nothing that could not be written.
    let mut bytes = serde_json::to_vec(item).unwrap_or_default();
    bytes.extend_from_slice(salt.as_bytes());
    Fingerprint::of(&bytes)
}
