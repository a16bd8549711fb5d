//! A board as a target that replaces the jobs of the items it is given.

use ::hrflow::Edited;
use futures::FutureExt;
use futures::future::BoxFuture;
use serde_json::{Value, json};

use super::board::{Board, BoardWork};
use super::valid;
use crate::connector::WriteFailure;
use crate::hrflow::{HrflowAuth, PushParameters};
use crate::problem::Problem;
use crate::settings::Environment;
use crate::{Item, Outcome, Wiring};

/// Replaces, in one board, the job of each item's `reference` or `key` by the item.
pub(crate) struct BoardUpdate {
    board: Board,
    push: PushParameters,
}

impl BoardUpdate {
    /// Makes it ready; no call is made.
    pub(crate) fn connect(
        auth: HrflowAuth,
        push: PushParameters,
        environment: &Environment,
        wiring: &Wiring,
    ) -> Result<Self, Problem> {
        let board = Board::connect(auth, push.board_key.clone(), environment, wiring)?;
        Ok(Self { board, push })
    }

    async fn update(&self, item: &Item) -> Result<Outcome, WriteFailure> {
        valid::identified(item).map_err(WriteFailure::invalid)?;
        match self.board.client.edit_job(&self.board.key, item).await {
            Ok(Edited::Done | Edited::InArchive) => Ok(Outcome::Updated),
            Ok(Edited::Archived) => Ok(Outcome::Unchanged),
            Ok(Edited::Missing) => Ok(Outcome::Missing),
            Err(error) => Err(self.board.failure(&error)),
        }
    }
}

impl BoardWork for BoardUpdate {
    const OUTCOMES: &'static [Outcome] = &[Outcome::Updated, Outcome::Missing, Outcome::Failed];

    fn foresee(held: Option<&Item>) -> Outcome {
        if held.is_some() { Outcome::Updated } else { Outcome::Missing }
    }

    fn board(&self) -> &Board {
        &self.board
    }

    fn parameters(&self) -> Value {
        json!(self.push)
    }

    fn validate(&self, item: &Item) -> Result<(), String> {
        valid::identified(item).map(drop)
    }

    fn write<'a>(&'a self, item: &'a Item) -> BoxFuture<'a, Result<Outcome, WriteFailure>> {
        self.update(item).boxed()
    }
}
