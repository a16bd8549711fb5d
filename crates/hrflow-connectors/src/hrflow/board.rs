//! A board of HrFlow, as everything that writes to one knows it.

use ::hrflow::{
    Archived, BoardKey, Client, Credentials, Edited, Error, JobId, Permission, is_archived,
};
use futures::future::BoxFuture;
use futures::{FutureExt, TryFutureExt};
use serde_json::Value;
use tokio::sync::mpsc;

use super::anonymise::stripped;
use super::holdings;
use crate::connector::{Concern, Target, WriteFailure, not_retired};
use crate::hrflow::{HrflowAuth, OnArchive};
use crate::problem::{Problem, Side, with_hint};
use crate::settings::Environment;
use crate::{Difference, Item, Outcome, Wiring};

const NAME: &str = "HrFlow";
const API_URL: &str = "https://api.hrflow.ai/v1";

/// What is done with the items that go to one board; everything else of a [`Target`] is the same
/// for every board.
pub(crate) trait BoardWork: Send + Sync {
    /// Every way in which an item can end.
    const OUTCOMES: &'static [Outcome];

    /// The board.
    fn board(&self) -> &Board;

    /// The parsed parameters.
    fn parameters(&self) -> Value;

    /// Writes one item.
    fn write<'a>(&'a self, item: &'a Item) -> BoxFuture<'a, Result<Outcome, WriteFailure>>;

    /// Writes one item in place of a job that the board is known to have.
    fn replace<'a>(&'a self, item: &'a Item) -> BoxFuture<'a, Result<Outcome, WriteFailure>> {
        BoardWork::write(self, item)
    }

    /// How it ends that an item is written which may have been written a moment ago.
    fn ends_again(outcome: Outcome) -> Outcome {
        outcome
    }

    /// How an item would end.
    fn foresee(held: Option<&Item>) -> Outcome;

    /// Whether there should be no job of an item that the origin lists no more.
    const FOLLOWS_ORIGIN: bool = true;

    /// Takes a job out of use, where that is part of the work.
    fn retire<'a>(&'a self, reference: &'a str) -> BoxFuture<'a, Result<Outcome, WriteFailure>> {
        not_retired(NAME, reference)
    }
}

impl<W: BoardWork> Target for W {
    fn name(&self) -> &'static str {
        NAME
    }

    fn parameters(&self) -> Value {
        BoardWork::parameters(self)
    }

    fn outcomes(&self) -> &'static [Outcome] {
        W::OUTCOMES
    }

    fn reference(&self, item: &Item) -> Option<String> {
        JobId::of(item).map(|job| job.to_string())
    }

    fn write<'a>(&'a self, item: &'a Item) -> BoxFuture<'a, Result<Outcome, WriteFailure>> {
        BoardWork::write(self, item)
    }

    fn replace<'a>(&'a self, item: &'a Item) -> BoxFuture<'a, Result<Outcome, WriteFailure>> {
        BoardWork::replace(self, item)
    }

    fn write_again<'a>(&'a self, item: &'a Item) -> BoxFuture<'a, Result<Outcome, WriteFailure>> {
        BoardWork::write(self, item).map_ok(W::ends_again).boxed()
    }

    fn foresee(&self, held: Option<&Item>, _: &Item) -> Outcome {
        W::foresee(held)
    }

    fn follows_origin(&self) -> bool {
        W::FOLLOWS_ORIGIN
    }

    fn retire<'a>(&'a self, reference: &'a str) -> BoxFuture<'a, Result<Outcome, WriteFailure>> {
        BoardWork::retire(self, reference)
    }

    fn held<'a>(&'a self, reference: &'a str) -> BoxFuture<'a, Result<Option<Item>, WriteFailure>> {
        self.board().held(reference).boxed()
    }

    fn is_retired(&self, held: &Item) -> bool {
        is_archived(held)
    }

    fn holdings(&self, found: mpsc::Sender<Vec<Item>>) -> BoxFuture<'_, Result<(), WriteFailure>> {
        async move { holdings::read(self.board(), &found).await }.boxed()
    }

    fn check(&self) -> BoxFuture<'_, Result<String, String>> {
        self.board().ask().boxed()
    }
}

/// One board, ready to be written to.
#[derive(Clone)]
pub(crate) struct Board {
    pub(super) client: Client,
    pub(super) key: BoardKey,
}

impl Board {
    /// Makes it ready; no call is made.
    pub(super) fn connect(
        auth: HrflowAuth,
        key: BoardKey,
        environment: &Environment,
        wiring: &Wiring,
    ) -> Result<Self, Problem> {
        let url = environment.url("HRFLOW_API_URL", API_URL, Side::Target)?;
        let credentials = Credentials::new(auth.api_secret, auth.api_user);
        Ok(Self { client: Client::new(credentials, wiring.writer(NAME), url), key })
    }

    /// What a failed call means for the item, and for the run.
    pub(super) fn failure(&self, error: &Error) -> WriteFailure {
        let is_general = error.concerns_everything() || self.client.has_given_up();
        WriteFailure {
            why: told(error),
            can_be_retried: error.can_be_retried(),
            concerns: if is_general { Concern::Run } else { Concern::Item },
        }
    }

    /// The job that [`Target::reference`] names so: by its reference, or by HrFlow's key.
    async fn held(&self, reference: &str) -> Result<Option<Item>, WriteFailure> {
        let held = self.job(&JobId::Reference(reference.to_owned())).await?;
        match held {
            None if looks_like_key(reference) => self.job(&JobId::Key(reference.to_owned())).await,
            held => Ok(held),
        }
    }

    /// Archives a job, after its content was seen to.
    ///
    /// Whoever is interrupted in between does both again, which is harmless.
    pub(super) async fn archive(
        &self,
        id: &JobId,
        on_archive: OnArchive,
    ) -> Result<Outcome, WriteFailure> {
        let content = match on_archive {
            OnArchive::Keep => Content::AsItWas,
            OnArchive::Anonymise => self.anonymise(id).await?,
        };
        if let Content::Nothing(outcome) = content {
            return Ok(outcome);
        }
        match self.client.archive_job(&self.key, id).await {
            Ok(Archived::Done) => Ok(Outcome::Archived),
            // It was in the archive, and what it says has changed all the same.
            Ok(Archived::Before) if content == Content::Stripped => Ok(Outcome::Archived),
            Ok(Archived::Before) => Ok(Outcome::Unchanged),
            Ok(Archived::Missing) => Ok(Outcome::Missing),
            Err(error) => Err(self.failure(&error)),
        }
    }

    /// Takes out of a job what is not to be kept, also where it is archived already.
    async fn anonymise(&self, id: &JobId) -> Result<Content, WriteFailure> {
        let Some(job) = self.job(id).await? else { return Ok(Content::Nothing(Outcome::Missing)) };
        let stripped = stripped(&job);
        if Difference::between(&job, &stripped).is_empty() {
            let is_done = is_archived(&job);
            let done = Content::Nothing(Outcome::Unchanged);
            return Ok(if is_done { done } else { Content::AsItWas });
        }
        match self.edit(&stripped).await? {
            Edited::Done | Edited::InArchive => return Ok(Content::Stripped),
            Edited::Missing => return Ok(Content::Nothing(Outcome::Missing)),
            Edited::Archived => {}
        }
        // HrFlow edits no archived job: it is taken out for a moment.
        self.client.unarchive_job(&self.key, id).await.map_err(|error| self.failure(&error))?;
        match self.edit(&stripped).await? {
            Edited::Done | Edited::InArchive => Ok(Content::Stripped),
            Edited::Archived | Edited::Missing => Err(vanished_meanwhile()),
        }
    }

    /// Replaces a job by what is sent.
    pub(super) async fn edit(&self, job: &Item) -> Result<Edited, WriteFailure> {
        self.client.edit_job(&self.key, job).await.map_err(|error| self.failure(&error))
    }

    /// The job as it is now.
    pub(super) async fn job(&self, id: &JobId) -> Result<Option<Item>, WriteFailure> {
        let job = self.client.job(&self.key, id).await.map_err(|error| self.failure(&error))?;
        Ok(job.map(|job| job.0.into()))
    }

    /// Asks for the board's name and what the key allows.
    pub(super) async fn ask(&self) -> Result<String, String> {
        let name = self.client.board(&self.key).await.map_err(|error| told(&error))?;
        match self.client.permission().await.map_err(|error| told(&error))? {
            Some(Permission::Read) => {
                Err(format!("the key may only read, not write to the board “{name}”"))
            }
            _ => Ok(format!("the board is “{name}”")),
        }
    }
}

/// Keys of jobs have the form of keys of boards.
fn looks_like_key(text: &str) -> bool {
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

pub(super) fn vanished_meanwhile() -> WriteFailure {
    WriteFailure {
        why: "the board's job vanished while it was being replaced".to_owned(),
        can_be_retried: true,
        concerns: Concern::Item,
    }
}

pub(super) fn without_reference() -> WriteFailure {
    WriteFailure {
        why: "the formatted item has neither a `reference` nor a `key` as text".to_owned(),
        can_be_retried: false,
        concerns: Concern::Item,
    }
}

fn told(error: &Error) -> String {
    with_hint(error, error.hint().as_deref())
}
