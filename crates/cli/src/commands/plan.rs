//! `plan`: what a run would do, job by job.

use std::fmt::Write;
use std::path::Path;

use hrflow_connectors::{RunResult, SavedPlan, Step};
use indicatif::ProgressBar;
use serde_json::json;

use crate::arguments::{OutputFormat, PlanArguments};
use crate::commands::run::{Prepared, prepare, refused, stop_on_signals};
use crate::exit::Exit;
use crate::logs;
use crate::output::{self, grouped};
use crate::progress::Progress;

pub(crate) async fn plan(arguments: PlanArguments) -> Exit {
    let flags = arguments.settings.settings();
    let Prepared { mut plan, sandbox, .. } = match prepare(&arguments.workflow, flags).await {
        Ok(prepared) => prepared,
        Err(exit) => return exit,
    };
    let bar = ProgressBar::hidden();
    logs::begin(&bar);
    let progress = Progress::new(&bar, plan.outcomes());
    plan.watch(progress.watcher());
    stop_on_signals(plan.stop());
    let (result, saved) = plan.foresee().await;
    progress.finish();
    if let Some(sandbox) = sandbox {
        sandbox.stop().await;
    }
    if let Some(Err(error)) = arguments.out.as_deref().map(|path| save(&saved, path)) {
        return refused(&format!("`--out`: could not write the file: {error}"));
    }
    output::data(&match arguments.workflow.output {
        OutputFormat::Text => text(&result, &saved, arguments.out.as_deref()),
        OutputFormat::Json => json!({"result": result, "plan": saved}).to_string(),
    });
    Exit::of(&result)
}

/// The plan is there whole or not at all.
fn save(plan: &SavedPlan, path: &Path) -> std::io::Result<()> {
    let text = serde_json::to_vec_pretty(plan)?;
    let unfinished = path.with_extension("json.unfinished");
    std::fs::write(&unfinished, text)?;
    std::fs::rename(&unfinished, path)
}

fn text(result: &RunResult, plan: &SavedPlan, saved_at: Option<&Path>) -> String {
    let mut text = String::new();
    for step in &plan.steps {
        text.push_str(&told(step));
    }
    if !plan.steps.is_empty() {
        text.push('\n');
    }
    let counts =
        result.outcomes.iter().filter(|(outcome, count)| *count > 0 || outcome.is_change());
    let counts: Vec<_> =
        counts.map(|(outcome, count)| format!("{} {outcome}", grouped(count))).collect();
    let _ = writeln!(text, "A run would end so: {}.", counts.join(", "));
    let events = &result.events;
    for (count, what) in [
        (events.logics_discard, "discarded by the logics"),
        (events.logics_failure, "failed in the logics"),
        (events.format_failure, "failed in the format"),
    ] {
        if count > 0 {
            let _ = writeln!(text, "{} {what}.", grouped(count));
        }
    }
    if let Some(message) = &result.message {
        let _ = writeln!(text, "{message}");
    }
    if let Some(path) = saved_at {
        let _ = writeln!(text, "hint: `hrflow-connectors apply {}` does that", path.display());
    }
    text
}

/// `+` for a job that is new, `~` for one that changes, `-` for one that is archived.
fn told(step: &Step) -> String {
    let sign = match step.outcome.as_str() {
        "created" => '+',
        "archived" => '-',
        _ => '~',
    };
    let name = step.name.as_deref().unwrap_or_default();
    let mut text = format!("{sign} {} {name}", step.reference).trim_end().to_owned();
    text.push('\n');
    for line in step.changes.to_string().lines() {
        let _ = writeln!(text, "    {line}");
    }
    text
}
