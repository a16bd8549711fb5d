//! The sentence that a run carries out: read, apply the logics, format, write.

use std::sync::Mutex;
use std::time::Duration;

use futures::future::ready;
use futures::{FutureExt, StreamExt, stream};
use jiff::Timestamp;
use tokio::sync::{Notify, mpsc};

use crate::connector::{ReadFailure, Reading};
use crate::run::beside::Beside;
use crate::run::carry_out::{Reach, Work};
use crate::run::delivered::{Delivered, Seen};
use crate::run::foresight::{self, Step};
use crate::run::mirror::{Listed, Mirror, MirrorRules};
use crate::run::transform::{Before, Key, Prepared, Transform, print_of};
use crate::run::write::Writer;
use crate::{Event, Item, Outcome, Persist, RunId};

/// How many batches wait between reading and preparing, and between preparing and writing. With
/// those in hand this bounds the memory of a run, however many items there are.
const BATCHES_WAITING: usize = 2;
/// How many items are written down at a time before they are sent.
const WRITTEN_DOWN_AT_ONCE: usize = 150;
/// What ended is saved at least so often, that a crash leaves little of unknown fate.
const SAVED_EVERY: Duration = Duration::from_secs(1);

pub(crate) struct Engine<'a> {
    pub(crate) writer: Writer<'a>,
    pub(crate) persist: Persist,
    /// Where the user's functions are called.
    pub(crate) beside: Beside,
    pub(crate) run_id: &'a RunId,
    pub(crate) write_concurrency: usize,
    /// Whether a callback wants the formatted items.
    pub(crate) keep: bool,
    /// Only what was created from then on is read, where a run goes by that.
    pub(crate) since: Option<Timestamp>,
    /// The programs of the workflow: what was delivered under others is looked at again.
    pub(crate) salt: String,
    /// Whether nothing is written of what is listed.
    pub(crate) only_vanished: bool,
    /// What was read, where a mirror needs to know.
    pub(crate) listed: Option<Mutex<Listed>>,
}

impl Engine<'_> {
    /// Tells again what an earlier process of the same run has done.
    pub(crate) async fn replay(&self) {
        let Writer { books, recorder, .. } = self.writer;
        if let Some(journal) = books.journal.as_ref().filter(|_| !books.known.is_empty()) {
            self.writer.noted(journal.replay(|event| recorder.record(event)).await);
        }
    }

    /// Where a mirror begins to remember, looks which of the target's items are its own.
    async fn adopt_held(&self, rules: &MirrorRules) {
        let Writer { stop, books, recorder, .. } = self.writer;
        let Some(delivered) = &books.delivered else { return };
        if self.only_vanished || !delivered.has_read_target() {
            let adopted = self.mirror(rules, delivered).adopt_held().await;
            // A run that is stopped has cut off its own reading.
            if let Err(why) = adopted
                && stop.reason().is_none()
            {
                let why = format!("could not read what the target holds: {why}");
                recorder.record(&Event::ReadFailed { why: why.clone() });
                stop.now(why);
            }
        }
    }

    /// Does all that the run is to do at its two ends.
    pub(crate) async fn work(
        &self,
        work: Work,
        transform: Transform,
        mirror: Option<&MirrorRules>,
    ) -> (Reading, Vec<Item>) {
        let Work { reach, ready, to_retire, outdated } = work;
        if let Some(why) = outdated {
            self.writer.stop.now(why);
        }
        if let Some(rules) = mirror.filter(|_| reach == Reach::Whole) {
            self.adopt_held(rules).boxed().await;
        }
        let ready = ready.into_iter().filter(|prepared| self.is_open(prepared)).collect();
        let (mut reading, items) = self.move_items(transform, ready).boxed().await;
        match (mirror, reach) {
            (Some(rules), Reach::Whole) => self.conclude(rules, &mut reading).boxed().await,
            (Some(rules), Reach::Selected) => self.retire(rules, &to_retire).boxed().await,
            (None, _) => {}
        }
        (reading, items)
    }

    /// Whether an item is still to be sent by this run.
    fn is_open(&self, prepared: &Prepared) -> bool {
        prepared.intent.is_some() || !self.writer.books.knows(&prepared.key)
    }

    /// The steps of a saved plan that no longer hold, each with its reason. Those that an earlier
    /// process has carried out are left out.
    pub(crate) async fn moved(&self, transform: &mut Transform, steps: &[Step]) -> Vec<String> {
        let Writer { origin, target, books, .. } = self.writer;
        let left = steps.iter().filter(|step| !books.knows(&Key::read(&step.key)));
        let looks: Vec<_> = left
            .map(|step| async move { (step, foresight::look(step, origin, target).await) }.boxed())
            .collect();
        let mut looks = stream::iter(looks).buffer_unordered(self.write_concurrency);
        let mut moved = Vec::new();
        while let Some((step, look)) = looks.next().await {
            if let Some(why) = look.and_then(|look| look.against(step, transform)).err() {
                moved.push(format!("{}: {why}", step.reference));
            }
        }
        moved.sort();
        moved
    }

    /// Reads, applies the logics, formats and writes, all at the same time. What is `ready` goes
    /// first.
    async fn move_items(&self, transform: Transform, ready: Vec<Prepared>) -> (Reading, Vec<Item>) {
        let (batches, arriving) = mpsc::channel(BATCHES_WAITING);
        let (prepared, to_write) = mpsc::channel(BATCHES_WAITING);
        let kept = Mutex::new(Vec::new());
        let (reading, (), ()) = futures::join!(
            self.read(batches).boxed(),
            self.prepare(ready, arriving, transform, prepared).boxed(),
            self.write_and_save(to_write, &kept).boxed(),
        );
        (reading, kept.into_inner().unwrap_or_default())
    }

    async fn read(&self, batches: mpsc::Sender<Vec<Item>>) -> Reading {
        let Writer { origin, recorder, stop, .. } = self.writer;
        let read = tokio::select! {
            biased;
            () = stop.asked() => return Reading { complete: false, remark: None },
            read = origin.read(self.since, batches, recorder.clone()) => read,
        };
        read.unwrap_or_else(|ReadFailure(why)| {
            recorder.record(&Event::ReadFailed { why: why.clone() });
            Reading { complete: false, remark: Some(why) }
        })
    }

    /// Takes items as far as they go before they are sent, and writes down that they will be.
    async fn prepare(
        &self,
        ready: Vec<Prepared>,
        mut arriving: mpsc::Receiver<Vec<Item>>,
        mut transform: Transform,
        prepared: mpsc::Sender<Vec<Prepared>>,
    ) {
        let mut ready = ready.into_iter();
        loop {
            let batch: Vec<_> = ready.by_ref().take(WRITTEN_DOWN_AT_ONCE).collect();
            if batch.is_empty() {
                break;
            }
            self.writer.recorder.record(&Event::Read { items: batch.len() as u64 });
            if !self.hand_over(batch, &prepared).await {
                return;
            }
        }
        while let Some(batch) = arriving.recv().await {
            let Some((batch, back)) = self.transformed(batch, transform).await else { return };
            transform = back;
            if !self.hand_over(batch, &prepared).await {
                return;
            }
        }
    }

    /// Writes items down and hands them to the writer; not so where nobody takes them.
    async fn hand_over(
        &self,
        mut batch: Vec<Prepared>,
        prepared: &mpsc::Sender<Vec<Prepared>>,
    ) -> bool {
        if self.persist == Persist::Write && self.writer.stop.reason().is_none() {
            self.writer.noted(self.writer.books.intend(&mut batch).await);
        }
        prepared.send(batch).await.is_ok()
    }

    /// The items that the logics keep and the format succeeds on. The user's functions may take
    /// their time, so they run beside the runtime.
    async fn transformed(
        &self,
        batch: Vec<Item>,
        mut transform: Transform,
    ) -> Option<(Vec<Prepared>, Transform)> {
        let books = self.writer.books;
        let keyed = batch.into_iter().map(|item| (self.key_of(&item), item)).collect::<Vec<_>>();
        if let Some(Ok(mut listed)) = self.listed.as_ref().map(Mutex::lock) {
            listed.all.extend(keyed.iter().filter_map(|(key, _)| key.reference()).map(Box::from));
        }
        let keyed: Vec<_> = keyed.into_iter().filter(|(key, _)| !books.knows(key)).collect();
        self.writer.recorder.record(&Event::Read { items: keyed.len() as u64 });
        let (only_vanished, salt) = (self.only_vanished, self.salt.clone());
        let look = match &books.delivered {
            Some(delivered) => Some(delivered.looker().await),
            None => None,
        };
        let apply = move || {
            let looked = |(key, item): (Key, Item)| {
                let print = look.as_ref().map(|_| print_of(&item, &salt));
                let seen = look.as_ref().zip(print).map(|(look, print)| look(&key, print));
                (key, item, print, seen)
            };
            // What is remembered is in nobody else's hands until all were looked for; the user's
            // functions, which may take their time, come after that.
            let looked_for: Vec<_> = keyed.into_iter().map(looked).collect();
            drop(look);
            let mut apply = |(key, item, print, seen): (Key, Item, Option<_>, Option<Seen>)| {
                let reference = key.reference();
                let before = match seen {
                    Some(seen) if only_vanished || seen == Seen::AsItIs => {
                        let reference = reference.map(str::to_owned);
                        let event = Event::Written { reference, outcome: Outcome::Unchanged };
                        return Err((key, event));
                    }
                    Some(Seen::Otherwise) => Before::Delivered,
                    _ => Before::Nothing,
                };
                match transform.apply(item, reference) {
                    Ok(item) => Ok(Prepared { key, print, item, intent: None, before }),
                    Err(event) => Err((key, event)),
                }
            };
            let results = looked_for.into_iter().map(&mut apply).collect::<Vec<_>>();
            (results, transform)
        };
        // The functions' own panics are caught, so this thread cannot end by one.
        let (results, transform) = self.beside.call(apply).await?;
        let mut prepared = Vec::with_capacity(results.len());
        for result in results {
            match result {
                Ok(item) => prepared.push(item),
                Err((key, event)) => self.left(&key, &event).await,
            }
        }
        Some((prepared, transform))
    }

    /// An item whose way ends before it is sent.
    async fn left(&self, key: &Key, event: &Event) {
        if let (Event::Discarded { .. }, Some(Ok(mut listed)), Some(reference)) =
            (event, self.listed.as_ref().map(Mutex::lock), key.reference())
        {
            listed.discarded.insert(reference.into());
        }
        self.writer.recorder.record(event);
        if self.persist == Persist::Write {
            self.writer.noted(self.writer.books.item_left(key, event).await);
        }
        self.writer.check_failures(event);
    }

    fn key_of(&self, item: &Item) -> Key {
        match self.writer.origin.reference(item) {
            Some(reference) => Key::Reference(reference.into()),
            None => Key::Content(print_of(item, "")),
        }
    }

    /// Writes what comes, and saves now and then how it ended. A saving that has begun is not
    /// broken off when the last write ends: what it has in hand would be lost.
    async fn write_and_save(
        &self,
        to_write: mpsc::Receiver<Vec<Prepared>>,
        kept: &Mutex<Vec<Item>>,
    ) {
        let is_written = Notify::new();
        let write = async {
            self.write(to_write, kept).await;
            is_written.notify_one();
        };
        futures::join!(write, self.keep_saving(&is_written));
    }

    async fn write(&self, to_write: mpsc::Receiver<Vec<Prepared>>, kept: &Mutex<Vec<Item>>) {
        let next = |mut to_write: mpsc::Receiver<Vec<Prepared>>| {
            async move {
                let batch = to_write.recv().await?;
                Some((stream::iter(batch), to_write))
            }
            .boxed()
        };
        let items = stream::unfold(to_write, next).flatten().boxed();
        match self.persist {
            Persist::DryRun => items.for_each(|_| ready(())).await,
            Persist::Write => {
                let written = items
                    .map(|prepared| self.writer.write(prepared).boxed())
                    .buffer_unordered(self.write_concurrency);
                let keep = |item| {
                    self.keep_for_callback(kept, item);
                    ready(())
                };
                written.for_each(keep).await;
            }
        }
    }

    async fn keep_saving(&self, is_written: &Notify) {
        while tokio::time::timeout(SAVED_EVERY, is_written.notified()).await.is_err() {
            self.writer.noted(self.writer.books.save().await);
        }
    }

    /// Archives what a mirror has that the origin lists no more.
    async fn conclude(&self, rules: &MirrorRules, reading: &mut Reading) {
        let Writer { stop, books, .. } = self.writer;
        let (Some(delivered), Some(listed)) = (&books.delivered, &self.listed) else { return };
        if !reading.complete || stop.reason().is_some() {
            let remark = reading.remark.take().unwrap_or_else(|| "not read whole".to_owned());
            reading.remark = Some(format!("{remark}; nothing was archived"));
            return;
        }
        let mirror = self.mirror(rules, delivered);
        let listed =
            listed.lock().map(|mut listed| std::mem::take(&mut *listed)).unwrap_or_default();
        self.writer.noted(mirror.archive_vanished(&listed).await);
    }

    /// Takes out of use what somebody has said.
    async fn retire(&self, rules: &MirrorRules, references: &[String]) {
        let Some(delivered) = &self.writer.books.delivered else { return };
        let mirror = self.mirror(rules, delivered);
        let books = self.writer.books;
        let references = references.iter().map(String::as_str);
        let references: Vec<_> = references.filter(|one| !books.has_retired(one)).collect();
        self.writer.noted(mirror.archive(&references, rules.confirm).await);
    }

    fn mirror<'a>(&'a self, rules: &'a MirrorRules, delivered: &'a Delivered) -> Mirror<'a> {
        Mirror {
            rules,
            delivered,
            writer: &self.writer,
            run_id: self.run_id,
            concurrency: self.write_concurrency,
        }
    }

    fn keep_for_callback(&self, kept: &Mutex<Vec<Item>>, item: Item) {
        if self.keep
            && let Ok(mut kept) = kept.lock()
        {
            kept.push(item);
        }
    }
}
