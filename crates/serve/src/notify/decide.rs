//! What a channel is told, and when: pure functions over what it was told before.

use std::collections::{BTreeMap, VecDeque};

use hrflow_connectors::{Change, Channel, Health, WorkflowStatus};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

/// A message that could not be delivered is tried again after this, and then after twice as long.
const FIRST_RETRY: SignedDuration = SignedDuration::from_mins(1);
/// No try is further from the one before.
const LONGEST_RETRY: SignedDuration = SignedDuration::from_hours(1);

/// So much of what a channel was told is remembered.
const REMEMBERED: usize = 200;

/// What every channel was told.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
pub(super) struct Memory {
    channels: BTreeMap<String, Told>,
}

/// What one channel was told.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
pub(crate) struct Told {
    last_message: Option<Timestamp>,
    not_before: Option<Timestamp>,
    failures: u32,
    /// The trouble that it knows of, by workflow.
    trouble: BTreeMap<String, Trouble>,
    /// What it was told, the newest last.
    #[serde(default)]
    sent: VecDeque<Sent>,
}

/// Something that a channel was told.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub(crate) struct Sent {
    pub(crate) at: Timestamp,
    pub(crate) workflow_id: String,
    pub(crate) change: Change,
}

/// Trouble that a channel was told of.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
struct Trouble {
    health: Change,
    at: Timestamp,
    reminders: u32,
}

/// One thing that a channel is told.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Notice {
    /// The workflow's name.
    pub workflow: String,
    /// Its id.
    pub workflow_id: String,
    /// The action that it runs.
    pub action: String,
    /// What has changed.
    pub change: Change,
    /// How the workflow is now.
    pub health: Health,
    /// Why.
    pub reasons: Vec<String>,
    /// The last run.
    pub run_id: Option<String>,
    /// When the last complete success ended.
    pub last_success_at: Option<Timestamp>,
    /// How often it was told of before; 0 for news.
    pub reminder: u32,
}

impl Memory {
    /// Forgets channels that are no more.
    pub(super) fn keep<'a>(&mut self, keys: impl Iterator<Item = &'a String>) {
        let keys: Vec<_> = keys.collect();
        self.channels.retain(|key, _| keys.contains(&key));
    }

    /// What each channel was told, by the channel's key.
    pub(super) fn told(&self) -> impl Iterator<Item = (&String, &Told)> {
        self.channels.iter()
    }

    pub(super) fn of(&mut self, key: &str) -> &mut Told {
        self.channels.entry(key.to_owned()).or_default()
    }
}

impl Told {
    /// What the channel was told.
    pub(super) fn sent(&self) -> impl Iterator<Item = &Sent> {
        self.sent.iter()
    }

    /// What the channel is to be told now; nothing before its time.
    pub(crate) fn due(
        &mut self,
        channel: &Channel,
        workflows: &[&WorkflowStatus],
        now: Timestamp,
    ) -> Vec<Notice> {
        let is_there = |id: &String| workflows.iter().any(|workflow| workflow.workflow_id == *id);
        self.trouble.retain(|id, _| is_there(id));
        let notices: Vec<_> =
            workflows.iter().filter_map(|workflow| self.notice(channel, workflow, now)).collect();
        let is_early =
            self.last_message.is_some_and(|last| now.duration_since(last) < channel.at_most_every)
                || self.not_before.is_some_and(|time| now < time);
        if is_early { Vec::new() } else { notices }
    }

    fn notice(
        &mut self,
        channel: &Channel,
        workflow: &WorkflowStatus,
        now: Timestamp,
    ) -> Option<Notice> {
        let id = &workflow.workflow_id;
        let change = Change::to(workflow.assessment.health)?;
        let is_wanted = channel.on.contains(&change);
        let reminder = match (self.trouble.get(id), change) {
            // It was well, as far as the channel knows.
            (None, Change::Recovered) => return None,
            (Some(_), Change::Recovered) if !is_wanted => {
                self.trouble.remove(id);
                return None;
            }
            (Some(told), change) if told.health == change => {
                let age = now.duration_since(told.at);
                let is_due = channel.remind_after.is_some_and(|after| age >= after);
                if !is_due || told.reminders >= channel.max_reminders {
                    return None;
                }
                told.reminders.saturating_add(1)
            }
            (Some(_) | None, _) => 0,
        };
        is_wanted.then(|| Notice::new(workflow, change, reminder))
    }

    /// The channel was told.
    pub(crate) fn delivered(&mut self, notices: &[Notice], now: Timestamp) {
        (self.last_message, self.not_before, self.failures) = (Some(now), None, 0);
        for Notice { workflow_id, change, reminder, .. } in notices {
            if self.sent.len() >= REMEMBERED {
                self.sent.pop_front();
            }
            self.sent.push_back(Sent {
                at: now,
                workflow_id: workflow_id.clone(),
                change: *change,
            });
            match *change {
                Change::Recovered => {
                    self.trouble.remove(workflow_id);
                }
                health => {
                    let trouble = Trouble { health, at: now, reminders: *reminder };
                    self.trouble.insert(workflow_id.clone(), trouble);
                }
            }
        }
    }

    /// The channel could not be told; it is tried again later.
    pub(super) fn failed(&mut self, now: Timestamp) {
        let wait = FIRST_RETRY.saturating_mul(1 << self.failures.min(10)).min(LONGEST_RETRY);
        self.failures = self.failures.saturating_add(1);
        self.not_before = now.checked_add(wait).ok();
    }
}

impl Notice {
    fn new(workflow: &WorkflowStatus, change: Change, reminder: u32) -> Self {
        let assessment = &workflow.assessment;
        Self {
            workflow: workflow.name.clone(),
            workflow_id: workflow.workflow_id.clone(),
            action: workflow.action.clone(),
            change,
            health: assessment.health,
            reasons: assessment.reasons.iter().map(ToString::to_string).collect(),
            run_id: assessment.last_run.as_ref().map(|run| run.run_id.to_string()),
            last_success_at: assessment.last_success_at,
            reminder,
        }
    }
}
