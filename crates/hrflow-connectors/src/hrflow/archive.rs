//! A board as a target that archives the jobs of the items it is given.

use engine::{Applied, EndError, Held, Item, Key, Op, Outcome, Step};
use futures::FutureExt;
use futures::future::BoxFuture;
use hrflow_api::JobId;
use serde_json::{Value, json};

use super::board::{Board, invalid};
use super::target::BoardAction;
use super::valid::identified;
use crate::ClientOptions;
use crate::hrflow::{ArchiveParameters, HrflowAuth};
use crate::problem::Problem;
use crate::settings::Environment;

/// Archives, in one board, the job of each item's `reference` or `key`.
pub(crate) struct BoardArchive {
    board: Board,
    push: ArchiveParameters,
}

impl BoardArchive {
    /// Makes it ready; no call is made.
    pub(crate) fn connect(
        workflow_id: &str,
        auth: HrflowAuth,
        push: ArchiveParameters,
        environment: &Environment,
        client_options: &ClientOptions,
    ) -> Result<Self, Problem> {
        let key = push.board_key.clone();
        Ok(Self {
            board: Board::connect(workflow_id, auth, key, environment, client_options)?,
            push,
        })
    }

    async fn archive(&self, step: &Step) -> Result<Applied, EndError> {
        let job = match (&step.op, &step.key) {
            (Op::Write(item) | Op::Replace(item), _) => identified(item).map_err(invalid)?,
            (Op::Retire, Key::Id(id)) => JobId::Reference(id.to_string()),
            (Op::Retire, Key::Content(_)) => return Ok(Outcome::Missing.into()),
        };
        self.board.archive(&job, self.push.on_archive, step.attempt).await
    }
}

impl BoardAction for BoardArchive {
    const OUTCOMES: &'static [Outcome] = &[Outcome::Archived, Outcome::Missing, Outcome::Failed];
    /// An archived job stays so, whatever becomes of its offer.
    const SKIPS_UNLISTED: bool = false;

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
        self.archive(step).boxed()
    }

    fn predict(&self, _: &Step, held: Option<&Held>) -> Outcome {
        match held {
            None => Outcome::Missing,
            Some(held) if held.is_retired => Outcome::Unchanged,
            Some(_) => Outcome::Archived,
        }
    }
}
