//! What was delivered: references with a fingerprint of their content.
//!
//! Changes are appended in numbered segments; now and then they are merged into a snapshot. The
//! newest snapshot and the segments after it are the ledger. A snapshot has the number of the last
//! segment in it, and is whole before anything older is deleted, so a crash at any point loses
//! nothing that was flushed.
//!
//! A number is written once, so of two processes that append only one can. It is the one that has
//! claimed the ledger last.

use std::collections::HashMap;
use std::sync::Arc;

use bytes::Bytes;
use serde_json::Value;

use crate::fingerprint::{ADOPTED, IN_DOUBT};
use crate::{Condition, Fingerprint, Lease, PutError, Store, StoreError};

/// So many segments may lie beside a snapshot, and more where they hold less than it: to merge
/// costs as much as the snapshot is long.
const COMPACT_AFTER: usize = 64;
/// So many are merged, however little they hold: each is read when the ledger is opened.
const MAX_SEGMENTS: usize = 1_024;

/// What a ledger knows of an item.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Known {
    /// It was delivered with this content.
    As(Fingerprint),
    /// The target has it, and its content at the origin is not known.
    Adopted,
    /// It was about to be changed, and nobody knows whether it was.
    InDoubt,
}

impl From<Known> for Fingerprint {
    fn from(known: Known) -> Self {
        match known {
            Known::As(fingerprint) => fingerprint,
            Known::Adopted => ADOPTED,
            Known::InDoubt => IN_DOUBT,
        }
    }
}

impl From<Fingerprint> for Known {
    fn from(fingerprint: Fingerprint) -> Self {
        match fingerprint {
            ADOPTED => Self::Adopted,
            IN_DOUBT => Self::InDoubt,
            other => Self::As(other),
        }
    }
}

/// One item of the ledger, without room for nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Entry {
    fingerprint: Fingerprint,
    /// What tells the item as the target has it; 0 where that is not known.
    version: u64,
}

/// A map from reference to what is known of it, that outlives the process.
#[derive(Debug)]
pub struct Ledger {
    store: Arc<dyn Store>,
    folder: String,
    entries: HashMap<Box<str>, Entry>,
    /// Changes that were not flushed; none stands for an entry that was forgotten.
    pending: Vec<(Box<str>, Option<Entry>)>,
    /// The segment that is being written. It may be in the store already, where a write failed or
    /// nobody waited for it.
    writing: Option<Segment>,
    next: u64,
    segments: usize,
    /// How many lines the segments have that lie beside the snapshot.
    loose_lines: usize,
    /// Whether another process has written to it: what that wrote is not known here.
    is_overtaken: bool,
}

/// Changes as they are written.
#[derive(Debug)]
struct Segment {
    bytes: Bytes,
    lines: usize,
}

impl Ledger {
    /// Opens the ledger in a folder of the store; an empty one where there is none.
    pub async fn open(
        store: Arc<dyn Store>,
        folder: impl Into<String>,
    ) -> Result<Self, StoreError> {
        let mut ledger = Self {
            store,
            folder: folder.into(),
            entries: HashMap::new(),
            pending: Vec::new(),
            writing: None,
            next: 1,
            segments: 0,
            loose_lines: 0,
            is_overtaken: false,
        };
        while !ledger.load().await? {}
        Ok(ledger)
    }

    /// Opens the ledger for the holder of a lease. Where the lease was taken from a process that
    /// may still believe to hold it, that process can write to the ledger no more.
    pub async fn open_under(
        store: Arc<dyn Store>,
        folder: impl Into<String>,
        lease: &Lease,
    ) -> Result<Self, StoreError> {
        let mut ledger = Self::open(store, folder).await?;
        if lease.is_taken_over() {
            ledger.claim().await?;
        }
        Ok(ledger)
    }

    /// Writes the next segment, which another process was about to write, without a line.
    async fn claim(&mut self) -> Result<(), StoreError> {
        let nothing = || Segment { bytes: Bytes::new(), lines: 0 };
        while !self.append(nothing()).await? {
            (self.writing, self.is_overtaken) = (None, false);
            while !self.load().await? {}
        }
        Ok(())
    }

    /// Reads what is there; not so where somebody else merged or deleted it meanwhile.
    async fn load(&mut self) -> Result<bool, StoreError> {
        self.entries.clear();
        (self.segments, self.loose_lines) = (0, 0);
        let names = self.store.list(&format!("{}/", self.folder)).await?;
        let newest_snapshot = names.iter().rposition(|name| name.ends_with(SNAPSHOT));
        for name in &names[newest_snapshot.unwrap_or(0)..] {
            let Some(blob) = self.store.get(name).await? else { return Ok(false) };
            let lines = self.read(name, &blob.bytes)?;
            self.loose_lines += if name.ends_with(SNAPSHOT) { 0 } else { lines };
            self.next = number_of(name) + 1;
            self.segments += 1;
        }
        Ok(true)
    }

    /// What is known under a reference.
    pub fn get(&self, reference: &str) -> Option<Known> {
        self.entries.get(reference).map(|entry| entry.fingerprint.into())
    }

    /// What tells the item of a reference as the target has it, where that is known.
    pub fn version(&self, reference: &str) -> Option<u64> {
        let entry = self.entries.get(reference)?;
        (entry.version != 0).then_some(entry.version)
    }

    /// Every reference with what is known of it, in no order.
    pub fn entries(&self) -> impl Iterator<Item = (&str, Known)> {
        self.entries.iter().map(|(reference, entry)| (&**reference, entry.fingerprint.into()))
    }

    /// How many items are not in doubt.
    pub fn delivered(&self) -> usize {
        self.entries.values().filter(|entry| entry.fingerprint != IN_DOUBT).count()
    }

    /// How many references there are.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether nothing was ever delivered.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// How many changes a flush would write.
    pub fn pending(&self) -> usize {
        self.pending.len() + self.writing.as_ref().map_or(0, |segment| segment.lines)
    }

    /// Notes what is known of an item, and what tells it as the target has it. It is kept when
    /// [`Ledger::flush`] has returned.
    pub fn record(&mut self, reference: &str, known: Known, version: Option<Fingerprint>) {
        let version = version.map(Fingerprint::short).unwrap_or_default();
        let entry = Entry { fingerprint: known.into(), version };
        self.entries.insert(reference.into(), entry);
        self.pending.push((reference.into(), Some(entry)));
    }

    /// Forgets a reference.
    pub fn forget(&mut self, reference: &str) {
        if self.entries.remove(reference).is_some() {
            self.pending.push((reference.into(), None));
        }
    }

    /// Writes what has changed since the last flush.
    pub async fn flush(&mut self) -> Result<(), StoreError> {
        if let Some(unanswered) = self.writing.take() {
            self.append_as_owner(unanswered).await?;
        }
        if self.pending.is_empty() {
            return Ok(());
        }
        let changes = std::mem::take(&mut self.pending);
        let bytes: String =
            changes.iter().map(|(reference, entry)| line(reference, *entry)).collect();
        self.append_as_owner(Segment { bytes: bytes.into(), lines: changes.len() }).await?;
        // What lies beside a snapshot of a million lines is not merged for the sake of a few.
        let is_worth_it =
            self.loose_lines * 2 >= self.entries.len() || self.segments > MAX_SEGMENTS;
        if self.segments > COMPACT_AFTER && is_worth_it { self.merge().await } else { Ok(()) }
    }

    async fn append_as_owner(&mut self, segment: Segment) -> Result<(), StoreError> {
        if self.append(segment).await? { Ok(()) } else { Err(self.overtaken()) }
    }

    fn overtaken(&self) -> StoreError {
        StoreError::new("write", &self.folder, "another process has written to the ledger")
    }

    /// Writes everything as one snapshot, then deletes what it replaces.
    async fn merge(&mut self) -> Result<(), StoreError> {
        let lines = self.entries.iter().map(|(reference, entry)| line(reference, Some(*entry)));
        let bytes: String = lines.collect();
        let last = self.next - 1;
        let snapshot = self.name(last, SNAPSHOT);
        if !self.put(&snapshot, bytes.into()).await? {
            return Err(self.overtaken());
        }
        let names = self.store.list(&format!("{}/", self.folder)).await?;
        let replaced = names.into_iter().filter(|name| number_of(name) <= last);
        let replaced: Vec<_> = replaced.filter(|name| *name != snapshot).collect();
        self.store.delete_all(&replaced).await?;
        (self.segments, self.loose_lines) = (1, 0);
        Ok(())
    }

    /// Writes under the next number, which stays the next until that is known to be done. Not so
    /// where another process has written under it.
    async fn append(&mut self, segment: Segment) -> Result<bool, StoreError> {
        let (bytes, lines) = (segment.bytes.clone(), segment.lines);
        self.writing = Some(segment);
        if self.is_overtaken || !self.put(&self.name(self.next, SEGMENT), bytes).await? {
            self.is_overtaken = true;
            return Ok(false);
        }
        self.writing = None;
        self.next += 1;
        self.segments += 1;
        self.loose_lines += lines;
        Ok(true)
    }

    async fn put(&self, name: &str, bytes: Bytes) -> Result<bool, StoreError> {
        match self.store.put(name, bytes.clone(), Condition::Absent).await {
            Ok(_) => Ok(true),
            Err(PutError::Store(error)) => Err(error),
            // Perhaps by a client of the store that repeats what had no answer.
            Err(PutError::Changed(_)) => {
                let there = self.store.get(name).await?;
                Ok(!bytes.is_empty() && there.is_some_and(|blob| blob.bytes == bytes))
            }
        }
    }

    fn name(&self, number: u64, kind: &str) -> String {
        format!("{}/{number:012}{kind}", self.folder)
    }

    /// Takes the lines of a blob in, and says how many there are.
    fn read(&mut self, name: &str, bytes: &[u8]) -> Result<usize, StoreError> {
        let damaged = || StoreError::new("understand", name, "the ledger is damaged");
        let text = std::str::from_utf8(bytes).map_err(|_| damaged())?;
        let mut lines = 0;
        for text in text.lines() {
            let (reference, entry) = read_line(text).ok_or_else(damaged)?;
            match entry {
                Some(entry) => self.entries.insert(reference, entry),
                None => self.entries.remove(&reference),
            };
            lines += 1;
        }
        Ok(lines)
    }
}

const SEGMENT: &str = ".segment";
const SNAPSHOT: &str = ".snapshot";

/// `["048KLTP","5f0c…"]`, with the version in a third place where it is known, or `["048KLTP"]`
/// for one that was forgotten.
fn line(reference: &str, entry: Option<Entry>) -> String {
    let reference = Value::from(reference);
    match entry {
        Some(Entry { fingerprint, version: 0 }) => format!("[{reference},\"{fingerprint}\"]\n"),
        Some(Entry { fingerprint, version }) => {
            format!("[{reference},\"{fingerprint}\",\"{version:x}\"]\n")
        }
        None => format!("[{reference}]\n"),
    }
}

fn read_line(text: &str) -> Option<(Box<str>, Option<Entry>)> {
    let fields: Vec<String> = serde_json::from_str(text).ok()?;
    let (reference, print, version) = match fields.as_slice() {
        [reference] => return Some((reference.as_str().into(), None)),
        [reference, print] => (reference, print, 0),
        [reference, print, version] => (reference, print, u64::from_str_radix(version, 16).ok()?),
        _ => return None,
    };
    let fingerprint = Fingerprint::parse(print)?;
    Some((reference.as_str().into(), Some(Entry { fingerprint, version })))
}

fn number_of(name: &str) -> u64 {
    let last = name.rsplit('/').next().unwrap_or(name);
    last.split('.').next().and_then(|number| number.parse().ok()).unwrap_or_default()
}
