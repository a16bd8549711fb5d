//! `apply`: applies a saved plan.

use hrflow_connectors::{Environment, OnOutdated, Run, SavedPlan, Settings};

use crate::arguments::ApplyArguments;
use crate::commands::refusal::Refusal;
use crate::commands::run::{Printing, carry_out, checked};
use crate::display::Display;
use crate::exit::Exit;
use crate::surroundings;

pub(crate) async fn apply(arguments: ApplyArguments, display: Display) -> Exit {
    let applied = applied(&arguments, &surroundings::environment());
    let on_outdated = if arguments.skip_changed { OnOutdated::Skip } else { OnOutdated::Stop };
    let recorded = arguments.recorded;
    let printing = Printing { format: recorded.output, items: recorded.items, display };
    match applied {
        Ok((run, plan)) => carry_out(run, printing, |run| run.apply(plan, on_outdated)).await,
        Err(refusal) => refusal.print(printing.format),
    }
}

fn applied(
    arguments: &ApplyArguments,
    environment: &Environment,
) -> Result<(Run, SavedPlan), Refusal> {
    let path = arguments.plan.display();
    let text = std::fs::read(&arguments.plan)
        .map_err(|error| Refusal::because(format!("could not read `{path}`: {error}")))?;
    let saved: SavedPlan = serde_json::from_slice(&text)
        .map_err(|error| Refusal::because(format!("`{path}` is not a plan file: {error}")))?;
    if !saved.is_known() {
        let why = format!("`{path}` is a plan of an unsupported version");
        return Err(Refusal::because(why));
    }
    let settings = Settings::of_plan(&saved, environment)?;
    Ok((checked(arguments.recorded.over(settings), environment)?, saved))
}
