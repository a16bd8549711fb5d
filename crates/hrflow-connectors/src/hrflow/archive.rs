//! A board as a target that archives the jobs of the items it is given.

use ::hrflow::{Archived, Client, Credentials, Error, JobId};
use futures::FutureExt;
use futures::future::BoxFuture;
use serde_json::{Value, json};

use crate::connector::{Concern, Target, WriteFailure};
use crate::hrflow::{HrflowAuth, PushParameters};
use crate::problem::{Problem, Side};
use crate::settings::Environment;
use crate::{Item, Outcome, Wiring};

const NAME: &str = "HrFlow";
const API_URL: &str = "https://api.hrflow.ai/v1";

/// Archives, in one board, the job of each item's `reference` or `key`.
pub(crate) struct BoardArchive {
    client: Client,
    push: PushParameters,
}

impl BoardArchive {
    /// Makes it ready; no call is made.
    pub(crate) fn connect(
        auth: HrflowAuth,
        push: PushParameters,
        environment: &Environment,
        wiring: &Wiring,
    ) -> Result<Self, Problem> {
        let url = environment.url("HRFLOW_API_URL", API_URL, Side::Target)?;
        let credentials = Credentials::new(auth.api_secret, auth.api_user);
        Ok(Self { client: Client::new(credentials, wiring.writer(NAME), url), push })
    }

    async fn archive(&self, item: &Item) -> Result<Outcome, WriteFailure> {
        let job = job_of(item).ok_or_else(without_reference)?;
        match self.client.archive_job(&self.push.board_key, &job).await {
            Ok(Archived::Done) => Ok(Outcome::Archived),
            Ok(Archived::Missing) => Ok(Outcome::Missing),
            Err(error) => Err(self.failure(&error)),
        }
    }

    fn failure(&self, error: &Error) -> WriteFailure {
        let is_general = error.concerns_everything() || self.client.has_given_up();
        WriteFailure {
            why: with_hint(error),
            can_be_retried: error.can_be_retried(),
            concerns: if is_general { Concern::Run } else { Concern::Item },
        }
    }

    async fn ask(&self) -> Result<String, String> {
        let name = self.client.board(&self.push.board_key).await;
        let name = name.map_err(|error| with_hint(&error))?;
        match self.client.permission().await.map_err(|error| with_hint(&error))? {
            Some(::hrflow::Permission::Read) => {
                Err(format!("the key may only read, not write to the board “{name}”"))
            }
            _ => Ok(format!("the board is “{name}”")),
        }
    }
}

impl Target for BoardArchive {
    fn name(&self) -> &'static str {
        NAME
    }

    fn parameters(&self) -> Value {
        json!(self.push)
    }

    fn outcomes(&self) -> &'static [Outcome] {
        &[Outcome::Archived, Outcome::Missing, Outcome::Failed]
    }

    fn reference(&self, item: &Item) -> Option<String> {
        job_of(item).map(|job| job.to_string())
    }

    fn write<'a>(&'a self, item: &'a Item) -> BoxFuture<'a, Result<Outcome, WriteFailure>> {
        self.archive(item).boxed()
    }

    fn check(&self) -> BoxFuture<'_, Result<String, String>> {
        self.ask().boxed()
    }
}

/// The job that an item names, by HrFlow's key where it has one.
fn job_of(item: &Item) -> Option<JobId> {
    let text = |field: &str| item.text(field).filter(|text| !text.is_empty()).map(str::to_owned);
    text("key").map(JobId::Key).or_else(|| text("reference").map(JobId::Reference))
}

fn without_reference() -> WriteFailure {
    WriteFailure {
        why: "the formatted item has neither a `reference` nor a `key` as text".to_owned(),
        can_be_retried: false,
        concerns: Concern::Item,
    }
}

fn with_hint(error: &Error) -> String {
    match error.hint() {
        Some(hint) => format!("{error}\n  hint: {hint}"),
        None => error.to_string(),
    }
}
