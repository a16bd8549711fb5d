//! `apply`: does just what a saved plan says.

use hrflow_connectors::{Environment, Plan, SavedPlan, Settings};

use crate::arguments::ApplyArguments;
use crate::commands::run::{Printing, carry_out, planned, refused};
use crate::exit::Exit;
use crate::surroundings;

pub(crate) async fn apply(arguments: ApplyArguments) -> Exit {
    let (plan, saved) = match applied(&arguments, &surroundings::environment()) {
        Ok(applied) => applied,
        Err(exit) => return exit,
    };
    let recorded = arguments.recorded;
    let printing = Printing { format: recorded.output, items: recorded.items };
    carry_out(plan, None, printing, |plan| plan.apply(saved)).await
}

fn applied(
    arguments: &ApplyArguments,
    environment: &Environment,
) -> Result<(Plan, SavedPlan), Exit> {
    let path = arguments.plan.display();
    let text = std::fs::read(&arguments.plan)
        .map_err(|error| refused(&format!("could not read `{path}`: {error}")))?;
    let saved: SavedPlan = serde_json::from_slice(&text)
        .map_err(|error| refused(&format!("`{path}` is no saved plan: {error}")))?;
    if !saved.is_known() {
        return Err(refused(&format!("`{path}` is of a form that this program does not know")));
    }
    let settings =
        Settings::of_plan(&saved, environment).map_err(|problem| refused(&problem.to_string()))?;
    let settings = arguments.recorded.over(settings);
    Ok((planned(settings, environment, arguments.recorded.output)?, saved))
}
