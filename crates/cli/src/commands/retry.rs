//! `retry`: sends again what failed in a run.

use hrflow_connectors::{Environment, Plan, SettingKey, Settings, error_chain};

use crate::arguments::{RetryArguments, dry_run};
use crate::commands::run::{Printing, carry_out, planned, refused};
use crate::commands::runs::{find, open};
use crate::exit::Exit;
use crate::surroundings;

pub(crate) async fn retry(arguments: RetryArguments) -> Exit {
    let environment = surroundings::environment();
    match retried(&arguments, &environment).await {
        Ok(plan) => {
            let recorded = arguments.recorded;
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

async fn retried(arguments: &RetryArguments, environment: &Environment) -> Result<Plan, Exit> {
    let RetryArguments { run, dry_run: is_dry, recorded } = arguments;
    let runs = open(recorded.store(), environment).await?;
    let run = find(&runs, run).await?;
    let run_id = run.record.run_id.clone();
    if run.is_unfinished() {
        let message =
            format!("run {run_id} is not done\n  hint: `resume {run_id}` goes on with it");
        return Err(refused(&message));
    }
    let letters = runs.letters(&run_id).await.map_err(|error| refused(&error_chain(&error)))?;
    let mut settings = Settings::of_run(&run.record, environment)
        .map_err(|problem| refused(&problem.to_string()))?;
    // That run has reset what was delivered; what has failed since is sent once more.
    settings.take(SettingKey::BeginAnew);
    let settings = dry_run(recorded.over(settings), *is_dry);
    let mut plan = planned(settings, environment, recorded.output)?;
    plan.send_again(run_id, letters);
    Ok(plan)
}
