//! What to do next, in the words of this command line.

use hrflow_connectors::{Hint, RunResult};
use serde_json::Value;

/// What to do about a result's message.
pub(crate) fn of(result: &RunResult) -> Option<String> {
    Some(match result.hint.as_ref()? {
        Hint::Text(text) => text.clone(),
        Hint::AllowMassArchive => {
            "if they are really gone, run again with `--allow-mass-archive`".to_owned()
        }
        Hint::ResetState { is_mirror: true } => {
            "give the workflow another `workflow_id`, or run once with `--begin-anew`; with \
             `--begin-anew archive`, jobs that are no longer listed are archived"
                .to_owned()
        }
        Hint::ResetState { is_mirror: false } => {
            "give the workflow another `workflow_id`, or run once with `--begin-anew`".to_owned()
        }
        Hint::MakeNewPlan => "make a new plan with `plan --out`".to_owned(),
        Hint::SkipChanged => {
            "make a new plan, or apply the rest of this one with `--skip-changed`".to_owned()
        }
        Hint::WaitForOtherRun => {
            "wait for it to end, or run with `--wait 10m`, which does".to_owned()
        }
        Hint::Resume(run_id) => format!("`hrflow-connectors resume {run_id}` does the rest"),
    })
}

/// A result as JSON, with its hint in words.
pub(crate) fn value(result: &RunResult) -> Value {
    // A result is names, numbers and text: there is nothing that JSON could not hold.
    let mut json = serde_json::to_value(result).unwrap_or_default();
    if let Some(hint) = of(result) {
        json["hint"] = hint.into();
    }
    json
}
