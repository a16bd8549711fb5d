//! What was delivered: references with a fingerprint of their content.
//!
//! Changes are appended in numbered segments; now and then they are merged into a snapshot. The
//! newest snapshot and the segments after it are the ledger. A snapshot is whole before anything
//! older is deleted, so a crash at any point loses nothing that was flushed.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use bytes::Bytes;
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::{Condition, PutError, Store, StoreError};

/// So many segments may lie beside a snapshot, and more where they hold less than it: to merge
/// costs as much as the snapshot is long.
const MOST_SEGMENTS: usize = 64;

/// Tells one content from another: half of its SHA-256.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Fingerprint(u128);

impl Fingerprint {
    /// Of some bytes.
    pub fn of(bytes: &[u8]) -> Self {
        let digest = Sha256::digest(bytes);
        let mut half = [0; 16];
        half.copy_from_slice(&digest[..16]);
        Self(u128::from_be_bytes(half))
    }

    /// Of a content that is not known: it is like no other.
    pub const UNKNOWN: Self = Self(0);

    /// Of what was about to be changed, without a word whether it was. It is like no other either.
    pub const OPEN: Self = Self(1);

    /// Reads what `Display` wrote.
    pub fn parse(text: &str) -> Option<Self> {
        u128::from_str_radix(text, 16).ok().map(Self)
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{:032x}", self.0)
    }
}

/// A map from reference to fingerprint that outlives the process.
#[derive(Debug)]
pub struct Ledger {
    store: Arc<dyn Store>,
    folder: String,
    entries: HashMap<Box<str>, Fingerprint>,
    /// Changes that were not flushed; none stands for an entry that was forgotten.
    pending: Vec<(Box<str>, Option<Fingerprint>)>,
    next: u64,
    segments: usize,
    /// How many lines the segments have that lie beside the snapshot.
    beside: usize,
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
            next: 1,
            segments: 0,
            beside: 0,
        };
        while !ledger.load().await? {}
        Ok(ledger)
    }

    /// Reads what is there; not so where somebody else merged or deleted it meanwhile.
    async fn load(&mut self) -> Result<bool, StoreError> {
        self.entries.clear();
        (self.segments, self.beside) = (0, 0);
        let names = self.store.list(&format!("{}/", self.folder)).await?;
        let newest_snapshot = names.iter().rposition(|name| name.ends_with(SNAPSHOT));
        for name in &names[newest_snapshot.unwrap_or(0)..] {
            let Some(blob) = self.store.get(name).await? else { return Ok(false) };
            let lines = self.read(name, &blob.bytes)?;
            self.beside += if name.ends_with(SNAPSHOT) { 0 } else { lines };
            self.next = number_of(name) + 1;
            self.segments += 1;
        }
        Ok(true)
    }

    /// What was delivered under a reference.
    pub fn get(&self, reference: &str) -> Option<Fingerprint> {
        self.entries.get(reference).copied()
    }

    /// Every reference.
    pub fn references(&self) -> impl Iterator<Item = &str> {
        self.entries.keys().map(|reference| &**reference)
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
        self.pending.len()
    }

    /// Notes a delivery. It is kept when [`Ledger::flush`] has returned.
    pub fn record(&mut self, reference: &str, fingerprint: Fingerprint) {
        self.entries.insert(reference.into(), fingerprint);
        self.pending.push((reference.into(), Some(fingerprint)));
    }

    /// Forgets a reference.
    pub fn forget(&mut self, reference: &str) {
        if self.entries.remove(reference).is_some() {
            self.pending.push((reference.into(), None));
        }
    }

    /// Writes what has changed since the last flush.
    pub async fn flush(&mut self) -> Result<(), StoreError> {
        if self.pending.is_empty() {
            return Ok(());
        }
        let lines =
            self.pending.iter().map(|(reference, fingerprint)| line(reference, *fingerprint));
        let bytes: String = lines.collect();
        self.write(SEGMENT, bytes.into()).await?;
        self.beside += self.pending.len();
        self.pending.clear();
        self.segments += 1;
        // What lies beside a snapshot of a million lines is not merged for the sake of a few.
        let is_worth_it = self.beside * 2 >= self.entries.len();
        if self.segments > MOST_SEGMENTS && is_worth_it { self.merge().await } else { Ok(()) }
    }

    /// Writes everything as one snapshot, then deletes what it replaces.
    async fn merge(&mut self) -> Result<(), StoreError> {
        let lines = self.entries.iter().map(|(reference, print)| line(reference, Some(*print)));
        let bytes: String = lines.collect();
        self.write(SNAPSHOT, bytes.into()).await?;
        let newest = self.next - 1;
        for name in self.store.list(&format!("{}/", self.folder)).await? {
            if number_of(&name) < newest {
                self.store.delete(&name).await?;
            }
        }
        (self.segments, self.beside) = (1, 0);
        Ok(())
    }

    async fn write(&mut self, kind: &str, bytes: Bytes) -> Result<(), StoreError> {
        let name = format!("{}/{:012}{kind}", self.folder, self.next);
        // A write that failed, or that nobody waited for, may have been done all the same: its
        // number is not used again.
        self.next += 1;
        match self.store.put(&name, bytes, Condition::Absent).await {
            Ok(_) => Ok(()),
            Err(PutError::Store(error)) => Err(error),
            Err(changed @ PutError::Changed(_)) => Err(StoreError::new("write", name, changed)),
        }
    }

    /// Takes the lines of a blob in, and says how many there are.
    fn read(&mut self, name: &str, bytes: &[u8]) -> Result<usize, StoreError> {
        let damaged = || StoreError::new("understand", name, "the ledger is damaged");
        let text = std::str::from_utf8(bytes).map_err(|_| damaged())?;
        let mut lines = 0;
        for text in text.lines() {
            let (reference, print) = read_line(text).ok_or_else(damaged)?;
            match print {
                Some(print) => self.entries.insert(reference, print),
                None => self.entries.remove(&reference),
            };
            lines += 1;
        }
        Ok(lines)
    }
}

const SEGMENT: &str = ".segment";
const SNAPSHOT: &str = ".snapshot";

/// `["048KLTP","5f0c…"]`, or `["048KLTP"]` for one that was forgotten.
fn line(reference: &str, fingerprint: Option<Fingerprint>) -> String {
    let reference = Value::from(reference);
    match fingerprint {
        Some(fingerprint) => format!("[{reference},\"{fingerprint}\"]\n"),
        None => format!("[{reference}]\n"),
    }
}

fn read_line(text: &str) -> Option<(Box<str>, Option<Fingerprint>)> {
    let fields: Vec<String> = serde_json::from_str(text).ok()?;
    match fields.as_slice() {
        [reference] => Some((reference.as_str().into(), None)),
        [reference, print] => Some((reference.as_str().into(), Some(Fingerprint::parse(print)?))),
        _ => None,
    }
}

fn number_of(name: &str) -> u64 {
    let last = name.rsplit('/').next().unwrap_or(name);
    last.split('.').next().and_then(|number| number.parse().ok()).unwrap_or_default()
}
