//! A week of a fleet in simulated time, minute by minute, with every kind of trouble: what is told
//! is compared with what somebody who looks on would want to know.

use hrflow_connectors::{
    Change, Channel, ChannelKind, Due, Environment, Fleet, LastRun, ListedRun, RunDigest, RunId,
    RunKind, RunRecord, RunState, Schedule, Secret, Thresholds, WorkflowStatus, assess_while,
};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use crate::notify::{Message, Told};

/// Monday.
const BEGIN: &str = "2026-11-23T00:00:00Z";
const MINUTES: i64 = 7 * 24 * 60;

/// What becomes of a run.
#[derive(Clone, Copy)]
enum Run {
    /// It ends after so many minutes, with what is changed of a usual result.
    Ends(i64, fn(&mut Value)),
    /// The process dies after so many minutes.
    Dies(i64),
    /// It is refused, and leaves no record.
    Refused,
}

const USUAL: Run = Run::Ends(10, |_| {});

/// What happens to one workflow.
struct Course {
    line: &'static str,
    /// The runs in their order; after those, usual ones.
    runs: &'static [Run],
    /// Minutes of the week in which no process is there.
    down: &'static [(i64, i64)],
}

struct Week {
    schedule: Schedule,
    runs: Vec<ListedRun>,
    going: Option<(Timestamp, Timestamp, Run)>,
    own: Option<LastRun>,
    refusal: bool,
    told: Told,
    heard: Vec<String>,
    /// Nothing is due before that, as long as the last run is this one.
    waits: Option<(Option<LastRun>, Timestamp)>,
}

fn schedule(line: &str) -> Schedule {
    let folder = tempfile::tempdir().unwrap();
    let text = format!("workflow_id = \"paris\"\nschedule = \"{line}\"\n");
    std::fs::write(folder.path().join("paris.toml"), text).unwrap();
    let fleet = Fleet::read(folder.path(), &Environment::default()).unwrap();
    fleet.workflows[0].schedule.clone().unwrap()
}

fn channel() -> Channel {
    Channel {
        name: "ops".to_owned(),
        file: "fleet.toml".to_owned(),
        kind: ChannelKind::Slack { url: Secret::new("https://example.org") },
        on: vec![Change::Failing, Change::Late, Change::Degraded, Change::Recovered],
        at_most_every: SignedDuration::from_hours(1),
        remind_after: None,
        max_reminders: 0,
    }
}

/// A run of before the week, or in it.
fn record(began: Timestamp, minutes: i64, change: fn(&mut Value)) -> ListedRun {
    let mut result = json!({
        "status": "success",
        "reason": "none",
        "complete": true,
        "duration_ms": minutes * 60_000,
        "events": {"read_success": 1_000},
        "outcomes": {"created": 10, "updated": 20, "unchanged": 970, "failed": 0},
    });
    change(&mut result);
    let record = RunRecord {
        run_id: RunId::new(),
        workflow_id: "paris".to_owned(),
        action: "made_up.sync".to_owned(),
        started_at: began,
        state: RunState::Ended,
        kind: RunKind::Whole,
        fingerprint: String::new(),
        workflow: None,
        result: Some(result),
        journal_bytes: 0,
    };
    ListedRun { record, is_alive: false }
}

impl Week {
    /// Plays a course, and gives what was told, with the time.
    fn of(course: &Course) -> Vec<String> {
        let begin: Timestamp = BEGIN.parse().unwrap();
        let schedule = schedule(course.line);
        let mut runs = Vec::new();
        let mut time = begin - SignedDuration::from_hours(6 * 24);
        while let Some(next) = schedule.next(time).filter(|next| *next < begin) {
            runs.insert(0, record(next, 10, |_| {}));
            time = next;
        }
        let mut week = Self {
            schedule,
            runs,
            going: None,
            own: None,
            refusal: false,
            told: Told::default(),
            heard: Vec::new(),
            waits: None,
        };
        let mut to_come = course.runs.iter().copied();
        for minute in 0..MINUTES {
            let now = begin + SignedDuration::from_mins(minute);
            let is_down = course.down.iter().any(|(from, to)| (*from..*to).contains(&minute));
            week.minute(now, is_down, &mut to_come);
        }
        week.heard
    }

    fn minute(&mut self, now: Timestamp, is_down: bool, to_come: &mut impl Iterator<Item = Run>) {
        if is_down {
            // A process that dies takes its run with it.
            if let Some((began, _, _)) = self.going.take() {
                self.interrupt(began);
                self.own = None;
            }
            return;
        }
        if let Some((began, until, run)) = self.going.filter(|(_, until, _)| now >= *until) {
            self.going = None;
            self.end(began, until, run);
        }
        if self.going.is_none() && self.is_due(now) {
            let run = to_come.next().unwrap_or(USUAL);
            let minutes = match run {
                Run::Ends(minutes, _) | Run::Dies(minutes) => minutes,
                Run::Refused => 0,
            };
            self.going = Some((now, now + SignedDuration::from_mins(minutes), run));
        }
        self.look(now);
    }

    fn is_due(&mut self, now: Timestamp) -> bool {
        let last = self.runs.first().map(|run| {
            let result = run.record.result.as_ref();
            let took =
                result.map(|it| SignedDuration::from_millis(it["duration_ms"].as_i64().unwrap()));
            LastRun {
                began: run.record.started_at,
                ended: took.map(|took| run.record.started_at + took),
                is_alive: false,
                is_interrupted: result.is_none(),
            }
        });
        let last = last.into_iter().chain(self.own).max_by_key(|last| last.began);
        if self.waits.is_some_and(|(known, until)| known == last && now < until) {
            return false;
        }
        match self.schedule.due(last, now, now) {
            Due::Now(_) => true,
            Due::At(until) => {
                self.waits = Some((last, until));
                false
            }
            Due::Running => false,
        }
    }

    fn end(&mut self, began: Timestamp, until: Timestamp, run: Run) {
        // What it goes on with has one record.
        if self.runs.first().is_some_and(|run| run.record.result.is_none()) {
            self.runs.remove(0);
        }
        match run {
            Run::Ends(minutes, change) => {
                self.refusal = false;
                self.runs.insert(0, record(began, minutes, change));
            }
            Run::Dies(_) => self.interrupt(began),
            Run::Refused => {
                self.refusal = true;
                let ended = Some(until);
                self.own = Some(LastRun { began, ended, is_alive: false, is_interrupted: false });
            }
        }
    }

    fn interrupt(&mut self, began: Timestamp) {
        let mut run = record(began, 0, |_| {});
        run.record.state = RunState::Running;
        run.record.result = None;
        self.runs.insert(0, run);
    }

    fn look(&mut self, now: Timestamp) {
        let running = self.going.map(|(began, ..)| began);
        let runs: Vec<_> = self.runs.iter().take(20).map(RunDigest::of).collect();
        let assessment = assess_while(running, &runs, &Thresholds::default(), now);
        let assessment =
            if self.refusal { assessment.refused("the filter changed") } else { assessment };
        let status = WorkflowStatus {
            name: "paris".to_owned(),
            workflow_id: "paris".to_owned(),
            action: String::new(),
            path: String::new(),
            assessment,
            next_run_at: None,
        };
        let notices = self.told.due(&channel(), &[&status], now);
        if !notices.is_empty() {
            self.told.delivered(&notices, now);
            let subject = Message::new("boards", notices, now).subject();
            self.heard.push(format!("{} {subject}", now.strftime("%a %H:%M")));
        }
    }
}

const DAILY: &str = "15 4 * * *";
const HOURLY: &str = "0 * * * *";

#[track_caller]
fn check(line: &'static str, runs: &'static [Run], down: &'static [(i64, i64)], expected: &[&str]) {
    let expected: Vec<_> = expected
        .iter()
        .map(|text| match text.rsplit_once(' ') {
            Some((time, change)) => format!("{time} boards: paris {change}"),
            None => (*text).to_owned(),
        })
        .collect();
    assert_eq!(Week::of(&Course { line, runs, down }), expected);
}

#[test]
fn a_quiet_week_is_quiet() {
    check(DAILY, &[], &[], &[]);
    check(HOURLY, &[], &[], &[]);
    // Days on which runs take longer or shorter than the day before.
    let varied = &[
        Run::Ends(10, |_| {}),
        Run::Ends(25, |_| {}),
        Run::Ends(5, |_| {}),
        Run::Ends(28, |_| {}),
        Run::Ends(2, |_| {}),
    ];
    check(DAILY, varied, &[], &[]);
}

#[test]
fn a_failure_is_told_and_its_end() {
    const FATAL: Run = Run::Ends(1, |result| {
        result["status"] = "fatal".into();
        result["reason"] = "read_failure".into();
        result["complete"] = false.into();
    });
    // After a day without a success it is late as well, and failing is the worse word.
    check(DAILY, &[FATAL, FATAL], &[], &["Mon 04:16 failing", "Wed 04:25 recovered"]);
    check(HOURLY, &[FATAL], &[], &["Mon 00:01 failing", "Mon 01:10 recovered"]);
    check(DAILY, &[Run::Refused], &[], &["Mon 04:16 failing", "Tue 04:25 recovered"]);
}

#[test]
fn a_process_that_dies_is_no_alarm_where_another_goes_on() {
    check(DAILY, &[Run::Dies(5)], &[], &[]);
    check(DAILY, &[], &[(4 * 60 + 18, 4 * 60 + 35)], &[]);
    check(HOURLY, &[], &[(90, 300)], &[]);
    // After two hours without any process the board is older than a day.
    let two_hours = &[(4 * 60 + 18, 6 * 60 + 18)];
    check(DAILY, &[], two_hours, &["Mon 06:18 late", "Mon 07:18 recovered"]);
}

#[test]
fn who_was_away_for_days_is_late_and_catches_up_at_once() {
    let two_days = &[(12 * 60, 60 * 60)];
    check(DAILY, &[], two_days, &["Wed 12:00 late", "Wed 13:00 recovered"]);
}

#[test]
fn a_run_that_comes_to_no_end_is_late() {
    check(
        DAILY,
        &[Run::Ends(20 * 60, |_| {})],
        &[],
        &["Mon 06:26 late", "Tue 00:15 degraded", "Tue 04:25 recovered"],
    );
}

#[test]
fn what_is_unusual_is_told_once() {
    let once = |runs, expected: &[&str]| check(DAILY, runs, &[], expected);
    let day = &["Mon 04:25 degraded", "Tue 04:25 recovered"];
    once(&[Run::Ends(10, |result| result["events"]["read_success"] = 0.into())], day);
    once(&[Run::Ends(10, |result| result["events"]["read_success"] = 300.into())], day);
    once(&[Run::Ends(10, |result| result["hints"] = json!(["allow_mass_archive"]))], day);
    once(
        &[Run::Ends(10, |result| {
            result["status"] = "success_with_failures".into();
            result["outcomes"]["failed"] = 200.into();
        })],
        day,
    );
    // A reading with doubts is no complete success: a day later there is none within a day.
    once(
        &[Run::Ends(10, |result| result["complete"] = false.into())],
        &["Mon 04:25 degraded", "Mon 05:25 late", "Tue 04:25 recovered"],
    );
    once(&[Run::Ends(45, |_| {})], &["Mon 05:00 degraded", "Tue 04:25 recovered"]);
}
