//! Reads what a user wrote about HrFlow, and describes what can be written.

use ::hrflow::BoardKey;
use api_client::Secret;
use serde::Serialize;
use serde_json::Value;

use crate::describe::{Field, Kind};
use crate::problem::{Problem, Side};
use crate::settings::{FieldReader, Given, GivenValue, Scalar, Section};
use crate::{Confirm, Grace, MirrorRules};

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

/// Where to mirror to, and how carefully.
#[derive(Clone, Debug, PartialEq)]
pub struct SyncParameters {
    /// The board.
    pub board_key: BoardKey,
    /// How careful the mirror is.
    pub rules: MirrorRules,
}

impl SyncParameters {
    pub(crate) fn read(section: &Section) -> Result<Self, Vec<Problem>> {
        let known = ["board_key", "max_archive", "grace", "confirm", "allow_mass_archive"];
        let mut reader = FieldReader::new(section, "push_parameters", Side::Target, &known);
        let parse = |text: &str| text.parse::<BoardKey>().map_err(|error| error.to_string());
        let board_key = reader.required_as("board_key", parse);
        let usual = MirrorRules::default();
        let rules = MirrorRules {
            max_archive: reader.optional("max_archive").unwrap_or(usual.max_archive),
            grace: reader.optional("grace").unwrap_or(usual.grace),
            confirm: reader.optional("confirm").unwrap_or(usual.confirm),
            allow_mass_archive: reader.optional("allow_mass_archive").unwrap_or_default(),
        };
        match board_key {
            Some(board_key) if reader.problems.is_empty() => Ok(Self { board_key, rules }),
            _ => Err(reader.problems),
        }
    }
}

impl Scalar for Grace {
    fn read(given: &Given) -> Result<Self, String> {
        match &given.value {
            GivenValue::Json(Value::Number(number)) => number.to_string().parse(),
            _ => String::read(given)?.parse(),
        }
    }
}

impl Scalar for Confirm {
    fn read(given: &Given) -> Result<Self, String> {
        match String::read(given)?.as_str() {
            "detail" => Ok(Self::Detail),
            "listing" => Ok(Self::Listing),
            other => Err(format!("`{other}` is not one of `detail`, `listing`")),
        }
    }
}

/// What `sync_jobs_in_hrflow` is pushed with.
pub(crate) fn sync_fields() -> Vec<Field> {
    let usual = MirrorRules::default();
    let with_default = |field: Field, default: Value| Field { default, nullable: false, ..field };
    let mut fields = push_fields();
    fields.push(with_default(
        Field::optional(
            "max_archive",
            Kind::Number,
            "The greatest share of its jobs that one run archives, from 0 to 1; up to 50 jobs are \
             always allowed. More is withheld until a person confirms it.",
        ),
        usual.max_archive.into(),
    ));
    fields.push(with_default(
        Field::optional(
            "grace",
            Kind::String,
            "By how many whole readings in a row (`2`), or for how many hours (`36h`), an offer \
             must be missed before its job is archived. Some offers are gone for a day and come \
             back.",
        ),
        usual.grace.to_string().into(),
    ));
    fields.push(Field {
        accepted: Some(vec!["detail".into(), "listing".into()]),
        ..with_default(
            Field::optional(
                "confirm",
                Kind::String,
                "How a vanished offer is confirmed: `detail` asks France Travail for the offer \
                 itself, `listing` takes the reading's word.",
            ),
            "detail".into(),
        )
    });
    fields.push(Field::switch(
        "allow_mass_archive",
        false.into(),
        "Archive what has vanished although it is more than `max_archive`, this once.",
    ));
    fields
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
