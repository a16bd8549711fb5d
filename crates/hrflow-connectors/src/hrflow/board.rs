//! A board of HrFlow, as everything that writes to one knows it.

use std::collections::HashSet;

use engine::{Applied, Attempt, Difference, EndError, Held, Item, Outcome, RunId, Scope};
use hrflow_api::{
    Archived, BoardKey, Client, Credentials, Edited, Error, JobId, Permission, is_archived,
};
use jiff::{SignedDuration, Timestamp};
use parking_lot::RwLock;
use tokio::sync::mpsc;

use super::anonymise::stripped;
use super::claims::{claims_on, run_of};
use super::listing;
use super::version::{EXCEPTIONS, version_of};
use crate::ClientOptions;
use crate::hrflow::{HrflowAuth, OnArchive};
use crate::problem::{Problem, Side};
use crate::settings::Environment;

pub(super) const NAME: &str = "HrFlow";
pub(crate) const API_URL: &str = "https://api.hrflow.ai/v1";
/// So much the clocks of both sides may differ.
const CLOCK_SKEW: SignedDuration = SignedDuration::from_mins(2);

/// One board, ready to be written to.
pub(crate) struct Board {
    pub(super) client: Client,
    pub(super) key: BoardKey,
    /// The name under which jobs are claimed.
    pub(super) workflow_id: String,
    run: RwLock<Option<CurrentRun>>,
    /// The references of jobs that other workflows claim, too, once the list was read.
    shared: RwLock<Option<HashSet<Box<str>>>>,
}

/// The run that writes.
struct CurrentRun {
    id: String,
    /// When it began, as its id says.
    began: Option<Timestamp>,
}

impl Board {
    /// Makes it ready; no call is made.
    pub(super) fn connect(
        workflow_id: &str,
        auth: HrflowAuth,
        key: BoardKey,
        environment: &Environment,
        client_options: &ClientOptions,
    ) -> Result<Self, Problem> {
        let url = environment.url("HRFLOW_API_URL", API_URL, Side::Target)?;
        let writer = client_options.writer(NAME, (url.as_str(), auth.api_secret.expose()));
        let credentials = Credentials::new(auth.api_secret, auth.api_user);
        Ok(Self {
            client: Client::new(credentials, writer, url),
            key,
            workflow_id: workflow_id.to_owned(),
            run: RwLock::new(None),
            shared: RwLock::new(None),
        })
    }

    pub(super) fn begin(&self, run_id: &RunId) {
        let run = CurrentRun { id: run_id.to_string(), began: run_id.began() };
        *self.run.write() = Some(run);
    }

    /// The id of the run that writes; empty before it has begun.
    pub(super) fn run_id(&self) -> String {
        self.run.read().as_ref().map(|run| run.id.clone()).unwrap_or_default()
    }

    /// What a failed call means for the item, and for the run.
    pub(super) fn failure(&self, error: &Error) -> EndError {
        let is_interrupted = error.is_interrupted();
        let is_general = error.is_fatal_to_run() || self.client.is_exhausted();
        EndError {
            retryable: error.can_be_retried(),
            scope: if is_general && !is_interrupted { Scope::Run } else { Scope::Item },
            ..EndError::item(error.to_string())
        }
        .with_hint(error.hint())
        .caused_by(error.clone())
    }

    /// A job in the engine's words.
    pub(super) fn held(&self, job: Item) -> Held {
        Held {
            reference: job.text("reference").map(str::to_owned),
            label: job.text("name").map(str::to_owned),
            is_retired: is_archived(&job),
            claims: claims_on(&job, &self.workflow_id),
            version: version_of(&job),
            is_whole: true,
            item: job,
        }
    }

    /// What could be read of a job. Where that does not say whose it is, it may be anybody's.
    pub(super) fn held_in_part(&self, known: Item) -> Held {
        let mut held = Held { is_whole: false, ..self.held(known) };
        held.claims.others |= !held.item.contains_key("metadatas");
        held
    }

    /// The job that [`engine::Target::reference`] names so: by its reference, or by HrFlow's key.
    pub(super) async fn get(&self, reference: &str) -> Result<Option<Held>, EndError> {
        let job = match self.job(&JobId::Reference(reference.to_owned())).await? {
            None if is_job_key(reference) => self.job(&JobId::Key(reference.to_owned())).await?,
            job => job,
        };
        Ok(job.map(|job| self.held(job)))
    }

    /// Sends on what the board lists, and learns which jobs other workflows claim, too.
    pub(super) async fn list(&self, out: &mpsc::Sender<Vec<Held>>) -> Result<(), EndError> {
        let mut shared = HashSet::new();
        listing::read(self, out, |held| {
            if let (true, Some(reference)) = (held.claims.others, &held.reference) {
                shared.insert(reference.as_str().into());
            }
        })
        .await?;
        *self.shared.write() = Some(shared);
        Ok(())
    }

    /// Whether only this workflow claims the job, as far as the list has shown.
    pub(super) fn is_unshared(&self, reference: &str) -> bool {
        self.shared.read().as_ref().is_some_and(|shared| !shared.contains(reference))
    }

    /// Whether the run that writes has written the job.
    pub(super) fn is_of_this_run(&self, job: &Item) -> bool {
        let run = self.run.read();
        run.as_ref().is_some_and(|run| run_of(job) == Some(run.id.as_str()))
    }

    /// Archives a job, after its content was seen to.
    ///
    /// A run that is interrupted in between does both again, which is harmless.
    pub(super) async fn archive(
        &self,
        id: &JobId,
        on_archive: OnArchive,
        attempt: Attempt,
    ) -> Result<Applied, EndError> {
        let content = match on_archive {
            OnArchive::Keep => Content::AsItWas,
            OnArchive::Anonymise => self.anonymise(id).await?,
        };
        if let Content::Nothing(outcome) = content {
            return self.archived_before(id, outcome, attempt).await;
        }
        match self.client.archive_job(&self.key, id).await {
            Ok(Archived::Done) => Ok(Outcome::Archived.into()),
            // It was in the archive, and what it says has changed all the same.
            Ok(Archived::Before) if content == Content::Stripped => Ok(Outcome::Archived.into()),
            Ok(Archived::Before) => self.archived_before(id, Outcome::Unchanged, attempt).await,
            Ok(Archived::Missing) => Ok(Outcome::Missing.into()),
            Err(error) => Err(self.failure(&error)),
        }
    }

    /// How it ends that a job was found archived: an interrupted process of this run may have
    /// archived it. The job says when it was.
    async fn archived_before(
        &self,
        id: &JobId,
        outcome: Outcome,
        attempt: Attempt,
    ) -> Result<Applied, EndError> {
        if attempt != Attempt::InDoubt || outcome != Outcome::Unchanged {
            return Ok(outcome.into());
        }
        let began = self.run.read().as_ref().and_then(|run| run.began);
        let job = self.job(id).await?;
        let archived_at = job
            .as_ref()
            .and_then(|job| job.text("archived_at"))
            .and_then(|text| text.parse::<Timestamp>().ok());
        let is_before = archived_at
            .zip(began)
            .is_some_and(|(archived_at, began)| archived_at < began - CLOCK_SKEW);
        Ok(if is_before { Outcome::Unchanged } else { Outcome::Archived }.into())
    }

    /// Takes out of a job what is not to be kept, also where it is archived already.
    async fn anonymise(&self, id: &JobId) -> Result<Content, EndError> {
        let Some(job) = self.job(id).await? else { return Ok(Content::Nothing(Outcome::Missing)) };
        let stripped = stripped(&job);
        if Difference::between(&job, &stripped, &EXCEPTIONS).is_empty() {
            let is_done = is_archived(&job);
            let done = Content::Nothing(Outcome::Unchanged);
            return Ok(if is_done { done } else { Content::AsItWas });
        }
        match self.edit(&stripped).await?.0 {
            Edited::Done | Edited::InArchive => return Ok(Content::Stripped),
            Edited::Missing => return Ok(Content::Nothing(Outcome::Missing)),
            Edited::Archived => {}
        }
        // HrFlow edits no archived job: it is taken out for a moment.
        self.unarchive(id).await?;
        match self.edit(&stripped).await?.0 {
            Edited::Done | Edited::InArchive => Ok(Content::Stripped),
            Edited::Archived | Edited::Missing => Err(vanished_meanwhile()),
        }
    }

    /// Replaces a job by what is sent; gives how that ended, and what tells the job now.
    pub(super) async fn edit(
        &self,
        job: &Item,
    ) -> Result<(Edited, Option<store::Fingerprint>), EndError> {
        let edited = self.client.edit_job(&self.key, job).await;
        let (edited, job) = edited.map_err(|error| self.failure(&error))?;
        Ok((edited, job.map(|job| version_of(&job.0.into()))))
    }

    pub(super) async fn unarchive(&self, id: &JobId) -> Result<(), EndError> {
        let unarchived = self.client.unarchive_job(&self.key, id).await;
        unarchived.map(|_| ()).map_err(|error| self.failure(&error))
    }

    /// The job as it is now.
    pub(super) async fn job(&self, id: &JobId) -> Result<Option<Item>, EndError> {
        let job = self.client.job(&self.key, id).await.map_err(|error| self.failure(&error))?;
        Ok(job.map(|job| job.0.into()))
    }

    /// Asks for the board's name and what the key allows.
    pub(super) async fn probe(&self) -> Result<String, EndError> {
        let failure = |error: Error| self.failure(&error);
        let name = self.client.board(&self.key).await.map_err(failure)?;
        match self.client.permission().await.map_err(failure)? {
            Some(Permission::Read) => {
                let message = format!("the key may only read, not write to the board “{name}”");
                Err(EndError::run(message).not_retryable())
            }
            _ => Ok(format!("the board is “{name}”")),
        }
    }
}

/// Keys of jobs have the form of keys of boards.
fn is_job_key(text: &str) -> bool {
    text.parse::<BoardKey>().is_ok()
}

/// What became of a job's content before it is archived.
#[derive(Clone, Copy, PartialEq)]
enum Content {
    AsItWas,
    Stripped,
    /// There is nothing more to be done: this is the outcome.
    Nothing(Outcome),
}

pub(super) fn vanished_meanwhile() -> EndError {
    EndError::item("the board's job vanished while it was being replaced")
}

/// The failure of an item that cannot be written.
pub(super) fn invalid(message: String) -> EndError {
    EndError::item(message).not_retryable()
}
