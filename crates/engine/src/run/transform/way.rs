//! Items on their way through the groups of steps.

use super::calls::Calls;
use super::group::Function;
use super::{Left, Named};
use crate::{Around, Completion, Ending, Evaluated, Item, ProgramHost, Stage, StepError, Stop};

/// Items on their way.
pub(super) struct Way<'a> {
    items: Vec<Result<Item, Left>>,
    /// What completes each item, where the action does that.
    completions: Vec<Completion>,
    references: Vec<Option<String>>,
    stop: &'a Stop,
    /// Hears at once how an item ended, by its place.
    hear: &'a mut dyn FnMut(usize, &Ending),
}

impl<'a> Way<'a> {
    pub(super) fn of(
        items: Vec<Named>,
        stop: &'a Stop,
        hear: &'a mut dyn FnMut(usize, &Ending),
    ) -> Self {
        let named = items.into_iter().map(|Named { reference, item }| (reference, Ok(item)));
        let (references, items) = named.unzip();
        Self { items, completions: Vec::new(), references, stop, hear }
    }

    /// Lets the action look at each item before the user's functions do.
    pub(super) fn prepare(&mut self, around: &mut Around) {
        for item in self.items.iter_mut().flatten() {
            let (given, completion) = around(std::mem::take(item));
            *item = given;
            self.completions.push(completion);
        }
    }

    pub(super) fn into_items(self) -> Vec<Result<Item, Left>> {
        let Self { items, completions, .. } = self;
        let mut completions = completions.into_iter();
        let complete = |item: Result<Item, Left>| match (item, completions.next()) {
            (Ok(item), Some(complete)) => Ok(complete(item)),
            (item, _) => item,
        };
        items.into_iter().map(complete).collect()
    }

    /// Takes each item through functions that follow each other.
    pub(super) fn call(&mut self, functions: &mut [Function], calls: &Calls) {
        for place in 0..self.items.len() {
            for function in &mut *functions {
                self.call_one(place, function, calls);
            }
        }
    }

    fn call_one(&mut self, place: usize, function: &mut Function, calls: &Calls) {
        let Some(Ok(item)) = self.items.get_mut(place) else { return };
        let item = std::mem::take(item);
        if self.stop.is_asked() {
            self.items[place] = Err(Left::Unsent);
            return;
        }
        let reference = self.references.get(place).and_then(Option::as_deref);
        let stage = function.stage();
        let output = calls.make(stage, reference, || match function {
            Function::Logic(_, logic) => logic(item),
            Function::Format(format) => format(item).map(Some),
        });
        match output {
            Ok(Some(item)) => self.items[place] = Ok(item),
            Ok(None) => self.end(place, discarded(stage)),
            Err(message) => self.end(place, failed(stage, message)),
        }
    }

    fn end(&mut self, place: usize, ending: Ending) {
        (self.hear)(place, &ending);
        self.items[place] = Err(Left::Ended(ending));
    }

    /// Takes all items that are still on their way through programs that follow each other.
    pub(super) fn evaluate(&mut self, host: &mut dyn ProgramHost, pass: usize, stages: &[Stage]) {
        let Self { items, hear, stop, .. } = self;
        let given = items.iter().enumerate();
        let (places, given): (Vec<_>, Vec<_>) =
            given.filter_map(|(place, item)| Some((place, item.as_ref().ok()?))).unzip();
        let evaluated = host.evaluate(pass, &given, stop, &mut |number, evaluated| {
            if let (Some(place), Some(ending)) = (places.get(number), ending_of(evaluated, stages))
            {
                hear(*place, &ending);
            }
        });
        for (place, evaluated) in places.into_iter().zip(evaluated) {
            match evaluated {
                Some(Evaluated::Kept) => {}
                Some(Evaluated::Changed(item)) => items[place] = Ok(item),
                Some(ended) => {
                    if let Some(ending) = ending_of(&ended, stages) {
                        items[place] = Err(Left::Ended(ending));
                    }
                }
                None => items[place] = Err(Left::Unsent),
            }
        }
    }
}

/// How an item ended in programs that follow each other; none where it has come through.
fn ending_of(evaluated: &Evaluated, stages: &[Stage]) -> Option<Ending> {
    match evaluated {
        Evaluated::Kept | Evaluated::Changed(_) => None,
        Evaluated::Discarded(place) => Some(discarded(stage(stages, *place))),
        Evaluated::Failed(place, message) => Some(failed(stage(stages, *place), message.clone())),
    }
}

/// The stage of a program by its place among those that follow each other.
fn stage(stages: &[Stage], place: usize) -> Stage {
    stages.get(place).or(stages.last()).copied().unwrap_or(Stage::Format)
}

fn discarded(stage: Stage) -> Ending {
    match stage {
        Stage::Logic(logic) => Ending::Discarded { logic },
        Stage::Read | Stage::Format | Stage::Write => {
            failed(stage, "only a logic can discard an item".to_owned())
        }
    }
}

fn failed(stage: Stage, message: String) -> Ending {
    Ending::Failed(StepError::of_function(stage, message))
}
