//! A board as a target in which the items it is given become jobs.

use engine::{Applied, Attempt, EndError, Held, Item, Op, Outcome, Step};
use futures::FutureExt;
use futures::future::BoxFuture;
use hrflow_api::{Created, JobId};
use serde_json::{Value, json};

use super::board::{Board, invalid};
use super::claims::claimed;
use super::enrich::Enricher;
use super::target::BoardAction;
use super::valid::complete;
use crate::ClientOptions;
use crate::hrflow::{CreateParameters, HrflowAuth};
use crate::problem::Problem;
use crate::settings::Environment;

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
        workflow_id: &str,
        auth: HrflowAuth,
        push: CreateParameters,
        environment: &Environment,
        client_options: &ClientOptions,
    ) -> Result<Self, Problem> {
        let key = push.board_key.clone();
        let board = Board::connect(workflow_id, auth, key, environment, client_options)?;
        let client = board.client.clone();
        let enricher = Enricher::new(client, push.enrich_with_parsing, push.enrich);
        Ok(Self { board, enricher, push })
    }

    async fn create(&self, step: &Step) -> Result<Applied, EndError> {
        let (Op::Write(item) | Op::Replace(item)) = &step.op else {
            return Err(invalid("nothing is archived here".to_owned()));
        };
        complete(item).map_err(invalid)?;
        let item = claimed(item, &[], &self.board.run_id());
        let job = self.enricher.enriched(&item, &self.board).await?;
        match self.board.client.create_job(&self.board.key, &job).await {
            Ok((Created::Done, _)) => Ok(Outcome::Created.into()),
            Ok((Created::Exists, _)) if step.attempt == Attempt::First => {
                Ok(Outcome::Unchanged.into())
            }
            // It is new, or it was there before: the job itself says which.
            Ok((Created::NowThere | Created::Exists, _)) => self.settled(&item).await,
            Err(error) => Err(self.board.failure(&error)),
        }
    }

    async fn settled(&self, item: &Item) -> Result<Applied, EndError> {
        let job = match JobId::of(item) {
            Some(id) => self.board.job(&id).await?,
            None => None,
        };
        let is_ours = job.is_some_and(|job| self.board.is_of_this_run(&job));
        Ok(if is_ours { Outcome::Created } else { Outcome::Unchanged }.into())
    }
}

impl BoardAction for BoardCreate {
    const OUTCOMES: &'static [Outcome] = &[Outcome::Created, Outcome::Unchanged, Outcome::Failed];

    fn board(&self) -> &Board {
        &self.board
    }

    fn parameters(&self) -> Value {
        json!(self.push)
    }

    fn validate(&self, item: &Item) -> Result<(), String> {
        complete(item)
    }

    fn apply<'a>(&'a self, step: &'a Step) -> BoxFuture<'a, Result<Applied, EndError>> {
        self.create(step).boxed()
    }

    fn predict(&self, _: &Step, held: Option<&Held>) -> Outcome {
        if held.is_some() { Outcome::Unchanged } else { Outcome::Created }
    }
}
