//! What a run opens before it begins: what the workflow remembers, and the journal.

use std::sync::Arc;

use jiff::Timestamp;
use store::Store;

use crate::connector::{Origin, Target};
use crate::journal::{Begun, Found, Journal, Recovered, RunRecord, RunState};
use crate::run::books::Books;
use crate::run::delivered::{Delivered, Refusal, filter_of};
use crate::run::transform::Prepared;
use crate::run::{Anew, Incremental, Plan, State};
use crate::state::short_hash;
use crate::{Counts, Persist, Reason, RunId, RunResult, Status};

/// What a run has opened before it begins.
pub(crate) struct Opened {
    pub(crate) books: Books,
    pub(crate) record: RunRecord,
    pub(crate) store: Option<Arc<dyn Store>>,
    /// What an earlier process of the run was about to send.
    pub(crate) pending: Vec<Prepared>,
}

impl Opened {
    fn with(delivered: Option<Delivered>, record: RunRecord) -> Self {
        Self { books: Books::new(None, delivered), record, store: None, pending: Vec::new() }
    }

    /// With the journal, new or gone on with.
    fn begun(begun: Begun, delivered: Option<Delivered>, store: Arc<dyn Store>) -> Self {
        let Begun { journal, record, recovered } = begun;
        let mut books = Books::new(Some(journal), delivered);
        let mut pending = Vec::new();
        if let Some(Recovered { known, pending: left }) = recovered {
            tracing::info!(run.id = %record.run_id, "goes on with a run that was broken off");
            books.known = known;
            pending.extend(left.into_iter().map(Prepared::perhaps_sent));
        }
        Self { books, record, store: Some(store), pending }
    }
}

/// The parts of a plan by which its books are opened.
pub(crate) struct Opening<'a> {
    workflow_id: &'a str,
    origin: &'a dyn Origin,
    target: &'a dyn Target,
    state: Option<&'a State>,
    incremental: Option<&'a Incremental>,
}

impl Opening<'_> {
    /// Opens the books. A run that saves nothing only looks at what is remembered.
    pub(crate) async fn open(
        self,
        record: RunRecord,
        continued: Option<Found>,
        saves: Persist,
    ) -> Result<Opened, Refusal> {
        let needs_store = saves == Persist::Write || self.incremental.is_some();
        let Some(store) = self.open_store(needs_store).await? else {
            return Ok(Opened::with(None, record));
        };
        let delivered = self.open_delivered(&store, &record.run_id, saves).await?;
        if saves == Persist::DryRun {
            return Ok(Opened::with(delivered, record));
        }
        let forgets = self.incremental.is_some_and(|how| how.anew != Anew::No);
        let begun = match continued {
            Some(found) => Journal::go_on(store.clone(), found).await?.ok_or_else(not_to_go_on)?,
            None => Journal::begin(store.clone(), record, !forgets).await?,
        };
        Ok(Opened::begun(begun, delivered, store))
    }

    async fn open_store(&self, is_needed: bool) -> Result<Option<Arc<dyn Store>>, Refusal> {
        let Some(state) = self.state.filter(|_| is_needed) else { return Ok(None) };
        match state.store.open().await {
            Ok(store) => Ok(Some(store)),
            Err(error) if state.is_required || self.incremental.is_some() => Err(error.into()),
            Err(error) => {
                let error = api_client::chain(&error);
                tracing::warn!(error, "the run keeps no journal: its store cannot be opened");
                Ok(None)
            }
        }
    }

    async fn open_delivered(
        &self,
        store: &Arc<dyn Store>,
        run_id: &RunId,
        saves: Persist,
    ) -> Result<Option<Delivered>, Refusal> {
        let Some(how) = self.incremental else { return Ok(None) };
        let ends = (self.origin, self.target);
        Delivered::open(store.clone(), how, self.workflow_id, run_id, saves, ends).await.map(Some)
    }
}

impl Plan {
    /// What is needed to open the books. It holds nothing of the plan that only one thread may use.
    pub(crate) fn opening(&self) -> Opening<'_> {
        Opening {
            workflow_id: &self.workflow_id,
            origin: &*self.origin,
            target: &*self.target,
            state: self.state.as_ref(),
            incremental: self.incremental.as_ref(),
        }
    }

    /// The record of a run that begins.
    pub(crate) fn record(&self) -> RunRecord {
        let filter = filter_of(&*self.origin, &*self.target);
        let programs = self.programs();
        RunRecord {
            run_id: RunId::new(),
            workflow_id: self.workflow_id.clone(),
            action: self.action.to_owned(),
            started_at: Timestamp::now(),
            state: RunState::Running,
            kind: self.kind.clone(),
            fingerprint: short_hash(&format!("{}\n{filter}\n{programs}", self.action)),
            workflow: self.workflow.clone(),
            result: None,
            journal_bytes: 0,
        }
    }

    /// The jq programs that the user wrote, as one text; empty where there is none.
    pub(crate) fn programs(&self) -> String {
        let Some(workflow) = &self.workflow else { return String::new() };
        let programs = [&workflow["logics"], &workflow["format"]];
        let is_there = |program: &serde_json::Value| {
            !program.is_null() && program.as_array().is_none_or(|programs| !programs.is_empty())
        };
        let there = programs.into_iter().filter(|program| is_there(program));
        there.map(ToString::to_string).collect()
    }

    /// The result of a run that may not begin.
    pub(crate) fn refused(self, refusal: Refusal) -> RunResult {
        let Counts { events, outcomes, .. } = Counts::of(self.target.outcomes());
        RunResult {
            workflow_id: self.workflow_id,
            action: self.action.to_owned(),
            run_id: RunId::new(),
            status: Status::Fatal,
            reason: refusal.reason,
            message: Some(refusal.message),
            incremental: self.incremental.is_some(),
            incremental_token: None,
            events,
            outcomes,
            complete: false,
            started_at: Timestamp::now(),
            duration_ms: 0,
        }
    }
}

fn not_to_go_on() -> Refusal {
    Refusal {
        reason: Reason::WorkflowBusy,
        message: "the run is under way, or has ended meanwhile".to_owned(),
    }
}
