//! Takes jobs out of the archive again, where a run has archived them by mistake.

use engine::EndError;
use hrflow_api::{BoardKey, JobId, Unarchived};

use super::board::Board;
use super::parameters::{API_SECRET, API_USER, PushParameters};
use crate::ClientOptions;
use crate::hrflow::HrflowAuth;
use crate::problem::Problems;
use crate::settings::{Environment, Given, Place, Section, Settings};

/// A board whose jobs can be taken out of the archive.
pub struct Restorer(Board);

impl Restorer {
    /// The board of a workflow; no call is made.
    pub fn connect(
        settings: &Settings,
        environment: &Environment,
        client_options: &ClientOptions,
    ) -> Result<Self, Problems> {
        let mut auth = settings.sections.hrflow_auth.clone();
        for (name, variable) in [("api_secret", API_SECRET), ("api_user", API_USER)] {
            if let (true, Some(text)) = (auth.is_missing(name), environment.get(variable)) {
                auth.push(name, Given::json(text, Place::Variable(variable.to_owned())));
            }
        }
        let mut board = Section::default();
        if let Some(key) = settings.sections.push_parameters.get("board_key") {
            board.push("board_key", key.clone());
        }
        match (HrflowAuth::read(&auth), PushParameters::read(&board)) {
            (Ok(auth), Ok(PushParameters { board_key })) => {
                let board = Board::connect("", auth, board_key, environment, client_options);
                board.map(Self).map_err(Problems::from)
            }
            (auth, push) => {
                let problems = [auth.err(), push.err()].into_iter().flatten().flatten();
                Err(Problems::from_found(problems.collect()))
            }
        }
    }

    /// The board.
    pub fn board_key(&self) -> &BoardKey {
        &self.0.key
    }

    /// Takes a job out of the archive, and says whether the board has it. Doing so twice is
    /// harmless.
    pub async fn restore(&self, reference: &str) -> Result<bool, EndError> {
        let id = JobId::Reference(reference.to_owned());
        let unarchived = self.0.client.unarchive_job(&self.0.key, &id).await;
        match unarchived.map_err(|error| self.0.failure(&error))? {
            Unarchived::Done => Ok(true),
            Unarchived::Missing => Ok(false),
        }
    }
}
