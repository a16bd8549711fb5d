//! `plan FOLDER`: what the runs of a folder's workflows would do.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use hrflow_connectors::{RunResult, SavedPlan};
use serde_json::json;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use super::board::Board;
use super::{Finished, Opened, exit_of, in_its_place, open, worst};
use crate::arguments::{OutputFormat, PlanArguments};
use crate::commands::plan::save;
use crate::commands::refusal::Refusal;
use crate::display::Display;
use crate::exit::Exit;
use crate::files::NewFile;
use crate::plan_text::{self, Detail};
use crate::printable::line;
use crate::signals::{Interruption, Stops};
use crate::{hints, output};

/// A workflow, and what a run of it would do.
struct Planned {
    name: String,
    result: RunResult,
    plan: SavedPlan,
    /// Where it was saved.
    saved_at: Option<PathBuf>,
}

pub(crate) async fn plan(arguments: PlanArguments, display: &Display) -> Exit {
    let PlanArguments { workflow, settings, summary, out, fleet } = arguments;
    in_its_place(&workflow, async |environment| {
        let flags = workflow.over(settings.settings());
        let opened = open(&workflow, &fleet, flags, environment).await?;
        if let Some(out) = &out {
            fs::create_dir_all(out).map_err(|error| unwritable(out, &error))?;
        }
        let (mut planned, interruption) = preview(opened, display).await;
        for planned in &mut planned {
            planned.save(out.as_deref())?;
        }
        let detail = if summary { Detail::Summary } else { Detail::Steps };
        print(&planned, workflow.output, detail, out.as_deref());
        let finished: Vec<_> = planned
            .into_iter()
            .map(|Planned { name, result, .. }| Finished { name, result })
            .collect();
        Ok(exit_of(&finished).after(interruption.signal()))
    })
    .await
}

fn unwritable(path: &Path, error: &std::io::Error) -> Refusal {
    Refusal::because(format!("`--out`: could not write to `{}`: {error}", path.display()))
}

async fn preview(opened: Opened, display: &Display) -> (Vec<Planned>, Interruption) {
    let Opened { workflows, jobs, launcher, fleet: _ } = opened;
    let board = Board::new(display, workflows.iter().map(|it| it.workflow.name.clone()));
    let stops = Stops::default();
    let interruption = Interruption::of_each(stops.clone(), &display.bar);
    let slots = Arc::new(Semaphore::new(jobs));
    let mut runs = JoinSet::new();
    for workflow in workflows {
        let (slots, board, stops) = (slots.clone(), board.clone(), stops.clone());
        let launcher = launcher.clone();
        runs.spawn(async move {
            // Nobody closes the semaphore.
            let _slot = slots.acquire().await;
            let name = workflow.workflow.name.clone();
            // It was checked a moment ago.
            let run = workflow.plan(launcher.environment(), launcher.client_options()).ok()?;
            let mut run = run;
            run.watch(board.watcher(&name, run.outcomes()));
            stops.add(run.stop());
            let (result, plan) = run.preview().await;
            board.finish(&name);
            Some(Planned { name, result, plan, saved_at: None })
        });
    }
    let mut planned: Vec<_> = runs.join_all().await.into_iter().flatten().collect();
    board.clear();
    planned.sort_by(|left, right| left.name.cmp(&right.name));
    (planned, interruption)
}

impl Planned {
    /// Saves the plan in a folder. What was refused or interrupted is no plan.
    fn save(&mut self, folder: Option<&Path>) -> Result<(), Refusal> {
        let Some(folder) = folder else { return Ok(()) };
        let exit = Exit::of(self.result.status, self.result.reason);
        if exit == Exit::Refused || self.result.interrupted {
            output::note(&format!("`--out`: no plan of {} was saved", line(&self.name)));
            return Ok(());
        }
        let path = folder.join(format!("{}.json", self.name));
        let saved = NewFile::create(&path).and_then(|file| save(&self.plan, file));
        saved.map_err(|error| unwritable(&path, &error))?;
        self.saved_at = Some(path);
        Ok(())
    }
}

fn print(planned: &[Planned], format: OutputFormat, detail: Detail, out: Option<&Path>) {
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
            if let Some(out) = out.filter(|_| planned.iter().any(|it| it.saved_at.is_some())) {
                output::text(&format!("To apply: hrflow-connectors apply {}", out.display()));
            }
        }
    }
}
