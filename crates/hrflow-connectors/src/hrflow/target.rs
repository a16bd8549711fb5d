//! Every action on a board as a target.

use engine::{
    Applied, Difference, EndError, Held, Item, Op, Outcome, Prediction, RunId, Step, Target,
    TargetInfo,
};
use futures::FutureExt;
use futures::future::BoxFuture;
use hrflow_api::JobId;
use serde_json::Value;
use tokio::sync::mpsc;

use super::board::{Board, NAME};
use super::version::EXCEPTIONS;

/// What is done with the items that go to one board; everything else of a [`Target`] is the same
/// for every board.
pub(crate) trait BoardAction: Send + Sync {
    /// Every way in which an item can end.
    const OUTCOMES: &'static [Outcome];
    /// Whether there should be no job of an item that the origin lists no more.
    const SKIPS_UNLISTED: bool = true;

    /// The board.
    fn board(&self) -> &Board;

    /// The parsed parameters.
    fn parameters(&self) -> Value;

    /// Why an item could not be written.
    fn validate(&self, item: &Item) -> Result<(), String>;

    /// Does what the step says.
    fn apply<'a>(&'a self, step: &'a Step) -> BoxFuture<'a, Result<Applied, EndError>>;

    /// How a step would end.
    fn predict(&self, step: &Step, held: Option<&Held>) -> Outcome;
}

/// A board as the target of an action.
pub(crate) struct OnBoard<A>(pub(crate) A);

impl<A: BoardAction> Target for OnBoard<A> {
    fn describe(&self) -> TargetInfo {
        TargetInfo {
            name: NAME,
            parameters: self.0.parameters(),
            outcomes: A::OUTCOMES,
            skips_unlisted: A::SKIPS_UNLISTED,
        }
    }

    fn begin(&self, run_id: &RunId) {
        self.0.board().begin(run_id);
    }

    fn reference(&self, item: &Item) -> Option<String> {
        JobId::of(item).map(|job| job.to_string())
    }

    fn validate(&self, item: &Item) -> Result<(), String> {
        self.0.validate(item)
    }

    fn apply<'a>(&'a self, step: &'a Step) -> BoxFuture<'a, Result<Applied, EndError>> {
        self.0.apply(step)
    }

    fn predict(&self, step: &Step, held: Option<&Held>) -> Prediction {
        let outcome = self.0.predict(step, held);
        let changes = match (outcome, &step.op, held) {
            (Outcome::Updated, Op::Write(item) | Op::Replace(item), Some(held)) => {
                Difference::between(&held.item, item, &EXCEPTIONS)
            }
            // An item that is only archived changes nothing that it shows.
            _ => Difference::default(),
        };
        let label = step.op.item().and_then(|item| item.text("name")).map(str::to_owned);
        Prediction { outcome, changes, label }
    }

    fn get<'a>(&'a self, reference: &'a str) -> BoxFuture<'a, Result<Option<Held>, EndError>> {
        self.0.board().get(reference).boxed()
    }

    fn list(&self, out: mpsc::Sender<Vec<Held>>) -> BoxFuture<'_, Result<(), EndError>> {
        async move { self.0.board().list(&out).await }.boxed()
    }

    fn check(&self) -> BoxFuture<'_, Result<String, EndError>> {
        self.0.board().probe().boxed()
    }
}
