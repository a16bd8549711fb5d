//! The table of settings: everything that a workflow has beside its parameters, an entry each.
//!
//! The keys of a workflow file, the flags of a command line, what the record of a run keeps, how a
//! value is read and what `describe` prints all follow from here: a new setting is one entry.

use api_client::Patience;
use jiff::SignedDuration;
use serde_json::{Value, json};

use crate::describe::{Field, Kind};
use crate::francetravail::{Contact, Content, LicenceLanguage};
use crate::problem::{Problem, Side};
use crate::settings::Settings;
use crate::settings::rate::{PerMinute, PerSecond};
use crate::settings::scalar::{
    FromSetting, FunctionTimeout, WebAddress, WorkflowId, WriteConcurrency,
};
use crate::{DEFAULT_KEEP_RUNS, DEFAULT_WRITE_CONCURRENCY, FailureLimit, Reset, Since};

/// A setting that is a single value.
#[derive(Clone, Copy)]
pub struct Setting {
    /// What it is known by in code.
    pub key: SettingKey,
    /// Its name in a workflow file and in the record of a run.
    pub name: &'static str,
    /// What it does.
    pub description: &'static str,
    /// What a value is.
    pub kind: Kind,
    /// How a command line takes it.
    pub flag: Flag,
    /// Whether a workflow file may hold it.
    pub is_in_file: bool,
    /// Whether the record of a run keeps it.
    pub is_recorded: bool,
    is_required: bool,
    accepted: &'static [&'static str],
    default: fn() -> Value,
}

/// How a command line takes a setting.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flag {
    /// Not by a flag of its name.
    None,
    /// With a value; the word stands for it in help.
    Value(&'static str),
    /// With a value, for which the first word stands in help, or with none, which means the
    /// second.
    ValueOr(&'static str, &'static str),
    /// Without a value, which means `true`.
    Switch,
}

/// Each entry: what the setting does, its key, its name, the type that reads it, and what else is
/// to be known.
macro_rules! settings {
    ($($(#[doc = $line:literal])+ $key:ident $name:ident: $value:ty = $setting:expr;)+) => {
        /// What a setting is known by.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub enum SettingKey {
            $($(#[doc = $line])+ $key,)+
        }

        impl SettingKey {
            /// What is known of the setting.
            pub fn setting(self) -> &'static Setting {
                match self {
                    $(Self::$key => {
                        static SETTING: Setting = Setting {
                            key: SettingKey::$key,
                            name: stringify!($name),
                            description: concat!($($line),+).trim_ascii_start(),
                            ..$setting
                        };
                        &SETTING
                    })+
                }
            }

            /// Every setting, in the order in which they are described.
            pub fn all() -> impl Iterator<Item = Self> {
                [$(Self::$key,)+].into_iter()
            }
        }

        /// What was given for each setting, read by its own type; none where nothing was, or
        /// nothing that could be read.
        #[derive(Default)]
        pub(crate) struct Values {
            $(pub(crate) $name: Option<$value>,)+
        }

        impl Values {
            /// Reads everything that was given, and adds every problem.
            pub(crate) fn read(settings: &Settings, problems: &mut Vec<Problem>) -> Self {
                Self { $($name: read(settings, SettingKey::$key, problems),)+ }
            }
        }
    };
}

settings! {
    /// The name of this workflow's state; choose one and keep it.
    WorkflowId workflow_id: WorkflowId = value(Kind::String, "ID").required();
    /// The action, such as `francetravail.sync_jobs_in_hrflow`.
    Action action: String = value(Kind::String, "").required().without_flag();
    /// jq program that maps an offer to the job sent to HrFlow; it must return one object. Without
    /// it, the action's own format is used.
    Format format: String = value(Kind::Callable, "JQ");
    /// Offer content to send: everything (`full`), or the fields mapped by hrflow-connectors
    /// 4.28.0 (`mapped`). Without it, an existing workflow keeps what it used before.
    Content content: Content =
        value(Kind::String, "HOW").accepting(&["mapped", "full"]).default(|| json!("full"));
    /// What happens to data that names or reaches a person: `drop` removes it, including mail
    /// addresses and phone numbers within texts.
    Contact contact: Contact =
        value(Kind::String, "HOW").accepting(&["keep", "drop"]).default(|| json!("keep"));
    /// Language of the licence notice in each job.
    LicenceLanguage licence_language: LicenceLanguage =
        value(Kind::String, "LANGUAGE").accepting(&["fr", "en", "both"]).default(|| json!("both"));
    /// Address where you publish how offers are modified (see `describe --method`); each job links
    /// to it.
    MethodUrl method_url: WebAddress = value(Kind::String, "URL");
    /// With false, a dry run: items are read, transformed and compared, but nothing is written.
    Persist persist: bool =
        value(Kind::Boolean, "").default(|| json!(true)).without_flag().not_recorded();
    /// Only deliver what this workflow has not delivered yet.
    Incremental incremental: bool = switch();
    /// What an incremental run reads: every listed offer (`delivered`), or only the offers created
    /// since the last complete run (`creation_date`), which misses re-opened offers.
    Since since: Since = value(Kind::String, "HOW")
        .accepting(&["delivered", "creation_date"])
        .default(|| json!("delivered"));
    /// Overlap with the last complete run of a run by creation date, such as `48h`.
    SinceOverlap since_overlap: SignedDuration =
        value(Kind::String, "TIME").default(|| json!("48h"));
    /// Reset what was delivered after the filter or the board has changed: `keep` leaves the old
    /// jobs as they are, `archive` lets a mirror archive those that are no longer listed.
    BeginAnew begin_anew: Reset = value(Kind::String, "")
        .accepting(&["keep", "archive"])
        .with_flag(Flag::ValueOr("OLD_JOBS", "keep"))
        .not_in_file();
    /// Let a mirror archive more than `max_archive`, once.
    AllowMassArchive allow_mass_archive: bool = switch().not_in_file().not_recorded();
    /// Stop when more items fail than this: a number, or a share such as `5%`.
    MaxFailures max_failures: FailureLimit = value(Kind::String, "N | P%");
    /// Read no more than this many items, to try a workflow out. Nothing is taken for gone, and the
    /// state of an incremental run stays where it is.
    Limit limit: u32 = value(Kind::Integer, "N").not_in_file();
    /// Time limit of a logic or the format for one item, such as `30s`. A jq program that takes
    /// longer is stopped, and its item fails.
    FunctionTimeout function_timeout: FunctionTimeout =
        value(Kind::String, "TIME").default(|| json!("30s"));
    /// Number of runs to keep.
    KeepRuns keep_runs: u32 = value(Kind::Integer, "N").default(|| json!(DEFAULT_KEEP_RUNS));
    /// Where state is kept: `sqlite:PATH`, `file:FOLDER`, `memory:`, `s3://BUCKET/FOLDER`,
    /// `gs://BUCKET/FOLDER` or `az://CONTAINER/FOLDER`. Without it,
    /// `HRFLOW_CONNECTORS_STORE_URL`, or a file in your data directory.
    Store store: String = value(Kind::String, "URL").not_recorded();
    /// How long to wait for another run of the workflow to end, such as `10m`. Without it, the run
    /// is refused at once.
    Wait wait: SignedDuration = value(Kind::String, "TIME").not_recorded();
    /// How long to keep retrying a service that does not answer, such as `2h`.
    Patience patience: Patience = value(Kind::String, "TIME").default(|| json!("10m"));
    /// Maximum concurrent writes.
    WriteConcurrency write_concurrency: WriteConcurrency =
        value(Kind::Integer, "N").default(|| json!(DEFAULT_WRITE_CONCURRENCY));
    /// Maximum writes per minute, or a rate such as `2/s`. Without it, as many as HrFlow accepts.
    WriteRate write_rate: PerMinute = value(Kind::Integer, "N");
    /// Maximum requests per second to France Travail, or a rate such as `300/min`. Without it, the
    /// limit that the API states.
    ReadRate read_rate: PerSecond = value(Kind::Number, "N");
}

/// A setting that takes a value, may be left out, and is kept everywhere.
const fn value(kind: Kind, word: &'static str) -> Setting {
    Setting {
        key: SettingKey::WorkflowId,
        name: "",
        description: "",
        kind,
        flag: Flag::Value(word),
        is_in_file: true,
        is_recorded: true,
        is_required: false,
        accepted: &[],
        default: || Value::Null,
    }
}

/// A setting that is off where nobody asks for it.
const fn switch() -> Setting {
    value(Kind::Boolean, "").default(|| json!(false)).with_flag(Flag::Switch)
}

impl Setting {
    const fn required(self) -> Self {
        Self { is_required: true, ..self }
    }

    const fn default(self, default: fn() -> Value) -> Self {
        Self { default, ..self }
    }

    const fn accepting(self, accepted: &'static [&'static str]) -> Self {
        Self { accepted, ..self }
    }

    const fn with_flag(self, flag: Flag) -> Self {
        Self { flag, ..self }
    }

    const fn without_flag(self) -> Self {
        self.with_flag(Flag::None)
    }

    const fn not_in_file(self) -> Self {
        Self { is_in_file: false, ..self }
    }

    const fn not_recorded(self) -> Self {
        Self { is_recorded: false, ..self }
    }

    /// The words that it takes; none where any value of its type goes.
    pub fn accepted(&self) -> &'static [&'static str] {
        self.accepted
    }

    /// The setting as `describe` prints it.
    pub(crate) fn field(&self) -> Field {
        let default = (self.default)();
        let mut description = self.description.to_owned();
        if !self.is_in_file {
            description.push_str(" Not allowed in a workflow file.");
        }
        let accepted = self.accepted.iter().copied().map(Value::from).collect::<Vec<_>>();
        Field {
            name: self.name,
            kind: self.kind,
            nullable: !self.is_required && default.is_null(),
            required: self.is_required,
            default,
            accepted: (!accepted.is_empty()).then_some(accepted),
            description,
        }
    }
}

impl std::fmt::Debug for Setting {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "Setting({})", self.name)
    }
}

impl SettingKey {
    /// The name in a workflow file and in the record of a run.
    pub fn name(self) -> &'static str {
        self.setting().name
    }

    /// The setting that a workflow file calls so.
    pub(crate) fn in_file(name: &str) -> Option<Self> {
        Self::all().find(|key| key.setting().is_in_file && key.name() == name)
    }
}

/// A value by its own type.
fn read<T: FromSetting>(
    settings: &Settings,
    key: SettingKey,
    problems: &mut Vec<Problem>,
) -> Option<T> {
    let given = settings.get(key)?;
    T::read(given).map_err(|invalid| problems.push(invalid.at(Side::Workflow, &given.place))).ok()
}
