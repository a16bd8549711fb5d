//! Announces, executes and settles steps; knows neither where they come from nor what a mirror is.

use std::time::Duration;

use futures::future::{BoxFuture, ready};
use futures::{FutureExt, StreamExt, stream};
use tokio::sync::{Notify, mpsc};

use super::context::{Context, Decided, Execute, Work};
use crate::{
    Applied, EndError, Ending, Event, Op, OpKind, PlannedStep, Requires, Stage, StepError,
};

/// How many batches wait between two parts of a run. With those in hand this bounds its memory,
/// however many items there are.
pub(crate) const BATCHES_WAITING: usize = 2;
/// How many steps are announced at a time.
pub(crate) const INTENT_BATCH: usize = 150;
/// What was confirmed so long ago is asked for again at the moment of sending.
const CONFIRMED_FOR: Duration = Duration::from_mins(5);

/// What comes of a step that was sent.
enum Sent {
    Applied(Applied),
    /// What it requires does not hold any more.
    Withdrawn,
}

impl Context<'_> {
    /// Carries out what a source makes, and gives what the source gives.
    pub(crate) async fn pass<'s, T>(
        &'s self,
        source: impl FnOnce(mpsc::Sender<Vec<Decided>>) -> BoxFuture<'s, T>,
    ) -> T {
        let (decided, to_announce) = mpsc::channel(BATCHES_WAITING);
        let (announced, to_execute) = mpsc::channel(BATCHES_WAITING);
        let is_executed = Notify::new();
        let execute = async {
            self.execute_all(to_execute).await;
            is_executed.notify_one();
        };
        let (made, (), (), ()) = futures::join!(
            source(decided),
            self.announce(to_announce, announced).boxed(),
            execute.boxed(),
            self.flush_as_noted(&is_executed).boxed(),
        );
        made
    }

    /// Settles what ended early, and announces the steps before they are sent.
    async fn announce(
        &self,
        mut decided: mpsc::Receiver<Vec<Decided>>,
        announced: mpsc::Sender<Vec<Work>>,
    ) {
        while let Some(batch) = decided.recv().await {
            let mut steps = Vec::with_capacity(batch.len());
            for decided in batch {
                match decided {
                    Decided::Work(work) => steps.push(work),
                    Decided::Ended { key, reference, ending } => {
                        let reference = reference.as_deref();
                        self.settle_early((&key, OpKind::Write), reference, &ending).await;
                    }
                }
            }
            if self.execute.delivers() && !self.stop.is_asked() {
                self.intend(&mut steps).await;
            }
            if announced.send(steps).await.is_err() {
                return;
            }
        }
    }

    async fn intend(&self, works: &mut [Work]) {
        let mut new: Vec<_> = works.iter_mut().filter(|work| work.intent.is_none()).collect();
        let steps: Vec<_> = new.iter().map(|work| &work.step).collect();
        match self.progress.intend(&steps).await {
            Ok(page) => new.iter_mut().for_each(|work| work.intent = page),
            Err(error) => self.stop_on_store_failure(Err(error)),
        }
    }

    async fn execute_all(&self, to_execute: mpsc::Receiver<Vec<Work>>) {
        let next = |mut to_execute: mpsc::Receiver<Vec<Work>>| {
            async move {
                let batch = to_execute.recv().await?;
                Some((stream::iter(batch), to_execute))
            }
            .boxed()
        };
        let works = stream::unfold(to_execute, next).flatten().boxed();
        let executed = works.map(|work| self.execute_one(work).boxed());
        executed.buffer_unordered(self.concurrency).for_each(ready).await;
    }

    async fn execute_one(&self, work: Work) {
        if let Op::Write(item) | Op::Replace(item) = &work.step.op
            && let Err(why) = self.target.validate(item)
        {
            return self.settle(&work, failed(EndError::item(why).not_retryable()), None).await;
        }
        match &self.execute {
            Execute::Deliver { kept } => {
                let is_delivered = self.deliver(&work).await;
                if let (true, Some(kept), Some(item)) =
                    (is_delivered, kept, work.step.op.into_item())
                {
                    kept.lock().push(item);
                }
            }
            Execute::Preview(plan) => self.preview(&work, plan).await,
            Execute::DryRun => {
                if let Some(item) = work.step.op.into_item() {
                    self.observer.record(&Event::Formatted { item });
                }
            }
        }
    }

    /// Sends one step, and says whether the target has taken it.
    async fn deliver(&self, work: &Work) -> bool {
        if self.stop.is_asked() {
            // The journal keeps it as announced, for the run that resumes this one.
            let (key, reference) = (work.step.key.clone(), self.reference(&work.step));
            let op = work.step.op.kind();
            self.observer.record(&Event::Unsent { op, key, reference });
            return false;
        }
        let (ending, version) = match self.send(work).await {
            Ok(Sent::Applied(Applied { outcome, version })) => (Ending::Done(outcome), version),
            Ok(Sent::Withdrawn) => (Ending::Withdrawn, None),
            Err(error) => (failed(error), None),
        };
        let is_delivered = matches!(ending, Ending::Done(_));
        self.settle(work, ending, version).await;
        is_delivered
    }

    /// Sends a step if what it requires still holds.
    async fn send(&self, work: &Work) -> Result<Sent, EndError> {
        let step = &work.step;
        let is_fresh = work.confirmed_at.is_some_and(|at| at.elapsed() < CONFIRMED_FOR);
        let holds = match (step.requires, step.key.id()) {
            (Requires::Nothing | Requires::Unclaimed, _) | (_, None) => true,
            (Requires::Absent, Some(_)) if is_fresh => true,
            (Requires::Absent, Some(id)) => self.origin.find(id).await?.is_none(),
            (Requires::Listed, Some(id)) => self.origin.find(id).await?.is_some(),
        };
        if !holds {
            return Ok(Sent::Withdrawn);
        }
        self.target.apply(step).await.map(Sent::Applied)
    }

    /// Finds out how a step would end, and notes what it would change.
    async fn preview(&self, work: &Work, plan: &parking_lot::Mutex<Vec<PlannedStep>>) {
        let step = &work.step;
        let reference = self.reference(step).unwrap_or_else(|| step.key.to_string());
        let held = match self.target.get(&reference).await {
            Ok(held) => held,
            Err(error) => return self.settle(work, failed(error), None).await,
        };
        let prediction = self.target.predict(step, held.as_ref());
        let outcome = prediction.outcome;
        if outcome.is_change() {
            plan.lock().push(PlannedStep::of(step, prediction, reference, held.as_ref()));
        }
        self.settle(work, Ending::Done(outcome), None).await;
    }

    /// Saves how items ended as soon as the last save has ended. A save that has begun is not
    /// cancelled when the last step ends: what it has in hand would be lost.
    async fn flush_as_noted(&self, is_executed: &Notify) {
        loop {
            tokio::select! {
                biased;
                () = is_executed.notified() => return,
                () = self.progress.is_noted() => {}
            }
            self.stop_on_store_failure(self.progress.flush().await);
        }
    }
}

fn failed(error: EndError) -> Ending {
    Ending::Failed(StepError { stage: Stage::Write, error })
}
