//! A board of HrFlow, as everything that writes to one knows it.

use ::hrflow::{BoardKey, Client, Credentials, Error, JobId, Permission};

use crate::connector::{Concern, WriteFailure};
use crate::hrflow::HrflowAuth;
use crate::problem::{Problem, Side, with_hint};
use crate::settings::Environment;
use crate::{Item, Wiring};

pub(super) const NAME: &str = "HrFlow";
const API_URL: &str = "https://api.hrflow.ai/v1";

/// One board, ready to be written to.
#[derive(Clone)]
pub(super) struct Board {
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

/// The job that an item names, by HrFlow's key where it has one.
pub(super) fn job_of(item: &Item) -> Option<JobId> {
    let text = |field: &str| item.text(field).filter(|text| !text.is_empty()).map(str::to_owned);
    text("key").map(JobId::Key).or_else(|| text("reference").map(JobId::Reference))
}

pub(super) fn without_reference() -> WriteFailure {
    WriteFailure {
        why: "the formatted item has neither a `reference` nor a `key` as text".to_owned(),
        can_be_retried: false,
        concerns: Concern::Item,
    }
}

fn told(error: &Error) -> String {
    with_hint(error, error.hint())
}
