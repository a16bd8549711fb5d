//! A board as a target that replaces the jobs of the items it is given.

use engine::{Applied, EndError, Held, Item, Op, Outcome, Step};
use futures::FutureExt;
use futures::future::BoxFuture;
use hrflow_api::Edited;
use serde_json::{Value, json};

use super::board::{Board, invalid};
use super::target::BoardAction;
use super::valid::identified;
use crate::ClientOptions;
use crate::hrflow::{HrflowAuth, PushParameters};
use crate::problem::Problem;
use crate::settings::Environment;

/// Replaces, in one board, the job of each item's `reference` or `key` by the item.
pub(crate) struct BoardUpdate {
    board: Board,
    push: PushParameters,
}

impl BoardUpdate {
    /// Makes it ready; no call is made.
    pub(crate) fn connect(
        workflow_id: &str,
        auth: HrflowAuth,
        push: PushParameters,
        environment: &Environment,
        client_options: &ClientOptions,
    ) -> Result<Self, Problem> {
        let key = push.board_key.clone();
        Ok(Self {
            board: Board::connect(workflow_id, auth, key, environment, client_options)?,
            push,
        })
    }

    async fn update(&self, step: &Step) -> Result<Applied, EndError> {
        let (Op::Write(item) | Op::Replace(item)) = &step.op else {
            return Err(invalid("nothing is archived here".to_owned()));
        };
        identified(item).map_err(invalid)?;
        let (edited, version) = self.board.edit(item).await?;
        let outcome = match edited {
            Edited::Done | Edited::InArchive => Outcome::Updated,
            Edited::Archived => Outcome::Unchanged,
            Edited::Missing => Outcome::Missing,
        };
        Ok(Applied { outcome, version })
    }
}

impl BoardAction for BoardUpdate {
    const OUTCOMES: &'static [Outcome] = &[Outcome::Updated, Outcome::Missing, Outcome::Failed];

    fn board(&self) -> &Board {
        &self.board
    }

    fn parameters(&self) -> Value {
        json!(self.push)
    }

    fn validate(&self, item: &Item) -> Result<(), String> {
        identified(item).map(|_| ())
    }

    fn apply<'a>(&'a self, step: &'a Step) -> BoxFuture<'a, Result<Applied, EndError>> {
        self.update(step).boxed()
    }

    fn predict(&self, _: &Step, held: Option<&Held>) -> Outcome {
        if held.is_some() { Outcome::Updated } else { Outcome::Missing }
    }
}
