//! A target in memory: jobs that several workflows may deliver, and that a hand may change.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};

use engine::{
    Applied, Attempt, Claims, EndError, Held, Item, Op, Outcome, Prediction, Requires, Step,
    Target, TargetInfo,
};
use futures::FutureExt;
use futures::future::BoxFuture;
use serde_json::json;
use store::Fingerprint;
use tokio::sync::mpsc;

/// One job.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Job {
    pub(crate) content: String,
    pub(crate) is_archived: bool,
    pub(crate) claimed_by: BTreeSet<String>,
}

/// The jobs of a board, and what was done to it.
#[derive(Clone, Default)]
pub(crate) struct Shelf(Arc<Mutex<Contents>>);

#[derive(Default)]
struct Contents {
    jobs: BTreeMap<String, Job>,
    writes: u64,
    /// After so many writes none is answered any more.
    silent_after: Option<u64>,
}

impl Shelf {
    pub(crate) fn live(&self) -> BTreeSet<String> {
        let jobs = self.0.lock().unwrap();
        let live = jobs.jobs.iter().filter(|(_, job)| !job.is_archived);
        live.map(|(reference, _)| reference.clone()).collect()
    }

    pub(crate) fn job(&self, reference: &str) -> Option<Job> {
        self.0.lock().unwrap().jobs.get(reference).cloned()
    }

    /// What somebody does by hand.
    pub(crate) fn by_hand(&self, reference: &str, change: impl FnOnce(&mut Option<Job>)) {
        let mut jobs = self.0.lock().unwrap();
        let mut job = jobs.jobs.remove(reference);
        change(&mut job);
        if let Some(job) = job {
            jobs.jobs.insert(reference.to_owned(), job);
        }
    }

    pub(crate) fn writes(&self) -> u64 {
        self.0.lock().unwrap().writes
    }

    /// From the n-th write on the caller hears nothing, although it is done.
    pub(crate) fn silence_after(&self, writes: Option<u64>) {
        let mut jobs = self.0.lock().unwrap();
        jobs.silent_after = writes.map(|writes| jobs.writes + writes);
    }

    fn held(&self, reference: &str, workflow: &str) -> Option<Held> {
        let job = self.job(reference)?;
        let claims = Claims {
            ours: job.claimed_by.contains(workflow),
            others: job.claimed_by.iter().any(|name| name != workflow),
        };
        let item = json!({"reference": reference, "content": job.content, "made_by": "Catalog"});
        Some(Held {
            reference: Some(reference.to_owned()),
            label: None,
            is_retired: job.is_archived,
            claims,
            version: Fingerprint::of(job.content.as_bytes()),
            is_whole: true,
            item: serde_json::from_value(item).unwrap(),
        })
    }

    /// Does something to a job; counts it, and says whether the caller hears of it.
    fn write(&self, change: impl FnOnce(&mut BTreeMap<String, Job>) -> Outcome) -> Option<Outcome> {
        let mut jobs = self.0.lock().unwrap();
        let outcome = change(&mut jobs.jobs);
        jobs.writes += 1;
        let is_silent = jobs.silent_after.is_some_and(|after| jobs.writes > after);
        (!is_silent).then_some(outcome)
    }
}

/// What is done with a shelf.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Mirror,
    Archive,
    Update,
}

/// A shelf as the target of a workflow.
pub(crate) struct Board {
    pub(crate) shelf: Shelf,
    pub(crate) workflow: &'static str,
    pub(crate) kind: Kind,
}

impl Board {
    async fn applied(&self, step: &Step) -> Result<Applied, EndError> {
        let reference = step.key.id().unwrap().to_owned();
        let claimant = self.workflow.to_owned();
        if step.op.item().is_some_and(|item| item.text("content") == Some("unwritable")) {
            return Err(EndError::item("it cannot be written").not_retryable());
        }
        let said = match (&step.op, self.kind) {
            (Op::Retire, _) => {
                let is_checked = step.requires == Requires::Unclaimed;
                let is_in_doubt = step.attempt == Attempt::InDoubt;
                self.shelf.write(|jobs| match retire(jobs, &reference, &claimant, is_checked) {
                    // An interrupted process of this run has archived it a moment ago.
                    Outcome::Unchanged if is_in_doubt => Outcome::Archived,
                    outcome => outcome,
                })
            }
            (_, Kind::Archive) => self.shelf.write(|jobs| archive(jobs, &reference)),
            (Op::Write(item) | Op::Replace(item), kind) => {
                let content = item.text("content").unwrap_or_default().to_owned();
                let claim = (kind == Kind::Mirror).then_some(claimant);
                self.shelf.write(|jobs| put(jobs, &reference, content, claim))
            }
        };
        match said {
            Some(outcome) => {
                let held = self.shelf.held(&reference, self.workflow);
                Ok(Applied { outcome, version: held.map(|held| held.version) })
            }
            None => std::future::pending().await,
        }
    }
}

fn archive(jobs: &mut BTreeMap<String, Job>, reference: &str) -> Outcome {
    match jobs.get_mut(reference) {
        None => Outcome::Missing,
        Some(job) if job.is_archived => Outcome::Unchanged,
        Some(job) => {
            job.is_archived = true;
            Outcome::Archived
        }
    }
}

fn retire(
    jobs: &mut BTreeMap<String, Job>,
    reference: &str,
    workflow: &str,
    is_checked: bool,
) -> Outcome {
    if let Some(job) = jobs.get_mut(reference).filter(|_| is_checked) {
        job.claimed_by.remove(workflow);
        if !job.claimed_by.is_empty() {
            return Outcome::Released;
        }
    }
    archive(jobs, reference)
}

fn put(
    jobs: &mut BTreeMap<String, Job>,
    reference: &str,
    content: String,
    claim: Option<String>,
) -> Outcome {
    let is_there = jobs.contains_key(reference);
    if claim.is_none() && !is_there {
        return Outcome::Missing;
    }
    let job = jobs.entry(reference.to_owned()).or_default();
    job.content = content;
    job.is_archived = false;
    job.claimed_by.extend(claim);
    if is_there { Outcome::Updated } else { Outcome::Created }
}

impl Target for Board {
    fn describe(&self) -> TargetInfo {
        TargetInfo {
            name: "Shelf",
            parameters: json!({"board_key": "0"}),
            outcomes: match self.kind {
                Kind::Archive => &[Outcome::Archived, Outcome::Missing, Outcome::Failed],
                Kind::Update => &[Outcome::Updated, Outcome::Missing, Outcome::Failed],
                Kind::Mirror => &[
                    Outcome::Created,
                    Outcome::Updated,
                    Outcome::Archived,
                    Outcome::Missing,
                    Outcome::Released,
                    Outcome::Failed,
                ],
            },
            skips_unlisted: self.kind != Kind::Archive,
        }
    }

    fn reference(&self, item: &Item) -> Option<String> {
        item.text("id").map(str::to_owned)
    }

    fn apply<'a>(&'a self, step: &'a Step) -> BoxFuture<'a, Result<Applied, EndError>> {
        self.applied(step).boxed()
    }

    fn predict(&self, step: &Step, held: Option<&Held>) -> Prediction {
        match (&step.op, held) {
            (Op::Retire, Some(held)) if !held.is_retired => Outcome::Archived,
            (Op::Retire, _) => Outcome::Unchanged,
            (_, Some(_)) => Outcome::Updated,
            (_, None) => Outcome::Created,
        }
        .into()
    }

    fn get<'a>(&'a self, reference: &'a str) -> BoxFuture<'a, Result<Option<Held>, EndError>> {
        async move { Ok(self.shelf.held(reference, self.workflow)) }.boxed()
    }

    fn list(&self, out: mpsc::Sender<Vec<Held>>) -> BoxFuture<'_, Result<(), EndError>> {
        async move {
            let references: Vec<_> = self.shelf.0.lock().unwrap().jobs.keys().cloned().collect();
            for chunk in references.chunks(30) {
                let held = chunk.iter().filter_map(|one| self.shelf.held(one, self.workflow));
                if out.send(held.collect()).await.is_err() {
                    break;
                }
            }
            Ok(())
        }
        .boxed()
    }

    fn check(&self) -> BoxFuture<'_, Result<String, EndError>> {
        async { Ok("there".to_owned()) }.boxed()
    }
}
