//! A board and its jobs.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::settings::ArchivedAgain;

/// The jobs of one board. A job keeps little; the rest of it is made up when it is asked for.
#[derive(Debug, Default)]
pub(crate) struct Board {
    key: String,
    jobs: HashMap<Box<str>, Job>,
    references: HashMap<u64, Box<str>>,
}

#[derive(Debug, Default)]
struct Job {
    archived_at: Option<Timestamp>,
    times_archived: u32,
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
            board.references.insert(number(&reference), reference.clone());
            board.jobs.insert(reference, Job::default());
        }
        board
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

    /// The whole job.
    pub(crate) fn job(&self, named: &Named) -> Option<Value> {
        let reference = self.reference(named)?;
        let job = self.jobs.get(reference)?;
        let archived_at =
            job.archived_at.map(|time| time.strftime("%Y-%m-%dT%H:%M:%S+0000").to_string());
        Some(json!({
            "key": key_of(reference),
            "reference": reference,
            "board_key": self.key,
            "name": reference,
            "archive": null,
            "archived_at": archived_at,
        }))
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

/// A job's key follows from its reference.
fn key_of(reference: &str) -> String {
    format!("{:040x}", number(reference))
}

fn number(reference: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    reference.hash(&mut hasher);
    hasher.finish()
}
