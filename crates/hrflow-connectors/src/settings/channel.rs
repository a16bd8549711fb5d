//! Who is told of a change of health, as `[[notify]]` in a file says it.

use std::fmt;
use std::path::Path;

use jiff::SignedDuration;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::describe::{Field, Kind};
use crate::problem::{Problem, Side};
use crate::settings::environment::address;
use crate::settings::reader::{ValueReader, meant};
use crate::settings::scalar::{FromSetting, InvalidValue, one_of};
use crate::settings::{Environment, Given, GivenValue, Place, Section};
use crate::{Health, Secret};

/// One who is told.
#[derive(Clone, Debug)]
pub struct Channel {
    /// What it is called in logs and metrics.
    pub name: String,
    /// The file that it stands in.
    pub file: String,
    /// How it is told.
    pub kind: ChannelKind,
    /// Of which changes.
    pub on: Vec<Change>,
    /// At most one message in so long a time; what happens in between is told together.
    pub at_most_every: SignedDuration,
    /// After so long something that is still wrong is told again; never where it is none.
    pub remind_after: Option<SignedDuration>,
    /// How often it is told again.
    pub max_reminders: u32,
}

/// How somebody is told.
#[derive(Clone, Debug)]
pub enum ChannelKind {
    /// A POST of JSON, signed where there is a key.
    Webhook {
        /// Where to.
        url: Secret,
        /// The key of the signature.
        key: Option<Secret>,
    },
    /// An incoming webhook of Slack, or of what understands the same.
    Slack {
        /// Where to.
        url: Secret,
    },
    /// A mail.
    Email(Email),
}

/// How a mail is sent.
#[derive(Clone, Debug)]
pub struct Email {
    /// The server.
    pub server: String,
    /// Its port.
    pub port: u16,
    /// How the connection is encrypted.
    pub encryption: Encryption,
    /// Who sends it, to the server.
    pub user: Option<String>,
    /// With which password.
    pub password: Option<Secret>,
    /// Who sends it, to its reader.
    pub from: String,
    /// Who reads it.
    pub to: Vec<String>,
}

/// How the connection to a mail server is encrypted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encryption {
    /// From its beginning.
    Tls,
    /// By `STARTTLS`, which the server must offer.
    StartTls,
    /// Not at all; for a server on this machine.
    None,
}

/// A change of a workflow's health.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Change {
    /// Its last run failed.
    Failing,
    /// Its last complete success is too long ago.
    Late,
    /// Something is unusual.
    Degraded,
    /// It is healthy again.
    Recovered,
}

impl Change {
    const ALL: [Self; 4] = [Self::Failing, Self::Late, Self::Degraded, Self::Recovered];

    /// The word in a file and in messages.
    pub fn name(self) -> &'static str {
        match self {
            Self::Failing => "failing",
            Self::Late => "late",
            Self::Degraded => "degraded",
            Self::Recovered => "recovered",
        }
    }

    /// What is told of a workflow that is so now; nothing of one that runs or has never run.
    pub fn to(health: Health) -> Option<Self> {
        match health {
            Health::Failing => Some(Self::Failing),
            Health::Late => Some(Self::Late),
            Health::Degraded => Some(Self::Degraded),
            Health::Healthy => Some(Self::Recovered),
            Health::NeverRan | Health::Running => None,
        }
    }
}

impl fmt::Display for Change {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(self.name())
    }
}

const KINDS: [&str; 3] = ["webhook", "slack", "email"];
/// What every kind takes.
const COMMON: [&str; 6] = ["kind", "name", "on", "at_most_every", "remind_after", "max_reminders"];
const EMAIL: [&str; 7] = ["server", "port", "encryption", "user", "password", "from", "to"];
const AN_HOUR: SignedDuration = SignedDuration::from_hours(1);
const A_DAY: SignedDuration = SignedDuration::from_hours(24);
const MAX_REMINDERS: u32 = 3;

/// What a `[[notify]]` takes, whatever its kind.
pub(crate) fn channel_fields() -> Vec<Field> {
    let text = |name, description| Field::optional(name, Kind::String, description);
    let words = |words: &[&'static str]| Some(words.iter().map(|word| (*word).into()).collect());
    let kind = Field::required("kind", Kind::String, "How somebody is told.");
    let encryption = text("encryption", "Encryption of the connection to the mail server.");
    let on = Field::optional(
        "on",
        Kind::Array,
        "Changes to tell of: `failing`, `late`, `degraded`, `recovered`. Without it, all.",
    );
    vec![
        Field { accepted: words(&KINDS), ..kind },
        text("name", "Name in logs and metrics. Without it, the kind."),
        on,
        Field {
            default: "1h".into(),
            ..text("at_most_every", "Send at most one message in this time.")
        },
        Field {
            default: "24h".into(),
            ..text(
                "remind_after",
                "Tell again of what is still wrong after this time. `false` never does.",
            )
        },
        Field {
            default: MAX_REMINDERS.into(),
            ..Field::optional("max_reminders", Kind::Integer, "How often to tell again.")
        },
        text("url", "Address of a webhook, or of an incoming webhook of Slack."),
        text("key", "Key of the webhook's signature."),
        text("server", "Mail server."),
        Field::optional("port", Kind::Integer, "Port of the mail server."),
        Field {
            default: "tls".into(),
            accepted: words(&["tls", "starttls", "none"]),
            ..encryption
        },
        text("user", "User at the mail server."),
        text("password", "Password at the mail server."),
        text("from", "Mail address of the sender."),
        Field::optional("to", Kind::Array, "Mail addresses of the readers."),
    ]
}

/// Reads every `[[notify]]`, and what is wrong with them.
pub(super) fn channels(
    tables: &[(Place, Section)],
    environment: &Environment,
) -> (Vec<Channel>, Vec<Problem>) {
    let mut problems = Vec::new();
    let mut channels: Vec<Channel> = Vec::new();
    for (index, (place, section)) in tables.iter().enumerate() {
        let values = ValueReader::new(section);
        let mut reader = Reader { place, section, environment, values };
        let channel = reader.channel(index);
        problems.append(&mut reader.values.problems);
        let Some(channel) = channel else { continue };
        if channels.iter().any(|other| other.name == channel.name) {
            let message = format!("another channel is called `{}`, too", channel.name);
            let hint = "give each channel a `name` of its own";
            problems.push(Problem::new(Side::Workflow, place, message).with_hint(hint));
        }
        channels.push(channel);
    }
    (channels, problems)
}

struct Reader<'a> {
    place: &'a Place,
    section: &'a Section,
    environment: &'a Environment,
    values: ValueReader<'a>,
}

impl Reader<'_> {
    fn channel(&mut self, index: usize) -> Option<Channel> {
        let kind = self.required::<String>("kind")?;
        let own: &[&str] = match kind.as_str() {
            "webhook" => &["url", "key"],
            "slack" => &["url"],
            "email" => &EMAIL,
            _ => {
                let message = format!("`{kind}` is not a kind of channel");
                let hint = meant(&kind, &KINDS);
                self.problem("kind", InvalidValue::from(message).with_hint(hint));
                return None;
            }
        };
        self.refuse_unknown(&kind, own);
        let name = self.optional("name").unwrap_or_else(|| match index {
            0 => kind.clone(),
            index => format!("{kind}-{}", index + 1),
        });
        let on = self.optional::<Changes>("on").map_or(Change::ALL.to_vec(), |on| on.0);
        let remind_after = match self.section.get("remind_after") {
            Some(given) if is_false(given) => None,
            _ => Some(self.optional("remind_after").unwrap_or(A_DAY)),
        };
        let at_most_every = self.optional("at_most_every").unwrap_or(AN_HOUR);
        let max_reminders = self.optional("max_reminders").unwrap_or(MAX_REMINDERS);
        let kind = match kind.as_str() {
            "email" => self.email()?,
            "slack" => ChannelKind::Slack { url: self.url()? },
            _ => ChannelKind::Webhook { url: self.url()?, key: self.secret("key") },
        };
        let file = match self.place {
            Place::File { path, .. } => Path::new(path)
                .file_name()
                .map_or_else(String::new, |name| name.to_string_lossy().into_owned()),
            Place::Flag(_) | Place::Variable(_) | Place::Argument(_) => String::new(),
        };
        Some(Channel { name, file, kind, on, at_most_every, remind_after, max_reminders })
    }

    fn email(&mut self) -> Option<ChannelKind> {
        let server = self.required::<String>("server");
        let from = self.required::<Mailbox>("from");
        let to = self.required::<Mailboxes>("to");
        let user = self.optional::<String>("user");
        let password = self.secret("password");
        let encryption = self.optional("encryption").unwrap_or(Encryption::Tls);
        let port = self.optional::<Port>("port").map_or(encryption.port(), |port| port.0);
        if user.is_some() != password.is_some() {
            let (given, missing) =
                if user.is_some() { ("user", "password") } else { ("password", "user") };
            self.problem(given, format!("requires `{missing}`").into());
        }
        if encryption == Encryption::None && password.is_some() {
            let why = "a password would be sent unencrypted";
            self.problem(
                "encryption",
                InvalidValue::from(why).with_hint("use `tls` or `starttls`"),
            );
        }
        let (from, to) = (from?.0, to?.0);
        Some(ChannelKind::Email(Email {
            server: server?,
            port,
            encryption,
            user,
            password,
            from,
            to,
        }))
    }

    fn url(&mut self) -> Option<Secret> {
        let environment = self.environment;
        self.require("url");
        self.values.read_as("url", |given| address(given, environment))
    }

    fn secret(&mut self, field: &str) -> Option<Secret> {
        self.optional::<String>(field).map(Secret::new)
    }

    fn required<T: FromSetting>(&mut self, field: &str) -> Option<T> {
        self.require(field);
        self.values.read(field)
    }

    fn require(&mut self, field: &str) {
        if self.section.is_missing(field) {
            self.problem(field, format!("`{field}` is missing").into());
        }
    }

    fn optional<T: FromSetting>(&mut self, field: &str) -> Option<T> {
        self.values.read(field)
    }

    /// What is wrong with a field, or with the channel where the field is not there.
    fn problem(&mut self, field: &str, invalid: InvalidValue) {
        let place = self.section.get(field).map_or(self.place, |given| &given.place);
        self.values.problems.push(invalid.at(Side::Workflow, place));
    }

    fn refuse_unknown(&mut self, kind: &str, own: &[&str]) {
        let known: Vec<&str> = COMMON.iter().chain(own).copied().collect();
        for (field, given) in self.section.iter().filter(|(field, _)| !known.contains(field)) {
            let message = format!("a channel of kind `{kind}` has no `{field}`");
            let hint = meant(field, &known);
            self.values.refuse(given, InvalidValue::from(message).with_hint(hint));
        }
    }
}

impl Encryption {
    /// The port by which mail servers take mail so.
    fn port(self) -> u16 {
        match self {
            Self::Tls => 465,
            Self::StartTls => 587,
            Self::None => 25,
        }
    }
}

impl FromSetting for Encryption {
    fn read(given: &Given) -> Result<Self, InvalidValue> {
        let words = [("tls", Self::Tls), ("starttls", Self::StartTls), ("none", Self::None)];
        one_of(given, &words)
    }
}

fn is_false(given: &Given) -> bool {
    given.value == GivenValue::Json(Value::Bool(false))
}

struct Port(u16);

impl FromSetting for Port {
    fn read(given: &Given) -> Result<Self, InvalidValue> {
        let port = u32::read(given).ok().and_then(|port| u16::try_from(port).ok());
        port.map(Self).ok_or_else(|| "must be a port from 1 to 65535".into())
    }
}

struct Changes(Vec<Change>);

impl FromSetting for Changes {
    fn read(given: &Given) -> Result<Self, InvalidValue> {
        let words = Change::ALL.map(|change| (change.name(), change));
        let read = |text: String| {
            let given = Given::text(text, given.place.clone());
            one_of(&given, &words)
        };
        texts(given)?.into_iter().map(read).collect::<Result<_, _>>().map(Self)
    }
}

struct Mailbox(String);

impl FromSetting for Mailbox {
    fn read(given: &Given) -> Result<Self, InvalidValue> {
        mailbox(String::read(given)?).map(Self)
    }
}

struct Mailboxes(Vec<String>);

impl FromSetting for Mailboxes {
    fn read(given: &Given) -> Result<Self, InvalidValue> {
        texts(given)?.into_iter().map(mailbox).collect::<Result<_, _>>().map(Self)
    }
}

/// `address@host`, or `Name <address@host>`. What is in the brackets is checked when it is used.
fn mailbox(text: String) -> Result<String, InvalidValue> {
    let address = text.rsplit_once('<').map_or(text.as_str(), |(_, rest)| rest);
    match address.trim_end_matches('>').split_once('@') {
        Some((name, host)) if !name.is_empty() && !host.is_empty() && !host.contains(' ') => {
            Ok(text)
        }
        _ => Err(format!("`{text}` is not a mail address").into()),
    }
}

/// A list of texts, or a single one.
fn texts(given: &Given) -> Result<Vec<String>, InvalidValue> {
    let GivenValue::Json(Value::Array(items)) = &given.value else {
        return Ok(vec![String::read(given)?]);
    };
    if items.is_empty() {
        return Err("is empty".into());
    }
    let text = |item: &Value| String::read(&Given::json(item.clone(), given.place.clone()));
    items.iter().map(text).collect()
}
