//! What a run would do, saved so that just that can be done.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use store::Fingerprint;

use super::names::short_hash;
use crate::{
    Attempt, Difference, Held, Item, Key, Op, OpKind, Outcome, Prediction, Requires, Step,
};

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
    /// What the user wrote, without the credentials.
    pub workflow: Option<Value>,
    /// Whether the origin was read whole.
    pub complete: bool,
    /// What would be done, item by item, in the order of references.
    pub steps: Vec<PlannedStep>,
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
    pub fn digest(&self) -> String {
        // A plan is text, numbers and JSON: there is nothing that could not be written.
        short_hash(&serde_json::to_string(self).unwrap_or_default())
    }
}

/// What would be done to one item.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct PlannedStep {
    /// How it would end: `created`, `updated` or `archived`.
    pub outcome: String,
    /// The reference at the target.
    pub reference: String,
    /// What people call it.
    pub name: Option<String>,
    /// What it is known by at the origin.
    pub key: Key,
    /// What would be written; none where a job would only be archived.
    pub item: Option<Item>,
    /// What would change at the target.
    pub changes: Difference,
    /// Tells what the target had when the plan was made; none where it had nothing.
    pub held: Option<String>,
    /// Tells the content at the origin, where that is remembered.
    pub print: Option<String>,
    /// What must hold when it is done.
    #[serde(default)]
    pub requires: Requires,
}

impl PlannedStep {
    /// Of a step that would end so, given what the target has.
    pub(crate) fn of(
        step: &Step,
        prediction: Prediction,
        reference: String,
        held: Option<&Held>,
    ) -> Self {
        let Prediction { outcome, changes, label } = prediction;
        Self {
            outcome: outcome.to_string(),
            reference,
            name: label.or_else(|| held.and_then(|held| held.label.clone())),
            key: step.key.clone(),
            item: step.op.item().cloned(),
            changes,
            held: held.map(version_text),
            print: step.fingerprint.map(|fingerprint| fingerprint.to_string()),
            requires: step.requires,
        }
    }

    /// Whether the item would be written or archived.
    pub fn op(&self) -> OpKind {
        if self.item.is_some() { OpKind::Write } else { OpKind::Retire }
    }

    /// Whether the target still has what it had when the plan was made.
    pub(crate) fn is_held_as_planned(&self, held: Option<&Held>) -> bool {
        held.map(version_text) == self.held
    }

    /// The step to be done.
    pub(crate) fn into_step(self) -> Step {
        let replaces = self.outcome == Outcome::Updated.name();
        let op = match self.item {
            Some(item) if replaces => Op::Replace(item),
            Some(item) => Op::Write(item),
            None => Op::Retire,
        };
        Step {
            key: self.key,
            op,
            fingerprint: self.print.as_deref().and_then(Fingerprint::parse),
            attempt: Attempt::First,
            requires: self.requires,
        }
    }
}

fn version_text(held: &Held) -> String {
    let retired = if held.is_retired { "-archived" } else { "" };
    format!("{}{retired}", held.version)
}
