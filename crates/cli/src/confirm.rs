//! A word of a person before something is done that is hard to take back. Scripts are never asked.

use std::io::{IsTerminal, stderr, stdin};

use hrflow_connectors::{Outcome, Persist, Run, Runs, SavedPlan};

use crate::commands::refusal::Refusal;
use crate::output;
use crate::printable::line;
use crate::units::grouped;

/// So many new jobs are worth a word.
const MANY: u64 = 100;

/// Whether somebody is there to be asked, who has not answered with `--yes`.
pub(crate) fn is_person(says_yes: bool) -> bool {
    !says_yes && stdin().is_terminal() && stderr().is_terminal()
}

/// What to ask before a run; none where it does no harm that matters.
pub(crate) async fn question_of_run(run: &Run) -> Option<String> {
    if run.persist() == Persist::DryRun {
        return None;
    }
    let can = |outcome| run.outcomes().contains(&outcome);
    if !can(Outcome::Created) && can(Outcome::Archived) && !run.is_mirror() {
        // What cannot be counted now fails in the run, with its reason.
        let offers = match run.count().await {
            Ok(Some(count)) => format!("{} offers", grouped(count)),
            Ok(None) | Err(_) => "all offers".to_owned(),
        };
        return Some(format!("This archives the jobs of {offers} that are open.{}", on_board(run)));
    }
    let is_new = can(Outcome::Created) && !has_run_before(run).await;
    let count = if is_new { run.count().await.ok().flatten() } else { None };
    count
        .filter(|count| *count >= MANY)
        .map(|count| format!("This creates up to {} jobs.{}", grouped(count), on_board(run)))
}

/// What to ask before a plan is applied.
pub(crate) fn question_of_plan(run: &Run, plan: &SavedPlan) -> Option<String> {
    let count = |outcome: Outcome| {
        plan.steps.iter().filter(|step| step.outcome == outcome.name()).count() as u64
    };
    let (created, archived) = (count(Outcome::Created), count(Outcome::Archived));
    if created < MANY && archived == 0 {
        return None;
    }
    let parts =
        [("creates", created), ("updates", count(Outcome::Updated)), ("archives", archived)];
    let parts = parts.into_iter().filter(|(_, count)| *count > 0);
    let parts: Vec<_> = parts.map(|(verb, count)| format!("{verb} {}", grouped(count))).collect();
    Some(format!("This plan {} jobs.{}", parts.join(", "), on_board(run)))
}

fn on_board(run: &Run) -> String {
    match run.target_parameters()["board_key"].as_str() {
        Some(key) => format!("\n  board  {}", line(key)),
        None => String::new(),
    }
}

/// Whether the store knows a run of the workflow.
async fn has_run_before(run: &Run) -> bool {
    let Some(state) = run.state_store() else { return false };
    let Ok(runs) = Runs::open(state).await else { return false };
    let Ok(all) = runs.list().await else { return false };
    all.iter().any(|known| known.record.workflow_id == run.workflow_id())
}

/// Asks, and waits for the answer. Only a clear yes is one.
pub(crate) async fn is_answered(question: &str) -> bool {
    let answer = answer(&format!("{question}\nContinue? [y/N]")).await;
    answer.is_some_and(|answer| matches!(answer.to_lowercase().as_str(), "y" | "yes"))
}

/// Asks, and waits for a line; none where there is none.
pub(crate) async fn answer(question: &str) -> Option<String> {
    output::prompt(question);
    let answer = tokio::task::spawn_blocking(|| {
        let mut answer = String::new();
        stdin().read_line(&mut answer).map(|_| answer)
    });
    let answer = answer.await.ok()?.ok()?;
    Some(answer.trim().to_owned())
}

/// What is said where the answer was no.
pub(crate) fn declined() -> Refusal {
    Refusal::because("not confirmed; nothing was sent").with_hint("`--yes` confirms beforehand")
}
