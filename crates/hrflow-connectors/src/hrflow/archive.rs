//! A board as a target that archives the jobs of the items it is given.

use ::hrflow::{JobId, is_archived};
use futures::FutureExt;
use futures::future::BoxFuture;
use serde_json::{Value, json};

use super::board::{Board, BoardWork};
use super::valid;
use crate::connector::WriteFailure;
use crate::hrflow::{ArchiveParameters, HrflowAuth};
use crate::problem::Problem;
use crate::settings::Environment;
use crate::{Item, Outcome, Wiring};

/// Archives, in one board, the job of each item's `reference` or `key`.
pub(crate) struct BoardArchive {
    board: Board,
    push: ArchiveParameters,
}

impl BoardArchive {
    /// Makes it ready; no call is made.
    pub(crate) fn connect(
        auth: HrflowAuth,
        push: ArchiveParameters,
        environment: &Environment,
        wiring: &Wiring,
    ) -> Result<Self, Problem> {
        let board = Board::connect(auth, push.board_key.clone(), environment, wiring)?;
        Ok(Self { board, push })
    }

    async fn archive(&self, item: &Item) -> Result<Outcome, WriteFailure> {
        let job = valid::identified(item).map_err(WriteFailure::invalid)?;
        self.board.archive(&job, self.push.on_archive).await
    }
}

impl BoardWork for BoardArchive {
    const OUTCOMES: &'static [Outcome] = &[Outcome::Archived, Outcome::Missing, Outcome::Failed];

    /// An archived job stays so, whatever becomes of its offer.
    const FOLLOWS_ORIGIN: bool = false;

    /// What was archived a moment ago, this run has archived.
    fn ends_again(outcome: Outcome) -> Outcome {
        if outcome == Outcome::Unchanged { Outcome::Archived } else { outcome }
    }

    fn foresee(held: Option<&Item>) -> Outcome {
        match held {
            None => Outcome::Missing,
            Some(held) if is_archived(held) => Outcome::Unchanged,
            Some(_) => Outcome::Archived,
        }
    }

    fn board(&self) -> &Board {
        &self.board
    }

    fn parameters(&self) -> Value {
        json!(self.push)
    }

    /// Where it archives what has vanished.
    fn retire<'a>(&'a self, reference: &'a str) -> BoxFuture<'a, Result<Outcome, WriteFailure>> {
        let id = JobId::Reference(reference.to_owned());
        async move { self.board.archive(&id, self.push.on_archive).await }.boxed()
    }

    fn validate(&self, item: &Item) -> Result<(), String> {
        valid::identified(item).map(drop)
    }

    fn write<'a>(&'a self, item: &'a Item) -> BoxFuture<'a, Result<Outcome, WriteFailure>> {
        self.archive(item).boxed()
    }
}
