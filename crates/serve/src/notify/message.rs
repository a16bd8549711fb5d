//! A message: what a channel is told, in its forms.

use std::fmt::Write;

use hrflow_connectors::Change;
use jiff::Timestamp;
use serde::Serialize;
use serde_json::{Value, json};

use super::Notice;

/// The form of a webhook's body.
const VERSION: u32 = 1;
/// So many workflows are listed in a text; the others are counted.
const LISTED: usize = 20;
/// A reason is cut to so many characters in a text.
const REASON: usize = 300;

/// What a channel is told at one time.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Message {
    version: u32,
    /// The fleet's name.
    pub fleet: String,
    /// When it was made.
    pub sent_at: Timestamp,
    /// What has changed, or still is.
    #[serde(rename = "changes")]
    pub notices: Vec<Notice>,
    /// Whether nothing has happened, and somebody only wants to see a message.
    pub test: bool,
}

impl Message {
    pub(crate) fn new(fleet: &str, notices: Vec<Notice>, now: Timestamp) -> Self {
        let fleet = fleet.to_owned();
        Self { version: VERSION, fleet, sent_at: now, notices, test: false }
    }

    /// A message that says only that it is one.
    pub fn test(fleet: &str, now: Timestamp) -> Self {
        Self { test: true, ..Self::new(fleet, Vec::new(), now) }
    }

    /// One line: `boards: paris failing`, `boards: 3 failing, 1 recovered`.
    pub fn subject(&self) -> String {
        let what = match self.notices.as_slice() {
            [] => "test message".to_owned(),
            [Notice { workflow, change, reminder: 0, .. }] => format!("{workflow} {change}"),
            [Notice { workflow, change, .. }] => format!("{workflow} still {change}"),
            notices => {
                let all = [Change::Failing, Change::Late, Change::Degraded, Change::Recovered];
                let count =
                    |change: Change| notices.iter().filter(|it| it.change == change).count();
                let counts = all.map(|change| (count(change), change)).into_iter();
                let counts = counts.filter(|(count, _)| *count > 0);
                counts
                    .map(|(count, change)| format!("{count} {change}"))
                    .collect::<Vec<_>>()
                    .join(", ")
            }
        };
        one_line(&format!("{}: {what}", self.fleet))
    }

    /// Everything in text, a paragraph for each workflow.
    pub fn text(&self) -> String {
        if self.test {
            return format!("Test message of the fleet {}. Nothing has happened.\n", self.fleet);
        }
        let mut text = String::new();
        for notice in self.notices.iter().take(LISTED) {
            let again = if notice.reminder > 0 { "still " } else { "" };
            let _ = writeln!(text, "{}: {again}{}", one_line(&notice.workflow), notice.change);
            for reason in &notice.reasons {
                let _ = writeln!(text, "  {}", cut(&one_line(reason)));
            }
            if let Some(at) = notice.last_success_at.filter(|_| notice.change != Change::Recovered)
            {
                let _ = writeln!(
                    text,
                    "  last complete success: {}",
                    at.strftime("%Y-%m-%d %H:%M UTC")
                );
            }
            if let Some(run) = &notice.run_id {
                let _ = writeln!(text, "  run: {run}");
            }
        }
        let more = self.notices.len().saturating_sub(LISTED);
        if more > 0 {
            let _ = writeln!(text, "and {more} more");
        }
        text
    }

    /// The body of a webhook.
    pub fn json(&self) -> String {
        // A message is names, numbers and text: there is nothing that JSON could not hold.
        serde_json::to_string(self).unwrap_or_default()
    }

    /// The body for Slack, in which nothing that a service wrote is markup.
    pub fn slack(&self) -> Value {
        let escaped =
            |text: &str| text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
        json!({"text": escaped(&format!("{}\n{}", self.subject(), self.text())), "mrkdwn": false})
    }
}

/// Control characters have no place in a subject or a line.
fn one_line(text: &str) -> String {
    text.chars().map(|sign| if sign.is_control() { ' ' } else { sign }).collect()
}

fn cut(text: &str) -> String {
    match text.char_indices().nth(REASON) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}
