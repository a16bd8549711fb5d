//! `apply`: applies a saved plan.

use std::path::Path;

use hrflow_connectors::{Environment, OnOutdated, Run, SavedPlan, Settings};
use jiff::{SignedDuration, Timestamp};

use crate::arguments::ApplyArguments;
use crate::commands::fleet;
use crate::commands::refusal::Refusal;
use crate::commands::run::{Printing, carry_out, checked};
use crate::display::Display;
use crate::exit::Exit;
use crate::units::duration;
use crate::{confirm, output, surroundings};

pub(crate) async fn apply(arguments: ApplyArguments, display: Display) -> Exit {
    if arguments.plan.is_dir() {
        return fleet::apply(arguments, display).await;
    }
    let applied = applied(&arguments, &arguments.plan, &surroundings::environment());
    let is_person = confirm::is_person(arguments.yes);
    let on_outdated = if arguments.skip_changed { OnOutdated::Skip } else { OnOutdated::Stop };
    let recorded = arguments.recorded;
    let printing = Printing { format: recorded.output, items: recorded.items, display, show: 0 };
    match applied {
        Ok((run, plan))
            if is_person
                && let Some(question) = confirm::question_of_plan(&run, &plan)
                && !confirm::is_answered(&question).await =>
        {
            confirm::declined().print(printing.format)
        }
        Ok((run, plan)) => carry_out(run, printing, |run| run.apply(plan, on_outdated)).await,
        Err(refusal) => refusal.print(printing.format),
    }
}

/// A saved plan, and the run that applies it.
pub(crate) fn applied(
    arguments: &ApplyArguments,
    plan: &Path,
    environment: &Environment,
) -> Result<(Run, SavedPlan), Refusal> {
    let path = plan.display();
    let text = std::fs::read(plan)
        .map_err(|error| Refusal::because(format!("could not read `{path}`: {error}")))?;
    let saved: SavedPlan = serde_json::from_slice(&text)
        .map_err(|error| Refusal::because(format!("`{path}` is not a plan file: {error}")))?;
    if !saved.is_known() {
        let why = format!("`{path}` is a plan of an unsupported version");
        return Err(Refusal::because(why));
    }
    if let Some(most) = &arguments.max_age {
        young_enough(&saved, most)?;
    }
    let settings = Settings::of_plan(&saved, environment)?;
    if saved.steps.is_empty() {
        output::note("The plan has no steps.");
    }
    Ok((checked(arguments.recorded.over(settings), environment)?, saved))
}

/// Refuses a plan that was made too long ago.
fn young_enough(plan: &SavedPlan, most: &str) -> Result<(), Refusal> {
    let most: SignedDuration = most.parse().map_err(|_| {
        Refusal::because(format!("`--max-age`: `{most}` is not a duration"))
            .with_hint("use a duration such as `30m`, `2h` or `1d`")
    })?;
    let age = Timestamp::now().duration_since(plan.made_at);
    if age <= most {
        return Ok(());
    }
    let age = duration(u64::try_from(age.as_millis()).unwrap_or_default());
    let why = format!("the plan was made {age} ago, longer than `--max-age` allows");
    Err(Refusal::because(why).with_hint("make a new plan with `plan --out`"))
}
