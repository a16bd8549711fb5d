//! The journal of a run under way.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jiff::{SignedDuration, Timestamp};
use store::{
    Condition, Document, Fingerprint, HoldError, Lease, LeaseError, PutError, Store, StoreError,
};

use super::lines::{self, Intent};
use super::runs::{
    Found, Runs, Unfinished, document, intents_of, journal_of, lease_of, letters_of, number_of,
    outcomes_of, read_lines,
};
use super::{RunRecord, RunState};
use crate::state::owner;
use crate::{Event, RunId};

/// So many endings are written in one step.
const WRITTEN_AT_ONCE: usize = 1_000;
/// A run that was broken off so long ago is not gone on with unless somebody asks for it: what it
/// has done says too little of the present.
const FRESH: SignedDuration = SignedDuration::from_hours(24);

/// Each process that takes a run over numbers its pages in a range of its own: what the one before
/// may still write, if it was only stopped, is beside them and never in their place.
const PAGES_OF_A_PROCESS: u64 = 10_000_000;

/// What a run writes down as it goes.
pub(crate) struct Journal {
    store: Arc<dyn Store>,
    run_id: RunId,
    document: Document<RunRecord>,
    lease: Lease,
    pages: Mutex<Pages>,
}

/// What is not written yet, and which intents are open.
#[derive(Default)]
struct Pages {
    endings: String,
    letters: String,
    noted: usize,
    /// The number of the next page.
    next: u64,
    /// How many items of each page of intents have not ended.
    open: HashMap<u64, usize>,
    /// Pages of intents whose items have all ended; deleted once their endings are written.
    settled: Vec<u64>,
    /// Pages of intents that an earlier process left.
    left: Vec<u64>,
    /// How much was written that stays.
    bytes: u64,
}

/// The number under which everything is open that an earlier process left.
pub(crate) const LEFT: u64 = 0;

/// What was noted and is to be written.
pub(crate) struct Noted {
    number: u64,
    endings: String,
    letters: String,
    settled: Vec<u64>,
}

/// What a run finds when it begins.
pub(crate) struct Begun {
    pub(crate) journal: Journal,
    pub(crate) record: RunRecord,
    /// What an earlier process did of this run; none where the run is new.
    pub(crate) recovered: Option<Recovered>,
}

/// What an earlier process of the same run has left.
pub(crate) struct Recovered {
    /// The keys of all items that it has ended or was about to send.
    pub(crate) known: HashSet<Fingerprint>,
    /// What it was about to send; whether it did is not known.
    pub(crate) pending: Vec<Intent>,
}

impl Journal {
    /// Begins a run, or goes on with one of the same workflow whose process has died.
    pub(crate) async fn begin(
        store: Arc<dyn Store>,
        record: RunRecord,
        goes_on: bool,
    ) -> Result<Begun, StoreError> {
        let Unfinished { runs, newest } =
            Runs::over(store.clone()).unfinished(&record.workflow_id).await?;
        for found in runs {
            // What a run has done says nothing once a later one was at the same items.
            let is_newest = newest.as_ref() == Some(&found.record.run_id);
            let is_same = found.record.fingerprint == record.fingerprint
                && found.record.kind == record.kind
                && found.record.started_at >= Timestamp::now() - FRESH;
            if is_same && is_newest && goes_on {
                if let Some(begun) = Self::go_on(store.clone(), found).await? {
                    return Ok(begun);
                }
            } else if !found.is_alive {
                let abandoned = RunRecord { state: RunState::Abandoned, ..found.record };
                document(&store, &abandoned).save(&abandoned).await?;
            }
        }
        let name = lease_of(&record.run_id);
        match Lease::take(store.clone(), name, owner(&record.run_id)).await {
            Ok(lease) => {
                let pages = Pages::first(&lease);
                let journal = Self::new(store, &record, lease, pages);
                journal.save(&record).await?;
                Ok(Begun { journal, record, recovered: None })
            }
            Err(LeaseError::Store(error)) => Err(error),
            Err(held @ LeaseError::Held { .. }) => {
                // Nobody else can know the id of a run that is new.
                Err(StoreError::new("begin", record.run_id.to_string(), held))
            }
        }
    }

    /// Goes on with a run; none where a process that lives is at it, or has ended it meanwhile.
    pub(crate) async fn go_on(
        store: Arc<dyn Store>,
        found: Found,
    ) -> Result<Option<Begun>, StoreError> {
        let Found { record, .. } = found;
        let name = lease_of(&record.run_id);
        let lease = match Lease::take(store.clone(), name, owner(&RunId::new())).await {
            Ok(lease) => lease,
            Err(LeaseError::Held { .. }) => return Ok(None),
            Err(LeaseError::Store(error)) => return Err(error),
        };
        let Some(record) = document(&store, &record).load().await? else { return Ok(None) };
        if !matches!(record.state, RunState::Running | RunState::Stopped) {
            lease.release().await?;
            return Ok(None);
        }
        let record = RunRecord { state: RunState::Running, ..record };
        let pages = Pages::after(&*store, &record, &lease).await?;
        let mut journal = Self::new(store, &record, lease, pages);
        journal.save(&record).await?;
        let (known, pending) = journal.recall().await?;
        let recovered = Some(Recovered { known, pending });
        Ok(Some(Begun { journal, record, recovered }))
    }

    fn new(store: Arc<dyn Store>, record: &RunRecord, lease: Lease, pages: Pages) -> Self {
        Self {
            document: document(&store, record),
            store,
            run_id: record.run_id.clone(),
            lease,
            pages: Mutex::new(pages),
        }
    }

    /// Whether another process has taken this run over.
    pub(crate) fn is_lost(&self) -> bool {
        self.lease.is_lost()
    }

    /// What ended before, told event by event.
    pub(crate) async fn replay(&self, mut tell: impl FnMut(&Event)) -> Result<(), StoreError> {
        let mut told = HashSet::new();
        let mut tell_new = |key: &str, event: Option<Event>| {
            if let Some(event) = event
                && told.insert(print_of(key))
            {
                if !key.starts_with('-') {
                    tell(&Event::Read { items: 1 });
                }
                tell(&event);
            }
        };
        for name in self.store.list(&outcomes_of(&self.run_id)).await? {
            for (key, report) in read_lines(&*self.store, &name, lines::read_ending).await? {
                tell_new(&key, report.into_event());
            }
        }
        Ok(())
    }

    /// The keys that ended, and the intents that did not.
    async fn recall(&mut self) -> Result<(HashSet<Fingerprint>, Vec<Intent>), StoreError> {
        let mut known = HashSet::new();
        for name in self.store.list(&outcomes_of(&self.run_id)).await? {
            let read = |line: &str| Some((lines::read_ending(line)?.0, line.len() as u64 + 1));
            for (key, bytes) in read_lines(&*self.store, &name, read).await? {
                known.insert(print_of(&key));
                self.pages().bytes += bytes;
            }
        }
        let (mut pending, mut left) = (Vec::new(), Vec::new());
        for name in self.store.list(&intents_of(&self.run_id)).await? {
            let intents = read_lines(&*self.store, &name, Intent::read).await?;
            pending
                .extend(intents.into_iter().filter(|intent| known.insert(print_of(&intent.key))));
            left.push(number_of(&name));
        }
        self.pages().adopt(left, pending.len());
        Ok((known, pending))
    }

    /// Writes down what is about to be sent, and gives the page's number.
    pub(crate) async fn intend(&self, lines: String, items: usize) -> Result<u64, StoreError> {
        let number = self.pages().next_number();
        self.put(&format!("{}{number:012}", intents_of(&self.run_id)), lines).await?;
        self.pages().open.insert(number, items);
        Ok(number)
    }

    /// Notes how an item ended; it is kept once it was written. Says whether
    /// there is enough to write.
    pub(crate) fn note(&self, ending: &str, letter: Option<&str>, intent: Option<u64>) -> bool {
        let mut pages = self.pages();
        pages.endings.push_str(ending);
        pages.letters.push_str(letter.unwrap_or_default());
        pages.noted += 1;
        if let Some(number) = intent {
            pages.settle(number);
        }
        pages.noted >= WRITTEN_AT_ONCE
    }

    /// Takes what was noted, for [`Journal::write`].
    pub(crate) fn take_noted(&self) -> Noted {
        let mut pages = self.pages();
        pages.noted = 0;
        pages.bytes += (pages.endings.len() + pages.letters.len()) as u64;
        Noted {
            number: pages.next_number(),
            endings: std::mem::take(&mut pages.endings),
            letters: std::mem::take(&mut pages.letters),
            settled: std::mem::take(&mut pages.settled),
        }
    }

    /// Takes back what could not be written: it is still to be, under another number. What was
    /// written all the same is written twice, and read once.
    pub(crate) fn take_back(&self, noted: Noted) {
        let mut pages = self.pages();
        pages.bytes -= (noted.endings.len() + noted.letters.len()) as u64;
        pages.endings.insert_str(0, &noted.endings);
        pages.letters.insert_str(0, &noted.letters);
        pages.settled.extend(noted.settled);
    }

    /// Writes what was noted, then deletes the intents that it settles. One at a time: the
    /// endings of a page of intents may lie in several that were taken.
    pub(crate) async fn write(&self, noted: &Noted) -> Result<(), StoreError> {
        let Noted { number, endings, letters, settled } = noted;
        // A failed item has its letter before it counts as ended.
        if !letters.is_empty() {
            self.put(&format!("{}{number:012}", letters_of(&self.run_id)), letters.clone()).await?;
        }
        if !endings.is_empty() {
            self.put(&format!("{}{number:012}", outcomes_of(&self.run_id)), endings.clone())
                .await?;
        }
        if settled.is_empty() {
            return Ok(());
        }
        let intents = intents_of(&self.run_id);
        let names: Vec<_> = settled.iter().map(|number| format!("{intents}{number:012}")).collect();
        self.store.delete_all(&names).await
    }

    /// Saves how the run ended, and releases the lease. A process that has lost the lease saves
    /// nothing: the record is that of whoever took the run over.
    pub(crate) async fn close(self, record: RunRecord) -> Result<(), StoreError> {
        let journal_bytes = self.pages().bytes;
        self.save(&RunRecord { journal_bytes, ..record }).await?;
        self.lease.release().await?;
        Ok(())
    }

    async fn save(&self, record: &RunRecord) -> Result<(), StoreError> {
        self.document.save_under(&self.lease, record).await.map_err(|error| match error {
            HoldError::Store(error) => error,
            lost @ HoldError::Lost { .. } => {
                StoreError::new("write", format!("the record of run {}", self.run_id), lost)
            }
        })
    }

    async fn put(&self, name: &str, lines: String) -> Result<(), StoreError> {
        match self.store.put(name, lines.into(), Condition::Absent).await {
            Ok(_) => Ok(()),
            Err(PutError::Store(error)) => Err(error),
            Err(changed @ PutError::Changed(_)) => Err(StoreError::new("write", name, changed)),
        }
    }

    fn pages(&self) -> MutexGuard<'_, Pages> {
        self.pages.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Pages {
    fn first(lease: &Lease) -> Self {
        Self { next: lease.epoch().saturating_mul(PAGES_OF_A_PROCESS), ..Self::default() }
    }

    /// Those that follow what an earlier process has written.
    async fn after(
        store: &dyn Store,
        record: &RunRecord,
        lease: &Lease,
    ) -> Result<Self, StoreError> {
        let names = store.list(&journal_of(&record.run_id)).await?;
        let last = names.iter().map(|name| number_of(name)).max().unwrap_or_default();
        let Self { next, .. } = Self::first(lease);
        Ok(Self { next: next.max(last + 1), ..Self::default() })
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
            if number == LEFT {
                self.settled.append(&mut self.left);
            } else {
                self.settled.push(number);
            }
        }
    }

    /// Takes over what an earlier process left: its pages go when all of its items have ended.
    fn adopt(&mut self, numbers: Vec<u64>, items: usize) {
        if items == 0 {
            self.settled = numbers;
        } else {
            self.left = numbers;
            self.open.insert(LEFT, items);
        }
    }
}

/// What tells one key from another.
pub(crate) fn print_of(key: &str) -> Fingerprint {
    Fingerprint::of(key.as_bytes())
}
