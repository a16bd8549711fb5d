//! `apply FOLDER`: applies every saved plan of a folder.

use std::fs;
use std::path::{Path, PathBuf};

use hrflow_connectors::{OnOutdated, Run, SavedPlan};

use super::{Finished, Together, exit_of, for_one_workflow, print};
use crate::arguments::ApplyArguments;
use crate::commands::apply::applied;
use crate::commands::refusal::Refusal;
use crate::display::Display;
use crate::exit::Exit;
use crate::signals::Interruption;
use crate::{confirm, surroundings};

/// A plan, and the run that applies it.
struct Ready {
    name: String,
    run: Run,
    plan: SavedPlan,
}

pub(crate) async fn apply(arguments: ApplyArguments, display: Display) -> Exit {
    let format = arguments.recorded.output;
    let ready = match ready(&arguments) {
        Ok(ready) => ready,
        Err(refusal) => return refusal.print(format),
    };
    if confirm::is_person(arguments.yes) {
        let questions: Vec<_> = ready
            .iter()
            .filter_map(|ready| confirm::question_of_plan(&ready.run, &ready.plan))
            .collect();
        if !questions.is_empty() && !confirm::is_answered(&questions.join("\n")).await {
            return confirm::declined().print(format);
        }
    }
    let on_outdated = if arguments.skip_changed { OnOutdated::Skip } else { OnOutdated::Stop };
    let (finished, interruption) = carry_out(ready, on_outdated, &display).await;
    print(&finished, format);
    exit_of(finished.iter().map(|it| &it.result)).after(interruption.signal())
}

/// Every plan is read and checked before one is applied.
fn ready(arguments: &ApplyArguments) -> Result<Vec<Ready>, Refusal> {
    if arguments.recorded.items.is_some() {
        return Err(for_one_workflow("--items"));
    }
    let environment = surroundings::environment();
    let mut ready = Vec::new();
    for path in plans(&arguments.plan)? {
        let (run, plan) = applied(arguments, &path, &environment)?;
        let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        ready.push(Ready { name, run, plan });
    }
    Ok(ready)
}

fn plans(folder: &Path) -> Result<Vec<PathBuf>, Refusal> {
    let failed = |error: std::io::Error| {
        Refusal::because(format!("could not read `{}`: {error}", folder.display()))
    };
    let mut plans = Vec::new();
    for entry in fs::read_dir(folder).map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        if path.extension().is_some_and(|extension| extension == "json") {
            plans.push(path);
        }
    }
    if plans.is_empty() {
        let why = format!("`{}` has no plan file", folder.display());
        return Err(Refusal::because(why).with_hint("`plan FOLDER --out PLANS` writes some"));
    }
    plans.sort();
    Ok(plans)
}

/// One after the other: what is wrong with one is seen before the next.
async fn carry_out(
    ready: Vec<Ready>,
    on_outdated: OnOutdated,
    display: &Display,
) -> (Vec<Finished>, Interruption) {
    let together = Together::begin(display, ready.iter().map(|ready| ready.name.clone()));
    let mut finished = Vec::new();
    for Ready { name, mut run, plan } in ready {
        together.watch(&name, &mut run);
        let result = run.apply(plan, on_outdated).await;
        together.finish(&name);
        finished.push(Finished { name, result });
    }
    (finished, together.end())
}
