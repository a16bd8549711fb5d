//! What a workflow file says of running by itself: when, and who is told of each run.

use jiff::SignedDuration;
use jiff::tz::TimeZone;

use crate::describe::{Field, Kind};
use crate::problem::Problem;
use crate::schedule::{Schedule, ScheduleParts};
use crate::settings::channel::{self, Channel};
use crate::settings::environment::address;
use crate::settings::reader::ValueReader;
use crate::settings::scalar::{FromSetting, InvalidValue};
use crate::settings::{Environment, Given, Settings, thresholds};
use crate::{Secret, Thresholds};

/// Addresses that are called when a run begins and ends. Each may be a secret.
#[derive(Clone, Debug, Default)]
pub struct Ping {
    /// When a run begins.
    pub start: Option<Secret>,
    /// When a run has ended, with failures of items or without.
    pub success: Option<Secret>,
    /// When a run has failed, or did not begin.
    pub failure: Option<Secret>,
}

/// Keys of a workflow file that say when it runs by itself, and who is told.
pub(crate) const SERVICE_KEYS: [&str; 6] = [SCHEDULE, TIMEZONE, JITTER, CATCH_UP, PING, HEALTH];
/// Those of them that are tables.
pub(crate) const SERVICE_TABLES: [&str; 2] = [PING, HEALTH];
/// The list of those who are told of a change of health.
pub(crate) const NOTIFY: &str = "notify";
const SCHEDULE: &str = "schedule";
const TIMEZONE: &str = "timezone";
const JITTER: &str = "jitter";
const CATCH_UP: &str = "catch_up";
/// The table of addresses that are called when a run begins and ends.
pub(crate) const PING: &str = "ping";
/// The table of thresholds.
pub(crate) const HEALTH: &str = "health";
const PINGS: [&str; 3] = ["start", "success", "failure"];

/// What a file may say of running by itself: the table, none for the top of the file, and its keys.
pub(crate) fn service_fields() -> Vec<(Option<&'static str>, Vec<Field>)> {
    let text = |name, description| Field::optional(name, Kind::String, description);
    let top = vec![
        text(
            SCHEDULE,
            "When `serve` runs the workflow: a cron line such as `15 4 * * *`. `H` in place of a \
             number is one of the workflow's own, which spreads many workflows.",
        ),
        text(TIMEZONE, "Time zone of `schedule`, such as `Europe/Paris`. Without it, UTC."),
        text(
            JITTER,
            "Start later by up to this time, such as `10m`: each workflow by its own part.",
        ),
        Field::switch(
            CATCH_UP,
            true.into(),
            "With false, a run that was missed while `serve` was down waits for its next time.",
        ),
    ];
    let ping = vec![
        text(
            PINGS[0],
            "Address to call when a run begins. `{workflow_id}` in it stands for the id.",
        ),
        text(PINGS[1], "Address to call when a run has ended, with failures of items or without."),
        text(PINGS[2], "Address to call when a run has failed, was interrupted or did not begin."),
    ];
    vec![(None, top), (Some(PING), ping), (Some(HEALTH), thresholds::fields())]
}

impl Settings {
    /// When the workflow runs by itself; none where nothing says so.
    pub fn schedule(&self) -> Result<Option<Schedule>, Vec<Problem>> {
        let mut reader = ValueReader::new(&self.service);
        let parts = ScheduleParts {
            line: reader.read(SCHEDULE).unwrap_or_default(),
            zone: reader.read::<Zone>(TIMEZONE).map(|zone| zone.0),
            jitter: reader.read::<SignedDuration>(JITTER),
            catch_up: reader.read(CATCH_UP),
        };
        let (workflow_id, _) = self.names();
        let given = reader.given(SCHEDULE).filter(|_| !parts.line.is_empty());
        let schedule = given.and_then(|given| {
            let schedule = Schedule::new(parts, &workflow_id);
            schedule.map_err(|why| reader.refuse(given, why.into())).ok()
        });
        if reader.problems.is_empty() { Ok(schedule) } else { Err(reader.problems) }
    }

    /// Which addresses are called when a run begins and ends.
    pub fn ping(&self, environment: &Environment) -> Result<Ping, Vec<Problem>> {
        let mut reader = ValueReader::new(&self.service);
        reader.refuse_unknown(PING, &PINGS);
        let read = |given: &Given| address(given, environment);
        let [start, success, failure] =
            PINGS.map(|field| reader.read_as(&format!("{PING}.{field}"), read));
        let ping = Ping { start, success, failure };
        if reader.problems.is_empty() { Ok(ping) } else { Err(reader.problems) }
    }

    /// From where on something is wrong with the workflow.
    pub fn thresholds(&self) -> Result<Thresholds, Vec<Problem>> {
        let (thresholds, problems) = thresholds::thresholds(&self.service);
        if problems.is_empty() { Ok(thresholds) } else { Err(problems) }
    }

    /// Who is told of a change of the workflow's health.
    pub fn channels(&self, environment: &Environment) -> Result<Vec<Channel>, Vec<Problem>> {
        let (channels, problems) = channel::channels(&self.notify, environment);
        if problems.is_empty() { Ok(channels) } else { Err(problems) }
    }

    /// What is wrong with what is said of running by itself.
    pub(crate) fn service_problems(&self, environment: &Environment) -> Vec<Problem> {
        [
            self.schedule().err(),
            self.ping(environment).err(),
            self.thresholds().err(),
            self.channels(environment).err(),
        ]
        .into_iter()
        .flatten()
        .flatten()
        .collect()
    }
}

/// A time zone by its name.
struct Zone(TimeZone);

impl FromSetting for Zone {
    fn read(given: &Given) -> Result<Self, InvalidValue> {
        let name = String::read(given)?;
        match TimeZone::get(&name) {
            Ok(zone) if zone.iana_name().is_some() => Ok(Self(zone)),
            _ => Err(InvalidValue::from(format!("`{name}` is not a time zone"))
                .with_hint("use a name such as `Europe/Paris` or `UTC`")),
        }
    }
}
