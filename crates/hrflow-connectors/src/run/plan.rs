//! A run that is ready to begin, and the sentence that it carries out.

use jiff::Timestamp;
use serde_json::Value;

use crate::catalog::Connected;
use crate::connector::{Origin, Target};
use crate::journal::{Found, Letter, ListedRun, RunKind};
use crate::run::again::Again;
use crate::run::delivered::{Incremental, IncrementalToken};
use crate::run::failures::FailureLimit;
use crate::run::foresight::Step;
use crate::run::mirror::{MirrorRules, age};
use crate::run::transform::{Prepared, Transform};
use crate::run::{Stop, Watcher};
use crate::steps::Steps;
use crate::{Callback, Event, Outcome, Persist, RunId, StateStore, Wiring};

/// A validated run that has not begun.
pub struct Plan {
    pub(crate) workflow_id: String,
    pub(crate) action: &'static str,
    pub(crate) origin: Box<dyn Origin>,
    pub(crate) target: Box<dyn Target>,
    pub(crate) transform: Transform,
    pub(crate) callback: Option<Callback>,
    pub(crate) persist: Persist,
    pub(crate) watchers: Vec<Watcher>,
    pub(crate) stop: Stop,
    pub(crate) wiring: Wiring,
    pub(crate) incremental: Option<Incremental>,
    pub(crate) mirror: Option<MirrorRules>,
    pub(crate) only_vanished: bool,
    pub(crate) state: Option<State>,
    pub(crate) failures: Option<FailureLimit>,
    /// What the user wrote, without the authentication.
    pub(crate) workflow: Option<Value>,
    pub(crate) kind: RunKind,
    /// A broken-off run to go on with.
    pub(crate) continued: Option<Found>,
    /// The only items that are read, where the run is not about all of them.
    pub(crate) selected: Option<Vec<String>>,
    /// What is to be sent before anything is read.
    pub(crate) ready: Vec<Prepared>,
    /// The steps of a saved plan.
    pub(crate) to_apply: Vec<Step>,
    /// What is to be taken out of use, where a mirror does not find that out itself.
    pub(crate) to_retire: Vec<String>,
}

/// What a plan may have or not.
#[derive(Default)]
pub(crate) struct Options {
    /// By what a run that is broken off can be gone on with.
    pub(crate) state: Option<State>,
    /// Delivers only what the workflow has not delivered yet. Needs a state.
    pub(crate) incremental: Option<Incremental>,
    /// Ends the run early where more items fail.
    pub(crate) failures: Option<FailureLimit>,
    /// What the user wrote, for the run's record.
    pub(crate) workflow: Option<Value>,
}

/// Where a run keeps its state, and how much of it.
#[derive(Clone, Debug)]
pub struct State {
    /// The store.
    pub store: StateStore,
    /// How many runs of a workflow are remembered.
    pub keep_runs: u32,
    /// Whether a run that cannot open the store is refused, although it could do without one.
    pub is_required: bool,
}

/// How many runs of a workflow are remembered where the user does not say.
pub const DEFAULT_KEEP_RUNS: u32 = 20;

impl Plan {
    pub(crate) fn new(
        workflow_id: String,
        action: &'static str,
        connected: Connected,
        steps: Steps,
        wiring: Wiring,
    ) -> Self {
        let Connected { origin, target, default_format, mirror, only_vanished } = connected;
        let format = steps.format.unwrap_or(default_format);
        Self {
            workflow_id,
            action,
            origin,
            target,
            transform: Transform { logics: steps.logics, format },
            callback: steps.callback,
            persist: steps.persist,
            watchers: Vec::new(),
            stop: wiring.stop.clone(),
            wiring,
            incremental: None,
            mirror,
            only_vanished,
            state: None,
            failures: None,
            workflow: None,
            kind: RunKind::Whole,
            continued: None,
            selected: None,
            ready: Vec::new(),
            to_apply: Vec::new(),
            to_retire: Vec::new(),
        }
    }

    /// The same plan with what may be left out.
    pub(crate) fn with(self, options: Options) -> Self {
        let Options { state, incremental, failures, workflow } = options;
        Self { incremental, state, failures, workflow, ..self }
    }

    /// Goes on with a run that was broken off.
    pub fn go_on_with(&mut self, run: ListedRun) {
        self.kind = run.record.kind.clone();
        self.continued = Some(run);
    }

    /// Sends again what failed in another run, in place of reading the origin.
    pub fn send_again(&mut self, of: RunId, letters: Vec<Letter>) {
        let Again { ready, to_find, to_retire } = Again::of(letters);
        self.kind = RunKind::Retry { of };
        self.selected = Some(to_find);
        self.ready = ready;
        self.to_retire = to_retire;
    }

    /// Adds somebody who is told of every event.
    pub fn watch(&mut self, watcher: impl FnMut(&Event) + Send + 'static) {
        self.watchers.push(Box::new(watcher));
    }

    /// What ends the run early.
    pub fn stop(&self) -> Stop {
        self.stop.clone()
    }

    /// The workflow's name.
    pub fn workflow_id(&self) -> &str {
        &self.workflow_id
    }

    /// The action's name.
    pub fn action(&self) -> &'static str {
        self.action
    }

    /// Whether the run will write.
    pub fn persist(&self) -> Persist {
        self.persist
    }

    /// Every way in which an item can end at the target.
    pub fn outcomes(&self) -> &'static [Outcome] {
        self.target.outcomes()
    }

    /// Asks both ends whether they would answer, and a mirror how old it is. Moves nothing.
    pub async fn check(&self) -> Vec<Checked> {
        let (origin, target) = futures::join!(self.origin.check(), self.target.check());
        let mut checked = vec![
            Checked { service: self.origin.name(), answer: origin },
            Checked { service: self.target.name(), answer: target },
        ];
        if let (Some(_), Some(state)) = (&self.mirror, &self.state) {
            let answer = age_of(state, &self.workflow_id).await;
            checked.push(Checked { service: "The mirror", answer });
        }
        checked
    }
}

impl std::fmt::Debug for Plan {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "Plan({} of {})", self.action, self.workflow_id)
    }
}

/// How long ago a mirror was last equal to what is listed.
async fn age_of(state: &State, workflow_id: &str) -> Result<String, String> {
    let last = async {
        let store = state.store.open().await?;
        IncrementalToken::of(store, workflow_id).load().await
    };
    let token = last.await.map_err(|error| api_client::chain(&error))?;
    age(token.and_then(|token| token.last_complete_reading), Timestamp::now())
}

/// What one end answered when it was asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checked {
    /// The end's name.
    pub service: &'static str,
    /// What it said, or why it would not work.
    pub answer: Result<String, String>,
}
