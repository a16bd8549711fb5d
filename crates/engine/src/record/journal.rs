//! The journal of a run in progress.

use std::collections::HashMap;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use parking_lot::Mutex;
use store::{Condition, Document, Lease, PutError, Store, StoreError};

use super::ledger::save_under;
use super::life::{ItemStates, Line};
use super::lines::{self, DeadLetter, EndedItem};
use super::names::{intents_of, journal_of, letters_of, number_of, outcomes_of, page};
use super::runs::{self, Runs, Unfinished, read_page};
use super::{ListedRun, RunRecord, RunState};
use crate::{Ending, Event, Key, OpKind, RunId, Step};

/// A run that was interrupted longer ago is not resumed unless somebody asks for it: what it has
/// done says too little about the present.
const AUTO_RESUME_WITHIN: SignedDuration = SignedDuration::from_hours(24);
/// Each process that takes a run over numbers its pages in a range of its own: what the one before
/// may still write, if it was only stopped, is beside them and never in their place.
const PAGES_OF_A_PROCESS: u64 = 10_000_000;

/// What a run writes down as it goes.
pub(crate) struct Journal {
    store: Arc<dyn Store>,
    run_id: RunId,
    document: Document<RunRecord>,
    pages: Mutex<Pages>,
}

/// What is not written yet, and which intents are open.
#[derive(Default)]
struct Pages {
    outcomes: String,
    letters: String,
    /// How many outcomes are not written yet.
    noted: usize,
    /// The number of the next page.
    next: u64,
    /// How many items of each page of intents have not ended.
    open: HashMap<u64, usize>,
    /// Pages of intents whose items have all ended; deleted once their outcomes are written.
    settled: Vec<u64>,
    /// Pages of intents that an interrupted process has left.
    recovered: Vec<u64>,
    /// How much was written that stays.
    bytes: u64,
}

/// The page under which everything is open that an interrupted process has announced.
pub(crate) const RECOVERED: u64 = 0;

/// What was noted and is to be written.
pub(crate) struct Noted {
    number: u64,
    count: usize,
    outcomes: String,
    letters: String,
    settled: Vec<u64>,
}

/// What an interrupted process of the same run has left.
#[derive(Default)]
pub(crate) struct Recovered {
    /// What has become of each item.
    pub(crate) states: ItemStates,
    /// The steps that were announced and have not ended.
    pub(crate) in_doubt: Vec<Step>,
}

/// Where a run begins.
pub(crate) struct Begun {
    pub(crate) journal: Journal,
    pub(crate) record: RunRecord,
    /// What an interrupted process has done; none where the run is new.
    pub(crate) recovered: Option<Recovered>,
}

impl Journal {
    /// Begins a run, or resumes the newest one of the same workflow if it has not ended and
    /// `may_resume` says so. The caller has the workflow to itself.
    pub(crate) async fn begin(
        store: Arc<dyn Store>,
        lease: &Lease,
        record: RunRecord,
        may_resume: impl Fn(&RunRecord) -> bool,
    ) -> Result<Begun, StoreError> {
        let Unfinished { runs, newest } =
            Runs::over(store.clone()).unfinished(&record.workflow_id).await?;
        for found in runs {
            // What a run has done says nothing once a later one was at the same items.
            let is_newest = newest.as_ref() == Some(&found.run_id);
            if is_newest && may_resume(&found) {
                return Self::reopen(store, lease, found).await;
            }
            let abandoned = RunRecord { state: RunState::Abandoned, ..found };
            save_under(lease, &runs::document(&store, &abandoned), &abandoned).await?;
        }
        let journal = Self::new(store, &record, Pages::after(0, lease));
        save_under(lease, &journal.document, &record).await?;
        Ok(Begun { journal, record, recovered: None })
    }

    /// Whether an interrupted run is recent and does what another would do.
    pub(crate) fn is_resumed_by(found: &RunRecord, record: &RunRecord) -> bool {
        found.fingerprint == record.fingerprint
            && found.kind == record.kind
            && found.started_at >= Timestamp::now() - AUTO_RESUME_WITHIN
    }

    /// Resumes a run; none where it has ended meanwhile. The caller has the workflow to itself.
    pub(crate) async fn resume(
        store: Arc<dyn Store>,
        lease: &Lease,
        found: ListedRun,
    ) -> Result<Option<Begun>, StoreError> {
        let Some(record) = runs::document(&store, &found.record).load().await? else {
            return Ok(None);
        };
        if !record.state.is_unfinished() {
            return Ok(None);
        }
        Self::reopen(store, lease, record).await.map(Some)
    }

    async fn reopen(
        store: Arc<dyn Store>,
        lease: &Lease,
        record: RunRecord,
    ) -> Result<Begun, StoreError> {
        let record = RunRecord { state: RunState::Running, ..record };
        let names = store.list(&journal_of(&record.run_id)).await?;
        let last = names.iter().map(|name| number_of(name)).max().unwrap_or_default();
        let journal = Self::new(store, &record, Pages::after(last, lease));
        save_under(lease, &journal.document, &record).await?;
        let recovered = Some(journal.recover().await?);
        Ok(Begun { journal, record, recovered })
    }

    fn new(store: Arc<dyn Store>, record: &RunRecord, pages: Pages) -> Self {
        Self {
            document: runs::document(&store, record),
            store,
            run_id: record.run_id.clone(),
            pages: Mutex::new(pages),
        }
    }

    /// Replays the events of the interrupted processes of this run.
    pub(crate) async fn replay(&self, mut tell: impl FnMut(&Event)) -> Result<(), StoreError> {
        let mut states = ItemStates::default();
        for name in self.store.list(&outcomes_of(&self.run_id)).await? {
            for ended in
                read_page(&*self.store, &name, lines::read_outcome, lines::read_outcome_v1).await?
            {
                if states.observe(&ended.key, ended.op, ended.line()) != Ok(true) {
                    continue;
                }
                let op = ended.op;
                if let Some(event) = ended.into_event() {
                    if op == OpKind::Write {
                        tell(&Event::Read { items: 1 });
                    }
                    tell(&event);
                }
            }
        }
        Ok(())
    }

    /// What the outcomes and the intents say.
    async fn recover(&self) -> Result<Recovered, StoreError> {
        let mut recovered = Recovered::default();
        for name in self.store.list(&outcomes_of(&self.run_id)).await? {
            let sized = |read: fn(&str) -> Option<EndedItem>| {
                move |line: &str| Some((read(line)?, line.len() as u64 + 1))
            };
            let (read, read_v1) = (sized(lines::read_outcome), sized(lines::read_outcome_v1));
            for (ended, bytes) in read_page(&*self.store, &name, read, read_v1).await? {
                if let Err(error) = recovered.states.observe(&ended.key, ended.op, ended.line()) {
                    tracing::warn!(%error, "the journal contradicts itself; the first line counts");
                }
                self.pages.lock().bytes += bytes;
            }
        }
        let mut pages = Vec::new();
        for name in self.store.list(&intents_of(&self.run_id)).await? {
            let steps =
                read_page(&*self.store, &name, lines::read_intent, lines::read_intent_v1).await?;
            let states = &mut recovered.states;
            recovered.in_doubt.extend(steps.into_iter().filter(|step| {
                states.observe(&step.key, step.op.kind(), Line::Intent) == Ok(true)
            }));
            pages.push(number_of(&name));
        }
        self.pages.lock().adopt(pages, recovered.in_doubt.len());
        Ok(recovered)
    }

    /// Writes down what is about to be sent, and gives the page's number.
    pub(crate) async fn intend(&self, steps: &[&Step]) -> Result<u64, StoreError> {
        let number = self.pages.lock().next_number();
        let lines: String = steps.iter().map(|step| lines::intent_line(step)).collect();
        self.put(&page(&intents_of(&self.run_id), number), &lines).await?;
        self.pages.lock().open.insert(number, steps.len());
        Ok(number)
    }

    /// Notes how an item ended; it is kept once it was written. Gives the number of outcomes that
    /// are not written yet.
    pub(crate) fn note(
        &self,
        (key, op): (&Key, OpKind),
        reference: Option<&str>,
        ending: &Ending,
        step: Option<&Step>,
        intent: Option<u64>,
    ) -> usize {
        let outcome = lines::outcome_line(key, op, reference, ending);
        let letter = DeadLetter::of(key, op, ending, step).as_ref().map(lines::letter_line);
        let mut pages = self.pages.lock();
        pages.outcomes.push_str(&outcome);
        pages.letters.push_str(letter.as_deref().unwrap_or_default());
        pages.noted += 1;
        if let Some(number) = intent {
            pages.settle(number);
        }
        pages.noted
    }

    /// Takes what was noted, for [`Journal::write`].
    pub(crate) fn take_noted(&self) -> Noted {
        let mut pages = self.pages.lock();
        pages.bytes += (pages.outcomes.len() + pages.letters.len()) as u64;
        Noted {
            number: pages.next_number(),
            count: std::mem::take(&mut pages.noted),
            outcomes: std::mem::take(&mut pages.outcomes),
            letters: std::mem::take(&mut pages.letters),
            settled: std::mem::take(&mut pages.settled),
        }
    }

    /// Takes back what could not be written: it is still to be, under another number. What was
    /// written all the same is written twice, and read once.
    pub(crate) fn abort_flush(&self, noted: Noted) {
        let mut pages = self.pages.lock();
        pages.bytes -= (noted.outcomes.len() + noted.letters.len()) as u64;
        pages.noted += noted.count;
        pages.outcomes.insert_str(0, &noted.outcomes);
        pages.letters.insert_str(0, &noted.letters);
        pages.settled.extend(noted.settled);
    }

    /// Writes what was noted, then deletes the intents that it settles. One at a time: the
    /// outcomes of a page of intents may lie in several that were taken.
    pub(crate) async fn write(&self, noted: &Noted) -> Result<(), StoreError> {
        let Noted { number, outcomes, letters, settled, count: _ } = noted;
        // A failed item has its dead letter before it counts as ended.
        if !letters.is_empty() {
            self.put(&page(&letters_of(&self.run_id), *number), letters).await?;
        }
        if !outcomes.is_empty() {
            self.put(&page(&outcomes_of(&self.run_id), *number), outcomes).await?;
        }
        if settled.is_empty() {
            return Ok(());
        }
        let intents = intents_of(&self.run_id);
        let names: Vec<_> = settled.iter().map(|number| page(&intents, *number)).collect();
        self.store.delete_all(&names).await
    }

    /// Saves how the run ended. With a run that has ended nothing is in doubt any more: what an
    /// interrupted process had announced, and what the run then did not have to do, is deleted.
    pub(crate) async fn close(self, lease: &Lease, record: RunRecord) -> Result<(), StoreError> {
        let (journal_bytes, left) = {
            let mut pages = self.pages.lock();
            (pages.bytes, std::mem::take(&mut pages.recovered))
        };
        if record.state == RunState::Ended {
            let intents = intents_of(&self.run_id);
            let names: Vec<_> = left.iter().map(|number| page(&intents, *number)).collect();
            self.store.delete_all(&names).await?;
        }
        save_under(lease, &self.document, &RunRecord { journal_bytes, ..record }).await
    }

    async fn put(&self, name: &str, lines: &str) -> Result<(), StoreError> {
        match self.store.put(name, lines::page_of(lines).into(), Condition::Absent).await {
            Ok(_) => Ok(()),
            Err(PutError::Store(error)) => Err(error),
            Err(changed @ PutError::Changed(_)) => Err(StoreError::new("write", name, changed)),
        }
    }
}

impl Pages {
    /// The pages that follow what other processes have written.
    fn after(last: u64, lease: &Lease) -> Self {
        let own = lease.epoch().saturating_mul(PAGES_OF_A_PROCESS).max(1);
        Self { next: own.max(last + 1), ..Self::default() }
    }

    /// A number is never used twice: a write that failed may have been done all the same.
    fn next_number(&mut self) -> u64 {
        self.next += 1;
        self.next - 1
    }

    fn settle(&mut self, number: u64) {
        let Some(open) = self.open.get_mut(&number) else { return };
        *open -= 1;
        if *open == 0 {
            self.open.remove(&number);
            if number == RECOVERED {
                self.settled.append(&mut self.recovered);
            } else {
                self.settled.push(number);
            }
        }
    }

    /// Takes over what an interrupted process has left: its pages go when all of its items have
    /// ended.
    fn adopt(&mut self, numbers: Vec<u64>, items: usize) {
        if items == 0 {
            self.settled = numbers;
        } else {
            self.recovered = numbers;
            self.open.insert(RECOVERED, items);
        }
    }
}
