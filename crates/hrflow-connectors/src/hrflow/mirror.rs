//! A board as the mirror of what an origin lists.

use ::hrflow::{Created, Edited, Error, JobId};
use futures::FutureExt;
use futures::future::BoxFuture;
use serde_json::{Value, json};

use super::board::{Board, BoardWork, vanished_meanwhile};
use super::enrich::Enricher;
use super::valid;
use crate::connector::WriteFailure;
use crate::hrflow::{HrflowAuth, SyncParameters};
use crate::problem::Problem;
use crate::settings::Environment;
use crate::{Item, Outcome, Wiring};

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
        auth: HrflowAuth,
        push: SyncParameters,
        environment: &Environment,
        wiring: &Wiring,
    ) -> Result<Self, Problem> {
        let board = Board::connect(auth, push.board_key.clone(), environment, wiring)?;
        let enricher = Enricher::new(board.clone(), push.enrich_with_parsing, push.enrich);
        Ok(Self { board, enricher, push })
    }

    async fn put(&self, item: &Item) -> Result<Outcome, WriteFailure> {
        let reference = valid::mirrored(item).map_err(WriteFailure::invalid)?;
        let job = self.enricher.enriched(item).await?;
        let (client, key) = (&self.board.client, &self.board.key);
        let created = client.create_job(key, &job).await.map_err(|error| self.failure(&error))?;
        match created {
            Created::Done => Ok(Outcome::Created),
            Created::Exists => self.replace(reference, &job).await,
            // Nothing remembered it before, so it is new as far as anybody knows; what it says is
            // made sure of.
            Created::NowThere => self.replace(reference, &job).await.map(BoardMirror::ends_again),
        }
    }

    /// Replaces a job that is known to be there; where it is not, or is archived, it is put as any.
    async fn replace_known(&self, item: &Item) -> Result<Outcome, WriteFailure> {
        let reference = valid::mirrored(item).map_err(WriteFailure::invalid)?;
        let job = self.enricher.enriched(item).await?;
        match self.board.edit(&job).await? {
            Edited::Done => Ok(Outcome::Updated),
            // Somebody has archived it by hand; its offer is listed.
            Edited::InArchive => {
                let id = JobId::Reference(reference.to_owned());
                let unarchived = self.board.client.unarchive_job(&self.board.key, &id).await;
                unarchived.map_err(|error| self.failure(&error))?;
                Ok(Outcome::Updated)
            }
            Edited::Archived | Edited::Missing => self.put(item).await,
        }
    }

    /// Replaces a job that is there, and takes it out of the archive where it is in it.
    async fn replace(&self, reference: &str, item: &Item) -> Result<Outcome, WriteFailure> {
        let (client, key) = (&self.board.client, &self.board.key);
        let failure = |error| self.failure(&error);
        let id = JobId::Reference(reference.to_owned());
        let job = client.job(key, &id).await.map_err(failure)?;
        if job.is_some_and(|job| job.is_archived()) {
            client.unarchive_job(key, &id).await.map_err(failure)?;
        }
        match self.board.edit(item).await? {
            Edited::Done | Edited::InArchive => Ok(Outcome::Updated),
            Edited::Archived | Edited::Missing => Err(vanished_meanwhile()),
        }
    }

    fn failure(&self, error: &Error) -> WriteFailure {
        self.board.failure(error)
    }
}

impl BoardWork for BoardMirror {
    const OUTCOMES: &'static [Outcome] =
        &[Outcome::Created, Outcome::Updated, Outcome::Archived, Outcome::Missing, Outcome::Failed];

    fn foresee(held: Option<&Item>) -> Outcome {
        if held.is_some() { Outcome::Updated } else { Outcome::Created }
    }

    fn board(&self) -> &Board {
        &self.board
    }

    /// Only the board: how careful the mirror is does not change what it mirrors.
    fn parameters(&self) -> Value {
        json!({"board_key": self.push.board_key})
    }

    fn validate(&self, item: &Item) -> Result<(), String> {
        valid::mirrored(item).map(drop)
    }

    fn write<'a>(&'a self, item: &'a Item) -> BoxFuture<'a, Result<Outcome, WriteFailure>> {
        self.put(item).boxed()
    }

    /// The one call that a change costs.
    fn replace<'a>(&'a self, item: &'a Item) -> BoxFuture<'a, Result<Outcome, WriteFailure>> {
        self.replace_known(item).boxed()
    }

    /// What was created a moment ago, this run has created: nothing remembered it before.
    fn ends_again(outcome: Outcome) -> Outcome {
        if outcome == Outcome::Updated { Outcome::Created } else { outcome }
    }

    fn retire<'a>(&'a self, reference: &'a str) -> BoxFuture<'a, Result<Outcome, WriteFailure>> {
        let id = JobId::Reference(reference.to_owned());
        async move { self.board.archive(&id, self.push.on_archive).await }.boxed()
    }
}
