//! When a workflow runs by itself: a cron line in a time zone, spread over a while.

use std::fmt;

use cronexpr::{Crontab, FallbackTimezoneOption, ParseOptions};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

/// A schedule that is late by no more than this is on time.
const PUNCTUAL: SignedDuration = SignedDuration::from_mins(1);
/// An interrupted run is taken up by itself for so long after it began.
const RESUMED_FOR: SignedDuration = SignedDuration::from_hours(24);

/// When a workflow runs by itself.
#[derive(Clone)]
pub struct Schedule {
    text: String,
    zone: TimeZone,
    /// The line, read as if its times were UTC where its hours are fixed.
    crontab: Crontab,
    has_fixed_hours: bool,
    jitter: SignedDuration,
    catch_up: bool,
    /// Tells the workflow from others, so that each has its own share of the jitter.
    number: u64,
}

/// What a workflow file says of its schedule.
#[derive(Clone, Debug, Default)]
pub(crate) struct ScheduleParts {
    pub(crate) line: String,
    pub(crate) zone: Option<TimeZone>,
    pub(crate) jitter: Option<SignedDuration>,
    pub(crate) catch_up: Option<bool>,
}

/// What is known of the last run of a workflow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LastRun {
    /// When it began.
    pub began: Timestamp,
    /// When it ended, where it did.
    pub ended: Option<Timestamp>,
    /// Whether it goes on.
    pub is_alive: bool,
    /// Whether it was interrupted and can be taken up.
    pub is_interrupted: bool,
}

/// When a workflow is to run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Due {
    /// At once, and why.
    Now(Why),
    /// Later.
    At(Timestamp),
    /// Not before its run has ended.
    Running,
}

/// Why a run begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why {
    /// Its time has come.
    Scheduled,
    /// Its time came while nobody was there to begin it.
    Missed,
    /// The run before was interrupted.
    Interrupted,
}

impl Schedule {
    /// Reads a schedule of a workflow.
    pub(crate) fn new(parts: ScheduleParts, workflow_id: &str) -> Result<Self, String> {
        let ScheduleParts { line, zone, jitter, catch_up } = parts;
        let fields: Vec<_> = line.split_whitespace().collect();
        let [_, hours, ..] = fields[..] else { return Err(five_fields(&line)) };
        if fields.len() != 5 {
            return Err(five_fields(&line));
        }
        let zone = zone.unwrap_or(TimeZone::UTC);
        let has_fixed_hours = !hours.contains('*');
        let named = zone.iana_name().filter(|_| !has_fixed_hours).unwrap_or("UTC");
        let number = number_of(workflow_id);
        let mut options = ParseOptions::default();
        options.fallback_timezone_option = FallbackTimezoneOption::None;
        options.hashed_value = Some(number);
        let crontab = cronexpr::parse_crontab_with(&format!("{line} {named}"), options);
        let crontab = crontab.map_err(|error| why(&line, &error))?;
        let jitter = jitter.unwrap_or_default();
        let catch_up = catch_up.unwrap_or(true);
        let schedule =
            Self { text: line, zone, crontab, has_fixed_hours, jitter, catch_up, number };
        match schedule.fires_after(Timestamp::UNIX_EPOCH) {
            Some(_) => Ok(schedule),
            None => Err(format!("`{}` never comes", schedule.text)),
        }
    }

    /// The next time at which a run begins, after this one.
    pub fn next(&self, after: Timestamp) -> Option<Timestamp> {
        let mut fires = self.fires_after(after.checked_sub(self.jitter).ok()?)?;
        loop {
            let following = self.fires_after(fires)?;
            let begins = self.spread(fires, following);
            if begins > after {
                return Some(begins);
            }
            fires = following;
        }
    }

    /// When the workflow is to run, given its last run. Without one, its first time after `since`
    /// counts.
    pub fn due(&self, last: Option<LastRun>, since: Timestamp, now: Timestamp) -> Due {
        let never = Due::At(Timestamp::MAX);
        let after = match last {
            Some(last) if last.is_alive => return Due::Running,
            Some(last) if last.is_interrupted && now.duration_since(last.began) <= RESUMED_FOR => {
                return Due::Now(Why::Interrupted);
            }
            // What came due while it ran was skipped.
            Some(last) => last.ended.map_or(last.began, |ended| ended.max(last.began)),
            None => since,
        };
        let Some(next) = self.next(after) else { return never };
        let late = now.duration_since(next);
        if late.is_negative() {
            Due::At(next)
        } else if late <= PUNCTUAL {
            Due::Now(Why::Scheduled)
        } else if self.catch_up {
            Due::Now(Why::Missed)
        } else {
            self.next(now).map_or(never, Due::At)
        }
    }

    /// How many times came due after the first moment, up to the second.
    pub fn count(&self, after: Timestamp, until: Timestamp) -> usize {
        let mut count = 0;
        let mut last = after;
        // A hundred are many, however many more there were.
        while count < 100
            && let Some(next) = self.next(last).filter(|next| *next <= until)
        {
            (last, count) = (next, count + 1);
        }
        count
    }

    /// The next time that the line names. Where a clock is put forward over a time, that time
    /// comes when the clock is forward; where it is put back, fixed hours come once.
    fn fires_after(&self, after: Timestamp) -> Option<Timestamp> {
        if !self.has_fixed_hours {
            let next = self.crontab.find_next(cronexpr::MakeTimestamp(after)).ok()?;
            return Some(next.timestamp());
        }
        let as_utc = |time: Timestamp| {
            time.to_zoned(self.zone.clone()).datetime().to_zoned(TimeZone::UTC).ok()
        };
        let mut civil = as_utc(after)?.timestamp();
        loop {
            let next = self.crontab.find_next(cronexpr::MakeTimestamp(civil)).ok()?;
            let fires = next.datetime().to_zoned(self.zone.clone()).ok()?.timestamp();
            if fires > after {
                return Some(fires);
            }
            civil = next.timestamp();
        }
    }

    /// Each workflow's own share of the jitter, the same every time and in every process; never
    /// beyond the time that follows.
    fn spread(&self, fires: Timestamp, following: Timestamp) -> Timestamp {
        let gap = following.duration_since(fires).as_secs();
        let most = self.jitter.as_secs().min(gap).max(1).unsigned_abs();
        let share = (self.number.wrapping_mul(MIX) >> 16).rem_euclid(most).cast_signed();
        fires.checked_add(SignedDuration::from_secs(share)).unwrap_or(fires)
    }
}

/// An odd number without pattern: it spreads neighbouring numbers.
const MIX: u64 = 0x9e37_79b9_7f4a_7c15;

/// A number that follows from a text, the same in every process and version (FNV-1a).
fn number_of(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |number, byte| {
        (number ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

fn five_fields(line: &str) -> String {
    format!("`{line}` is not a schedule: it takes five fields, such as `15 4 * * *`")
}

/// The reason alone, in one line: the library repeats the text with a mark under it.
fn why(line: &str, error: &cronexpr::Error) -> String {
    let text = error.to_string();
    let reason = text.lines().last().unwrap_or_default().trim_start_matches([' ', '^', '|']);
    format!("`{line}` is not a schedule: {}", reason.trim())
}

impl fmt::Display for Schedule {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.text)?;
        match self.zone.iana_name() {
            Some("UTC") | None => Ok(()),
            Some(zone) => write!(formatter, " ({zone})"),
        }
    }
}

impl fmt::Debug for Schedule {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Schedule({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn parts(line: &str) -> ScheduleParts {
        ScheduleParts { line: line.to_owned(), ..ScheduleParts::default() }
    }

    fn in_paris(line: &str) -> Schedule {
        let zone = Some(TimeZone::get("Europe/Paris").unwrap());
        Schedule::new(ScheduleParts { zone, ..parts(line) }, "paris").unwrap()
    }

    fn daily() -> Schedule {
        Schedule::new(parts("15 4 * * *"), "paris").unwrap()
    }

    #[track_caller]
    fn check_next(schedule: &Schedule, after: &str, expected: &str) {
        assert_eq!(schedule.next(at(after)), Some(at(expected)));
    }

    #[test]
    fn a_line_is_read_in_its_zone() {
        check_next(&daily(), "2026-11-25T04:14:59Z", "2026-11-25T04:15:00Z");
        check_next(&daily(), "2026-11-25T04:15:00Z", "2026-11-26T04:15:00Z");
        check_next(&in_paris("15 4 * * *"), "2026-11-25T00:00:00Z", "2026-11-25T03:15:00Z");
        check_next(&in_paris("15 4 * * *"), "2026-07-25T00:00:00Z", "2026-07-25T02:15:00Z");
        check_next(&in_paris("0 */6 * * MON-FRI"), "2026-11-27T22:00:00Z", "2026-11-29T23:00:00Z");
    }

    #[test]
    fn a_day_on_which_the_clock_is_put_forward_has_its_run() {
        let schedule = in_paris("30 2 * * *");
        // 02:30 does not exist on 29 March 2026.
        check_next(&schedule, "2026-03-28T12:00:00Z", "2026-03-29T01:30:00Z");
        check_next(&schedule, "2026-03-29T01:30:00Z", "2026-03-30T00:30:00Z");
    }

    #[test]
    fn a_day_on_which_the_clock_is_put_back_has_one_run_at_a_fixed_hour_and_all_others() {
        // 02:30 comes twice on 25 October 2026.
        check_next(&in_paris("30 2 * * *"), "2026-10-24T12:00:00Z", "2026-10-25T00:30:00Z");
        check_next(&in_paris("30 2 * * *"), "2026-10-25T00:30:00Z", "2026-10-26T01:30:00Z");
        check_next(&in_paris("30 * * * *"), "2026-10-25T00:30:00Z", "2026-10-25T01:30:00Z");
    }

    #[test]
    fn jitter_is_each_workflows_own_and_always_the_same() {
        let jitter = Some(SignedDuration::from_mins(30));
        let begins = |id: &str| {
            let schedule = Schedule::new(ScheduleParts { jitter, ..parts("0 4 * * *") }, id);
            schedule.unwrap().next(at("2026-11-25T00:00:00Z")).unwrap()
        };
        let all: Vec<_> = (0..200).map(|id| begins(&id.to_string())).collect();
        let within = at("2026-11-25T04:00:00Z")..at("2026-11-25T04:30:00Z");
        assert!(all.iter().all(|time| within.contains(time)));
        let later = all.iter().filter(|time| **time >= at("2026-11-25T04:15:00Z")).count();
        assert!((60..140).contains(&later), "{later} of 200 in the second half");
        assert_eq!(begins("7"), begins("7"));
    }

    #[test]
    fn every_time_comes_once_whatever_the_jitter() {
        let jitter = Some(SignedDuration::from_hours(3));
        let schedule = Schedule::new(ScheduleParts { jitter, ..parts("0 * * * *") }, "a").unwrap();
        let mut time = at("2026-11-25T00:00:00Z");
        for _ in 0..48 {
            let next = schedule.next(time).unwrap();
            assert!(next > time && next.duration_since(time) <= SignedDuration::from_hours(2));
            time = next;
        }
        let hours = time.duration_since(at("2026-11-25T00:00:00Z")).as_hours();
        assert!((47..=48).contains(&hours), "{hours}");
    }

    #[test]
    fn h_stands_for_a_workflows_own_number() {
        let minute = |id: &str| {
            let next = Schedule::new(parts("H 4 * * *"), id).unwrap();
            next.next(at("2026-11-25T00:00:00Z")).unwrap().as_second() / 60 % 60
        };
        let minutes: std::collections::BTreeSet<_> =
            (0..50).map(|id| minute(&format!("workflow {id}"))).collect();
        assert!(minutes.len() > 20, "{minutes:?}");
    }

    #[track_caller]
    fn check_due(last: impl Into<Option<LastRun>>, now: &str, expected: Due) {
        assert_eq!(daily().due(last.into(), at("2026-11-24T12:00:00Z"), at(now)), expected);
    }

    fn ended(began: &str, ended: &str) -> LastRun {
        let (began, ended) = (at(began), Some(at(ended)));
        LastRun { began, ended, is_alive: false, is_interrupted: false }
    }

    #[test]
    fn a_run_begins_at_its_time() {
        let last = ended("2026-11-24T04:15:01Z", "2026-11-24T04:40:00Z");
        let next = at("2026-11-25T04:15:00Z");
        check_due(last, "2026-11-24T23:00:00Z", Due::At(next));
        check_due(last, "2026-11-25T04:15:00Z", Due::Now(Why::Scheduled));
        check_due(None, "2026-11-24T23:00:00Z", Due::At(next));
        check_due(None, "2026-11-25T04:15:30Z", Due::Now(Why::Scheduled));
    }

    #[test]
    fn what_was_missed_is_caught_up_once() {
        let last = ended("2026-11-22T04:15:01Z", "2026-11-22T04:40:00Z");
        check_due(last, "2026-11-25T09:00:00Z", Due::Now(Why::Missed));
        let caught_up = ended("2026-11-25T09:00:00Z", "2026-11-25T09:20:00Z");
        check_due(caught_up, "2026-11-25T09:20:00Z", Due::At(at("2026-11-26T04:15:00Z")));
        let without = ScheduleParts { catch_up: Some(false), ..parts("15 4 * * *") };
        let without = Schedule::new(without, "paris").unwrap();
        let due = without.due(Some(last), at("2026-11-22T00:00:00Z"), at("2026-11-25T09:00:00Z"));
        assert_eq!(due, Due::At(at("2026-11-26T04:15:00Z")));
    }

    #[test]
    fn a_time_that_comes_while_the_last_run_goes_on_is_skipped() {
        let began = at("2026-11-24T04:15:00Z");
        let alive = LastRun { began, ended: None, is_alive: true, is_interrupted: false };
        check_due(alive, "2026-11-25T04:15:00Z", Due::Running);
        let long = ended("2026-11-24T04:15:00Z", "2026-11-25T05:00:00Z");
        check_due(long, "2026-11-25T05:00:01Z", Due::At(at("2026-11-26T04:15:00Z")));
        assert_eq!(daily().count(began, at("2026-11-25T05:00:00Z")), 1);
    }

    #[test]
    fn an_interrupted_run_is_taken_up_for_a_day() {
        let began = at("2026-11-24T04:15:00Z");
        let last = LastRun { began, ended: None, is_alive: false, is_interrupted: true };
        check_due(last, "2026-11-24T05:00:00Z", Due::Now(Why::Interrupted));
        check_due(last, "2026-11-25T04:14:59Z", Due::Now(Why::Interrupted));
        check_due(last, "2026-11-26T04:14:59Z", Due::Now(Why::Missed));
    }

    #[test]
    fn what_is_no_schedule_says_why() {
        let refused = |line: &str| Schedule::new(parts(line), "a").unwrap_err();
        let all =
            ["", "15 4 * *", "15 4 * * * *", "61 4 * * *", "15 4 * * FOO", "0 0 31 2 *", "@daily"];
        insta::assert_snapshot!(all.map(refused).join("\n"), @r"
        `` is not a schedule: it takes five fields, such as `15 4 * * *`
        `15 4 * *` is not a schedule: it takes five fields, such as `15 4 * * *`
        `15 4 * * * *` is not a schedule: it takes five fields, such as `15 4 * * *`
        `61 4 * * *` is not a schedule: value must be in range 0..=59; found 61
        `15 4 * * FOO` is not a schedule: malformed expression
        `0 0 31 2 *` never comes
        `@daily` is not a schedule: it takes five fields, such as `15 4 * * *`
        ");
    }
}
