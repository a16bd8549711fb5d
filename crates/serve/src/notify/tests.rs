use hrflow_connectors::{
    Assessment, Change, Channel, ChannelKind, Health, HealthReason, Secret, WorkflowStatus,
};
use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;

use super::decide::{Memory, Told};
use super::{Message, Notice};

const HOUR: SignedDuration = SignedDuration::from_hours(1);

fn at(hours: i64) -> Timestamp {
    Timestamp::from_second(1_800_000_000 + hours * 3_600).unwrap()
}

fn channel() -> Channel {
    Channel {
        name: "webhook".to_owned(),
        file: "fleet.toml".to_owned(),
        kind: ChannelKind::Slack { url: Secret::new("https://example.org") },
        on: vec![Change::Failing, Change::Late, Change::Degraded, Change::Recovered],
        at_most_every: HOUR,
        remind_after: Some(SignedDuration::from_hours(24)),
        max_reminders: 2,
    }
}

fn workflow(name: &str, health: Health) -> WorkflowStatus {
    WorkflowStatus {
        name: name.to_owned(),
        workflow_id: name.to_owned(),
        action: "francetravail.sync_jobs_in_hrflow".to_owned(),
        path: format!("{name}.toml"),
        assessment: Assessment {
            health,
            reasons: match health {
                Health::Healthy => Vec::new(),
                other => vec![HealthReason::Failed(format!("it is {other}"))],
            },
            last_run: None,
            last_success_at: None,
            age_seconds: None,
            jobs: None,
        },
        next_run_at: None,
    }
}

/// What is told of one workflow as the hours go by, each message delivered.
fn told(channel: &Channel, course: &[(i64, Health)]) -> Vec<(i64, String)> {
    let mut memory = Told::default();
    let mut messages = Vec::new();
    for (hour, health) in course {
        let status = workflow("paris", *health);
        let notices = memory.due(channel, &[&status], at(*hour));
        if !notices.is_empty() {
            memory.delivered(&notices, at(*hour));
            messages.push((*hour, Message::new("boards", notices, at(*hour)).subject()));
        }
    }
    messages
}

#[track_caller]
fn check(channel: &Channel, course: &[(i64, Health)], expected: &[(i64, &str)]) {
    let expected: Vec<_> =
        expected.iter().map(|(hour, text)| (*hour, format!("boards: {text}"))).collect();
    assert_eq!(told(channel, course), expected);
}

#[test]
fn each_change_is_told_once() {
    use Health::{Degraded, Failing, Healthy, Late, NeverRan, Running};
    let course = [
        (0, NeverRan),
        (1, Running),
        (2, Healthy),
        (3, Failing),
        (4, Failing),
        (5, Running),
        (6, Failing),
        (7, Late),
        (8, Degraded),
        (9, Healthy),
        (10, Healthy),
    ];
    check(
        &channel(),
        &course,
        &[(3, "paris failing"), (7, "paris late"), (8, "paris degraded"), (9, "paris recovered")],
    );
}

#[test]
fn a_channel_hears_only_of_what_it_asked_for() {
    use Health::{Degraded, Failing, Healthy};
    let only = |on: &[Change]| Channel { on: on.to_vec(), ..channel() };
    let course = [(0, Failing), (2, Degraded), (4, Healthy), (6, Failing), (8, Healthy)];
    check(&only(&[Change::Failing]), &course, &[(0, "paris failing"), (6, "paris failing")]);
    check(
        &only(&[Change::Failing, Change::Recovered]),
        &course,
        &[
            (0, "paris failing"),
            (4, "paris recovered"),
            (6, "paris failing"),
            (8, "paris recovered"),
        ],
    );
    // What it was never told of does not end.
    check(&only(&[Change::Recovered]), &course, &[]);
}

#[test]
fn what_is_still_wrong_is_told_again_a_few_times() {
    let course: Vec<_> = (0..120).map(|hour| (hour, Health::Late)).collect();
    let expected = [(0, "paris late"), (24, "paris still late"), (48, "paris still late")];
    check(&channel(), &course, &expected);
    let never = Channel { remind_after: None, ..channel() };
    check(&never, &course, &[(0, "paris late")]);
}

#[test]
fn what_happens_within_the_hour_is_told_together() {
    let channel = channel();
    let mut memory = Told::default();
    let half = at(0) + SignedDuration::from_mins(30);
    let statuses = |paris, lyon| [workflow("paris", paris), workflow("lyon", lyon)];
    let mut tell = |statuses: [WorkflowStatus; 2], now| {
        let notices = memory.due(&channel, &statuses.each_ref(), now);
        if notices.is_empty() {
            return String::new();
        }
        memory.delivered(&notices, now);
        Message::new("boards", notices, now).subject()
    };
    assert_eq!(tell(statuses(Health::Failing, Health::Healthy), at(0)), "boards: paris failing");
    assert_eq!(tell(statuses(Health::Healthy, Health::Late), half), "");
    let together = tell(statuses(Health::Healthy, Health::Late), at(1));
    assert_eq!(together, "boards: 1 late, 1 recovered");
    // What came and went in between is nobody's business.
    assert_eq!(tell(statuses(Health::Degraded, Health::Late), half + HOUR), "");
    assert_eq!(tell(statuses(Health::Healthy, Health::Late), at(2)), "");
}

#[test]
fn a_message_that_could_not_be_delivered_is_tried_again_ever_more_rarely() {
    let channel = channel();
    let mut memory = Told::default();
    let status = workflow("paris", Health::Failing);
    let mut tries = Vec::new();
    for minute in 0..600 {
        let now = at(0) + SignedDuration::from_mins(minute);
        if !memory.due(&channel, &[&status], now).is_empty() {
            tries.push(minute);
            memory.failed(now);
        }
    }
    assert_eq!(tries, [0, 1, 3, 7, 15, 31, 63, 123, 183, 243, 303, 363, 423, 483, 543]);
    let now = at(10) + HOUR;
    let notices = memory.due(&channel, &[&status], now);
    memory.delivered(&notices, now);
    assert!(memory.due(&channel, &[&status], now + HOUR).is_empty());
}

#[test]
fn what_was_told_outlives_the_process() {
    let mut memory = Memory::default();
    let status = workflow("paris", Health::Failing);
    let told = memory.of("fleet.toml/webhook");
    let notices = told.due(&channel(), &[&status], at(0));
    told.delivered(&notices, at(0));
    let text = serde_json::to_string(&memory).unwrap();
    let mut read: Memory = serde_json::from_str(&text).unwrap();
    assert_eq!(read, memory);
    assert!(read.of("fleet.toml/webhook").due(&channel(), &[&status], at(5)).is_empty());
}

fn health() -> impl Strategy<Value = Health> {
    prop::sample::select(Health::ALL.to_vec())
}

proptest! {
    /// Whatever happens: never two messages within the time, each message is about what is so at
    /// that moment, and what is wrong for longer than the time has been told.
    #[test]
    fn nobody_is_told_too_often_or_too_late(course in prop::collection::vec(health(), 1..300)) {
        let channel = Channel { remind_after: None, ..channel() };
        let mut memory = Told::default();
        let mut last_message: Option<Timestamp> = None;
        let mut believed = Health::Healthy;
        let mut since = (Health::Healthy, 0);
        for (index, health) in course.into_iter().enumerate() {
            let now = at(0) + SignedDuration::from_mins(i64::try_from(7 * index).unwrap());
            if Change::to(health).is_some() && since.0 != health {
                since = (health, index);
            }
            let status = workflow("paris", health);
            let notices = memory.due(&channel, &[&status], now);
            if let [Notice { health: told, .. }] = notices.as_slice() {
                prop_assert!(last_message.is_none_or(|last| now.duration_since(last) >= HOUR));
                prop_assert_eq!(*told, health);
                prop_assert_ne!(*told, believed);
                believed = *told;
                last_message = Some(now);
                memory.delivered(&notices, now);
            }
            let is_long_so = index - since.1 >= 9 && Change::to(health).is_some();
            if is_long_so {
                prop_assert_eq!(believed, since.0);
            }
        }
    }
}

#[test]
fn a_message_has_its_forms() {
    let mut failing = workflow("paris", Health::Failing);
    failing.assessment.reasons = vec![HealthReason::Failed("<b>\u{1b}[31m & more".to_owned())];
    failing.assessment.last_success_at = Some(at(-30));
    let healthy = workflow("lyon", Health::Healthy);
    let mut memory = Told::default();
    memory.delivered(
        &[Notice { health: Health::Late, change: Change::Late, ..notice(&healthy) }],
        at(-48),
    );
    let notices = memory.due(&channel(), &[&failing, &healthy], at(0));
    let message = Message::new("boards", notices, at(0));
    let json: serde_json::Value = serde_json::from_str(&message.json()).unwrap();
    insta::assert_snapshot!(format!(
        "{}\n\n{}\n{}\n\n{}",
        message.subject(),
        message.text(),
        message.slack()["text"].as_str().unwrap(),
        serde_json::to_string_pretty(&json).unwrap()
    ));
}

fn notice(workflow: &WorkflowStatus) -> Notice {
    Notice {
        workflow: workflow.name.clone(),
        workflow_id: workflow.workflow_id.clone(),
        action: workflow.action.clone(),
        change: Change::Recovered,
        health: Health::Healthy,
        reasons: Vec::new(),
        run_id: None,
        last_success_at: None,
        reminder: 0,
    }
}
