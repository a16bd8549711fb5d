//! What a person may ask the service for.

use std::collections::VecDeque;
use std::sync::Arc;

use futures::future::BoxFuture;
use hrflow_connectors::{RunId, SavedPlan};
use parking_lot::Mutex;
use tokio::time::{Duration, Instant};
use uuid::Uuid;

/// How long a question may stay unanswered.
const ANSWERED_WITHIN: Duration = Duration::from_mins(15);
/// So many questions are open at once; the oldest are forgotten first.
const MOST_OPEN: usize = 1_000;

/// One thing that the service can be asked for.
#[derive(Clone, Debug)]
pub enum Action {
    /// Run the workflow now.
    Run,
    /// Run it now, and archive more than `max_archive` allows.
    AllowMassArchive,
    /// Stop the run that goes on.
    Stop,
    /// Go on with a run that was interrupted or stopped.
    Resume(RunId),
    /// Send again what failed in a run.
    Retry(RunId),
    /// Do what a saved plan says.
    Apply(Box<SavedPlan>),
}

impl Action {
    /// Its name in addresses and in the audit log.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Run => "run",
            Self::AllowMassArchive => "allow-mass-archive",
            Self::Stop => "stop",
            Self::Resume(_) => "resume",
            Self::Retry(_) => "retry",
            Self::Apply(_) => "apply",
        }
    }
}

/// What somebody asks for.
#[derive(Clone, Debug)]
pub struct Asked {
    /// The workflow that is meant.
    pub workflow_id: String,
    /// What is to be done.
    pub action: Action,
    /// Who asks.
    pub user: String,
}

/// Why something is not done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Denied {
    /// A run of the workflow goes on.
    IsRunning,
    /// No run of the workflow goes on here.
    IsNotRunning,
    /// Another process runs the fleet.
    Standby,
    /// The fleet has no such workflow.
    NotInFleet,
    /// The service is ending.
    IsEnding,
}

impl Denied {
    /// Its name in the audit log.
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::IsRunning => "is_running",
            Self::IsNotRunning => "is_not_running",
            Self::Standby => "standby",
            Self::NotInFleet => "not_in_fleet",
            Self::IsEnding => "is_ending",
        }
    }
}

/// Does what is asked for, or begins to.
pub type Actions = Arc<dyn Fn(Asked) -> BoxFuture<'static, Result<(), Denied>> + Send + Sync>;

/// Questions that were asked once more and have not been answered. A form holds the key of its own,
/// which no other site can know, and which opens once.
#[derive(Clone, Default)]
pub(crate) struct Questions(Arc<Mutex<VecDeque<Question>>>);

struct Question {
    key: Uuid,
    /// What the answer would do, and whose it is.
    about: String,
    until: Instant,
}

impl Questions {
    /// Asks, and gives the key of the answer.
    pub(crate) fn ask(&self, about: String) -> String {
        let key = Uuid::new_v4();
        let mut open = self.0.lock();
        if open.len() >= MOST_OPEN {
            open.pop_front();
        }
        open.push_back(Question { key, about, until: Instant::now() + ANSWERED_WITHIN });
        key.simple().to_string()
    }

    /// Whether the key answers a question about just that. It is used up.
    pub(crate) fn is_answered(&self, key: &str, about: &str) -> bool {
        let Ok(key) = Uuid::try_parse(key) else { return false };
        let mut open = self.0.lock();
        let Some(place) = open.iter().position(|question| question.key == key) else {
            return false;
        };
        let question = open.remove(place);
        question.is_some_and(|it| it.about == about && Instant::now() < it.until)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_opens_its_own_question_once() {
        let questions = Questions::default();
        let key = questions.ask("run paris for ann".to_owned());
        let other = questions.ask("stop paris for ann".to_owned());
        assert!(!questions.is_answered("", "run paris for ann"));
        assert!(!questions.is_answered(&other, "run paris for ann"), "it is about something else");
        assert!(questions.is_answered(&key, "run paris for ann"));
        assert!(!questions.is_answered(&key, "run paris for ann"), "it was used");
        assert!(!questions.is_answered(&other, "stop paris for ann"), "it was tried before");
    }

    #[tokio::test(start_paused = true)]
    async fn a_question_is_not_open_for_ever() {
        let questions = Questions::default();
        let key = questions.ask("run".to_owned());
        tokio::time::advance(ANSWERED_WITHIN).await;
        assert!(!questions.is_answered(&key, "run"));
        let first = questions.ask("run".to_owned());
        for _ in 0..MOST_OPEN {
            questions.ask("other".to_owned());
        }
        assert!(!questions.is_answered(&first, "run"));
    }
}
