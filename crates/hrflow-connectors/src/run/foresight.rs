//! What a run would do, found out without doing it, and saved so that just that can be done.

use std::sync::{Mutex, PoisonError};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::connector::{Origin, Target, WriteFailure};
use crate::run::transform::{Key, Prepared, Transform};
use crate::state::short_hash;
use crate::{Difference, Item, Outcome};

/// The form in which plans are saved.
const VERSION: u32 = 1;

/// What a run would do. It holds no secret.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct SavedPlan {
    /// The form of this plan: 1.
    pub version: u32,
    /// When it was made.
    pub made_at: Timestamp,
    /// The workflow's name.
    pub workflow_id: String,
    /// The action's name.
    pub action: String,
    /// Tells whether origin, filter, target and programs are still the same.
    pub fingerprint: String,
    /// What the user wrote, without the authentication.
    pub workflow: Option<Value>,
    /// Whether the origin was read whole.
    pub complete: bool,
    /// What would be done, item by item, in the order of references.
    pub steps: Vec<Step>,
}

impl SavedPlan {
    /// Whether this program knows the plan's form.
    pub fn is_known(&self) -> bool {
        self.version == VERSION
    }

    pub(crate) fn version() -> u32 {
        VERSION
    }

    /// Tells this plan from others.
    pub(crate) fn digest(&self) -> String {
        // A plan is text, numbers and JSON: there is nothing that could not be written.
        short_hash(&serde_json::to_string(self).unwrap_or_default())
    }
}

/// What would be done with one item.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Step {
    /// How it would end: `created`, `updated` or `archived`.
    pub outcome: String,
    /// The reference at the target.
    pub reference: String,
    /// What it is called.
    pub name: Option<String>,
    /// Its id at the origin.
    pub key: String,
    /// What would be written; none where a job would only be taken out of use.
    pub item: Option<Item>,
    /// What would change at the target.
    pub changes: Difference,
    /// Tells what the target had when the plan was made; none where it had nothing.
    pub held: Option<String>,
    /// Tells the content at the origin, where that is remembered.
    pub print: Option<String>,
}

/// Looks at what would be written, in place of writing it.
#[derive(Default)]
pub(crate) struct Foresight(Mutex<Vec<Step>>);

impl Foresight {
    /// How an item would end.
    pub(crate) async fn of(
        &self,
        prepared: &Prepared,
        target: &dyn Target,
    ) -> Result<Outcome, WriteFailure> {
        let key = prepared.key.to_string();
        let reference = target.reference(&prepared.item).unwrap_or_else(|| key.clone());
        let held = target.held(&reference).await?;
        let outcome = target.foresee(held.as_ref(), &prepared.item);
        if outcome.is_change() {
            self.note(Step {
                outcome: outcome.to_string(),
                name: name_of(&prepared.item).or_else(|| held.as_ref().and_then(name_of)),
                key,
                changes: changes(outcome, held.as_ref(), &prepared.item),
                held: held.as_ref().map(print_of_held),
                item: Some(prepared.item.clone()),
                print: prepared.print.map(|print| print.to_string()),
                reference,
            });
        }
        Ok(outcome)
    }

    /// How an item would end that is taken out of use.
    pub(crate) async fn of_retiring(
        &self,
        reference: &str,
        target: &dyn Target,
    ) -> Result<Outcome, WriteFailure> {
        let held = target.held(reference).await?;
        let Some(held) = held else { return Ok(Outcome::Missing) };
        if target.is_retired(&held) {
            return Ok(Outcome::Unchanged);
        }
        self.note(Step {
            outcome: Outcome::Archived.to_string(),
            reference: reference.to_owned(),
            name: name_of(&held),
            key: reference.to_owned(),
            item: None,
            changes: Difference::default(),
            held: Some(print_of_held(&held)),
            print: None,
        });
        Ok(Outcome::Archived)
    }

    fn note(&self, step: Step) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(step);
    }

    pub(crate) fn into_steps(self) -> Vec<Step> {
        let mut steps = self.0.into_inner().unwrap_or_else(PoisonError::into_inner);
        steps.sort_by(|left, right| left.reference.cmp(&right.reference));
        steps
    }
}

/// What both ends have now of a step's item.
pub(crate) struct Look {
    listed: Option<Item>,
    held: Option<Item>,
}

/// Asks both ends for a step's item.
pub(crate) async fn look(
    step: &Step,
    origin: &dyn Origin,
    target: &dyn Target,
) -> Result<Look, String> {
    let held = target.held(&step.reference).await.map_err(|failure| failure.why)?;
    let listed = match Key::read(&step.key).reference() {
        Some(reference) => origin.find(reference).await?,
        None => None,
    };
    Ok(Look { listed, held })
}

impl Look {
    /// Whether the step still holds; why not, where it does not.
    pub(crate) fn against(self, step: &Step, transform: &mut Transform) -> Result<(), String> {
        if self.held.as_ref().map(print_of_held) != step.held {
            return Err("the target's job is not what it was".to_owned());
        }
        let key = Key::read(&step.key);
        let Some(reference) = key.reference() else { return Ok(()) };
        match (self.listed, &step.item) {
            (Some(_), None) => Err("it is listed again".to_owned()),
            (None, None) => Ok(()),
            (None, Some(_)) => Err("it is listed no more".to_owned()),
            (Some(listed), Some(item)) => match transform.apply(listed, Some(reference)) {
                Ok(now) if now == *item => Ok(()),
                _ => Err("it is not what it was at the origin".to_owned()),
            },
        }
    }
}

/// What an item changes in what the target has. An item that is only archived changes nothing
/// that it shows.
fn changes(outcome: Outcome, held: Option<&Item>, item: &Item) -> Difference {
    match (outcome, held) {
        (Outcome::Updated, Some(held)) => Difference::between(held, item),
        _ => Difference::default(),
    }
}

fn name_of(item: &Item) -> Option<String> {
    item.text("name").map(str::to_owned)
}

/// Tells what a target has from what it may have later. When it was changed says nothing.
pub(crate) fn print_of_held(held: &Item) -> String {
    let mut held = held.clone();
    held.remove("updated_at");
    short_hash(&Value::Object(held.into_map()).to_string())
}
