//! The simulated services, and the offers that leave, come, change and come back.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use sandbox::World;
use serde_json::{Map, Value};

use crate::chance::Chance;
use crate::schedule::BOARD;
use crate::trace::Trace;

/// The world, and what has become of its offers.
pub(crate) struct Model {
    pub(crate) world: Arc<World>,
    trace: Trace,
    state: Mutex<State>,
}

struct State {
    chance: Chance,
    /// Offers that left and may come back.
    away: Vec<Map<String, Value>>,
    made: u64,
    /// Counts the changes.
    version: u64,
    /// The offers listed without a break since [`Model::watch`].
    steady: BTreeSet<String>,
    /// The offers that were ever listed.
    ever: BTreeSet<String>,
    /// The jobs that somebody has changed by hand.
    touched: BTreeSet<String>,
}

/// What can become of an offer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Change {
    /// One is listed no more.
    Leaves,
    /// One that was listed before is so again.
    ComesBack,
    /// One is new.
    Comes,
    /// One says something else.
    IsEdited,
    /// A job is archived by hand.
    JobIsArchived,
    /// A job is edited by hand.
    JobIsEdited,
    /// A job is deleted by hand.
    JobIsDeleted,
}

impl Change {
    /// Each as often as it is likely.
    pub(crate) const LIKELY: [Self; 6] =
        [Self::Leaves, Self::Leaves, Self::ComesBack, Self::ComesBack, Self::Comes, Self::IsEdited];
    /// What a hand does on the board.
    pub(crate) const BY_HAND: [Self; 3] =
        [Self::JobIsArchived, Self::JobIsEdited, Self::JobIsDeleted];
}

impl Model {
    pub(crate) fn new(world: Arc<World>, chance: Chance, trace: Trace) -> Self {
        let ever: BTreeSet<_> = world.offer_ids().into_iter().collect();
        let (away, steady, touched) = (Vec::new(), ever.clone(), BTreeSet::new());
        let state = State { chance, away, made: 0, version: 0, steady, ever, touched };
        Self { world, trace, state: Mutex::new(state) }
    }

    /// The offers that are listed now.
    pub(crate) fn listed(&self) -> BTreeSet<String> {
        self.world.offer_ids().into_iter().collect()
    }

    /// Looks from now on which offers stay listed.
    pub(crate) fn watch(&self) {
        let listed = self.listed();
        self.state().steady = listed;
    }

    /// The offers that were listed all the time since then.
    pub(crate) fn steady(&self) -> BTreeSet<String> {
        self.state().steady.clone()
    }

    pub(crate) fn ever(&self) -> BTreeSet<String> {
        self.state().ever.clone()
    }

    /// The jobs that were ever changed by hand.
    pub(crate) fn touched(&self) -> BTreeSet<String> {
        self.state().touched.clone()
    }

    /// The same number while nothing has changed.
    pub(crate) fn version(&self) -> u64 {
        self.state().version
    }

    /// The jobs that are not archived.
    pub(crate) fn live_jobs(&self) -> BTreeSet<String> {
        let archived = self.world.archived(BOARD);
        let references = self.world.references(BOARD).into_iter();
        references.filter(|reference| !archived.contains_key(reference)).collect()
    }

    /// Lets something happen.
    pub(crate) fn change(&self, change: Change) {
        let mut state = self.state();
        let ids = self.world.offer_ids();
        let picked = (!ids.is_empty()).then(|| ids[state.chance.size(0..ids.len())].clone());
        match (change, picked) {
            (Change::Leaves, Some(id)) => {
                let offer = self.take(&id);
                state.away.push(offer);
                state.steady.remove(&id);
                self.trace.note(&format!("offer {id} leaves"));
            }
            (Change::ComesBack, _) => {
                if state.away.is_empty() {
                    return;
                }
                let away = state.away.len();
                let place = state.chance.size(0..away);
                let offer = state.away.swap_remove(place);
                self.trace.note(&format!("offer {} comes back", offer["id"]));
                self.list(offer);
            }
            (Change::Comes, Some(id)) => {
                state.made += 1;
                let new = format!("ZZ{:05}", state.made);
                let mut offer = self.offer(&id);
                offer.insert("id".to_owned(), new.as_str().into());
                if let Some(page) =
                    offer.get_mut("origineOffre").map(|page| &mut page["urlOrigine"])
                {
                    *page = page.as_str().unwrap_or_default().replace(&id, &new).into();
                }
                self.trace.note(&format!("offer {new} comes"));
                self.list(offer);
                state.ever.insert(new);
            }
            (Change::IsEdited, Some(id)) => {
                state.made += 1;
                let mut offer = self.take(&id);
                offer.insert("intitule".to_owned(), format!("Edition {}", state.made).into());
                self.trace.note(&format!("offer {id} is edited"));
                self.list(offer);
            }
            (Change::JobIsArchived | Change::JobIsEdited | Change::JobIsDeleted, _) => {
                let jobs: Vec<_> = self.live_jobs().into_iter().collect();
                if jobs.is_empty() {
                    return;
                }
                let job = jobs[state.chance.size(0..jobs.len())].clone();
                self.trace.note(&format!("{change:?}: {job}"));
                state.made += 1;
                self.touch(change, &job, state.made);
                state.touched.insert(job);
            }
            (_, None) => return,
        }
        state.version += 1;
    }

    fn touch(&self, change: Change, job: &str, number: u64) {
        match change {
            Change::JobIsDeleted => self.world.delete_job(BOARD, job),
            Change::JobIsArchived => self.world.archive_job(BOARD, job),
            _ => self.world.edit_job(BOARD, job, "name", format!("By hand {number}").into()),
        }
    }

    fn offer(&self, id: &str) -> Map<String, Value> {
        let Some(Value::Object(offer)) = self.world.offer(id) else {
            unreachable!("an offer that is listed is an object")
        };
        offer
    }

    fn take(&self, id: &str) -> Map<String, Value> {
        let offer = self.offer(id);
        self.world.remove_offer(id);
        offer
    }

    fn list(&self, offer: Map<String, Value>) {
        self.world.add_offer(offer).unwrap();
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
