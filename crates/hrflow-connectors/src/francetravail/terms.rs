//! The terms under which offers are published: what a user may choose of them, and the versions.

use engine::{ActionFormat, Around, Completion, Format, Item, Program};
use serde_json::{Value, json};

use super::job::{SALARY_UNREAD, attributed, job_with, source_of, without_contact};

/// The version of the mapping. A greater one brings every job up to date, once.
const MAPPING: u32 = 2;
/// The version of what is added to the jobs of a user's format.
const ADDED: u32 = 1;
/// What a plan says where jobs were written by a version before.
const NOTICE: &str = "jobs that were written before get the statement of the licence with the next \
                      run, once (metadata `source_licence`)";

/// How much of an offer reaches its job.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Content {
    /// What hrflow-connectors 4.28.0 maps.
    Mapped,
    /// Everything: the offer can be built again from its job.
    #[default]
    Full,
}

/// What becomes of what names or reaches a person.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Contact {
    /// It is carried over.
    #[default]
    Keep,
    /// It is left out, also within texts.
    Drop,
}

/// In which language the statement of the licence stands in a job.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LicenceLanguage {
    /// French.
    French,
    /// English.
    English,
    /// Both.
    #[default]
    Both,
}

/// What a user chooses of the terms of the offers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Terms {
    /// How much of an offer reaches its job. Without it, a workflow that has delivered before
    /// keeps what it had, and a new one carries everything over.
    pub content: Option<Content>,
    /// What becomes of what names or reaches a person.
    pub contact: Contact,
    /// The language of the statement.
    pub language: LicenceLanguage,
    /// Where the document is published that tells how offers are modified.
    pub method_url: Option<String>,
}

impl Content {
    /// The word for it in settings.
    pub fn name(self) -> &'static str {
        match self {
            Self::Mapped => "mapped",
            Self::Full => "full",
        }
    }
}

impl Contact {
    /// The word for it in settings.
    pub fn name(self) -> &'static str {
        match self {
            Self::Keep => "keep",
            Self::Drop => "drop",
        }
    }
}

impl LicenceLanguage {
    /// The word for it in settings.
    pub fn name(self) -> &'static str {
        match self {
            Self::French => "fr",
            Self::English => "en",
            Self::Both => "both",
        }
    }

    /// Whether there are words in French.
    pub(crate) fn has_french(self) -> bool {
        matches!(self, Self::French | Self::Both)
    }

    /// Whether there are words in English.
    pub(crate) fn has_english(self) -> bool {
        matches!(self, Self::English | Self::Both)
    }
}

impl Terms {
    /// The job of an offer under these terms.
    pub fn job_of_offer(&self, offer: &Item) -> Result<Item, String> {
        job_with(offer, self)
    }

    /// How much of an offer reaches its job in a new workflow.
    pub fn content(&self) -> Content {
        self.content.unwrap_or_default()
    }

    /// What an action makes of whole offers under these terms.
    pub(super) fn format(&self) -> ActionFormat {
        let format = ActionFormat::plain(self.whole_job())
            .versioned(self.version())
            .around(self.around(), self.version_around())
            .announced_by(NOTICE);
        if self.content.is_some() {
            return format;
        }
        let mapped = Self { content: Some(Content::Mapped), ..self.clone() };
        format.or_former(mapped.whole_job(), mapped.version(), is_mapped)
    }

    fn whole_job(&self) -> Format {
        let (terms, mut unread) = (self.clone(), UnreadSalaries(0));
        Box::new(move |offer| {
            let job = job_with(&offer, &terms)?;
            unread.count(&job);
            Ok(job)
        })
    }

    /// What a user's format makes of an offer says where the offer comes from all the same.
    fn around(&self) -> Around {
        let terms = self.clone();
        Box::new(move |offer| {
            let offer = match terms.contact {
                Contact::Keep => offer,
                Contact::Drop => without_contact(&offer, terms.language),
            };
            let source = source_of(&offer, &terms);
            let complete: Completion = Box::new(move |job| attributed(job, source));
            (offer, complete)
        })
    }

    fn version(&self) -> Program {
        Program::action(&json!({"mapping": MAPPING, "content": self.content().name(),
            "terms": self.chosen()}))
    }

    fn version_around(&self) -> Program {
        Program::action(&json!({"added": ADDED, "terms": self.chosen()}))
    }

    fn chosen(&self) -> Value {
        json!([self.contact.name(), self.language.name(), self.method_url])
    }
}

/// Whether a workflow carried over only what was mapped.
fn is_mapped(version: &Value) -> bool {
    version["content"] == Content::Mapped.name()
}

/// How many jobs have words about a salary that could not be read. The log says so at the end.
struct UnreadSalaries(u64);

impl UnreadSalaries {
    fn count(&mut self, job: &Item) {
        let mut tags = job["tags"].as_array().into_iter().flatten();
        self.0 += u64::from(tags.any(|tag| tag["name"] == SALARY_UNREAD));
    }
}

impl Drop for UnreadSalaries {
    fn drop(&mut self) {
        if self.0 > 0 {
            tracing::info!(jobs = self.0, "salaries that could not be read were left as text");
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io;
    use std::sync::{Arc, Mutex};

    use super::*;

    #[derive(Clone, Default)]
    struct Log(Arc<Mutex<Vec<u8>>>);

    impl io::Write for Log {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().extend(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn log_of(salaries: &[&str]) -> String {
        let log = Log::default();
        let writer = log.clone();
        let subscriber =
            tracing_subscriber::fmt().with_ansi(false).with_writer(move || writer.clone()).finish();
        tracing::subscriber::with_default(subscriber, || {
            let mut format = Terms::default().whole_job();
            for salary in salaries {
                let offer = json!({"id": "1", "salaire": {"libelle": salary}});
                format(serde_json::from_value(offer).unwrap()).unwrap();
            }
        });
        let bytes = log.0.lock().unwrap().clone();
        String::from_utf8(bytes).unwrap()
    }

    #[test]
    fn salaries_that_cannot_be_read_are_counted() {
        let log = log_of(&["Selon profil", "Horaire de 12 Euros", "A négocier"]);
        assert!(log.contains("left as text jobs=2"), "{log}");
        assert_eq!(log_of(&["Horaire de 12 Euros"]), "");
    }
}
