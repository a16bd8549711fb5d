//! How the sandbox is set up.

use std::path::PathBuf;
use std::time::Duration;

use jiff::Timestamp;

use crate::Faults;

/// A share of a whole, from 0 to 1.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Share(pub f64);

/// Everything that can be chosen. The defaults behave as the real services are known to.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The port on the loopback interface; 0 for any that is free.
    pub port: u16,
    /// How many offers are made up.
    pub offers: usize,
    /// The number from which offers, tokens and faults are drawn.
    pub seed: u64,
    /// How many of the made-up offers come from one partner in one and the same second, at the
    /// most: real feeds have brought up to 4,000, and a search shows 3,150.
    pub burst: usize,
    /// A file of recorded offers in place of made-up ones: an array, or an object with
    /// `resultats`.
    pub offers_file: Option<PathBuf>,
    /// The time on the sandbox's clock when it starts; without it, the machine's.
    pub now: Option<Timestamp>,
    /// How many of the offers a board holds as jobs when it is first asked for.
    pub board_holds: Share,
    /// The only credentials that are let in; without them, any that are not empty.
    pub credentials: Option<Credentials>,
    /// How France Travail behaves.
    pub francetravail: FranceTravail,
    /// How HrFlow behaves.
    pub hrflow: Hrflow,
    /// What goes wrong, if anything.
    pub faults: Option<Faults>,
}

/// The credentials of both services.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Credentials {
    /// France Travail's application.
    pub client_id: String,
    /// Its secret.
    pub client_secret: String,
    /// HrFlow's key.
    pub api_secret: String,
    /// The account it belongs to.
    pub api_user: String,
}

/// How France Travail behaves.
#[derive(Clone, Debug)]
pub struct FranceTravail {
    /// Calls a second that the search allows each application; none for as many as come.
    pub rate: Option<f64>,
    /// Whether the answers state the allowance in `X-Ratelimit-…` headers.
    pub states_rate: bool,
    /// How a refusal for too many calls says when to come back.
    pub retry_after: RetryAfter,
    /// How long an answer takes.
    pub latency: Duration,
    /// How long a token lives.
    pub token_lifetime: Duration,
    /// Whether offers created in the very second of a bound are within it.
    pub bounds: Bounds,
    /// How the list changes while it is read.
    pub churn: Option<Churn>,
}

/// How a refusal for too many calls says when to come back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RetryAfter {
    /// In seconds.
    Seconds,
    /// As a date.
    Date,
    /// Not at all.
    Absent,
}

/// Whether a bound belongs to its window. It is not documented.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bounds {
    /// It does.
    Inclusive,
    /// It does not.
    Exclusive,
}

/// Offers that leave and come while somebody reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Churn {
    /// After so many searches…
    pub every: u64,
    /// …so many offers leave…
    pub leave: usize,
    /// …and so many new ones come.
    pub come: usize,
}

/// How HrFlow behaves.
#[derive(Clone, Debug)]
pub struct Hrflow {
    /// Calls a second that are allowed; none for as many as come.
    pub rate: Option<f64>,
    /// How a refusal for too many calls says when to come back.
    pub retry_after: RetryAfter,
    /// How long an answer takes.
    pub latency: Duration,
    /// What archiving a job answers that is archived already.
    pub archived_again: ArchivedAgain,
    /// What editing a job answers that is archived.
    pub archived_edited: ArchivedEdited,
    /// Whether a reference may be used again whose job is archived.
    pub archived_reference: ArchivedReference,
    /// Whether a board's list shows archived jobs. It is not documented.
    pub lists_archived: bool,
    /// How many jobs a page of a list shows at the most, whatever is asked for; none for as many
    /// as are asked for. It is not documented.
    pub list_limit: Option<usize>,
    /// How many times a board is listed before a new job shows up in the list.
    pub list_lag: u64,
    /// What editing does to the fields that are not sent.
    pub edits: Edits,
    /// Whose word counts for when a job was updated.
    pub updated_at: UpdatedAt,
    /// In which shapes a job may be sent.
    pub bodies: Bodies,
    /// What the answers say of their own kind.
    pub media_type: MediaType,
    /// How many calls the plan allows, text parsing aside; after them, 402. None for no end.
    pub quota: Option<u64>,
    /// How text parsing behaves.
    pub parsing: Parsing,
}

/// How text parsing behaves, an API of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parsing {
    /// How many texts one call may bring. Of two sources, one says 31 and one 15.
    pub most_texts: usize,
    /// How many calls the plan allows; after them, 402. None for no end.
    pub quota: Option<u64>,
    /// Whether the key is good for it.
    pub key_is_good: bool,
    /// A call with this word in one of its texts is refused.
    pub refused_word: Option<String>,
}

/// What archiving an archived job answers. It is not documented.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ArchivedAgain {
    /// As if it had not been.
    Archived,
    /// As if there were no such job.
    Unknown,
}

/// What editing an archived job answers. It is not documented.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ArchivedEdited {
    /// It is edited, and stays archived.
    Edited,
    /// As if there were no such job.
    Unknown,
}

/// Whether the reference of an archived job may be used again. It is not documented.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ArchivedReference {
    /// It is in use.
    InUse,
    /// It may: the new job has another key, and the archived one is reached by its own alone.
    Free,
}

/// What editing does to the fields that are not sent. Two sources disagree.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Edits {
    /// They are emptied.
    Whole,
    /// They stay.
    Partial,
}

/// Whose word counts for when a job was updated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UpdatedAt {
    /// HrFlow's own clock.
    Clock,
    /// What was sent, where it was; a recorded answer looks so.
    Sent,
}

/// In which shapes a job may be sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bodies {
    /// Both.
    Any,
    /// Its fields beside `board_key`.
    Flat,
    /// Under `job`.
    Wrapped,
}

/// What the answers say of their own kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MediaType {
    /// `application/json`.
    Plain,
    /// The same with a charset.
    WithCharset,
    /// Nothing.
    Absent,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            port: 0,
            offers: 3_000,
            seed: 1,
            burst: 0,
            offers_file: None,
            now: None,
            board_holds: Share(1.0),
            credentials: None,
            francetravail: FranceTravail::default(),
            hrflow: Hrflow::default(),
            faults: None,
        }
    }
}

impl Default for FranceTravail {
    fn default() -> Self {
        Self {
            rate: Some(10.0),
            states_rate: true,
            retry_after: RetryAfter::Seconds,
            latency: Duration::ZERO,
            token_lifetime: Duration::from_secs(1499),
            bounds: Bounds::Inclusive,
            churn: None,
        }
    }
}

impl Default for Hrflow {
    fn default() -> Self {
        Self {
            rate: None,
            retry_after: RetryAfter::Seconds,
            latency: Duration::ZERO,
            archived_again: ArchivedAgain::Archived,
            archived_edited: ArchivedEdited::Edited,
            archived_reference: ArchivedReference::InUse,
            lists_archived: true,
            list_limit: Some(30),
            list_lag: 0,
            edits: Edits::Whole,
            updated_at: UpdatedAt::Clock,
            bodies: Bodies::Any,
            media_type: MediaType::Plain,
            quota: None,
            parsing: Parsing::default(),
        }
    }
}

impl Default for Parsing {
    fn default() -> Self {
        Self { most_texts: 31, quota: None, key_is_good: true, refused_word: None }
    }
}
