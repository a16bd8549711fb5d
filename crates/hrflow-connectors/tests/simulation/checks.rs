//! What must hold whatever happens.

use std::collections::{BTreeMap, BTreeSet};

use hrflow_connectors::{Outcome, RunResult, RunState};
use store::{Known, Store};

use crate::play::{Ended, creates, print_of};
use crate::process::Process;
use crate::schedule::{Action, BOARD, Command, FilterResult, Schedule, Workflow};
use crate::site::Site;
use crate::trace::check_for_secrets;

/// What there was when a run began.
#[derive(Clone, Debug)]
pub(crate) struct Before {
    pub(crate) version: u64,
    pub(crate) delivered: BTreeMap<String, Known>,
}

/// Every item that was read ended, and none twice.
pub(crate) fn each_item_ended_once(workflow: &Workflow, command: Command, ended: &Ended) {
    let told = &ended.told;
    // A mirror also tells of jobs that it took out of use, which were not read.
    let arrived = told.read + told.unreadable;
    assert_eq!(told.endings() + told.unsent, arrived + told.retired, "{told:?}");
    if !workflow.action.is_mirror() {
        assert_eq!(told.retired, 0, "nothing was to be archived: {told:?}");
    }
    assert_eq!(told.nameless, 0);
    // What is read and then archived by the same run ended twice; a plan has each but once.
    let is_read_again = workflow.action.is_mirror() && !matches!(command, Command::Apply(_));
    let most = if is_read_again { 2 } else { 1 };
    for (reference, (times, _)) in &told.ended {
        assert!(*times <= most, "{reference} ended {times} times");
    }
}

/// Whatever was listed all the time is among what a complete reading read.
pub(crate) fn what_was_listed_was_read(site: &Site, ended: &Ended) {
    if ended.result.complete {
        for reference in site.model.steady() {
            let told = &ended.told;
            let is_read = told.ended.contains_key(&reference) || told.not_sent.contains(&reference);
            assert!(is_read, "{reference} was not read");
        }
    }
}

/// A reading that is not the whole says why.
pub(crate) fn what_is_not_whole_is_said(ended: &Ended) {
    let result = &ended.result;
    let is_said = result.message.is_some() || ended.told.readings_failed > 0;
    assert!(result.complete || is_said, "nothing says why it is not the whole: {result:?}");
}

/// No lease is left that a next process would have to wait for.
pub(crate) async fn leases_are_given_back(site: &Site, result: &RunResult) {
    for name in site.store.list("").await.unwrap() {
        if name.ends_with("/lease") {
            let lease = site.store.get(&name).await.unwrap().unwrap();
            let lease = String::from_utf8_lossy(&lease.bytes).into_owned();
            assert!(lease.contains("1970-01-01"), "{name} is held after {result:?}: {lease}");
        }
    }
}

/// Whoever reads the journal finds what the result says, each item once.
pub(crate) async fn the_journal_says_the_same(site: &Site, ended: &Ended, process: &Process) {
    let Ended { result, told } = ended;
    let runs = site.runs().await;
    let Some(run) = runs.find(result.run_id.as_str()).await.unwrap() else {
        assert!(told.read == 0, "there is no record of {result:?}");
        return;
    };
    let mut reports = Vec::new();
    runs.items(&result.run_id, |report| reports.push(report)).await.unwrap();
    assert_eq!(runs.check_journal(&result.run_id).await.unwrap(), Ok(()));
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
    } else if process.seen.lock().unwrap().store_failures == 0 {
        // Where the journal could not be read again, it may well tell of more.
        assert!(reports.len() as u64 <= told.endings(), "the journal tells of more");
    }
}

/// Whoever reads the journal of a run that another process has taken over finds each item. Both
/// may have sent one, and each has seen it end in its own way.
pub(crate) async fn the_journal_has_each_item(site: &Site, ended: &Ended) {
    let Ended { result, told } = ended;
    let mut reports = Vec::new();
    site.runs().await.items(&result.run_id, |report| reports.push(report)).await.unwrap();
    let record = site.runs().await.find(result.run_id.as_str()).await.unwrap();
    if record.is_some_and(|run| run.record.state == RunState::Ended) && told.not_saved == 0 {
        assert!(reports.len() as u64 >= told.endings(), "the journal tells of less: {told:?}");
    }
}

/// A run that has ended leaves no step of which nobody knows how it ended.
pub(crate) async fn no_step_is_open(site: &Site, ended: &Ended) {
    let Ended { result, told } = ended;
    let run = site.runs().await.find(result.run_id.as_str()).await.unwrap();
    if run.is_some_and(|run| run.record.state == RunState::Ended) && told.not_saved == 0 {
        let intents = format!("journals/{}/intents/", result.run_id);
        let open = site.store.list(&intents).await.unwrap();
        assert!(open.is_empty(), "a run that has ended leaves {open:?}");
    }
}

/// The result of a run is the same whether its process died in between or not.
pub(crate) fn counts_are_those_of_one_run(
    site: &Site,
    ended: &Ended,
    before: &Before,
    store_failed: bool,
) {
    let Ended { result, told } = ended;
    let Workflow { action, filter, incremental, .. } = site.schedule.own;
    if !result.complete
        || store_failed
        || told.unsent + told.unarchived > 0
        || told.unreadable > 0
        || result.outcomes.count(Outcome::Failed) > 0
    {
        return;
    }
    let listed = site.model.listed();
    let is_delivered = |id: &&String| {
        let delivered = before.delivered.get(id.as_str());
        incremental
            && delivered.is_some_and(|known| {
                *known == Known::As(print_of(&site.model.world.offer(id).unwrap()))
            })
    };
    let (unchanged, looked_at): (Vec<_>, Vec<_>) = listed.iter().partition(is_delivered);
    let of = |verdict| looked_at.iter().filter(|id| filter.of(id) == verdict).count() as u64;
    let expected = (
        listed.len() as u64,
        of(FilterResult::Discards),
        of(FilterResult::Refuses),
        of(FilterResult::Spoils),
    );
    let found = (told.read, told.discarded, told.logics_failed, told.formats_failed);
    assert_eq!(found, expected, "read, discarded, refused, spoilt");
    let held: BTreeSet<_> = site.model.world.references(BOARD).into_iter().collect();
    let kept = || looked_at.iter().filter(|id| filter.of(id) == FilterResult::Keeps);
    let absent = kept().filter(|id| !held.contains(id.as_str())).count() as u64;
    let kept = kept().count() as u64;
    let unchanged = unchanged.len() as u64;
    let done: u64 = told.outcomes.values().sum();
    match action {
        Action::Archive | Action::Update => {
            assert_eq!(told.count(Outcome::Missing), absent, "missing");
            assert_eq!(done, kept + unchanged, "all outcomes");
        }
        Action::Create => assert_eq!(done, kept + unchanged, "all outcomes"),
        Action::Sync | Action::Sweep => {
            assert_eq!(done, kept + unchanged + told.retired, "{told:?} of {kept}");
        }
    }
}

/// A preview has changed nothing.
pub(crate) fn nothing_was_written(process: &Process) {
    assert_eq!(process.seen.lock().unwrap().writes, 0, "a plan was to be made, and nothing done");
}

/// Only jobs of offers that were read, or that a mirror owns and the search lists no more.
pub(crate) fn only_what_should_be_was_archived(
    site: &Site,
    workflow: &Workflow,
    process: &Process,
    owned: &BTreeMap<String, Known>,
) {
    let asked = process.seen.lock().unwrap().to_archive.clone();
    let ever = site.model.ever();
    let steady = site.model.steady();
    for reference in asked {
        let verdict = workflow.filter.of(&reference);
        match workflow.action {
            Action::Archive => {
                assert!(ever.contains(&reference), "{reference} was never listed");
                assert_eq!(verdict, FilterResult::Keeps, "{reference} was to be left alone");
            }
            Action::Create | Action::Update => unreachable!("{reference} was to be archived"),
            Action::Sync => {
                assert!(!steady.contains(&reference), "{reference} is listed");
                let is_own = owned.contains_key(&reference) || verdict == FilterResult::Keeps;
                assert!(is_own, "{reference} is not the workflow's own");
            }
            Action::Sweep => {
                assert!(!steady.contains(&reference), "{reference} is listed");
                assert!(ever.contains(&reference), "{reference} was never listed");
            }
        }
    }
}

/// What is remembered as delivered, the board has acknowledged.
pub(crate) async fn memory_is_not_ahead(site: &Site) {
    let Schedule { own, rival, .. } = &site.schedule;
    for workflow in std::iter::once(own).chain(rival) {
        memory_of_one_is_not_ahead(site, workflow).await;
    }
}

async fn memory_of_one_is_not_ahead(site: &Site, workflow: &Workflow) {
    let world = &site.model.world;
    let archived = world.archived(BOARD);
    let written = world.written(BOARD);
    let touched = site.model.touched();
    let has_rival = site.schedule.rival.is_some();
    for (reference, known) in site.delivered(workflow).await {
        let is_held = written.contains_key(&reference);
        let is_archived = archived.contains_key(&reference);
        let is_written = written.get(&reference).is_some_and(|times| *times > 0);
        // What was about to be sent is remembered too, as of unknown fault_plan.
        let is_true = match workflow.action {
            _ if known == Known::InDoubt || touched.contains(&reference) => true,
            Action::Archive => is_archived,
            Action::Create => is_held,
            Action::Update => is_written,
            // Another workflow archives what is gone, too.
            Action::Sync => is_written && (!is_archived || has_rival),
            Action::Sweep => true,
        };
        assert!(is_true, "{reference} is remembered as delivered, and is not");
    }
}

/// After runs that fared well nothing is missing and nothing is too much.
pub(crate) fn converges(site: &Site, workflow: &Workflow, ended: &Ended) {
    let result = &ended.result;
    assert!(result.complete, "a calm world is read whole: {result:?}");
    assert_eq!(result.events.write_failure + result.events.read_failure, 0, "{result:?}");
    let listed = site.model.listed();
    let kept_by = |workflow: &Workflow| -> BTreeSet<String> {
        let is_kept = |id: &&String| workflow.filter.of(id) == FilterResult::Keeps;
        listed.iter().filter(is_kept).cloned().collect()
    };
    check_each_kept(site, workflow, &kept_by(workflow));
    match workflow.action {
        Action::Create => {
            for (id, times) in site.model.world.written(BOARD) {
                assert!(times <= 1, "{id} was written {times} times");
            }
        }
        Action::Sync => {
            let Schedule { own, rival, .. } = &site.schedule;
            let by_others = std::iter::once(own).chain(rival).filter(|other| creates(other.action));
            check_nothing_too_much(site, &by_others.flat_map(kept_by).collect());
        }
        Action::Sweep => check_nothing_too_much(site, &listed),
        Action::Archive | Action::Update => {}
    }
}

/// The board has each offer that the workflow keeps as it should have it.
fn check_each_kept(site: &Site, workflow: &Workflow, kept: &BTreeSet<String>) {
    let world = &site.model.world;
    let held: BTreeSet<_> = world.references(BOARD).into_iter().collect();
    let archived = world.archived(BOARD);
    let touched = site.model.touched();
    let is_shared = site.schedule.rival.is_some_and(|rival| rival.action == Action::Sync);
    for id in kept {
        let job = world.job(BOARD, id);
        let is_as_the_offer = || {
            let offer = world.offer(id).unwrap();
            job.as_ref().is_some_and(|job| job["name"] == offer["intitule"])
        };
        match workflow.action {
            Action::Archive => {
                assert!(!held.contains(id) || archived.contains_key(id), "{id} is not archived");
            }
            Action::Create => assert!(held.contains(id), "{id} has no job"),
            Action::Update => {
                assert!(!held.contains(id) || is_as_the_offer(), "{id} is not up to date");
            }
            Action::Sync => {
                assert!(held.contains(id) && !archived.contains_key(id), "{id} has no live job");
                // What another mirror writes too may differ from what this one has written.
                let is_edited_for_good = is_shared && touched.contains(id);
                assert!(is_as_the_offer() || is_edited_for_good, "{id} is not up to date");
            }
            Action::Sweep => {}
        }
    }
}

/// What lives on the board is listed, or was there before the workflow and never its own.
fn check_nothing_too_much(site: &Site, kept: &BTreeSet<String>) {
    let written = site.model.world.written(BOARD);
    for id in site.model.live_jobs() {
        let was_written = written.get(&id).is_some_and(|times| *times > 0);
        assert!(kept.contains(&id) || !was_written, "{id} lives on the board, listed no more");
    }
}

/// Where nothing has changed, a run that remembers changes nothing.
pub(crate) fn nothing_more_to_do(workflow: &Workflow, ended: &Ended, process: &Process) {
    if workflow.incremental {
        let writes = process.seen.lock().unwrap().writes;
        // A job that the board does not have is asked for each time: it may come.
        let missing = match workflow.action {
            Action::Archive | Action::Update => ended.told.count(Outcome::Missing),
            Action::Create | Action::Sync | Action::Sweep => 0,
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
