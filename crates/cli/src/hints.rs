//! What to do next, in the words of this command line.

use hrflow_connectors::{Hint, RunResult};
use serde_json::Value;

/// What to do about a result.
pub(crate) fn of(result: &RunResult) -> Vec<String> {
    result.hints.iter().map(in_words).collect()
}

/// One of them.
pub(crate) fn in_words(hint: &Hint) -> String {
    match hint {
        Hint::Text(text) => text.clone(),
        Hint::AllowMassArchive => {
            "if the offers are really gone, run again with `--allow-mass-archive`".to_owned()
        }
        Hint::ResetState { is_mirror: true } => {
            "use another `workflow_id`, or run once with `--begin-anew`; `--begin-anew archive` \
             also archives the jobs that are no longer listed"
                .to_owned()
        }
        Hint::ResetState { is_mirror: false } => {
            "use another `workflow_id`, or run once with `--begin-anew`".to_owned()
        }
        Hint::MakeNewPlan => "make a new plan with `plan --out`".to_owned(),
        Hint::SkipChanged => {
            "make a new plan, or apply the rest of this plan with `--skip-changed`".to_owned()
        }
        Hint::WaitForOtherRun => "wait for it to end, for example with `--wait 10m`".to_owned(),
        Hint::Resume(run_id) => format!("`hrflow-connectors resume {run_id}` continues the run"),
    }
}

/// A result as JSON, with its hints in words.
pub(crate) fn value(result: &RunResult) -> Value {
    // A result is names, numbers and text: there is nothing that JSON could not hold.
    let mut json = serde_json::to_value(result).unwrap_or_default();
    if !result.hints.is_empty() {
        json["hints"] = of(result).into();
    }
    json
}
