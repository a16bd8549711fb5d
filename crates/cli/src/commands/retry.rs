//! `retry`: retries the failed items of a run.

use hrflow_connectors::{DeadLetter, Environment, Run, RunId, Settings, error_chain};

use crate::arguments::{RetryArguments, dry_run};
use crate::commands::refusal::Refusal;
use crate::commands::run::{Printing, carry_out, checked};
use crate::commands::stored::{find, open};
use crate::display::Display;
use crate::exit::Exit;
use crate::surroundings;

pub(crate) async fn retry(arguments: RetryArguments, display: Display) -> Exit {
    let retried = retried(&arguments, &surroundings::environment()).await;
    let recorded = arguments.recorded;
    let printing = Printing { format: recorded.output, items: recorded.items, display, show: 0 };
    match retried {
        Ok((run, of, letters)) => carry_out(run, printing, |run| run.retry(of, letters)).await,
        Err(refusal) => refusal.print(printing.format),
    }
}

async fn retried(
    arguments: &RetryArguments,
    environment: &Environment,
) -> Result<(Run, RunId, Vec<DeadLetter>), Refusal> {
    let RetryArguments { run, dry_run: is_dry, recorded } = arguments;
    let runs = open(recorded.store(), environment).await?;
    let run = find(&runs, run).await?;
    let run_id = run.record.run_id.clone();
    if run.is_unfinished() {
        let hint = format!("`hrflow-connectors resume {run_id}` continues it");
        return Err(Refusal::because(format!("run {run_id} has not ended")).with_hint(hint));
    }
    let letters = runs.dead_letters(&run_id).await;
    let letters = letters.map_err(|error| Refusal::because(error_chain(&error)))?;
    let settings = Settings::of_retry(&run.record, environment)?;
    let run = checked(dry_run(recorded.over(settings), *is_dry), environment)?;
    Ok((run, run_id, letters))
}
