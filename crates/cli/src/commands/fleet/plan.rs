//! `plan FOLDER`: what the runs of a folder's workflows would do.

use std::fs;
use std::path::Path;

use hrflow_connectors::{RunResult, SavedPlan};
use serde_json::json;

use super::{Opened, Together, exit_of, in_its_place, open, so_many_at_once, worst};
use crate::arguments::{OutputFormat, PlanArguments};
use crate::commands::plan::save;
use crate::commands::refusal::Refusal;
use crate::display::Display;
use crate::exit::Exit;
use crate::files::NewFile;
use crate::plan_text::{self, Detail};
use crate::printable::line;
use crate::signals::Interruption;
use crate::{hints, output};

/// A workflow, and what a run of it would do.
struct Planned {
    name: String,
    result: RunResult,
    plan: SavedPlan,
}

pub(crate) async fn plan(arguments: PlanArguments, display: &Display) -> Exit {
    let PlanArguments { workflow, settings, summary, out, fleet } = arguments;
    in_its_place(&workflow, async |environment| {
        let flags = workflow.over(settings.settings());
        let opened = open(&workflow, &fleet, flags, environment).await?.small_first().await;
        if let Some(out) = &out {
            fs::create_dir_all(out).map_err(|error| unwritable(out, &error))?;
        }
        let (planned, interruption) = preview(opened, display).await?;
        let mut saved_in = None;
        if let Some(out) = out.as_deref() {
            for planned in &planned {
                if planned.save(out)? {
                    saved_in = Some(out);
                }
            }
        }
        let detail = if summary { Detail::Summary } else { Detail::Steps };
        print(&planned, workflow.output, detail, saved_in);
        let results = planned.iter().map(|planned| &planned.result);
        Ok(exit_of(results).after(interruption.signal()))
    })
    .await
}

fn unwritable(path: &Path, error: &std::io::Error) -> Refusal {
    Refusal::because(format!("`--out`: could not write to `{}`: {error}", path.display()))
}

/// Nothing is read where a workflow can no longer be planned, as when its secrets have gone.
async fn preview(
    opened: Opened,
    display: &Display,
) -> Result<(Vec<Planned>, Interruption), Refusal> {
    let Opened { workflows, jobs, launcher, .. } = opened;
    let mut runs = Vec::new();
    for workflow in workflows {
        let run = workflow.plan(launcher.environment(), launcher.client_options())?;
        runs.push((workflow.workflow.name, run));
    }
    let together = Together::begin(display, runs.iter().map(|(name, _)| name.clone()));
    let previews = runs.into_iter().map(|(name, mut run)| {
        let together = together.clone();
        async move {
            together.watch(&name, &mut run);
            let (result, plan) = run.preview().await;
            together.finish(&name);
            Planned { name, result, plan }
        }
    });
    let mut planned = so_many_at_once(jobs, previews).await;
    let interruption = together.end();
    planned.sort_by(|left, right| left.name.cmp(&right.name));
    Ok((planned, interruption))
}

impl Planned {
    /// Saves the plan in a folder. What was refused or interrupted is no plan, and is not saved.
    fn save(&self, folder: &Path) -> Result<bool, Refusal> {
        let exit = Exit::of(self.result.status, self.result.reason);
        if exit == Exit::Refused || self.result.interrupted {
            output::note(&format!("`--out`: no plan of {} was saved", line(&self.name)));
            return Ok(false);
        }
        let path = folder.join(format!("{}.json", self.name));
        let saved = NewFile::create(&path).and_then(|file| save(&self.plan, file));
        saved.map(|()| true).map_err(|error| unwritable(&path, &error))
    }
}

fn print(planned: &[Planned], format: OutputFormat, detail: Detail, saved_in: Option<&Path>) {
    match format {
        OutputFormat::Json => {
            let plans: Vec<_> = planned
                .iter()
                .map(|Planned { name, result, plan, .. }| {
                    json!({"name": name, "result": hints::value(result), "plan": plan})
                })
                .collect();
            let status = worst(planned.iter().map(|planned| &planned.result));
            output::json(&json!({"plans": plans, "status": status}).to_string());
        }
        OutputFormat::Text => {
            for (index, Planned { name, result, plan, .. }) in planned.iter().enumerate() {
                if index > 0 {
                    output::text("");
                }
                let text = plan_text::text(result, plan, None, detail);
                output::text(&format!("{}\n{text}", line(name)));
            }
            if let Some(folder) = saved_in {
                output::text(&format!("To apply: hrflow-connectors apply {}", folder.display()));
            }
        }
    }
}
