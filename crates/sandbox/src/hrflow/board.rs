//! A board and its jobs.

use std::collections::BTreeMap;
use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use crate::settings::ArchivedAgain;

/// The jobs of one board.
#[derive(Debug, Default)]
pub(crate) struct Board {
    key: String,
    jobs: BTreeMap<Box<str>, Job>,
    references: HashMap<u64, Box<str>>,
    /// Numbers the jobs that came without a reference.
    nameless: u64,
}

#[derive(Debug, Default)]
struct Job {
    archived_at: Option<Timestamp>,
    times_archived: u32,
    times_written: u32,
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
        self.references.insert(number(&reference), reference.clone());
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
        Some(key_of(&reference))
    }

    /// Creates a job; a reference that is in use is given back.
    pub(crate) fn create(
        &mut self,
        fields: Map<String, Value>,
        now: Timestamp,
    ) -> Result<Value, String> {
        let reference = match fields.get("reference").and_then(Value::as_str) {
            Some(reference) if self.jobs.contains_key(reference) => {
                return Err(reference.to_owned());
            }
            Some(reference) => reference.to_owned(),
            None => {
                self.nameless += 1;
                format!("nameless-{}", self.nameless)
            }
        };
        let sent = Box::new(Sent { fields, created_at: now, updated_at: now });
        let job = Job { sent: Some(sent), times_written: 1, ..Job::default() };
        self.insert(reference.as_str().into(), job);
        Ok(self.job(&Named::Reference(reference)).unwrap_or_default())
    }

    /// Replaces a job by what is sent.
    pub(crate) fn edit(&mut self, fields: Map<String, Value>, now: Timestamp) -> Option<Value> {
        let text = |name: &str| fields.get(name).and_then(Value::as_str).map(str::to_owned);
        let named = match (text("key").filter(|key| !key.is_empty()), text("reference")) {
            (Some(key), _) => Named::Key(key),
            (None, Some(reference)) => Named::Reference(reference),
            (None, None) => return None,
        };
        let reference = self.reference(&named)?.to_owned();
        let job = self.jobs.get_mut(reference.as_str())?;
        let created_at = job.sent.as_ref().map_or(now, |sent| sent.created_at);
        job.sent = Some(Box::new(Sent { fields, created_at, updated_at: now }));
        job.times_written += 1;
        self.job(&named)
    }

    /// The whole job.
    pub(crate) fn job(&self, named: &Named) -> Option<Value> {
        let reference = self.reference(named)?;
        Some(self.written_out(reference, self.jobs.get(reference)?))
    }

    /// Some jobs from a position on, and how many there are.
    pub(crate) fn page(
        &self,
        shows_archived: bool,
        first: usize,
        most: usize,
    ) -> (Vec<Value>, usize) {
        let is_shown = |job: &Job| shows_archived || job.archived_at.is_none();
        let shown = || self.jobs.iter().filter(|(_, job)| is_shown(job));
        let page = shown().skip(first).take(most);
        (page.map(|(reference, job)| self.written_out(reference, job)).collect(), shown().count())
    }

    fn written_out(&self, reference: &str, job: &Job) -> Value {
        let mut fields =
            job.sent.as_ref().map_or_else(|| unsent(reference), |sent| sent.fields.clone());
        let mut put = |name: &str, value: Value| {
            fields.insert(name.to_owned(), value);
        };
        put("key", key_of(reference).into());
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

fn wire(time: Timestamp) -> String {
    time.strftime("%Y-%m-%dT%H:%M:%S+0000").to_string()
}

/// A job's key follows from its reference.
fn key_of(reference: &str) -> String {
    format!("{:040x}", number(reference))
}

fn number(reference: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    reference.hash(&mut hasher);
    hasher.finish()
}
