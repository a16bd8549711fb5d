//! The workflows of one or several stores and their newest runs, kept current in the background.

use std::sync::Arc;
use std::time::{Duration, Instant};

use hrflow_connectors::{ListedWorkflow, RunList, Runs, StateStore, error_chain};
use jiff::Timestamp;
use parking_lot::RwLock;
use store::Store;

/// How many runs of each workflow the overview draws.
pub(crate) const SHOWN: usize = 30;
/// How often a store is asked, at most.
const INTERVAL: Duration = Duration::from_secs(5);
/// A store that takes its time is asked less often: this share of the time at most.
const SHARE: u32 = 20;

/// A store that is looked at, by its address.
#[derive(Clone, Debug)]
pub struct Shelf {
    /// Its address, which holds no secret.
    pub url: String,
    /// The store.
    pub store: Arc<dyn Store>,
}

impl Shelf {
    /// What runs have left in it.
    pub(crate) async fn runs(&self) -> Result<Runs, store::StoreError> {
        Runs::open(&self.state()).await
    }

    pub(crate) fn state(&self) -> StateStore {
        StateStore::Opened(self.store.clone())
    }
}

/// What is known of the stores.
#[derive(Clone, Debug, Default)]
pub(crate) struct Catalog(Arc<RwLock<Known>>);

#[derive(Debug, Default)]
struct Known {
    lists: Vec<(Shelf, RunList)>,
    read_at: Option<Timestamp>,
    /// Why a store could not be read when it was last asked.
    problem: Option<String>,
}

impl Catalog {
    /// Nothing is known yet of these stores.
    pub(crate) fn of(shelves: Vec<Shelf>) -> Self {
        let lists = shelves.into_iter().map(|shelf| (shelf, RunList::default())).collect();
        Self(Arc::new(RwLock::new(Known { lists, read_at: None, problem: None })))
    }

    /// Looks at other stores from now on.
    pub(crate) fn look_at(&self, shelves: Vec<Shelf>) {
        let mut known = self.0.write();
        let mut before = std::mem::take(&mut known.lists);
        known.lists = shelves
            .into_iter()
            .map(|shelf| {
                let place = before.iter().position(|(own, _)| own.url == shelf.url);
                place.map_or((shelf, RunList::default()), |place| before.swap_remove(place))
            })
            .collect();
    }

    /// Asks the stores as long as anybody holds the catalog, beside everything else.
    pub(crate) async fn keep_current(self) {
        let weak = Arc::downgrade(&self.0);
        drop(self);
        while let Some(known) = weak.upgrade() {
            let began = Instant::now();
            Self(known).refresh().await;
            tokio::time::sleep(INTERVAL.max(began.elapsed() * SHARE)).await;
        }
    }

    /// Asks the stores once.
    pub(crate) async fn refresh(&self) {
        let lists: Vec<_> = self.0.read().lists.clone();
        let mut problem = None;
        for (shelf, mut list) in lists {
            let refreshed = match shelf.runs().await {
                Ok(runs) => list.refresh(&runs, SHOWN).await,
                Err(error) => Err(error),
            };
            match refreshed {
                Ok(()) => {
                    let mut known = self.0.write();
                    let own = known.lists.iter_mut().find(|(own, _)| own.url == shelf.url);
                    if let Some((_, own)) = own {
                        *own = list;
                    }
                }
                Err(error) => {
                    let why = error_chain(&error);
                    tracing::warn!(error = why, "could not read what has run");
                    problem = Some(why);
                }
            }
        }
        let mut known = self.0.write();
        if problem.is_none() || known.read_at.is_none() {
            known.read_at = problem.is_none().then(Timestamp::now).or(known.read_at);
        }
        known.problem = problem;
    }

    /// When the stores were last read, and why they could not be since.
    pub(crate) fn freshness(&self) -> (Option<Timestamp>, Option<String>) {
        let known = self.0.read();
        (known.read_at, known.problem.clone())
    }

    /// Every workflow.
    pub(crate) fn workflows(&self) -> Vec<ListedWorkflow> {
        let known = self.0.read();
        known.lists.iter().flat_map(|(_, list)| list.workflows().cloned()).collect()
    }

    /// One of them.
    pub(crate) fn workflow(&self, workflow_id: &str) -> Option<ListedWorkflow> {
        let known = self.0.read();
        known.lists.iter().find_map(|(_, list)| list.workflow(workflow_id).cloned())
    }

    /// The stores in which a workflow may be: the one that is known to know it, or all.
    pub(crate) fn shelves_of(&self, workflow_id: &str) -> Vec<Shelf> {
        let known = self.0.read();
        let own = known.lists.iter().find(|(_, list)| list.workflow(workflow_id).is_some());
        match own {
            Some((own, _)) => vec![own.clone()],
            None => known.lists.iter().map(|(shelf, _)| shelf.clone()).collect(),
        }
    }

    /// All stores.
    pub(crate) fn shelves(&self) -> Vec<Shelf> {
        self.0.read().lists.iter().map(|(shelf, _)| shelf.clone()).collect()
    }
}
