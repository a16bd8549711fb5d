//! Who delivers a job: the job itself says so.
//!
//! A mirror writes its workflow's name into the metadatas of each of its jobs, and keeps the names
//! that other workflows have written there. So a job that several workflows deliver is archived by
//! the last of them. Each run also leaves its id, by which a run that was interrupted knows what it
//! has created itself.

use engine::{Claims, Item};
use serde_json::{Value, json};

/// The metadata with the name of a workflow that delivers the job; one for each.
pub(super) const DELIVERED_BY: &str = "delivered_by";
/// The metadata with the id of the run that wrote the job last.
pub(super) const DELIVERED_IN: &str = "delivered_in";

/// Which workflows deliver a job.
pub(super) fn claims_on(job: &Item, workflow_id: &str) -> Claims {
    let mut claims = Claims::default();
    for name in claimants(job) {
        if name == workflow_id {
            claims.ours = true;
        } else {
            claims.others = true;
        }
    }
    claims
}

/// The id of the run that wrote a job last.
pub(super) fn run_of(job: &Item) -> Option<&str> {
    metadatas(job).find(|entry| entry["name"] == DELIVERED_IN)?["value"].as_str()
}

/// The job with the names of these workflows in place of those that it has, and the run's id.
pub(super) fn claimed(job: &Item, workflows: &[&str], run_id: &str) -> Item {
    let run = (!run_id.is_empty()).then(|| json!({"name": DELIVERED_IN, "value": run_id}));
    let names = workflows.iter().map(|name| json!({"name": DELIVERED_BY, "value": name}));
    with_entries(job, names.chain(run).collect())
}

/// The job that is to be written over another: our name and those of the others.
pub(super) fn claimed_beside(job: &Item, held: &Item, workflow_id: &str, run_id: &str) -> Item {
    let others = claimants(held).filter(|name| *name != workflow_id);
    let workflows: Vec<_> = std::iter::once(workflow_id).chain(others).collect();
    claimed(job, &workflows, run_id)
}

/// The job without our name.
pub(super) fn released(held: &Item, workflow_id: &str) -> Item {
    let others: Vec<_> = claimants(held).filter(|name| *name != workflow_id).collect();
    claimed(held, &others, run_of(held).unwrap_or_default())
}

fn claimants(job: &Item) -> impl Iterator<Item = &str> {
    let named = metadatas(job).filter(|entry| entry["name"] == DELIVERED_BY);
    named.filter_map(|entry| entry["value"].as_str())
}

fn metadatas(job: &Item) -> impl Iterator<Item = &Value> {
    job["metadatas"].as_array().into_iter().flatten()
}

/// The job with these entries. What a format has written as metadatas and is no list stays.
fn with_entries(job: &Item, entries: Vec<Value>) -> Item {
    let mut job = job.clone();
    let list = job.entry("metadatas").or_insert_with(|| json!([]));
    if list.is_null() {
        *list = json!([]);
    }
    if let Value::Array(list) = list {
        let is_own = |entry: &Value| entry["name"] == DELIVERED_BY || entry["name"] == DELIVERED_IN;
        list.retain(|entry| !is_own(entry));
        list.extend(entries);
    }
    job
}

#[cfg(test)]
mod tests {
    use super::*;

    fn item(value: Value) -> Item {
        serde_json::from_value(value).unwrap()
    }

    #[test]
    fn each_workflow_adds_and_takes_back_its_own_name() {
        let ours = claimed(&item(json!({"name": "Baker"})), &["a"], "run-1");
        assert_eq!(claims_on(&ours, "a"), Claims { ours: true, others: false });
        assert_eq!(claims_on(&ours, "b"), Claims { ours: false, others: true });
        let both = claimed_beside(&item(json!({"name": "Baker"})), &ours, "b", "run-2");
        assert_eq!(claims_on(&both, "a"), Claims { ours: true, others: true });
        assert_eq!(run_of(&both), Some("run-2"));
        let left = released(&both, "b");
        assert_eq!(claims_on(&left, "a"), Claims { ours: true, others: false });
        assert_eq!(claims_on(&left, "b"), Claims { ours: false, others: true });
        assert_eq!(left["metadatas"].as_array().unwrap().len(), 2);
    }

    #[test]
    fn what_else_stands_in_the_metadatas_stays() {
        let job = item(json!({"metadatas": [{"name": "source", "value": "France Travail"}]}));
        let claimed = claimed(&job, &["a"], "run-1");
        assert_eq!(claimed["metadatas"][0]["value"], "France Travail");
        assert_eq!(claimed["metadatas"].as_array().unwrap().len(), 3);
        let odd = item(json!({"metadatas": "text"}));
        assert_eq!(super::claimed(&odd, &["a"], "run-1"), odd);
        let none = item(json!({"metadatas": null}));
        assert!(claims_on(&super::claimed(&none, &["a"], ""), "a").ours);
    }
}
