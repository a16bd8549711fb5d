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
        let opened = open(&workflow, &fleet, flags, environment).await?;
        if let Some(out) = &out {
            fs::create_dir_all(out).map_err(|error| unwritable(out, &error))?;
        }
        let (planned, interruption) = preview(opened, display).await;
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

async fn preview(opened: Opened, display: &Display) -> (Vec<Planned>, Interruption) {
    let Opened { workflows, jobs, launcher, fleet: _ } = opened;
    let together = Together::begin(display, workflows.iter().map(|it| it.workflow.name.clone()));
    let previews = workflows.into_iter().map(|workflow| {
        let (together, launcher) = (together.clone(), launcher.clone());
        async move {
            let name = workflow.workflow.name.clone();
            // It was checked a moment ago.
            let (environment, options) = (launcher.environment(), launcher.client_options());
            let mut run = workflow.plan(environment, options).ok()?;
            together.watch(&name, &mut run);
            let (result, plan) = run.preview().await;
            together.finish(&name);
            Some(Planned { name, result, plan })
        }
    });
    let planned = so_many_at_once(jobs, previews).await;
    let interruption = together.end();
    let mut planned: Vec<_> = planned.into_iter().flatten().collect();
    planned.sort_by(|left, right| left.name.cmp(&right.name));
    (planned, interruption)
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
