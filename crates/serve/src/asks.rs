//! What people ask for in the console, on its way to the loop that runs the fleet.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{mpsc, oneshot};
use web_console::{Action, Actions, Asked, Denied};

use crate::launch::Task;
use crate::shown::{Readiness, Shown};

/// How long the loop may take to answer; it answers between two looks at the clock.
const PATIENCE: Duration = Duration::from_secs(15);
/// So many may wait for their answer.
const WAITING: usize = 16;

/// What somebody asks for, and who waits for the answer.
pub(crate) struct Ask {
    pub(crate) asked: Asked,
    pub(crate) answer: oneshot::Sender<Result<(), Denied>>,
}

/// What the console asks, and where it arrives.
pub(crate) fn channel(shown: Shown) -> (Actions, mpsc::Receiver<Ask>) {
    let (sender, receiver) = mpsc::channel(WAITING);
    let actions: Actions = Arc::new(move |asked| {
        let (sender, shown) = (sender.clone(), shown.clone());
        Box::pin(async move {
            if shown.readiness() == Readiness::Standby {
                return Err(Denied::Standby);
            }
            let (answer, answered) = oneshot::channel();
            let asking = async {
                sender.send(Ask { asked, answer }).await.map_err(|_| Denied::IsEnding)?;
                answered.await.map_err(|_| Denied::IsEnding)?
            };
            // Nobody waits any more: the loop finds the answer closed, and does nothing.
            tokio::time::timeout(PATIENCE, asking).await.unwrap_or(Err(Denied::IsEnding))
        })
    });
    (actions, receiver)
}

/// What a run is to do that was asked for; none where it is to stop.
pub(crate) fn task(action: Action) -> Option<Task> {
    match action {
        Action::Run => Some(Task::Run),
        Action::AllowMassArchive => Some(Task::RunAllowingMassArchive),
        Action::Resume(run_id) => Some(Task::Resume(run_id)),
        Action::Retry(run_id) => Some(Task::Retry(run_id)),
        Action::Apply(plan) => Some(Task::Apply(plan)),
        Action::Stop => None,
    }
}
