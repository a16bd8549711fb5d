//! A board as a target in which the items it is given become jobs.

use ::hrflow::Created;
use futures::FutureExt;
use futures::future::BoxFuture;
use serde_json::{Value, json};

use super::board::{Board, BoardWork};
use super::enrich::Enricher;
use super::valid;
use crate::connector::WriteFailure;
use crate::hrflow::{CreateParameters, HrflowAuth};
use crate::problem::Problem;
use crate::settings::Environment;
use crate::{Item, Outcome, Wiring};

/// Creates, in one board, a job from each item. A job that the board has already is left as it
/// is.
pub(crate) struct BoardCreate {
    board: Board,
    enricher: Enricher,
    push: CreateParameters,
}

impl BoardCreate {
    /// Makes it ready; no call is made.
    pub(crate) fn connect(
        auth: HrflowAuth,
        push: CreateParameters,
        environment: &Environment,
        wiring: &Wiring,
    ) -> Result<Self, Problem> {
        let board = Board::connect(auth, push.board_key.clone(), environment, wiring)?;
        let enricher = Enricher::new(board.clone(), push.enrich_with_parsing, push.enrich);
        Ok(Self { board, enricher, push })
    }

    async fn create(&self, item: &Item) -> Result<Outcome, WriteFailure> {
        valid::complete(item).map_err(WriteFailure::invalid)?;
        let job = self.enricher.enriched(item).await?;
        match self.board.client.create_job(&self.board.key, &job).await {
            Ok(Created::Done | Created::NowThere) => Ok(Outcome::Created),
            Ok(Created::Exists) => Ok(Outcome::Unchanged),
            Err(error) => Err(self.board.failure(&error)),
        }
    }
}

impl BoardWork for BoardCreate {
    const OUTCOMES: &'static [Outcome] = &[Outcome::Created, Outcome::Unchanged, Outcome::Failed];

    /// What was created a moment ago, this run has created.
    fn ends_again(outcome: Outcome) -> Outcome {
        if outcome == Outcome::Unchanged { Outcome::Created } else { outcome }
    }

    fn foresee(held: Option<&Item>) -> Outcome {
        if held.is_some() { Outcome::Unchanged } else { Outcome::Created }
    }

    fn board(&self) -> &Board {
        &self.board
    }

    fn parameters(&self) -> Value {
        json!(self.push)
    }

    fn validate(&self, item: &Item) -> Result<(), String> {
        valid::complete(item)
    }

    fn write<'a>(&'a self, item: &'a Item) -> BoxFuture<'a, Result<Outcome, WriteFailure>> {
        self.create(item).boxed()
    }
}
