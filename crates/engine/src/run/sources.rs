//! Where steps come from: the reading of an origin, the dead letters of a run, a saved plan.

use futures::future::BoxFuture;
use futures::{FutureExt, StreamExt, stream};
use jiff::Timestamp;
use parking_lot::Mutex;
use store::Fingerprint;
use tokio::sync::mpsc;

use super::OnOutdated;
use super::context::{Context, Decided, Work};
use super::pipeline::{BATCHES_WAITING, INTENT_BATCH};
use super::teller::Teller;
use super::transform::{Left, Named, Transform, fingerprint_of};
use crate::decide::{BoardState, Change, SeenIds, change};
use crate::record::{DeadLetter, RECOVERED};
use crate::stop::{StopCause, StopReason};
use crate::{
    Arrival, Attempt, Confirm, Coverage, EndError, Ending, Event, Held, Hint, Item, Key,
    MirrorRules, OnDrift, Op, OpKind, Outcome, PlannedStep, Requires, SavedPlan, Select, Stage,
    Step, StepError,
};

/// How many steps of an outdated plan are named.
const MAX_NAMED: usize = 5;

type Out = mpsc::Sender<Vec<Decided>>;

/// What an interrupted process had announced, to be done first.
pub(crate) fn in_doubt(steps: Vec<Step>) -> Vec<Work> {
    let recovered = |step| Work { step, intent: Some(RECOVERED), confirmed_at: None };
    steps.into_iter().map(recovered).collect()
}

/// What a reading of the origin asks for.
pub(crate) struct Changes<'a> {
    /// Only what was created from then on is read, where a run goes by that.
    pub(crate) since: Option<Timestamp>,
    /// Tells the programs: what was delivered under others is looked at again.
    pub(crate) salt: String,
    pub(crate) select: Select,
    /// The ids that are read, where a mirror needs to know.
    pub(crate) seen: Option<&'a Mutex<SeenIds>>,
    /// What the target's list has shown.
    pub(crate) board: &'a BoardState,
    pub(crate) on_drift: OnDrift,
}

impl Changes<'_> {
    /// Reads the origin, and makes a step of each item that is new or has changed.
    pub(crate) async fn read(
        &self,
        context: &Context<'_>,
        transform: Transform,
        out: Out,
    ) -> Coverage {
        let (arrivals, arriving) = mpsc::channel(BATCHES_WAITING);
        let (coverage, ()) = futures::join!(
            self.arrive(context, arrivals).boxed(),
            self.decide(context, arriving, transform, out).boxed(),
        );
        coverage
    }

    async fn arrive(&self, context: &Context<'_>, arrivals: mpsc::Sender<Arrival>) -> Coverage {
        let read = tokio::select! {
            biased;
            () = context.stop.asked() => return Coverage::PARTIAL,
            read = context.origin.read(self.since, arrivals) => read,
        };
        read.unwrap_or_else(|error| {
            let message = error.message;
            context.note_read_failure(&message);
            Coverage { complete: false, warning: Some(message) }
        })
    }

    async fn decide(
        &self,
        context: &Context<'_>,
        mut arriving: mpsc::Receiver<Arrival>,
        mut transform: Transform,
        out: Out,
    ) {
        while let Some(arrival) = arriving.recv().await {
            let decided = match arrival {
                Arrival::Total(total) => {
                    context.observer.record(&Event::Listed { total });
                    continue;
                }
                Arrival::Unreadable { id, message } => {
                    self.unreadable(context, id, message).into_iter().collect()
                }
                Arrival::Items(items) => {
                    let Some((decided, back)) = self.decided(context, items, transform).await
                    else {
                        return;
                    };
                    transform = back;
                    decided
                }
            };
            if out.send(decided).await.is_err() {
                return;
            }
        }
    }

    /// An item that is listed and could not be read: it has not vanished. None where an interrupted
    /// process of this run has settled it.
    fn unreadable(
        &self,
        context: &Context<'_>,
        id: Option<String>,
        message: String,
    ) -> Option<Decided> {
        if let (Some(seen), Some(id)) = (self.seen, &id) {
            seen.lock().listed.insert(id.as_str().into());
        }
        let key = match &id {
            Some(id) => Key::Id(id.as_str().into()),
            None => Key::Content(Fingerprint::of(message.as_bytes())),
        };
        if context.progress.recovered.is_known(&key, OpKind::Write) {
            return None;
        }
        let error = EndError::item(message).not_retryable();
        let ending = Ending::Failed(StepError { stage: Stage::Read, error });
        Some(Decided::Ended { key, reference: id, ending })
    }

    /// What becomes of the items of a batch. The user's functions may take their time, so they run
    /// where that blocks nobody, and how an item ends in them is told at once.
    ///
    /// None where the run is stopped and a function goes on that has passed its time.
    async fn decided(
        &self,
        context: &Context<'_>,
        items: Vec<Item>,
        transform: Transform,
    ) -> Option<(Vec<Decided>, Transform)> {
        let compared = self.compared(context, items).await;
        let Sorted { mut decided, changed, items } = Sorted::of(compared, self.select);
        let teller = Teller::of(context, changed.iter().map(|one| one.key.clone()).collect());
        let at_once = teller.clone();
        let hear = move |place: usize, ending: &Ending| at_once.tell(place, ending);
        let applied = transform.apply(items, (context.blocking, context.stop), hear).await;
        let Some((results, transform)) = applied else {
            teller.abandon();
            return None;
        };
        for (changed, result) in changed.into_iter().zip(results) {
            match result {
                Ok(item) => decided.push(Decided::Work(changed.step(item).into())),
                Err(Left::Ended(ending)) => self.note_ended(context, &changed.key, &ending).await,
                // It is not announced, so whoever resumes the run reads it again.
                Err(Left::Unsent) => teller.unsent(&changed.key),
            }
        }
        Some((decided, transform))
    }

    /// Keeps how an item ended in the user's functions.
    async fn note_ended(&self, context: &Context<'_>, key: &Key, ending: &Ending) {
        if let (Some(seen), Key::Id(id), Ending::Discarded { .. }) = (self.seen, key, ending) {
            seen.lock().discarded.insert(id.clone());
        }
        context.keep_told(key, ending).await;
    }

    /// The items that no interrupted process of this run has settled, each with what the ledger
    /// says of it.
    async fn compared(&self, context: &Context<'_>, items: Vec<Item>) -> Vec<Compared> {
        let progress = context.progress;
        let keyed = items.into_iter().map(|item| (key_of(context, &item), item));
        let mut keyed: Vec<_> = keyed.collect();
        if let Some(seen) = self.seen {
            let ids = keyed.iter().filter_map(|(key, _)| key.id()).map(Box::from);
            seen.lock().listed.extend(ids);
        }
        keyed.retain(|(key, _)| !progress.recovered.is_known(key, OpKind::Write));
        context.observer.record(&Event::Read { items: keyed.len() as u64 });
        let snapshot = match &progress.ledger {
            Some(ledger) => Some(ledger.snapshot().await),
            None => None,
        };
        let compare = |(key, item): (Key, Item)| {
            let Some(ledger) = &snapshot else {
                return Compared { key, item, fingerprint: None, change: Change::New };
            };
            let now = fingerprint_of(&item, &self.salt);
            let known = key.id().and_then(|id| ledger.get(id));
            let drift = key.id().and_then(|id| self.board.drift(id));
            let change = change(known, now, drift, self.on_drift);
            Compared { key, item, fingerprint: Some(now), change }
        };
        keyed.into_iter().map(compare).collect()
    }
}

/// An item, and whether it is to be written.
struct Compared {
    key: Key,
    item: Item,
    fingerprint: Option<Fingerprint>,
    change: Change,
}

/// An item that is to be written, beside what it holds.
struct Changed {
    key: Key,
    fingerprint: Option<Fingerprint>,
    change: Change,
}

/// The items of a batch, sorted by whether they are to be written.
#[derive(Default)]
struct Sorted {
    /// Those that are not.
    decided: Vec<Decided>,
    /// Those that are.
    changed: Vec<Changed>,
    /// What each of these holds.
    items: Vec<Named>,
}

impl Sorted {
    fn of(compared: Vec<Compared>, select: Select) -> Self {
        let mut sorted = Self::default();
        for Compared { key, item, fingerprint, change } in compared {
            let reference = key.id().map(str::to_owned);
            if select == Select::Vanished || change == Change::Unchanged {
                let ending = Ending::Done(Outcome::Unchanged);
                sorted.decided.push(Decided::Ended { key, reference, ending });
            } else {
                sorted.changed.push(Changed { key, fingerprint, change });
                sorted.items.push(Named { reference, item });
            }
        }
        sorted
    }
}

impl Changed {
    /// What is to be done, by what the user's functions have made of the item.
    fn step(self, item: Item) -> Step {
        let Self { key, fingerprint, change } = self;
        let op = match change {
            Change::Modified => Op::Replace(item),
            Change::New | Change::Unchanged => Op::Write(item),
        };
        let (attempt, requires) = (Attempt::First, Requires::Nothing);
        Step { key, op, fingerprint, attempt, requires }
    }
}

fn key_of(context: &Context<'_>, item: &Item) -> Key {
    match context.origin.id(item) {
        Some(id) => Key::Id(id.into()),
        None => Key::Content(fingerprint_of(item, "")),
    }
}

/// Hands works on in batches; those that write something count as read.
pub(crate) async fn send_works(context: &Context<'_>, works: Vec<Work>, out: &Out) -> bool {
    let mut works = works.into_iter().peekable();
    while works.peek().is_some() {
        let batch: Vec<_> = works.by_ref().take(INTENT_BATCH).collect();
        let written = batch.iter().filter(|work| work.step.op.kind() == OpKind::Write).count();
        if written > 0 {
            context.observer.record(&Event::Read { items: written as u64 });
        }
        if out.send(batch.into_iter().map(Decided::Work).collect()).await.is_err() {
            return false;
        }
    }
    true
}

/// What the dead letters of a run ask for.
#[derive(Default)]
pub(crate) struct Retry {
    /// Steps in the form in which they failed.
    pub(crate) steps: Vec<Step>,
    /// Items that failed before there was a step: the origin is asked for them.
    pub(crate) to_find: Vec<String>,
}

impl Retry {
    pub(crate) fn of(
        letters: Vec<DeadLetter>,
        skips_unlisted: bool,
        rules: Option<&MirrorRules>,
    ) -> Self {
        let mut retry = Self::default();
        for letter in letters {
            let DeadLetter { key, op, item, print, .. } = letter;
            let (op, requires) = match (op, item, &key) {
                (OpKind::Retire, _, _) => (Op::Retire, requires_of_retiring(rules)),
                (OpKind::Write, Some(item), _) => (
                    Op::Write(item),
                    if skips_unlisted { Requires::Listed } else { Requires::Nothing },
                ),
                (OpKind::Write, None, Key::Id(id)) => {
                    retry.to_find.push(id.to_string());
                    continue;
                }
                (OpKind::Write, None, Key::Content(_)) => continue,
            };
            let fingerprint = print.as_deref().and_then(Fingerprint::parse);
            let attempt = Attempt::Retried;
            retry.steps.push(Step { key, op, fingerprint, attempt, requires });
        }
        retry
    }

    /// Sends the steps again, and looks for the items that had none.
    pub(crate) async fn read(
        self,
        context: &Context<'_>,
        mut transform: Transform,
        changes: Changes<'_>,
        out: Out,
    ) -> Coverage {
        let is_open = |step: &Step| !context.progress.recovered.is_known(&step.key, step.op.kind());
        let works = self.steps.into_iter().filter(is_open).map(Work::from).collect();
        if !send_works(context, works, &out).await {
            return Coverage::PARTIAL;
        }
        for id in self.to_find {
            if context.stop.is_asked() {
                break;
            }
            let item = match context.origin.find(&id).await {
                Ok(Some(item)) => item,
                Ok(None) => {
                    tracing::info!(item.reference = id, "is no longer listed");
                    continue;
                }
                Err(EndError { message, .. }) => {
                    context.note_read_failure(&message);
                    return Coverage { complete: false, warning: Some(message) };
                }
            };
            let Some((decided, back)) = changes.decided(context, vec![item], transform).await
            else {
                break;
            };
            transform = back;
            if out.send(decided).await.is_err() {
                break;
            }
        }
        Coverage::PARTIAL
    }
}

/// What must hold when an item is archived.
pub(crate) fn requires_of_retiring(rules: Option<&MirrorRules>) -> Requires {
    match rules.map(|rules| rules.confirm) {
        Some(Confirm::Listing) => Requires::Unclaimed,
        Some(Confirm::Detail) | None => Requires::Absent,
    }
}

/// The steps of a saved plan that still hold, each looked at shortly before it is sent.
pub(crate) async fn verified(
    context: &Context<'_>,
    plan: SavedPlan,
    on_outdated: OnOutdated,
    mut transform: Transform,
    out: Out,
) -> Coverage {
    let total = plan.steps.len();
    let is_open = |step: &PlannedStep| !context.progress.recovered.is_known(&step.key, step.op());
    let mut steps = plan.steps.into_iter().filter(is_open).peekable();
    while steps.peek().is_some() && !context.stop.is_asked() {
        let batch: Vec<_> = steps.by_ref().take(INTENT_BATCH).collect();
        let mut observed = Vec::with_capacity(batch.len());
        for (step, answer) in observe(context, batch).await {
            match answer {
                Ok(now) => observed.push((step, now)),
                Err(error) => {
                    // Whether the plan still holds is not known.
                    context.stop_for(&error);
                    return Coverage::PARTIAL;
                }
            }
        }
        let Some((verified, back)) = verify(context, observed, transform).await else { break };
        transform = back;
        let (mut works, mut outdated) = (Vec::new(), Vec::new());
        for (step, drift) in verified {
            match drift {
                None => works.push(Work::from(step.into_step())),
                Some(why) => outdated.push((step, why)),
            }
        }
        if !outdated.is_empty() && on_outdated == OnOutdated::Stop {
            context.stop.now(outdated_plan(&outdated, total));
            break;
        }
        skip(context, outdated, &out).await;
        if !send_works(context, works, &out).await {
            break;
        }
    }
    Coverage::PARTIAL
}

/// Why each step no longer holds, if it does not; none where the run is stopped before that is
/// known.
async fn verify(
    context: &Context<'_>,
    observed: Vec<(PlannedStep, Observed)>,
    transform: Transform,
) -> Option<(Vec<(PlannedStep, Option<&'static str>)>, Transform)> {
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

fn outdated_plan(outdated: &[(PlannedStep, &'static str)], total: usize) -> StopReason {
    let named: Vec<_> = outdated
        .iter()
        .take(MAX_NAMED)
        .map(|(step, why)| format!("{}: {why}", step.reference))
        .collect();
    let more = outdated.len().saturating_sub(MAX_NAMED);
    let rest = if more == 0 { String::new() } else { format!("; and {more} more") };
    StopReason {
        message: format!(
            "plan is out of date: at least {} of {total} steps no longer hold: {}{rest}",
            outdated.len(),
            named.join("; ")
        ),
        hint: Some(Hint::SkipChanged),
        cause: StopCause::PlanOutdated,
    }
}
