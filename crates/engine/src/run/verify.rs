//! What `apply` does with a saved plan: every step is compared with what both ends have now, and
//! only then the first one is sent.

use futures::future::BoxFuture;
use futures::{FutureExt, StreamExt, stream};

use super::OnOutdated;
use super::context::{Context, Decided, Work};
use super::pipeline::INTENT_BATCH;
use super::sources::{Out, send_works};
use super::transform::{Left, Named, Transform};
use crate::stop::{StopCause, StopReason};
use crate::{
    Coverage, EndError, Ending, Event, Held, Hint, Item, OpKind, Outcome, PlannedStep, Requires,
    SavedPlan,
};

/// How many steps of an outdated plan are named.
const MAX_NAMED: usize = 5;

/// A step of a plan, and why it no longer holds, if it does not.
type Verified = (PlannedStep, Option<&'static str>);

/// The steps of a saved plan that still hold. Where one does not, the others are sent only if
/// somebody wants it so.
pub(crate) async fn verified(
    context: &Context<'_>,
    plan: SavedPlan,
    on_outdated: OnOutdated,
    transform: Transform,
    out: Out,
) -> Coverage {
    let total = plan.steps.len();
    let Some(mut verified) = verify_all(context, plan, transform).await else {
        return Coverage::PARTIAL;
    };
    if on_outdated == OnOutdated::Stop && verified.iter().any(|(_, why)| why.is_some()) {
        let is_begun = !context.progress.recovered.is_empty();
        context.stop.now(outdated_plan(&verified, (total, is_begun)));
        return Coverage::PARTIAL;
    }
    while !verified.is_empty() && !context.stop.is_asked() {
        let batch = verified.drain(..verified.len().min(INTENT_BATCH));
        let (mut works, mut outdated) = (Vec::new(), Vec::new());
        for (step, drift) in batch {
            match drift {
                None => works.push(Work::from(step.into_step())),
                Some(why) => outdated.push((step, why)),
            }
        }
        skip(context, outdated, &out).await;
        if !send_works(context, works, &out).await {
            break;
        }
    }
    Coverage::PARTIAL
}

/// Compares every step that is still to be done with what both ends have; none where the run is
/// stopped before that is known.
async fn verify_all(
    context: &Context<'_>,
    plan: SavedPlan,
    mut transform: Transform,
) -> Option<Vec<Verified>> {
    let is_open = |step: &PlannedStep| !context.progress.recovered.is_known(&step.key, step.op());
    let mut steps = plan.steps.into_iter().filter(is_open).peekable();
    let mut verified = Vec::with_capacity(steps.size_hint().0);
    while steps.peek().is_some() {
        if context.stop.is_asked() {
            return None;
        }
        let batch: Vec<_> = steps.by_ref().take(INTENT_BATCH).collect();
        let mut observed = Vec::with_capacity(batch.len());
        for (step, answer) in observe(context, batch).await {
            match answer {
                Ok(now) => observed.push((step, now)),
                Err(error) => {
                    context.stop_for(&error);
                    return None;
                }
            }
        }
        let (batch, back) = verify(context, observed, transform).await?;
        verified.extend(batch);
        transform = back;
    }
    Some(verified)
}

/// Why each step no longer holds, if it does not; none where the run is stopped before that is
/// known.
async fn verify(
    context: &Context<'_>,
    observed: Vec<(PlannedStep, Observed)>,
    transform: Transform,
) -> Option<(Vec<Verified>, Transform)> {
    let (mut standings, mut listed) = (Vec::with_capacity(observed.len()), Vec::new());
    for (step, now) in observed {
        let standing = now.standing(&step, &mut listed);
        standings.push((step, standing));
    }
    let by = (context.blocking, context.stop);
    let (results, transform) = transform.apply(listed, by, |_, _| {}).await?;
    let mut results = results.into_iter();
    let mut verified = Vec::with_capacity(standings.len());
    for (step, standing) in standings {
        let why = match standing {
            Standing::Holds => None,
            Standing::Outdated(why) => Some(why),
            Standing::AsFormatted => match results.next() {
                Some(Err(Left::Unsent)) => return None,
                Some(Ok(now)) if Some(&now) == step.item.as_ref() => None,
                Some(Ok(_) | Err(Left::Ended(_))) | None => {
                    Some("the offer has changed at the origin")
                }
            },
        };
        verified.push((step, why));
    }
    Some((verified, transform))
}

async fn skip(context: &Context<'_>, outdated: Vec<(PlannedStep, &'static str)>, out: &Out) {
    for (step, why) in outdated {
        tracing::info!(item.reference = step.reference, why, "step skipped");
        if step.op() == OpKind::Write {
            context.observer.record(&Event::Read { items: 1 });
        }
        let ending = Ending::Done(Outcome::Outdated);
        if step.op() == OpKind::Retire {
            let key = (&step.key, OpKind::Retire);
            context.settle_early(key, Some(&step.reference), &ending).await;
            continue;
        }
        let ended = Decided::Ended { key: step.key, reference: Some(step.reference), ending };
        // Where nobody takes it, the run is over.
        let _ = out.send(vec![ended]).await;
    }
}

/// What both ends have now of a step's item.
struct Observed {
    listed: Option<Item>,
    held: Option<Held>,
}

/// Asks both ends for the items of steps.
async fn observe(
    context: &Context<'_>,
    steps: Vec<PlannedStep>,
) -> Vec<(PlannedStep, Result<Observed, EndError>)> {
    let looks: Vec<BoxFuture<'_, _>> = steps
        .into_iter()
        .map(|step| {
            async move {
                let observed = observe_one(context, &step).await;
                (step, observed)
            }
            .boxed()
        })
        .collect();
    stream::iter(looks).buffered(context.concurrency).collect().await
}

async fn observe_one(context: &Context<'_>, step: &PlannedStep) -> Result<Observed, EndError> {
    let held = context.target.get(&step.reference).await?;
    let listed = match step.key.id() {
        Some(id) => context.origin.find(id).await?,
        None => None,
    };
    Ok(Observed { listed, held })
}

/// Whether a step still holds.
enum Standing {
    Holds,
    Outdated(&'static str),
    /// It does where the user's functions make the same of what is listed now.
    AsFormatted,
}

impl Observed {
    /// Whether the step still holds, as far as that is to be seen. What is listed and has to go
    /// through the user's functions is added to `listed`.
    fn standing(self, step: &PlannedStep, listed: &mut Vec<Named>) -> Standing {
        if !step.is_held_as_planned(self.held.as_ref()) {
            return Standing::Outdated("the job has changed at the target");
        }
        let Some(id) = step.key.id() else { return Standing::Holds };
        match (self.listed, &step.item) {
            (Some(_), None) if step.requires == Requires::Absent => {
                Standing::Outdated("the offer is listed again")
            }
            (_, None) => Standing::Holds,
            (None, Some(_)) => Standing::Outdated("the offer is no longer listed"),
            (Some(item), Some(_)) => {
                listed.push(Named { reference: Some(id.to_owned()), item });
                Standing::AsFormatted
            }
        }
    }
}

fn outdated_plan(verified: &[Verified], (total, is_begun): (usize, bool)) -> StopReason {
    let outdated: Vec<_> =
        verified.iter().filter_map(|(step, why)| Some((step, (*why)?))).collect();
    let named: Vec<_> = outdated
        .iter()
        .take(MAX_NAMED)
        .map(|(step, why)| format!("{}: {why}", step.reference))
        .collect();
    let more = outdated.len().saturating_sub(MAX_NAMED);
    let rest = if more == 0 { String::new() } else { format!("; and {more} more") };
    let sent = if is_begun { "" } else { "; nothing was sent" };
    StopReason {
        message: format!(
            "plan is out of date: {} of {total} steps no longer hold: {}{rest}{sent}",
            outdated.len(),
            named.join("; ")
        ),
        hint: Some(Hint::SkipChanged),
        cause: StopCause::PlanOutdated,
    }
}
