//! `resume`: goes on with a run that was broken off or stopped.

use hrflow_connectors::{Environment, ListedRun, Plan, RunKind, Runs, Settings, error_chain};
use serde_json::Value;

use crate::arguments::{OutputFormat, RecordedArguments, ResumeArguments};
use crate::commands::run::{Printing, carry_out, planned, refused};
use crate::commands::runs::{find, open};
use crate::exit::Exit;
use crate::{output, surroundings};

pub(crate) async fn resume(arguments: ResumeArguments) -> Exit {
    let ResumeArguments { run, recorded } = arguments;
    let environment = surroundings::environment();
    match resumed(run.as_deref(), &recorded, &environment).await {
        Ok(plan) => {
            carry_out(
                plan,
                None,
                Printing { format: recorded.output, items: recorded.items },
                Plan::run,
            )
            .await
        }
        Err(exit) => exit,
    }
}

async fn resumed(
    run: Option<&str>,
    recorded: &RecordedArguments,
    environment: &Environment,
) -> Result<Plan, Exit> {
    let runs = open(recorded.store(), environment).await?;
    let run = match run {
        Some(run) => find(&runs, run).await?,
        None => newest(&runs).await?,
    };
    if !run.is_unfinished() {
        return Err(told(&run, recorded.output));
    }
    if let RunKind::Apply { .. } = run.record.kind {
        let hint = "carry out the plan again with `apply`: it goes on where it was broken off";
        return Err(refused(&format!("{} carries out a plan\n  hint: {hint}", run.record.run_id)));
    }
    let mut plan = plan_of(&run, recorded, environment)?;
    if let RunKind::Retry { of } = &run.record.kind {
        let letters = runs.letters(of).await.map_err(|error| refused(&error_chain(&error)))?;
        plan.send_again(of.clone(), letters);
    }
    plan.go_on_with(run);
    Ok(plan)
}

/// The newest run with something left to do, or else the newest.
async fn newest(runs: &Runs) -> Result<ListedRun, Exit> {
    let mut all = runs.list().await.map_err(|error| refused(&error_chain(&error)))?;
    let unfinished = all.iter().position(|run| run.is_unfinished() && !run.is_alive);
    if all.is_empty() {
        return Err(refused("the store remembers no run"));
    }
    Ok(all.swap_remove(unfinished.unwrap_or(0)))
}

/// The plan of a recorded run.
pub(crate) fn plan_of(
    run: &ListedRun,
    recorded: &RecordedArguments,
    environment: &Environment,
) -> Result<Plan, Exit> {
    let settings = Settings::of_run(&run.record, environment)
        .map_err(|problem| refused(&problem.to_string()))?;
    planned(recorded.over(settings), environment, recorded.output)
}

/// A run with nothing left to do: its result is printed once more.
fn told(run: &ListedRun, format: OutputFormat) -> Exit {
    let run_id = &run.record.run_id;
    output::note(&format!("Run {run_id} has {}: there is nothing to go on with.", run.state()));
    let result = run.record.result.as_ref().unwrap_or(&Value::Null);
    if format == OutputFormat::Json {
        output::data(&result.to_string());
    }
    Exit::of_recorded(result)
}
