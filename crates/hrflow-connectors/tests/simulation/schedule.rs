//! Everything that one number decides.

use std::time::Duration;

use hrflow_connectors::{Confirm, FailureLimit, Grace, OnOutdated, Reset};
use sandbox::{
    Api, ArchivedAgain, ArchivedEdited, Credentials, Fault, Faults, FranceTravail, Hrflow,
    RetryAfter, Settings, Share,
};

use crate::WRONG_ANSWERS;
use crate::chance::Chance;
use crate::model::Change;
use crate::process::{FaultPlan, Moment, Side, StoreFaults};
use crate::wrong::WrongAnswers;

pub(crate) const BOARD: &str = "0123456789012345678901234567890123456789";
pub(crate) const CLIENT_SECRET: &str = "client-5ec4e7-secret";
const KEY: &str = "ask_5ec4e75ec4e75ec4e75ec4e75ec4e75e";
/// A key that may only read: the refusal repeats it.
const READING_KEY: &str = "askr_5ec4e75ec4e75ec4e75ec4e75ec4e75e";
/// What stands in no text that leaves the program.
pub(crate) const SECRETS: [&str; 3] = [CLIENT_SECRET, KEY, READING_KEY];
pub(crate) const USER: &str = "recruiting@example.org";
/// Noon of a day, on the services' clock.
const NOW: &str = "2026-11-24T12:00:00Z";

/// What is done with the offers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Action {
    Archive,
    Create,
    Update,
    Sync,
    /// The jobs of what is listed no more are archived, and nothing else is done.
    Sweep,
}

impl Action {
    /// Whether jobs are archived of what is listed no more.
    pub(crate) fn is_mirror(self) -> bool {
        matches!(self, Self::Sync | Self::Sweep)
    }
}

/// One workflow.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Workflow {
    pub(crate) id: &'static str,
    pub(crate) action: Action,
    pub(crate) incremental: bool,
    pub(crate) filter: FilterModel,
}

/// One schedule.
#[derive(Clone, Debug)]
pub(crate) struct Schedule {
    pub(crate) own: Workflow,
    /// Another workflow, with the same board.
    pub(crate) rival: Option<Workflow>,
    pub(crate) settings: Settings,
    pub(crate) max_failures: Option<FailureLimit>,
    pub(crate) grace: Grace,
    pub(crate) readings: u32,
    pub(crate) confirm: Confirm,
    pub(crate) write_concurrency: u32,
    pub(crate) read_rate: Option<f64>,
    pub(crate) write_rate: Option<u32>,
    pub(crate) answer_timeout: Duration,
    pub(crate) is_bucket: bool,
    pub(crate) seed: u64,
    /// The processes that fare badly, one after the other; those after them fare well.
    pub(crate) troubled: Vec<Troubled>,
}

/// What a process finds.
#[derive(Clone, Debug)]
pub(crate) struct Troubled {
    pub(crate) is_rival: bool,
    pub(crate) command: Command,
    pub(crate) fault_plan: FaultPlan,
    pub(crate) faults: Option<Faults>,
    pub(crate) key: Key,
    /// What changes before it begins.
    pub(crate) changes: Vec<Change>,
}

/// The key that a process has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Key {
    Right,
    MayOnlyRead,
}

impl Key {
    pub(crate) fn text(self) -> &'static str {
        match self {
            Self::Right => KEY,
            Self::MayOnlyRead => READING_KEY,
        }
    }
}

/// What a process is started for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Command {
    /// Another run of the workflow.
    Run,
    /// The newest run that was not ended, if there is one; or else another run.
    Resume,
    /// What failed in the last run.
    Retry,
    /// Another run that forgets what was delivered, or takes over what another filter has.
    Anew(Reset),
    /// A plan of what a run would do, and then just that.
    Apply(OnOutdated),
}

/// What the logics and the format make of an offer.
#[derive(Clone, Copy, Debug)]
pub(crate) struct FilterModel {
    salt: u64,
    discards: u64,
    refuses: u64,
    spoils: u64,
}

/// The same for one offer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum FilterResult {
    Keeps,
    Discards,
    Refuses,
    Spoils,
}

impl FilterModel {
    fn drawn(chance: &mut Chance) -> Self {
        let mut share = || if chance.happens(300) { chance.between(1..30) } else { 0 };
        let (discards, refuses, spoils) = (share(), share(), share());
        Self { salt: chance.number(), discards, refuses, spoils }
    }

    /// Always the same of the same offer.
    pub(crate) fn of(self, id: &str) -> FilterResult {
        let fold = |sum: u64, byte: u8| (sum ^ u64::from(byte)).wrapping_mul(0x0100_0000_01B3);
        let percent = (id.bytes().fold(self.salt, fold) >> 20) % 100;
        match percent {
            _ if percent < self.discards => FilterResult::Discards,
            _ if percent < self.discards + self.refuses => FilterResult::Refuses,
            _ if percent < self.discards + self.refuses + self.spoils => FilterResult::Spoils,
            _ => FilterResult::Keeps,
        }
    }
}

impl Schedule {
    /// The schedule of a number. Those with wrong answers are otherwise as without.
    pub(crate) fn of(number: u64) -> Self {
        let Some(number) = number.checked_sub(WRONG_ANSWERS) else { return Self::drawn(number) };
        let mut schedule = Self::drawn(number);
        let mut chance = Chance::of(number ^ WRONG_ANSWERS);
        for troubled in &mut schedule.troubled {
            troubled.fault_plan.wrong =
                chance.happens(700).then(|| WrongAnswers::drawn(&mut chance));
        }
        schedule
    }

    fn drawn(number: u64) -> Self {
        let mut chance = Chance::of(number);
        let action = chance.among(&[
            Action::Archive,
            Action::Create,
            Action::Update,
            Action::Sync,
            Action::Sync,
        ]);
        let mut schedule = Self::plain(&mut chance, action);
        // Drawn apart, so that the numbers of before still mean what they meant.
        schedule.widen(&mut Chance::of(number ^ 0x51DE));
        schedule
    }

    /// A schedule of one workflow that nobody interferes with.
    fn plain(chance: &mut Chance, action: Action) -> Self {
        let offers = offers(chance);
        let settings = settings(chance, offers, action);
        let churns = chance.happens(500);
        let readings = chance.among(&[1, 2, 2, 3]);
        let troubled = (0..chance.among(&[0, 1, 1, 2, 2, 3, 4, 6]))
            .map(|_| Troubled::drawn(chance, offers, churns))
            .collect();
        let incremental = action == Action::Sync || chance.happens(400);
        let filter = FilterModel::drawn(chance);
        Self {
            own: Workflow { id: "Simulated / workflow", action, incremental, filter },
            rival: None,
            settings,
            max_failures: max_failures(chance),
            grace: Grace::Readings(readings),
            readings,
            confirm: chance.among(&[Confirm::Detail, Confirm::Listing]),
            write_concurrency: chance.among(&[1, 2, 4, 8, 16, 32]),
            read_rate: chance.among(&[None, Some(2.0), Some(1_000.0)]),
            write_rate: chance.among(&[None, None, None, Some(120)]),
            answer_timeout: Duration::from_secs(chance.among(&[2, 5, 30])),
            is_bucket: chance.happens(100),
            seed: chance.number(),
            troubled,
        }
    }

    /// Adds what others do: another workflow, hands on the board, another process that takes over.
    fn widen(&mut self, chance: &mut Chance) {
        self.rival = rival(chance, self.own.action);
        for troubled in &mut self.troubled {
            troubled.is_rival = self.rival.is_some() && chance.happens(400);
            if chance.happens(150) {
                let on_outdated = [OnOutdated::Stop, OnOutdated::Skip];
                troubled.command = Command::Apply(chance.among(&on_outdated));
            } else if let Command::Anew(reset) = &mut troubled.command {
                *reset = chance.among(&[Reset::Keep, Reset::Archive]);
            }
            // What a hand does to jobs that nobody mirrors is nobody's to repair.
            if self.own.action == Action::Sync && chance.happens(200) {
                let by_hand = (0..chance.between(1..5)).map(|_| chance.among(&Change::BY_HAND));
                troubled.changes.extend(by_hand);
            }
            if chance.happens(100) {
                troubled.fault_plan.taken_over_at = Some(chance.between(2..40));
            }
        }
    }
}

/// Another workflow with the same board.
fn rival(chance: &mut Chance, action: Action) -> Option<Workflow> {
    let action = match action {
        Action::Sync if chance.happens(300) => Action::Sync,
        Action::Sync | Action::Create if chance.happens(250) => Action::Sweep,
        Action::Archive | Action::Create | Action::Update | Action::Sync | Action::Sweep => {
            return None;
        }
    };
    let filter = FilterModel::drawn(chance);
    Some(Workflow { id: "Rival / workflow", action, incremental: true, filter })
}

/// Small worlds, so that many fit into a minute; some have more than one page.
fn offers(chance: &mut Chance) -> usize {
    match chance.between(0..100) {
        0..3 => 0,
        3..60 => chance.size(1..20),
        60..91 => chance.size(20..60),
        91..97 => chance.size(60..200),
        _ => chance.size(200..400),
    }
}

fn max_failures(chance: &mut Chance) -> Option<FailureLimit> {
    chance.happens(100).then(|| {
        let most = chance.between(0..10);
        if chance.happens(500) {
            FailureLimit::Items(most)
        } else {
            FailureLimit::Share(hrflow_connectors::Share::percent(10))
        }
    })
}

fn settings(chance: &mut Chance, offers: usize, action: Action) -> Settings {
    let shares: &[f64] = if matches!(action, Action::Create | Action::Sync) {
        &[0.0, 0.0, 0.5]
    } else {
        &[1.0, 0.7]
    };
    let retry_after = [RetryAfter::Seconds, RetryAfter::Date, RetryAfter::Absent];
    let milliseconds = |chance: &mut Chance| {
        let longest = chance.among(&[1, 40, 400, 1_500]);
        Duration::from_millis(chance.between(0..longest))
    };
    Settings {
        offers,
        seed: chance.between(0..1 << 20),
        now: NOW.parse().ok(),
        board_holds: Share(chance.among(shares)),
        credentials: None,
        francetravail: FranceTravail {
            rate: chance.among(&[None, Some(10.0)]),
            states_rate: chance.happens(500),
            retry_after: chance.among(&retry_after),
            latency: milliseconds(chance),
            token_lifetime: Duration::from_secs(chance.among(&[10, 60, 1_499])),
            ..FranceTravail::default()
        },
        hrflow: Hrflow {
            rate: chance.among(&[None, None, Some(20.0)]),
            retry_after: chance.among(&retry_after),
            latency: milliseconds(chance),
            archived_again: chance.among(&[ArchivedAgain::Archived, ArchivedAgain::Unknown]),
            archived_edited: chance.among(&[ArchivedEdited::Edited, ArchivedEdited::Unknown]),
            lists_archived: chance.happens(500),
            ..Hrflow::default()
        },
        ..Settings::default()
    }
}

/// The credentials that the services know.
pub(crate) fn credentials() -> Credentials {
    Credentials {
        client_id: "id".to_owned(),
        client_secret: CLIENT_SECRET.to_owned(),
        api_secret: KEY.to_owned(),
        api_user: USER.to_owned(),
    }
}

impl Troubled {
    fn drawn(chance: &mut Chance, offers: usize, churns: bool) -> Self {
        let changes =
            if churns && chance.happens(600) { changes(chance, 0..8) } else { Vec::new() };
        Self {
            is_rival: false,
            command: chance.among(&[
                Command::Run,
                Command::Run,
                Command::Run,
                Command::Run,
                Command::Run,
                Command::Resume,
                Command::Resume,
                Command::Retry,
                Command::Retry,
                Command::Anew(Reset::Keep),
            ]),
            fault_plan: fault_plan(chance, offers, churns),
            faults: faults(chance),
            key: if chance.happens(30) { Key::MayOnlyRead } else { Key::Right },
            changes,
        }
    }
}

fn changes(chance: &mut Chance, count: std::ops::Range<u64>) -> Vec<Change> {
    (0..chance.between(count)).map(|_| chance.among(&Change::LIKELY)).collect()
}

fn fault_plan(chance: &mut Chance, offers: usize, churns: bool) -> FaultPlan {
    let crash = chance
        .happens(650)
        .then(|| (moment(chance, offers), chance.among(&[Side::Before, Side::After])));
    let stop = (crash.is_none() && chance.happens(300)).then(|| moment(chance, offers));
    let during = if churns && chance.happens(400) { changes(chance, 1..5) } else { Vec::new() };
    let changes =
        during.into_iter().map(|change| (chance.between(1..calls(offers)), change)).collect();
    FaultPlan {
        crash,
        stop,
        changes,
        not_sent: chance.among(&[0, 0, 30]),
        services_go_on: chance.happens(500),
        store: store_faults(chance),
        taken_over_at: None,
        wrong: None,
    }
}

/// About so many calls a run makes.
fn calls(offers: usize) -> u64 {
    offers as u64 + 8
}

/// A moment of a run, early ones as well as the last ones.
fn moment(chance: &mut Chance, offers: usize) -> Moment {
    if chance.happens(500) {
        // A run that remembers makes few calls.
        let latest = chance.among(&[8, 20, calls(offers)]);
        Moment::Call(chance.between(1..latest))
    } else {
        let latest = chance.among(&[12, 24, 40]);
        Moment::Store(chance.between(1..latest))
    }
}

fn store_faults(chance: &mut Chance) -> StoreFaults {
    let longest_ms = chance.among(&[0, 0, 20, 800]);
    let troubles = chance.happens(250);
    let share = |chance: &mut Chance| if troubles { chance.among(&[0, 20, 150]) } else { 0 };
    let (fail, done_and_fail) = (share(chance), share(chance));
    let full_from = (troubles && chance.happens(300)).then(|| chance.between(1..25));
    let full_for = chance.among(&[2, 10, u64::MAX]);
    StoreFaults { longest_ms, fail, done_and_fail, full_from, full_for }
}

fn faults(chance: &mut Chance) -> Option<Faults> {
    let seed = chance.number();
    match chance.between(0..100) {
        0..40 => None,
        40..75 => {
            let mut faults = Faults::all(seed, chance.among(&[0.03, 0.15, 0.3]));
            // A bare 429 is for the pace to answer, and slowly.
            faults.kinds.retain(|fault| *fault != Fault::TooManyCallsBare);
            Some(faults)
        }
        75..85 => Some(Faults { kinds: Fault::ALL.to_vec(), ..Faults::all(seed, 0.1) }),
        85..95 => {
            let kind = chance.among(&Fault::ALL);
            Some(Faults::only(kind, seed, chance.among(&[0.1, 0.5])))
        }
        _ => {
            let kind = chance.among(&[Fault::BadGateway, Fault::Reset, Fault::AppliedThenReset]);
            let at = chance.among(&[Api::Token, Api::FranceTravail, Api::Hrflow]);
            Some(Faults::only(kind, seed, 1.0).at(at))
        }
    }
}
