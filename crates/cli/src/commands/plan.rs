//! `plan`: what a run would do, job by job.

use std::fmt::Write;
use std::path::Path;

use hrflow_connectors::{Outcome, PlannedStep, RunResult, SavedPlan};
use serde_json::json;

use crate::arguments::{OutputFormat, PlanArguments};
use crate::commands::refusal::Refusal;
use crate::commands::run::{Prepared, prepare};
use crate::display::Display;
use crate::exit::Exit;
use crate::files::NewFile;
use crate::hints;
use crate::output;
use crate::printable::{line, paragraph};
use crate::progress::Progress;
use crate::signals::Interruption;
use crate::units::grouped;

pub(crate) async fn plan(arguments: PlanArguments, display: &Display) -> Exit {
    let format = arguments.workflow.output;
    let flags = arguments.settings.settings();
    let prepared = prepare(&arguments.workflow, flags).await;
    let out = arguments.out.as_deref();
    match prepared.and_then(|prepared| Ok((prepared, out.map(open).transpose()?))) {
        Ok((prepared, file)) => preview(prepared, out.zip(file), format, display).await,
        Err(refusal) => refusal.print(format),
    }
}

fn open(path: &Path) -> Result<NewFile, Refusal> {
    NewFile::create(path).map_err(|error| {
        Refusal::because(format!("`--out`: could not write to `{}`: {error}", path.display()))
    })
}

async fn preview(
    prepared: Prepared,
    out: Option<(&Path, NewFile)>,
    format: OutputFormat,
    display: &Display,
) -> Exit {
    let Prepared { mut run, sandbox, .. } = prepared;
    let progress = Progress::new(display, run.outcomes());
    run.watch(progress.watcher());
    let interruption = Interruption::of(run.stop());
    let (result, plan) = run.preview().await;
    progress.finish();
    if let Some(sandbox) = sandbox {
        sandbox.stop().await;
    }
    let exit = Exit::of(result.status, result.reason).after(interruption.signal());
    // What was refused or interrupted is no plan, and leaves the file as it was.
    let is_plan = !matches!(exit, Exit::Refused | Exit::Interrupted(_));
    if out.is_some() && !is_plan {
        output::note("`--out`: no plan was saved");
    }
    let saved = out.filter(|_| is_plan).map(|(path, file)| (path, save(&plan, file)));
    let saved_at = saved.as_ref().and_then(|(path, saved)| saved.is_ok().then_some(*path));
    match format {
        OutputFormat::Text => output::text(&text(&result, &plan, saved_at)),
        OutputFormat::Json => {
            output::json(&json!({"result": hints::value(&result), "plan": plan}).to_string());
        }
    }
    if let Some((path, Err(error))) = saved {
        output::error(&format!("`--out`: could not write `{}`: {error}", path.display()));
        return Exit::Fatal;
    }
    exit
}

fn save(plan: &SavedPlan, file: NewFile) -> std::io::Result<()> {
    file.finish(&serde_json::to_vec_pretty(plan)?)
}

fn text(result: &RunResult, plan: &SavedPlan, saved_at: Option<&Path>) -> String {
    let mut text = String::new();
    for step in &plan.steps {
        text.push_str(&change(step));
    }
    if !plan.steps.is_empty() {
        text.push('\n');
    }
    let counts =
        result.outcomes.iter().filter(|(outcome, count)| *count > 0 || outcome.is_change());
    let counts: Vec<_> = counts
        .map(|(outcome, count)| format!("{} {}", grouped(count), in_a_plan(outcome)))
        .collect();
    let _ = writeln!(text, "Plan: {}.", counts.join(", "));
    let events = &result.events;
    for (count, what) in [
        (events.logics_discard, "discarded by a logic"),
        (events.logics_failure, "failed in a logic"),
        (events.format_failure, "failed in the format"),
    ] {
        if count > 0 {
            let _ = writeln!(text, "{} {what}.", grouped(count));
        }
    }
    if let Some(message) = &result.message {
        let _ = writeln!(text, "{}", paragraph(message));
    }
    for hint in hints::of(result) {
        let _ = writeln!(text, "hint: {}", paragraph(&hint));
    }
    if let Some(path) = saved_at {
        let _ = writeln!(text, "To apply: hrflow-connectors apply {}", path.display());
    }
    text
}

/// An outcome that is still to come.
fn in_a_plan(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Created => "to create",
        Outcome::Updated => "to update",
        Outcome::Archived => "to archive",
        Outcome::Missing => "not on the board",
        Outcome::Failed => "would fail",
        Outcome::Unchanged | Outcome::Released | Outcome::Outdated => outcome.name(),
    }
}

/// `+` for a job that is new, `~` for one that changes, `-` for one that is archived.
fn change(step: &PlannedStep) -> String {
    let sign = match step.outcome.as_str() {
        "created" => '+',
        "archived" => '-',
        _ => '~',
    };
    let name = line(step.name.as_deref().unwrap_or_default());
    let mut text = format!("{sign} {} {name}", line(&step.reference)).trim_end().to_owned();
    text.push('\n');
    for change in step.changes.changes() {
        let _ = writeln!(text, "    {}", line(&change.to_string()));
    }
    text
}
