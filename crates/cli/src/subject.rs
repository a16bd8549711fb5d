//! What a summary must know of a run beside its result: what it is about, and where.

use hrflow_connectors::{
    Environment, Grace, Outcome, Persist, Run, StateStore, StoreUrl, store_url,
};

/// What a run is about, kept for when it has ended.
pub(crate) struct Subject {
    pub(crate) persist: Persist,
    /// What would happen to an item that a dry run did not write.
    pub(crate) would_be: &'static str,
    /// Whether jobs may be archived that a dry run does not look for.
    pub(crate) is_mirror: bool,
    /// How long an offer must be missing, where the run archives what is missing.
    pub(crate) grace: Option<Grace>,
    /// The board that it writes to.
    pub(crate) board: Option<String>,
    /// Where its state is kept.
    pub(crate) store: Option<StoreUrl>,
    /// The flags by which another command finds its store.
    store_flag: String,
}

impl Subject {
    pub(crate) fn of(run: &Run, environment: &Environment) -> Self {
        let store = match run.state_store() {
            Some(StateStore::At { url, .. }) => Some(url.clone()),
            Some(StateStore::Opened(_)) | None => None,
        };
        let is_usual =
            |url: &StoreUrl| store_url(None, environment).is_ok_and(|usual| usual == *url);
        let store_flag = store.as_ref().filter(|url| !is_usual(url));
        Self {
            persist: run.persist(),
            would_be: would_be(run),
            is_mirror: run.is_mirror(),
            grace: run.grace(),
            board: run.target_parameters()["board_key"].as_str().map(str::to_owned),
            store_flag: store_flag.map(|url| format!(" --store {url}")).unwrap_or_default(),
            store,
        }
    }

    /// A command on this run; none where the run has left nothing that another process could find.
    pub(crate) fn command(&self, words: &str) -> Option<String> {
        let is_kept = self.store.as_ref().is_some_and(|url| *url != StoreUrl::Memory);
        is_kept.then(|| format!("hrflow-connectors {words}{}", self.store_flag))
    }
}

fn would_be(run: &Run) -> &'static str {
    let can = |outcome| run.outcomes().contains(&outcome);
    match (can(Outcome::Created), can(Outcome::Updated)) {
        (true, true) => "would be created or updated",
        (true, false) => "would be created",
        (false, true) => "would be updated",
        (false, false) => "would be archived",
    }
}
