//! What must hold whatever happens.

use std::collections::{BTreeMap, BTreeSet};

use hrflow_connectors::{Outcome, RunState};
use store::{Known, Store};

use crate::play::{Ended, Play, print_of};
use crate::process::Process;
use crate::schedule::{BOARD, Deed, Verdict};
use crate::trace::check_for_secrets;

/// What there was when a run began.
#[derive(Clone, Debug)]
pub(crate) struct Before {
    pub(crate) version: u64,
    pub(crate) delivered: BTreeMap<String, Known>,
}

/// Every item that was read ended, and none twice.
pub(crate) fn each_item_ended_once(play: &Play, ended: &Ended) {
    let told = &ended.told;
    // A mirror also tells of jobs that it took out of use, which were not read.
    assert_eq!(told.endings() + told.unsent, told.read + told.retired, "{told:?}");
    if play.schedule.deed != Deed::Sync {
        assert_eq!(told.retired, 0, "nothing was to be archived: {told:?}");
    }
    assert_eq!(told.nameless, 0);
    let most = if play.schedule.deed == Deed::Sync { 2 } else { 1 };
    for (reference, (times, _)) in &told.ended {
        assert!(*times <= most, "{reference} ended {times} times");
    }
}

/// Whatever was listed all the time is among what a complete reading read.
pub(crate) fn what_was_listed_was_read(play: &Play, ended: &Ended) {
    if ended.result.complete {
        for reference in play.land.steady() {
            let told = &ended.told;
            let is_read = told.ended.contains_key(&reference) || told.not_sent.contains(&reference);
            assert!(is_read, "{reference} was not read");
        }
    }
}

/// No lease is left that a next process would have to wait for.
pub(crate) async fn leases_are_given_back(play: &Play, result: &str) {
    for name in play.store.list("").await.unwrap() {
        if name.ends_with("/lease") {
            let lease = play.store.get(&name).await.unwrap().unwrap();
            let lease = String::from_utf8_lossy(&lease.bytes).into_owned();
            assert!(lease.contains("1970-01-01"), "{name} is held after {result}: {lease}");
        }
    }
}

/// Whoever reads the journal finds what the result says, each item once.
pub(crate) async fn the_journal_says_the_same(play: &Play, ended: &Ended, process: &Process) {
    let Ended { result, told } = ended;
    let runs = play.runs().await;
    let Some(run) = runs.find(result.run_id.as_str()).await.unwrap() else {
        assert!(told.read == 0, "there is no record of {result:?}");
        return;
    };
    let mut reports = Vec::new();
    runs.items(&result.run_id, |report| reports.push(report)).await.unwrap();
    assert_eq!(runs.check_journal(&result.run_id).await.unwrap(), Ok(()));
    let intents = format!("journals/{}/intents/", result.run_id);
    let open = play.store.list(&intents).await.unwrap();
    if run.record.state == RunState::Ended && told.not_saved == 0 {
        assert_eq!(reports.len() as u64, told.endings(), "the journal tells of others: {told:?}");
        let mut counts = BTreeMap::<String, u64>::new();
        for report in &reports {
            *counts.entry(report.outcome.clone()).or_default() += 1;
        }
        for (outcome, count) in result.outcomes.iter().filter(|(o, _)| *o != Outcome::Failed) {
            let found = counts.get(outcome.name()).copied().unwrap_or_default();
            assert_eq!(found, count, "{outcome} in the journal");
        }
        assert!(open.is_empty(), "a run that has ended leaves {open:?}");
    } else if process.seen.lock().unwrap().store_failures == 0 {
        // Where the journal could not be read again, it may well tell of more.
        assert!(reports.len() as u64 <= told.endings(), "the journal tells of more");
    }
}

/// The result of a run is the same whether its process died in between or not.
pub(crate) fn counts_are_those_of_one_run(
    play: &Play,
    ended: &Ended,
    before: &Before,
    store_failed: bool,
) {
    let Ended { result, told } = ended;
    if !result.complete
        || store_failed
        || told.unsent > 0
        || result.outcomes.count(Outcome::Failed) > 0
    {
        return;
    }
    let listed = play.land.listed();
    let is_delivered = |id: &&String| {
        let delivered = before.delivered.get(id.as_str());
        play.schedule.incremental
            && delivered.is_some_and(|known| {
                *known == Known::As(print_of(&play.land.world.offer(id).unwrap()))
            })
    };
    let (unchanged, looked_at): (Vec<_>, Vec<_>) = listed.iter().partition(is_delivered);
    let of = |verdict| {
        looked_at.iter().filter(|id| play.schedule.taste.of(id) == verdict).count() as u64
    };
    let expected =
        (listed.len() as u64, of(Verdict::Discards), of(Verdict::Refuses), of(Verdict::Spoils));
    let found = (told.read, told.discarded, told.logics_failed, told.formats_failed);
    assert_eq!(found, expected, "read, discarded, refused, spoilt");
    let held: BTreeSet<_> = play.land.world.references(BOARD).into_iter().collect();
    let kept = || looked_at.iter().filter(|id| play.schedule.taste.of(id) == Verdict::Keeps);
    let absent = kept().filter(|id| !held.contains(id.as_str())).count() as u64;
    let kept = kept().count() as u64;
    let unchanged = unchanged.len() as u64;
    let done: u64 = told.outcomes.values().sum();
    match play.schedule.deed {
        Deed::Archive | Deed::Update => {
            assert_eq!(told.count(Outcome::Missing), absent, "missing");
            assert_eq!(done, kept + unchanged, "all outcomes");
        }
        Deed::Create => assert_eq!(done, kept + unchanged, "all outcomes"),
        Deed::Sync => assert!(done >= kept + unchanged, "{done} outcomes of {kept}"),
    }
}

/// Only jobs of offers that were read, or that a mirror owns and the search lists no more.
pub(crate) fn only_what_should_be_was_archived(
    play: &Play,
    process: &Process,
    owned: &BTreeMap<String, Known>,
) {
    let asked = process.seen.lock().unwrap().to_archive.clone();
    let ever = play.land.ever();
    let steady = play.land.steady();
    for reference in asked {
        match play.schedule.deed {
            Deed::Archive => {
                assert!(ever.contains(&reference), "{reference} was never listed");
                let verdict = play.schedule.taste.of(&reference);
                assert_eq!(verdict, Verdict::Keeps, "{reference} was to be left alone");
            }
            Deed::Create | Deed::Update => unreachable!("{reference} was to be archived"),
            Deed::Sync => {
                assert!(!steady.contains(&reference), "{reference} is listed");
                let is_own = owned.contains_key(&reference)
                    || play.schedule.taste.of(&reference) == Verdict::Keeps;
                assert!(is_own, "{reference} is not the workflow's own");
            }
        }
    }
}

/// What is remembered as delivered, the board has acknowledged.
pub(crate) async fn memory_is_not_ahead(play: &Play) {
    let world = &play.land.world;
    let archived = world.archived(BOARD);
    let written = world.written(BOARD);
    for (reference, known) in play.delivered().await {
        let is_held = written.contains_key(&reference);
        let is_archived = archived.contains_key(&reference);
        let is_written = written.get(&reference).is_some_and(|times| *times > 0);
        // What was about to be sent is remembered too, as of unknown fate.
        let is_true = match play.schedule.deed {
            _ if known == Known::InDoubt => true,
            Deed::Archive => is_archived,
            Deed::Create => is_held,
            Deed::Update => is_written,
            Deed::Sync => is_written && !is_archived,
        };
        assert!(is_true, "{reference} is remembered as delivered, and is not");
    }
}

/// After runs that fared well nothing is missing and nothing is too much.
pub(crate) fn a_good_end(play: &Play, ended: &Ended) {
    let result = &ended.result;
    assert!(result.complete, "a calm world is read whole: {result:?}");
    assert_eq!(result.events.write_failure + result.events.read_failure, 0, "{result:?}");
    let world = &play.land.world;
    let kept: BTreeSet<_> = play
        .land
        .listed()
        .into_iter()
        .filter(|id| play.schedule.taste.of(id) == Verdict::Keeps)
        .collect();
    let held: BTreeSet<_> = world.references(BOARD).into_iter().collect();
    let archived = world.archived(BOARD);
    for id in &kept {
        let job = world.job(BOARD, id);
        let is_as_the_offer = || {
            let offer = world.offer(id).unwrap();
            job.as_ref().is_some_and(|job| job["name"] == offer["intitule"])
        };
        match play.schedule.deed {
            Deed::Archive => {
                assert!(!held.contains(id) || archived.contains_key(id), "{id} is not archived");
            }
            Deed::Create => assert!(held.contains(id), "{id} has no job"),
            Deed::Update => {
                assert!(!held.contains(id) || is_as_the_offer(), "{id} is not up to date");
            }
            Deed::Sync => {
                assert!(held.contains(id) && !archived.contains_key(id), "{id} has no live job");
                assert!(is_as_the_offer(), "{id} is not up to date");
            }
        }
    }
    match play.schedule.deed {
        Deed::Create => {
            for (id, times) in world.written(BOARD) {
                assert!(times <= 1, "{id} was written {times} times");
            }
        }
        Deed::Sync => check_nothing_too_much(play, &kept),
        Deed::Archive | Deed::Update => {}
    }
}

/// What lives on the board is listed, or was there before the workflow and never its own.
fn check_nothing_too_much(play: &Play, kept: &BTreeSet<String>) {
    let written = play.land.world.written(BOARD);
    for id in play.land.live_jobs() {
        let was_written = written.get(&id).is_some_and(|times| *times > 0);
        assert!(kept.contains(&id) || !was_written, "{id} lives on the board, listed no more");
    }
}

/// Where nothing has changed, a run that remembers changes nothing.
pub(crate) fn nothing_more_to_do(play: &Play, ended: &Ended, process: &Process) {
    a_good_end(play, ended);
    if play.schedule.incremental {
        let writes = process.seen.lock().unwrap().writes;
        // A job that the board does not have is asked for each time: it may come.
        let missing = match play.schedule.deed {
            Deed::Archive | Deed::Update => ended.told.count(Outcome::Missing),
            Deed::Create | Deed::Sync => 0,
        };
        assert!(
            writes == 0 || missing > 0,
            "{writes} writes where nothing had changed: {:?}",
            ended.result
        );
    }
}

pub(crate) async fn no_secret_is_in(store: &dyn Store) {
    for name in store.list("").await.unwrap() {
        let blob = store.get(&name).await.unwrap().unwrap();
        check_for_secrets(&String::from_utf8_lossy(&blob.bytes), &name);
    }
}
