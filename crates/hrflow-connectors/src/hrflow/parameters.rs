//! Reads what a user wrote about HrFlow, and describes what can be written.

use api_client::Secret;
use hrflow_api::{BoardKey, NotABoardKey};
use serde::Serialize;
use serde_json::Value;

use crate::describe::{Field, Kind};
use crate::problem::Problem;
use crate::settings::{
    FieldReader, FromSetting, Given, GivenValue, InvalidValue, Section, SectionName, one_of,
};
use crate::{Confirm, Grace, LeftSearch, MirrorRules, OnDrift, Share, Verify};

/// The variable that stands for `api_secret`.
pub(crate) const API_SECRET: &str = "HRFLOW_API_SECRET";
/// The variable that stands for `api_user`.
pub(crate) const API_USER: &str = "HRFLOW_API_USER";

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
        let mut reader = FieldReader::new(section, SectionName::HrflowAuth, &known);
        let api_secret = reader.required_or_variable("api_secret", API_SECRET);
        let api_user = reader.required_or_variable("api_user", API_USER);
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
        let mut reader = reader(section, &["board_key"]);
        let board_key = board_key(&mut reader);
        read_with(board_key, reader, |board_key| Self { board_key })
    }
}

/// In which board to archive, and how.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ArchiveParameters {
    /// The board.
    pub board_key: BoardKey,
    /// Which jobs are archived.
    #[serde(skip_serializing_if = "is_default")]
    pub select: Select,
    /// How careful the run is, where it archives what has vanished.
    #[serde(skip)]
    pub rules: MirrorRules,
    /// What happens to a job's content.
    #[serde(skip_serializing_if = "is_default")]
    pub on_archive: OnArchive,
}

impl ArchiveParameters {
    /// The jobs of what is listed, which keep what they say.
    pub fn new(board_key: BoardKey) -> Self {
        Self {
            board_key,
            select: Select::Listed,
            rules: MirrorRules::default(),
            on_archive: OnArchive::Keep,
        }
    }

    pub(crate) fn read(section: &Section) -> Result<Self, Vec<Problem>> {
        let known = [
            "board_key",
            "select",
            "max_archive",
            "grace",
            "confirm",
            "left_search",
            "allow_mass_archive",
            "on_archive",
        ];
        let mut reader = reader(section, &known);
        let board_key = board_key(&mut reader);
        let select = reader.optional("select").unwrap_or_default();
        let rules = read_rules(&mut reader);
        let on_archive = reader.optional("on_archive").unwrap_or_default();
        if select == Select::Listed {
            reader.refuse(&known[2..7], "requires `select = \"vanished\"`");
        }
        read_with(board_key, reader, |board_key| Self { board_key, select, rules, on_archive })
    }
}

/// Which jobs are archived.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Select {
    /// Those of the offers that the search lists.
    #[default]
    Listed,
    /// Those that were made of offers which the search lists no more.
    Vanished,
}

impl From<Select> for engine::Select {
    fn from(select: Select) -> Self {
        match select {
            Select::Listed => Self::Listed,
            Select::Vanished => Self::Vanished,
        }
    }
}

/// Whether push parameters ask for the jobs of what has vanished.
pub(crate) fn selects_vanished(section: &Section) -> bool {
    let select = section.get("select").map(Select::read);
    matches!(select, Some(Ok(Select::Vanished)))
}

/// Whether these parameters take what must not be kept out of a job that is archived.
pub(crate) fn anonymises(section: &Section) -> bool {
    let on_archive = section.get("on_archive").map(OnArchive::read);
    matches!(on_archive, Some(Ok(OnArchive::Anonymise)))
}

/// What happens to a job's content before it is archived.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum OnArchive {
    /// It stays.
    #[default]
    Keep,
    /// What may not be kept of an offer that is no more, or may name a person, is taken out.
    Anonymise,
}

/// Where to write, and how.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CreateParameters {
    /// The board.
    pub board_key: BoardKey,
    /// Whether text parsing looks for more in the text of each job.
    pub enrich_with_parsing: bool,
    /// What happens to a job whose text could not be parsed.
    #[serde(skip_serializing_if = "is_default")]
    pub enrich: Enrich,
}

impl CreateParameters {
    /// Without text parsing.
    pub fn new(board_key: BoardKey) -> Self {
        Self { board_key, enrich_with_parsing: false, enrich: Enrich::Required }
    }

    pub(crate) fn read(section: &Section) -> Result<Self, Vec<Problem>> {
        let mut reader = reader(section, &["board_key", "enrich_with_parsing", "enrich"]);
        let board_key = board_key(&mut reader);
        let enrich_with_parsing = reader.optional("enrich_with_parsing").unwrap_or_default();
        let enrich = reader.optional("enrich").unwrap_or_default();
        read_with(board_key, reader, |board_key| Self { board_key, enrich_with_parsing, enrich })
    }
}

/// What happens to a job whose text could not be parsed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Enrich {
    /// It fails.
    #[default]
    Required,
    /// It is written as it is.
    BestEffort,
}

/// Where to mirror to, how, and how carefully.
#[derive(Clone, Debug, PartialEq)]
pub struct SyncParameters {
    /// The board.
    pub board_key: BoardKey,
    /// How careful the mirror is.
    pub rules: MirrorRules,
    /// Whether text parsing looks for more in the text of each job that is new or has changed.
    pub enrich_with_parsing: bool,
    /// What happens to a job whose text could not be parsed.
    pub enrich: Enrich,
    /// What happens to a job's content before it is archived.
    pub on_archive: OnArchive,
}

impl SyncParameters {
    /// With the usual care, and without text parsing.
    pub fn new(board_key: BoardKey) -> Self {
        Self {
            board_key,
            rules: MirrorRules::default(),
            enrich_with_parsing: false,
            enrich: Enrich::Required,
            on_archive: OnArchive::Keep,
        }
    }

    pub(crate) fn read(section: &Section) -> Result<Self, Vec<Problem>> {
        let known = [
            "board_key",
            "max_archive",
            "grace",
            "confirm",
            "left_search",
            "verify",
            "on_drift",
            "allow_mass_archive",
            "enrich_with_parsing",
            "enrich",
            "on_archive",
        ];
        let mut reader = reader(section, &known);
        let board_key = board_key(&mut reader);
        let rules = read_rules(&mut reader);
        let enrich_with_parsing = reader.optional("enrich_with_parsing").unwrap_or_default();
        let enrich = reader.optional("enrich").unwrap_or_default();
        let on_archive = reader.optional("on_archive").unwrap_or_default();
        read_with(board_key, reader, |board_key| Self {
            board_key,
            rules,
            enrich_with_parsing,
            enrich,
            on_archive,
        })
    }
}

fn read_rules(reader: &mut FieldReader<'_>) -> MirrorRules {
    let usual = MirrorRules::default();
    reader.refuse_in_file("allow_mass_archive");
    MirrorRules {
        max_archive: reader.optional_as("max_archive", some).unwrap_or(usual.max_archive),
        grace: reader.optional("grace").unwrap_or(usual.grace),
        confirm: reader.optional("confirm").unwrap_or(usual.confirm),
        left_search: reader.optional("left_search").unwrap_or_default(),
        verify: reader.optional("verify").unwrap_or_default(),
        on_drift: reader.optional("on_drift").unwrap_or_default(),
        allow_mass_archive: reader.optional("allow_mass_archive").unwrap_or_default(),
    }
}

/// A share that is not nothing: a mirror that may archive nothing is none.
fn some(share: Share) -> Result<Share, InvalidValue> {
    if share.as_f64() > 0.0 { Ok(share) } else { Err("must be a share above 0".into()) }
}

fn reader<'a>(section: &'a Section, known: &[&'static str]) -> FieldReader<'a> {
    FieldReader::new(section, SectionName::PushParameters, known)
}

fn board_key(reader: &mut FieldReader<'_>) -> Option<BoardKey> {
    reader.required_as("board_key", |text| {
        text.parse().map_err(|error: NotABoardKey| error.to_string())
    })
}

/// The parameters, where the board's key is there and nothing is wrong.
fn read_with<T>(
    board_key: Option<BoardKey>,
    reader: FieldReader<'_>,
    make: impl FnOnce(BoardKey) -> T,
) -> Result<T, Vec<Problem>> {
    match board_key {
        Some(board_key) if reader.problems.is_empty() => Ok(make(board_key)),
        _ => Err(reader.problems),
    }
}

/// What is as usual is not told, so that a memory from before the parameter came stays good.
fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

impl FromSetting for Grace {
    fn read(given: &Given) -> Result<Self, InvalidValue> {
        let text = match &given.value {
            GivenValue::Json(Value::Number(number)) => number.to_string(),
            _ => String::read(given)?,
        };
        text.parse().map_err(|why: String| why.into())
    }
}

impl FromSetting for Confirm {
    fn read(given: &Given) -> Result<Self, InvalidValue> {
        one_of(given, &[("detail", Self::Detail), ("listing", Self::Listing)])
    }
}

impl FromSetting for LeftSearch {
    fn read(given: &Given) -> Result<Self, InvalidValue> {
        one_of(given, &[("keep", Self::Keep), ("archive", Self::Archive)])
    }
}

impl FromSetting for Verify {
    fn read(given: &Given) -> Result<Self, InvalidValue> {
        let words = [("always", Self::Always), ("daily", Self::Daily), ("never", Self::Never)];
        one_of(given, &words)
    }
}

impl FromSetting for OnDrift {
    fn read(given: &Given) -> Result<Self, InvalidValue> {
        one_of(given, &[("repair", Self::Repair), ("report", Self::Report)])
    }
}

impl FromSetting for Enrich {
    fn read(given: &Given) -> Result<Self, InvalidValue> {
        one_of(given, &[("required", Self::Required), ("best_effort", Self::BestEffort)])
    }
}

impl FromSetting for Select {
    fn read(given: &Given) -> Result<Self, InvalidValue> {
        one_of(given, &[("listed", Self::Listed), ("vanished", Self::Vanished)])
    }
}

impl FromSetting for OnArchive {
    fn read(given: &Given) -> Result<Self, InvalidValue> {
        one_of(given, &[("keep", Self::Keep), ("anonymise", Self::Anonymise)])
    }
}

/// What `sync_jobs_in_hrflow` is pushed with.
pub(crate) fn sync_fields() -> Vec<Field> {
    let mut fields = push_fields();
    fields.extend(rules_fields());
    fields.extend(verify_fields());
    fields.extend(enrich_fields());
    fields.push(on_archive_field());
    fields
}

/// How careful it is to archive what has vanished.
fn rules_fields() -> Vec<Field> {
    let usual = MirrorRules::default();
    let with_default = |field: Field, default: Value| Field { default, nullable: false, ..field };
    vec![
        with_default(
            Field::optional(
                "max_archive",
                Kind::Number,
                "Maximum share of the workflow's jobs that one run archives, such as `0.2` or `20%`; \
                 up to 50 jobs are always allowed. More is withheld until you confirm it with \
                 `allow_mass_archive`.",
            ),
            usual.max_archive.as_f64().into(),
        ),
        with_default(
            Field::optional(
                "grace",
                Kind::String,
                "Consecutive complete runs (`2`) or hours (`36h`) that an offer must be missing before \
                 its job is archived. Some offers disappear for a day and come back.",
            ),
            usual.grace.to_string().into(),
        ),
        choice(
            "confirm",
            &["detail", "listing"],
            "How to confirm that an offer is gone: `detail` asks France Travail for the offer \
             itself; `listing` trusts the search results.",
        ),
        choice(
            "left_search",
            &["keep", "archive"],
            "What happens to the job of an offer that leaves the search and is still open: `keep` \
             leaves it until the offer is gone; `archive` archives it.",
        ),
        Field::switch(
            "allow_mass_archive",
            false.into(),
            "Archive vanished offers even if they exceed `max_archive`, once.",
        ),
    ]
}

/// What is done about jobs that somebody else changes.
fn verify_fields() -> [Field; 2] {
    [
        choice(
            "verify",
            &["always", "daily", "never"],
            "How often to compare the board's own list with what was delivered: in each run, once a \
             day, or never. It takes one request for 30 jobs.",
        ),
        choice(
            "on_drift",
            &["repair", "report"],
            "What happens to jobs that somebody has changed, archived or deleted in HrFlow while \
             their offers are still listed: `repair` writes them again; `report` only counts them.",
        ),
    ]
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

/// What `archive_jobs_in_hrflow` is pushed with.
pub(crate) fn archive_fields() -> Vec<Field> {
    let select = choice(
        "select",
        &["listed", "vanished"],
        "Which jobs to archive: `listed`, those of the offers that the search lists; `vanished`, \
         those of offers that it no longer lists, found with the board's own list.",
    );
    let rest = rules_fields().into_iter().map(|field| Field {
        description: format!("With `select = \"vanished\"`: {}", field.description),
        ..field
    });
    push_fields().into_iter().chain([select]).chain(rest).chain([on_archive_field()]).collect()
}

/// What `create_jobs_in_hrflow` is pushed with.
pub(crate) fn create_fields() -> Vec<Field> {
    push_fields().into_iter().chain(enrich_fields()).collect()
}

fn enrich_fields() -> [Field; 2] {
    [
        Field::switch(
            "enrich_with_parsing",
            false.into(),
            "Extract skills, languages, tasks, certifications, courses and interests from the text of \
             each job with HrFlow's text parsing, and add them. Billed separately.",
        ),
        choice(
            "enrich",
            &["required", "best_effort"],
            "What happens to a job whose text cannot be parsed: with `required`, only that job fails; \
             with `best_effort`, it is written without the parsed data, and if the key or the plan \
             does not allow parsing, the run continues without it.",
        ),
    ]
}

fn on_archive_field() -> Field {
    choice(
        "on_archive",
        &["keep", "anonymise"],
        "What happens to a job's content before it is archived: `keep` leaves it; `anonymise` \
         keeps only the title, the occupation, the contract, the dates, the salary and the \
         département, and requires a key with read permission.",
    )
}

/// A field that takes one of a few words, the first where it is left out.
fn choice(name: &'static str, words: &[&'static str], description: &str) -> Field {
    Field {
        nullable: false,
        default: words.first().copied().into(),
        accepted: Some(words.iter().copied().map(Value::from).collect()),
        ..Field::optional(name, Kind::String, description)
    }
}
