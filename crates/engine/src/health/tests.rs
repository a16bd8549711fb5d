use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::{Assessment, Health, RunDigest, Thresholds};
use crate::{ListedRun, RunId, RunKind, RunRecord, RunState};

/// How a workflow with these runs is.
fn assess(runs: &[ListedRun], thresholds: &Thresholds, now: Timestamp) -> Assessment {
    let digests: Vec<_> = runs.iter().map(RunDigest::of).collect();
    super::assess(&digests, thresholds, now)
}

const NOW: i64 = 1_800_000_000;

/// A run that ended so many hours ago, after ten minutes.
fn run(hours_ago: i64, change: impl FnOnce(&mut Value)) -> ListedRun {
    let mut result = json!({
        "status": "success",
        "reason": "none",
        "complete": true,
        "duration_ms": 600_000,
        "events": {"read_success": 1_000},
        "outcomes": {"created": 10, "updated": 20, "unchanged": 970, "failed": 0},
    });
    change(&mut result);
    let ended = Timestamp::from_second(NOW - hours_ago * 3_600).unwrap();
    let took = SignedDuration::from_millis(result["duration_ms"].as_i64().unwrap());
    let record = RunRecord {
        run_id: RunId::new(),
        workflow_id: "paris".to_owned(),
        action: "made_up.sync".to_owned(),
        started_at: ended - took,
        state: RunState::Ended,
        kind: RunKind::Whole,
        fingerprint: String::new(),
        workflow: None,
        result: Some(result),
        journal_bytes: 0,
    };
    ListedRun { record, is_alive: false }
}

fn usual(hours_ago: i64) -> ListedRun {
    run(hours_ago, |_| {})
}

fn alive(hours_ago: i64) -> ListedRun {
    let mut run = usual(hours_ago);
    run.record.state = RunState::Running;
    run.record.result = None;
    run.is_alive = true;
    run
}

fn interrupted(hours_ago: i64) -> ListedRun {
    ListedRun { is_alive: false, ..alive(hours_ago) }
}

fn fatal(hours_ago: i64) -> ListedRun {
    run(hours_ago, |result| {
        result["status"] = "fatal".into();
        result["reason"] = "read_failure".into();
        result["message"] = "the service is down\nand more".into();
    })
}

/// After five usual days, the first run.
fn after_usual_days(last: ListedRun) -> Vec<ListedRun> {
    [last].into_iter().chain((1..6).map(|day| usual(day * 20))).collect()
}

#[track_caller]
fn check(runs: &[ListedRun], health: Health, reasons: &[&str]) {
    let now = Timestamp::from_second(NOW).unwrap();
    let found = assess(runs, &Thresholds::default(), now);
    let found_reasons: Vec<_> = found.reasons.iter().map(ToString::to_string).collect();
    assert_eq!(found.health, health);
    assert_eq!(found_reasons, reasons);
}

#[test]
fn items_that_fail_in_a_logic_have_failed() {
    let found = assess(
        &[run(1, |result| result["events"]["logics_failure"] = 100.into())],
        &Thresholds::default(),
        Timestamp::from_second(NOW).unwrap(),
    );
    assert_eq!(found.health, Health::Degraded);
    assert_eq!(found.reasons[0].to_string(), "100 of 1000 items failed (limit 5%)");
}

#[test]
fn each_word_has_its_runs() {
    check(&[], Health::NeverRan, &[]);
    check(&[alive(0)], Health::Running, &[]);
    check(&[alive(0), usual(20)], Health::Running, &[]);
    check(&after_usual_days(usual(1)), Health::Healthy, &[]);
    let failed = ["the last run failed: the service is down"];
    check(&[fatal(1), usual(20)], Health::Failing, &failed);
    check(&[interrupted(1), usual(20)], Health::Failing, &["the last run was interrupted"]);
    let late = ["last complete success 30 h ago (limit 24 h)"];
    check(&[usual(30)], Health::Late, &late);
    check(&[alive(0), usual(30)], Health::Late, &late);
    let both = ["last complete success 40 h ago (limit 24 h)", failed[0]];
    check(&[fatal(1), usual(40)], Health::Failing, &both);
    let never = ["no complete success in 50 h (limit 24 h)", failed[0]];
    check(&[fatal(1), fatal(50)], Health::Failing, &never);
}

#[test]
fn a_success_that_is_not_as_usual_is_degraded_and_says_why() {
    let degraded = |change: fn(&mut Value), why: &str| {
        check(&after_usual_days(run(1, change)), Health::Degraded, &[why]);
    };
    degraded(
        |result| result["complete"] = false.into(),
        "the last run may not have read everything",
    );
    degraded(
        |result| result["hints"] = json!(["allow_mass_archive"]),
        "archiving was withheld: too many offers disappeared at once",
    );
    degraded(
        |result| {
            result["status"] = "success_with_failures".into();
            result["outcomes"]["failed"] = 51.into();
        },
        "51 of 1000 items failed (limit 5%)",
    );
    degraded(
        |result| result["events"]["read_success"] = 0.into(),
        "nothing is listed; there were 1000 items",
    );
    degraded(
        |result| result["events"]["read_success"] = 499.into(),
        "499 items listed; usually 1000 (limit ±50%)",
    );
    degraded(
        |result| result["events"]["read_success"] = 1_501.into(),
        "1501 items listed; usually 1000 (limit ±50%)",
    );
    degraded(
        |result| result["duration_ms"] = (31 * 60_000).into(),
        "the last run took 31 min; usually 10 (limit 3×)",
    );
}

#[test]
fn what_is_within_its_threshold_is_healthy() {
    let changes: [fn(&mut Value); 4] = [
        |result| result["outcomes"]["failed"] = 50.into(),
        |result| result["events"]["read_success"] = 500.into(),
        |result| result["events"]["read_success"] = 1_500.into(),
        |result| result["duration_ms"] = (30 * 60_000).into(),
    ];
    for change in changes {
        check(&after_usual_days(run(1, change)), Health::Healthy, &[]);
    }
}

#[test]
fn a_workflow_that_reads_a_part_is_not_measured_by_the_whole() {
    for workflow in [
        json!({"since": {"text": "creation_date"}}),
        json!({"pull_parameters": [["range", {"json": "0-149"}]]}),
    ] {
        let mut last = run(1, |result| {
            result["complete"] = false.into();
            result["events"]["read_success"] = 3.into();
        });
        last.record.workflow = Some(workflow);
        check(&after_usual_days(last), Health::Healthy, &[]);
    }
}

#[test]
fn a_threshold_that_is_off_is_not_looked_at() {
    let off = Thresholds {
        late_after: None,
        failures: None,
        volume: None,
        slow: None,
        empty: false,
        withheld: false,
        incomplete: false,
    };
    let mut runs = after_usual_days(run(1_000, |result| {
        result["complete"] = false.into();
        result["hints"] = json!(["allow_mass_archive"]);
        result["outcomes"]["failed"] = 900.into();
        result["events"]["read_success"] = 0.into();
        result["duration_ms"] = 9_000_000.into();
    }));
    let now = Timestamp::from_second(NOW).unwrap();
    assert_eq!(assess(&runs, &off, now).health, Health::Healthy);
    runs.remove(0);
    assert_eq!(assess(&runs, &off, now).jobs, Some(1_000));
}

#[test]
fn a_retry_and_an_abandoned_run_say_nothing_of_the_search() {
    let mut retry = fatal(1);
    retry.record.kind = RunKind::Retry { of: RunId::new() };
    let mut abandoned = interrupted(2);
    abandoned.record.state = RunState::Abandoned;
    check(&[retry, abandoned, usual(20)], Health::Healthy, &[]);
}
