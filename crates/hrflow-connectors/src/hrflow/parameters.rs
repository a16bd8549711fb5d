//! Reads what a user wrote about HrFlow, and describes what can be written.

use ::hrflow::BoardKey;
use api_client::Secret;
use serde::Serialize;

use crate::describe::{Field, Kind};
use crate::problem::{Problem, Side};
use crate::settings::{FieldReader, Section};

/// How HrFlow knows who asks.
#[derive(Clone, Debug)]
pub struct HrflowAuth {
    /// The API key; it must be allowed to write, and to read where a run looks before it writes.
    pub api_secret: Secret,
    /// The account's mail address.
    pub api_user: String,
}

impl HrflowAuth {
    /// The two headers of every call.
    pub fn new(api_secret: impl Into<Secret>, api_user: impl Into<String>) -> Self {
        Self { api_secret: api_secret.into(), api_user: api_user.into() }
    }

    pub(crate) fn read(section: &Section) -> Result<Self, Vec<Problem>> {
        let known = ["api_secret", "api_user"];
        let mut reader = FieldReader::new(section, "hrflow_auth", Side::Target, &known);
        let api_secret = reader.required::<String>("api_secret");
        let api_user = reader.required::<String>("api_user");
        match (api_secret, api_user) {
            (Some(api_secret), Some(api_user)) if reader.problems.is_empty() => {
                Ok(Self::new(api_secret, api_user))
            }
            _ => Err(reader.problems),
        }
    }
}

/// Where to write.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PushParameters {
    /// The board.
    pub board_key: BoardKey,
}

impl PushParameters {
    pub(crate) fn read(section: &Section) -> Result<Self, Vec<Problem>> {
        let known = ["board_key"];
        let mut reader = FieldReader::new(section, "push_parameters", Side::Target, &known);
        let parse = |text: &str| text.parse::<BoardKey>().map_err(|error| error.to_string());
        let board_key = reader.required_as("board_key", parse);
        match board_key {
            Some(board_key) if reader.problems.is_empty() => Ok(Self { board_key }),
            _ => Err(reader.problems),
        }
    }
}

/// Where to write, and how.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CreateParameters {
    /// The board.
    pub board_key: BoardKey,
    /// Whether text parsing looks for more in the text of each job.
    pub enrich_with_parsing: bool,
}

impl CreateParameters {
    pub(crate) fn read(section: &Section) -> Result<Self, Vec<Problem>> {
        let known = ["board_key", "enrich_with_parsing"];
        let mut reader = FieldReader::new(section, "push_parameters", Side::Target, &known);
        let parse = |text: &str| text.parse::<BoardKey>().map_err(|error| error.to_string());
        let board_key = reader.required_as("board_key", parse);
        let enrich_with_parsing = reader.optional("enrich_with_parsing").unwrap_or_default();
        match board_key {
            Some(board_key) if reader.problems.is_empty() => {
                Ok(Self { board_key, enrich_with_parsing })
            }
            _ => Err(reader.problems),
        }
    }
}

pub(crate) fn auth_fields() -> Vec<Field> {
    vec![
        Field::required(
            "api_secret",
            Kind::String,
            "Your HrFlow API key, with the permission to read and write. Without it, the variable \
             `HRFLOW_API_SECRET` is used.",
        ),
        Field::required(
            "api_user",
            Kind::String,
            "The mail address of the HrFlow account that the key belongs to. Without it, the \
             variable `HRFLOW_API_USER` is used.",
        ),
    ]
}

pub(crate) fn push_fields() -> Vec<Field> {
    vec![Field::required(
        "board_key",
        Kind::String,
        "The key of the HrFlow board: 40 characters of 0-9 and a-f.",
    )]
}

/// What `create_jobs_in_hrflow` is pushed with.
pub(crate) fn create_fields() -> Vec<Field> {
    let mut fields = push_fields();
    fields.push(Field::switch(
        "enrich_with_parsing",
        false.into(),
        "Whether HrFlow's text parsing looks for skills, languages, tasks, certifications, courses \
         and interests in the text of each job, which are then added. A paid API of its own; a \
         text that cannot be parsed is a failure of that job alone.",
    ));
    fields
}
