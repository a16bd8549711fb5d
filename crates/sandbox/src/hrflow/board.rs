//! A board and its jobs.

use std::collections::BTreeMap;
use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use crate::settings::{ArchivedAgain, ArchivedEdited, ArchivedReference, Edits, Hrflow, UpdatedAt};

/// The jobs of one board.
#[derive(Debug, Default)]
pub(crate) struct Board {
    key: String,
    jobs: BTreeMap<Box<str>, Job>,
    references: HashMap<u64, Box<str>>,
    /// Archived jobs whose references were used again, by their keys.
    former: BTreeMap<String, (Box<str>, Job)>,
    /// How many times it was listed.
    listings: u64,
    /// Numbers the jobs that came without a reference.
    nameless: u64,
}

#[derive(Debug, Default)]
struct Job {
    archived_at: Option<Timestamp>,
    times_archived: u32,
    times_written: u32,
    /// How many jobs of the same reference came before it.
    former: u32,
    /// So many listings must have been before one shows it.
    shown_after: u64,
    /// What was sent; a job that the board held from the beginning keeps nothing.
    sent: Option<Box<Sent>>,
}

#[derive(Debug)]
struct Sent {
    fields: Map<String, Value>,
    created_at: Timestamp,
    updated_at: Timestamp,
}

/// What names a job.
pub(crate) enum Named {
    Key(String),
    Reference(String),
}

/// Into the archive, or out of it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Archiving {
    In,
    Out,
}

impl Board {
    /// A board with a job for each reference.
    pub(crate) fn holding(key: &str, references: impl Iterator<Item = Box<str>>) -> Self {
        let mut board = Self { key: key.to_owned(), ..Self::default() };
        for reference in references {
            board.insert(reference, Job::default());
        }
        board
    }

    fn insert(&mut self, reference: Box<str>, job: Job) {
        self.references.insert(number(&reference, job.former), reference.clone());
        self.jobs.insert(reference, job);
    }

    pub(crate) fn len(&self) -> usize {
        self.jobs.len()
    }

    pub(crate) fn references(&self) -> Vec<String> {
        self.jobs.keys().map(ToString::to_string).collect()
    }

    /// How often each job was archived that is archived now.
    pub(crate) fn archived(&self) -> HashMap<String, u32> {
        self.jobs
            .iter()
            .filter(|(_, job)| job.archived_at.is_some())
            .map(|(reference, job)| (reference.to_string(), job.times_archived))
            .collect()
    }

    /// How often each job was created or edited.
    pub(crate) fn written(&self) -> HashMap<String, u32> {
        let jobs = self.jobs.iter();
        jobs.map(|(reference, job)| (reference.to_string(), job.times_written)).collect()
    }

    /// Archives a job or takes it out; gives its key, or none where there is no such job.
    pub(crate) fn archive(
        &mut self,
        named: &Named,
        archiving: Archiving,
        again: ArchivedAgain,
        now: Timestamp,
    ) -> Option<String> {
        let reference = self.reference(named)?.to_owned();
        let job = self.jobs.get_mut(reference.as_str())?;
        let is_archived = job.archived_at.is_some();
        if archiving == Archiving::In && is_archived && again == ArchivedAgain::Unknown {
            return None;
        }
        match archiving {
            Archiving::In => {
                job.archived_at = Some(now);
                job.times_archived += 1;
            }
            Archiving::Out => job.archived_at = None,
        }
        Some(key_of(&reference, job.former))
    }

    /// Creates a job; a reference that is in use is given back.
    pub(crate) fn create(
        &mut self,
        fields: Map<String, Value>,
        now: Timestamp,
        settings: &Hrflow,
    ) -> Result<Value, String> {
        let sent = fields.get("reference").and_then(Value::as_str);
        let (reference, former) = if let Some(reference) = sent {
            (reference.to_owned(), self.make_way(reference, settings)?)
        } else {
            self.nameless += 1;
            (format!("nameless-{}", self.nameless), 0)
        };
        let updated_at = updated_at(&fields, now, settings.updated_at);
        let sent = Box::new(Sent { fields, created_at: now, updated_at });
        let shown_after = self.listings + settings.list_lag;
        let job = Job { sent: Some(sent), times_written: 1, former, shown_after, ..Job::default() };
        self.insert(reference.as_str().into(), job);
        Ok(self.job(&Named::Reference(reference)).unwrap_or_default())
    }

    /// Lets a reference be used, again where that may be; gives how many jobs had it before.
    fn make_way(&mut self, reference: &str, settings: &Hrflow) -> Result<u32, String> {
        let Some(job) = self.jobs.get(reference) else { return Ok(0) };
        let is_free = settings.archived_reference == ArchivedReference::Free;
        if job.archived_at.is_none() || !is_free {
            return Err(reference.to_owned());
        }
        let former = job.former;
        if let Some((reference, job)) = self.jobs.remove_entry(reference) {
            self.former.insert(key_of(&reference, former), (reference, job));
        }
        Ok(former + 1)
    }

    /// Replaces a job by what is sent.
    pub(crate) fn edit(
        &mut self,
        fields: Map<String, Value>,
        now: Timestamp,
        settings: &Hrflow,
    ) -> Option<Value> {
        let text = |name: &str| fields.get(name).and_then(Value::as_str).map(str::to_owned);
        let named = match (text("key").filter(|key| !key.is_empty()), text("reference")) {
            (Some(key), _) => Named::Key(key),
            (None, Some(reference)) => Named::Reference(reference),
            (None, None) => return None,
        };
        let reference = self.reference(&named)?.to_owned();
        let job = self.jobs.get_mut(reference.as_str())?;
        if job.archived_at.is_some() && settings.archived_edited == ArchivedEdited::Unknown {
            return None;
        }
        let updated_at = updated_at(&fields, now, settings.updated_at);
        let before = job.sent.take();
        let created_at = before.as_ref().map_or(now, |sent| sent.created_at);
        let kept = match settings.edits {
            Edits::Whole => Map::new(),
            Edits::Partial => before.map(|sent| sent.fields).unwrap_or_default(),
        };
        let fields = kept.into_iter().chain(fields).collect();
        job.sent = Some(Box::new(Sent { fields, created_at, updated_at }));
        job.times_written += 1;
        self.job(&named)
    }

    /// Sets a field of a job.
    pub(crate) fn set(&mut self, reference: &str, field: &str, value: Value, now: Timestamp) {
        let Some(job) = self.jobs.get_mut(reference) else { return };
        let unsent = || Sent { fields: unsent(reference), created_at: now, updated_at: now };
        let sent = job.sent.get_or_insert_with(|| Box::new(unsent()));
        sent.fields.insert(field.to_owned(), value);
        sent.updated_at = now;
    }

    /// Deletes a job; its reference is free.
    pub(crate) fn delete(&mut self, reference: &str) {
        if let Some(job) = self.jobs.remove(reference) {
            self.references.remove(&number(reference, job.former));
        }
    }

    /// The whole job.
    pub(crate) fn job(&self, named: &Named) -> Option<Value> {
        if let Named::Key(key) = named
            && let Some((reference, job)) = self.former.get(key)
        {
            return Some(self.written_out(reference, job));
        }
        let reference = self.reference(named)?;
        Some(self.written_out(reference, self.jobs.get(reference)?))
    }

    /// Some jobs from a position on, and how many there are.
    pub(crate) fn page(
        &mut self,
        shows_archived: bool,
        first: usize,
        most: usize,
    ) -> (Vec<Value>, usize) {
        self.listings += 1;
        let is_shown = |job: &Job| {
            job.shown_after < self.listings && (shows_archived || job.archived_at.is_none())
        };
        let former = self.former.values().map(|(reference, job)| (reference, job));
        let shown: Vec<_> = former.chain(&self.jobs).filter(|(_, job)| is_shown(job)).collect();
        let page = shown.iter().skip(first).take(most);
        (page.map(|(reference, job)| self.written_out(reference, job)).collect(), shown.len())
    }

    fn written_out(&self, reference: &str, job: &Job) -> Value {
        let mut fields =
            job.sent.as_ref().map_or_else(|| unsent(reference), |sent| sent.fields.clone());
        let mut put = |name: &str, value: Value| {
            fields.insert(name.to_owned(), value);
        };
        put("key", key_of(reference, job.former).into());
        put("reference", reference.into());
        put("board_key", self.key.clone().into());
        put("archived_at", json!(job.archived_at.map(wire)));
        if let Some(sent) = &job.sent {
            put("created_at", wire(sent.created_at).into());
            put("updated_at", wire(sent.updated_at).into());
        }
        Value::Object(fields)
    }

    fn reference<'a>(&'a self, named: &'a Named) -> Option<&'a str> {
        match named {
            Named::Reference(reference) => Some(reference),
            Named::Key(key) => {
                let number = u64::from_str_radix(key.get(24..)?, 16).ok()?;
                self.references.get(&number).map(|reference| &**reference)
            }
        }
    }
}

/// What a job consists of that the board held from the beginning.
fn unsent(reference: &str) -> Map<String, Value> {
    let place = json!({"text": "France", "lat": null, "lng": null});
    Map::from_iter([("name".to_owned(), reference.into()), ("location".to_owned(), place)])
}

/// When a job counts as updated.
fn updated_at(fields: &Map<String, Value>, now: Timestamp, whose: UpdatedAt) -> Timestamp {
    let sent = || fields.get("updated_at")?.as_str()?.parse().ok();
    match whose {
        UpdatedAt::Clock => now,
        UpdatedAt::Sent => sent().unwrap_or(now),
    }
}

fn wire(time: Timestamp) -> String {
    time.strftime("%Y-%m-%dT%H:%M:%S+0000").to_string()
}

/// A job's key follows from its reference, and from how many jobs had it before.
fn key_of(reference: &str, former: u32) -> String {
    format!("{:040x}", number(reference, former))
}

fn number(reference: &str, former: u32) -> u64 {
    let mut hasher = DefaultHasher::new();
    (reference, former).hash(&mut hasher);
    hasher.finish()
}
