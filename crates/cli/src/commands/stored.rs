//! The runs of a store, and the one that a person means.

use std::error::Error;

use hrflow_connectors::{
    Environment, Given, ListedRun, RunId, Runs, StateStore, StoreUrl, error_chain, store_url,
};

use crate::commands::refusal::Refusal;

/// What stands for the newest run in place of an id.
const LATEST: &str = "latest";
/// How many runs are named where several are meant.
const NAMED: usize = 5;
/// How much of the end of an id is shown, unless two runs share it. The start of an id is a time,
/// which runs of the same minute share.
const SHORT: usize = 8;

/// The address of the store that a flag or the environment names.
pub(crate) fn address(
    given: Option<&Given>,
    environment: &Environment,
) -> Result<StoreUrl, Refusal> {
    Ok(store_url(given, environment)?)
}

/// The runs of the store that a flag or the environment names.
pub(crate) async fn open(given: Option<Given>, environment: &Environment) -> Result<Runs, Refusal> {
    let state = only_read(at(given.as_ref(), environment)?);
    Runs::open(&state).await.map_err(unreadable)
}

/// The store that a flag or the environment names.
pub(crate) fn at(given: Option<&Given>, environment: &Environment) -> Result<StateStore, Refusal> {
    let url = address(given, environment)?;
    let is_default = given.is_none() && environment.get("HRFLOW_CONNECTORS_STORE_URL").is_none();
    Ok(StateStore::At { url, is_default, variables: environment.pairs() })
}

/// A store to look at: none is made where there is none.
pub(crate) fn only_read(state: StateStore) -> StateStore {
    match state {
        StateStore::At { url: StoreUrl::Sqlite(path) | StoreUrl::File(path), .. }
            if !path.exists() =>
        {
            StateStore::at(StoreUrl::Memory)
        }
        state => state,
    }
}

/// The store cannot be read.
pub(crate) fn unreadable(error: impl Error + 'static) -> Refusal {
    Refusal::because(error_chain(&error))
}

/// A run by its id, by a part of it that no other has, or as the newest one.
pub(crate) async fn find(runs: &Runs, id: &str) -> Result<ListedRun, Refusal> {
    if id == LATEST {
        let newest = runs.list().await.map_err(unreadable)?.into_iter().next();
        return newest.ok_or_else(|| Refusal::because("no runs in the store"));
    }
    if let Some(run) = runs.find(id).await.map_err(unreadable)? {
        return Ok(run);
    }
    let all = runs.list().await.map_err(unreadable)?;
    let ids: Vec<_> = all.iter().map(|run| &run.record.run_id).collect();
    Err(none_or_several(id, &ids))
}

/// Why no run was found by a part of its id.
fn none_or_several(id: &str, ids: &[&RunId]) -> Refusal {
    let is_meant = |own: &&str| !id.is_empty() && (own.starts_with(id) || own.ends_with(id));
    let meant: Vec<_> = ids.iter().map(|own| own.as_str()).filter(is_meant).collect();
    if meant.is_empty() {
        let hint = "`hrflow-connectors runs` lists the runs";
        return Refusal::because(format!("no run matches `{id}`")).with_hint(hint);
    }
    let length = short_length(ids);
    let shown: Vec<_> =
        meant.iter().take(NAMED).map(|id| format!("`{}`", tail(id, length))).collect();
    let more = if meant.len() > NAMED { ", …" } else { "" };
    Refusal::because(format!("`{id}` matches {} runs", meant.len()))
        .with_hint(format!("use the end of one of their ids: {}{more}", shown.join(", ")))
}

/// How much of the end of an id tells each run from all others.
pub(crate) fn short_length(ids: &[&RunId]) -> usize {
    let is_unique = |length: &usize| {
        let mut tails: Vec<_> = ids.iter().map(|id| tail(id.as_str(), *length)).collect();
        tails.sort_unstable();
        tails.windows(2).all(|pair| pair[0] != pair[1])
    };
    [SHORT, SHORT + 4].into_iter().find(is_unique).unwrap_or(usize::MAX)
}

/// The end of an id.
pub(crate) fn tail(id: &str, length: usize) -> &str {
    id.get(id.len().saturating_sub(length)..).unwrap_or(id)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ids(texts: &[&str]) -> Vec<RunId> {
        texts.iter().map(|text| RunId::from(*text)).collect()
    }

    #[test]
    fn short_ids_are_as_long_as_it_takes() {
        let near = ids(&["01a2-aaaa11112222", "01a2-aaaa33332222"]);
        let near: Vec<_> = near.iter().collect();
        assert_eq!(short_length(&near), 8);
        let nearer = ids(&["01a2-bbbb11112222", "01a2-aaaa11112222"]);
        assert_eq!(short_length(&nearer.iter().collect::<Vec<_>>()), 12);
    }

    #[test]
    fn an_ambiguous_id_names_the_runs_that_it_matches() {
        let several = ids(&["01a2-aaaa11112222", "01a2-aaaa33334444", "01b2-aaaa55556666"]);
        let several: Vec<_> = several.iter().collect();
        let refusal = none_or_several("01a2", &several);
        let Refusal::Message { message, hint } = refusal else { panic!("{refusal:?}") };
        assert_eq!(message, "`01a2` matches 2 runs");
        let expected = "use the end of one of their ids: `11112222`, `33334444`";
        assert_eq!(hint.as_deref(), Some(expected));
        let Refusal::Message { message, .. } = none_or_several("", &several) else { return };
        assert_eq!(message, "no run matches ``");
    }
}
