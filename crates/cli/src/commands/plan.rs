//! `plan`: what a run would do, job by job.

use std::path::Path;

use hrflow_connectors::SavedPlan;
use serde_json::json;

use crate::arguments::{OutputFormat, PlanArguments};
use crate::commands::fleet;
use crate::commands::refusal::Refusal;
use crate::commands::run::{Prepared, prepare};
use crate::display::Display;
use crate::exit::Exit;
use crate::files::NewFile;
use crate::output;
use crate::plan_text::Detail;
use crate::progress::Progress;
use crate::signals::Interruption;
use crate::{hints, plan_text};

pub(crate) async fn plan(arguments: PlanArguments, display: &Display) -> Exit {
    let format = arguments.workflow.output;
    let subject = &arguments.workflow.subject;
    if fleet::is_folder(subject) {
        return fleet::plan(arguments, display).await;
    }
    if let Some(refusal) = fleet::refusal_of_one(&arguments.fleet, subject) {
        return refusal.print(format);
    }
    let flags = arguments.settings.settings();
    let prepared = prepare(&arguments.workflow, flags).await;
    let out = arguments.out.as_deref();
    let detail = if arguments.summary { Detail::Summary } else { Detail::Steps };
    match prepared.and_then(|prepared| Ok((prepared, out.map(open).transpose()?))) {
        Ok((prepared, file)) => preview(prepared, out.zip(file), format, (display, detail)).await,
        Err(refusal) => refusal.print(format),
    }
}

pub(crate) fn open(path: &Path) -> Result<NewFile, Refusal> {
    NewFile::create(path).map_err(|error| {
        Refusal::because(format!("`--out`: could not write to `{}`: {error}", path.display()))
    })
}

async fn preview(
    prepared: Prepared,
    out: Option<(&Path, NewFile)>,
    format: OutputFormat,
    (display, detail): (&Display, Detail),
) -> Exit {
    let Prepared { mut run, sandbox, .. } = prepared;
    let progress = Progress::new(display, run.outcomes());
    run.watch(progress.watcher());
    let interruption = Interruption::of(run.stop(), &display.bar);
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
        OutputFormat::Text => output::text(&plan_text::text(&result, &plan, saved_at, detail)),
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

pub(crate) fn save(plan: &SavedPlan, file: NewFile) -> std::io::Result<()> {
    file.finish(&serde_json::to_vec_pretty(plan)?)
}
