//! Where steps come from: the reading of an origin, and the dead letters of a run.

use futures::FutureExt;
use jiff::Timestamp;
use parking_lot::Mutex;
use store::Fingerprint;
use tokio::sync::mpsc;
use tokio::time::Instant;

use super::context::{Context, Decided, Work};
use super::pipeline::{BATCHES_WAITING, INTENT_BATCH};
use super::teller::Teller;
use super::transform::{Left, Named, Transform, fingerprint_of};
use crate::decide::{BoardState, Change, SeenIds, change};
use crate::record::{DeadLetter, RECOVERED};
use crate::{
    Arrival, Attempt, Confirm, Coverage, EndError, Ending, Event, Item, Key, MirrorRules, OnDrift,
    Op, OpKind, Outcome, Requires, Select, Stage, Step, StepError,
};

/// Where decided items go.
pub(super) type Out = mpsc::Sender<Vec<Decided>>;

/// What an interrupted process had announced, to be done first.
pub(crate) fn in_doubt(steps: Vec<Step>) -> Vec<Work> {
    let recovered = |step| Work { step, intent: Some(RECOVERED), confirmed_at: None };
    steps.into_iter().map(recovered).collect()
}

/// What a reading of the origin asks for.
pub(crate) struct Changes<'a> {
    /// Only what was created from then on is read, where a run goes by that.
    pub(crate) since: Option<Timestamp>,
    /// No more items are read than this.
    pub(crate) limit: Option<u64>,
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
        let (read, ended) = futures::join!(
            self.arrive(context, arrivals).boxed(),
            self.decide(context, arriving, transform, out).boxed(),
        );
        match (ended, read) {
            // Nobody listened any more, whatever the reading says of that.
            (ReadEnd::Limit(limit), _) => {
                let warning = format!("read no more than {limit} items, as asked for");
                Coverage { complete: false, warning: Some(warning) }
            }
            (ReadEnd::Origin, Ok(coverage)) => coverage,
            (ReadEnd::Origin, Err(EndError { message, .. })) => {
                context.note_read_failure(&message);
                Coverage { complete: false, warning: Some(message) }
            }
        }
    }

    async fn arrive(
        &self,
        context: &Context<'_>,
        arrivals: mpsc::Sender<Arrival>,
    ) -> Result<Coverage, EndError> {
        tokio::select! {
            biased;
            () = context.stop.asked() => Ok(Coverage::PARTIAL),
            read = context.origin.read(self.since, arrivals) => read,
        }
    }

    async fn decide(
        &self,
        context: &Context<'_>,
        mut arriving: mpsc::Receiver<Arrival>,
        mut transform: Transform,
        out: Out,
    ) -> ReadEnd {
        let mut left = self.limit;
        while let Some(mut arrival) = arriving.recv().await {
            if let (Some(left), Arrival::Items(items)) = (&mut left, &mut arrival) {
                items.truncate(usize::try_from(*left).unwrap_or(usize::MAX));
                *left -= items.len() as u64;
            }
            let decided = match arrival {
                Arrival::Total(total) => {
                    let total = self.limit.map_or(total, |limit| total.min(limit));
                    context.observer.record(&Event::Listed { total });
                    continue;
                }
                Arrival::Unreadable { id, message } => {
                    self.unreadable(context, id, message).into_iter().collect()
                }
                Arrival::Items(items) => {
                    let Some((decided, back)) = self.decided(context, items, transform).await
                    else {
                        return ReadEnd::Origin;
                    };
                    transform = back;
                    decided
                }
            };
            if out.send(decided).await.is_err() {
                return ReadEnd::Origin;
            }
            if let (Some(0), Some(limit)) = (left, self.limit) {
                return ReadEnd::Limit(limit);
            }
        }
        ReadEnd::Origin
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
        let began = Instant::now();
        let applied = transform.apply(items, (context.blocking, context.stop), hear).await;
        context.observer.functions_took(began.elapsed());
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

/// What ends a reading.
enum ReadEnd {
    /// The origin has no more, or cannot go on.
    Origin,
    /// No more items were asked for.
    Limit(u64),
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
