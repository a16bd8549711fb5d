//! A board as the mirror of what an origin lists.

use engine::{
    Applied, Attempt, Difference, EndError, Held, Item, Key, Op, Outcome, Requires, Step,
};
use futures::FutureExt;
use futures::future::BoxFuture;
use hrflow_api::{Created, Edited, JobId};
use serde_json::{Value, json};

use super::anonymise::HRFLOWS_OWN;
use super::board::{Board, invalid, vanished_meanwhile};
use super::claims::{claimed, claimed_beside, released};
use super::enrich::Enricher;
use super::target::BoardAction;
use super::valid::mirrored;
use super::version::{EXCEPTIONS, version_of};
use crate::ClientOptions;
use crate::hrflow::{HrflowAuth, SyncParameters};
use crate::problem::Problem;
use crate::settings::Environment;

/// Creates or replaces, in one board, the job of each item, and archives those of items that are
/// no more. The reference of a job is the id of its offer.
pub(crate) struct BoardMirror {
    board: Board,
    enricher: Enricher,
    push: SyncParameters,
}

impl BoardMirror {
    /// Makes it ready; no call is made.
    pub(crate) fn connect(
        workflow_id: &str,
        auth: HrflowAuth,
        push: SyncParameters,
        environment: &Environment,
        client_options: &ClientOptions,
    ) -> Result<Self, Problem> {
        let key = push.board_key.clone();
        let board = Board::connect(workflow_id, auth, key, environment, client_options)?;
        let client = board.client.clone();
        let enricher = Enricher::new(client, push.enrich_with_parsing, push.enrich);
        Ok(Self { board, enricher, push })
    }

    async fn sync(&self, step: &Step) -> Result<Applied, EndError> {
        match (&step.op, &step.key) {
            (Op::Write(item), _) => self.put(item, step.attempt).await,
            (Op::Replace(item), _) => self.replace(item, step.attempt).await,
            (Op::Retire, Key::Id(id)) => self.retire(id, step).await,
            (Op::Retire, Key::Content(_)) => Ok(Outcome::Missing.into()),
        }
    }

    /// Writes a job that the board is not known to have.
    async fn put(&self, item: &Item, attempt: Attempt) -> Result<Applied, EndError> {
        let reference = mirrored(item).map_err(invalid)?;
        let job = self.enricher.enriched(item, &self.board).await?;
        let ours = claimed(&job, &[&self.board.workflow_id], &self.board.run_id());
        let created = self.board.client.create_job(&self.board.key, &ours).await;
        match created.map_err(|error| self.board.failure(&error))? {
            (Created::Done, shown) => {
                let version = shown.map(|job| version_of(&job.0.into()));
                Ok(Applied { outcome: Outcome::Created, version })
            }
            (Created::Exists, _) => self.replace_held(reference, &job, attempt).await,
            // A lost answer: what the job says tells whether this run has created it.
            (Created::NowThere, _) => self.replace_held(reference, &job, Attempt::InDoubt).await,
        }
    }

    /// Replaces a job that is known to be there; where it is not, or is archived, it is put as any.
    /// This is the one call that a change costs, where nobody else claims the job.
    async fn replace(&self, item: &Item, attempt: Attempt) -> Result<Applied, EndError> {
        let reference = mirrored(item).map_err(invalid)?;
        if !self.board.is_unshared(reference) {
            let job = self.enricher.enriched(item, &self.board).await?;
            return match self.board.get(reference).await? {
                Some(held) => self.write_over(&held, reference, &job, attempt).await,
                None => self.put(item, attempt).await,
            };
        }
        let job = self.enricher.enriched(item, &self.board).await?;
        let ours = claimed(&job, &[&self.board.workflow_id], &self.board.run_id());
        match self.board.edit(&ours).await? {
            (Edited::Done, version) => Ok(Applied { outcome: Outcome::Updated, version }),
            // Somebody has archived it by hand; its offer is listed.
            (Edited::InArchive, version) => {
                self.board.unarchive(&JobId::Reference(reference.to_owned())).await?;
                Ok(Applied { outcome: Outcome::Updated, version })
            }
            (Edited::Archived | Edited::Missing, _) => self.put(item, attempt).await,
        }
    }

    /// Replaces a job that the board said it has.
    async fn replace_held(
        &self,
        reference: &str,
        job: &Item,
        attempt: Attempt,
    ) -> Result<Applied, EndError> {
        match self.board.get(reference).await? {
            Some(held) => self.write_over(&held, reference, job, attempt).await,
            None => Err(vanished_meanwhile()),
        }
    }

    /// Makes the board's job what it should be, with the names of all who deliver it.
    async fn write_over(
        &self,
        held: &Held,
        reference: &str,
        job: &Item,
        attempt: Attempt,
    ) -> Result<Applied, EndError> {
        // What an interrupted process of this run has created, this run has created.
        let is_own = attempt == Attempt::InDoubt && self.board.is_of_this_run(&held.item);
        let outcome = if is_own { Outcome::Created } else { Outcome::Updated };
        if held.is_retired {
            self.board.unarchive(&JobId::Reference(reference.to_owned())).await?;
        } else if held.claims.ours && Difference::between(&held.item, job, &EXCEPTIONS).is_empty() {
            let outcome = if is_own { Outcome::Created } else { Outcome::Unchanged };
            return Ok(Applied { outcome, version: Some(held.version) });
        }
        let workflow_id = &self.board.workflow_id;
        let job = claimed_beside(job, &held.item, workflow_id, &self.board.run_id());
        match self.board.edit(&job).await? {
            (Edited::Done | Edited::InArchive, version) => Ok(Applied { outcome, version }),
            (Edited::Archived | Edited::Missing, _) => Err(vanished_meanwhile()),
        }
    }

    /// Archives a job, unless another workflow delivers it, too.
    async fn retire(&self, reference: &str, step: &Step) -> Result<Applied, EndError> {
        if step.requires == Requires::Unclaimed
            && let Some(held) = self.board.get(reference).await?
            && held.claims.others
            && !held.is_retired
        {
            return self.release(&held).await;
        }
        let id = JobId::Reference(reference.to_owned());
        self.board.archive(&id, self.push.on_archive, step.attempt).await
    }

    /// Takes this workflow's name out of a job, and leaves the job to the others.
    async fn release(&self, held: &Held) -> Result<Applied, EndError> {
        if !held.claims.ours {
            return Ok(Outcome::Released.into());
        }
        let mut job = released(&held.item, &self.board.workflow_id);
        job.retain(|field, _| !HRFLOWS_OWN.contains(&field.as_str()));
        match self.board.edit(&job).await?.0 {
            Edited::Done | Edited::InArchive => Ok(Outcome::Released.into()),
            Edited::Archived => Ok(Outcome::Unchanged.into()),
            Edited::Missing => Ok(Outcome::Missing.into()),
        }
    }
}

impl BoardAction for BoardMirror {
    const OUTCOMES: &'static [Outcome] = &[
        Outcome::Created,
        Outcome::Updated,
        Outcome::Archived,
        Outcome::Missing,
        Outcome::Released,
        Outcome::Failed,
    ];

    fn board(&self) -> &Board {
        &self.board
    }

    /// Only the board: how careful the mirror is does not change what it mirrors.
    fn parameters(&self) -> Value {
        json!({"board_key": self.push.board_key})
    }

    fn validate(&self, item: &Item) -> Result<(), String> {
        mirrored(item).map(|_| ())
    }

    fn apply<'a>(&'a self, step: &'a Step) -> BoxFuture<'a, Result<Applied, EndError>> {
        self.sync(step).boxed()
    }

    fn predict(&self, step: &Step, held: Option<&Held>) -> Outcome {
        match (&step.op, held) {
            (Op::Retire, None) => Outcome::Missing,
            (Op::Retire, Some(held)) if held.is_retired => Outcome::Unchanged,
            (Op::Retire, Some(held))
                if step.requires == Requires::Unclaimed && held.claims.others =>
            {
                Outcome::Released
            }
            (Op::Retire, Some(_)) => Outcome::Archived,
            (Op::Write(_) | Op::Replace(_), None) => Outcome::Created,
            (Op::Write(_) | Op::Replace(_), Some(_)) => Outcome::Updated,
        }
    }
}
