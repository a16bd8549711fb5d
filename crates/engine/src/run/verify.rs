//! What `apply` does with a saved plan: every step is compared with what both ends have now. Either
//! all of them hold before the first one is sent, or those that do not are skipped.

use futures::future::BoxFuture;
use futures::{FutureExt, StreamExt, stream};

use super::OnOutdated;
use super::context::{Context, Decided, Work};
use super::pipeline::INTENT_BATCH;
use super::sources::{Out, send_works};
use super::transform::{Left, Named, Transform};
use crate::stop::{StopCause, StopReason};
use crate::{
    Coverage, EndError, Ending, Event, Held, Hint, Item, OpKind, Outcome, Phase, PlannedStep,
    Requires, SavedPlan,
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
    match on_outdated {
        OnOutdated::Stop => all_or_nothing(context, plan, transform, &out).await,
        OnOutdated::Skip => as_far_as_it_holds(context, plan, transform, &out).await,
    }
    Coverage::PARTIAL
}

/// Sends the steps once all of them are known to hold.
async fn all_or_nothing(context: &Context<'_>, plan: SavedPlan, transform: Transform, out: &Out) {
    let total = plan.steps.len();
    let Some(mut verified) = verify_all(context, plan, transform).await else { return };
    if verified.iter().any(|(_, why)| why.is_some()) {
        let is_begun = !context.progress.recovered.is_empty();
        return context.stop.now(outdated_plan(&verified, (total, is_begun)));
    }
    begin(context, Phase::Moving, verified.len());
    while !verified.is_empty() && !context.stop.is_asked() {
        let batch = verified.drain(..verified.len().min(INTENT_BATCH));
        if !send(context, batch.collect(), out).await {
            return;
        }
    }
}

/// Sends each batch of steps as soon as it was looked at, so that little can change in between.
async fn as_far_as_it_holds(
    context: &Context<'_>,
    plan: SavedPlan,
    mut transform: Transform,
    out: &Out,
) {
    let mut steps = still_to_do(context, plan).into_iter();
    begin(context, Phase::Moving, steps.len());
    while steps.len() > 0 && !context.stop.is_asked() {
        let batch = steps.by_ref().take(INTENT_BATCH).collect();
        let Some((verified, back)) = look_at(context, batch, transform).await else { return };
        transform = back;
        if !send(context, verified, out).await {
            return;
        }
    }
}

/// Compares every step that is still to be done with what both ends have; none where the run is
/// stopped before that is known.
async fn verify_all(
    context: &Context<'_>,
    plan: SavedPlan,
    mut transform: Transform,
) -> Option<Vec<Verified>> {
    let mut steps = still_to_do(context, plan).into_iter();
    begin(context, Phase::Verifying, steps.len());
    let mut verified = Vec::with_capacity(steps.len());
    while steps.len() > 0 {
        if context.stop.is_asked() {
            return None;
        }
        let batch = steps.by_ref().take(INTENT_BATCH).collect();
        let (batch, back) = look_at(context, batch, transform).await?;
        verified.extend(batch);
        transform = back;
    }
    Some(verified)
}

/// The steps that no interrupted process of this run has done.
fn still_to_do(context: &Context<'_>, plan: SavedPlan) -> Vec<PlannedStep> {
    let is_open = |step: &PlannedStep| !context.progress.recovered.is_known(&step.key, step.op());
    plan.steps.into_iter().filter(is_open).collect()
}

fn begin(context: &Context<'_>, phase: Phase, items: usize) {
    context.observer.record(&Event::Phase { phase, items: Some(items as u64) });
}

/// Compares a batch of steps with what both ends have; none where the run is stopped before that
/// is known.
async fn look_at(
    context: &Context<'_>,
    batch: Vec<PlannedStep>,
    transform: Transform,
) -> Option<(Vec<Verified>, Transform)> {
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
    verify(context, observed, transform).await
}

/// Sends what holds and skips what does not. Says whether somebody takes more.
async fn send(context: &Context<'_>, verified: Vec<Verified>, out: &Out) -> bool {
    let (mut works, mut outdated) = (Vec::new(), Vec::new());
    for (step, why) in verified {
        match why {
            None => works.push(Work::from(step.into_step())),
            Some(why) => outdated.push((step, why)),
        }
    }
    skip(context, outdated, out).await;
    send_works(context, works, out).await
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
    context.observer.record(&Event::Checked);
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
        by: None,
    }
}
