//! `run`: one run of an action, with what a person or a script wants to see of it.

use std::path::PathBuf;

use hrflow_connectors::{Environment, Plan, Problems, RunResult, Settings, Stop, Wiring};
use indicatif::ProgressBar;
use sandbox::Sandbox;

use crate::arguments::{OutputFormat, RunArguments, WorkflowArguments};
use crate::commands::embedded;
use crate::exit::Exit;
use crate::item_log::ItemLog;
use crate::progress::Progress;
use crate::summary::{self, Failures, Subject};
use crate::{logs, output, surroundings};

/// A plan, with the sandbox that it may need.
pub(crate) struct Prepared {
    pub(crate) plan: Plan,
    /// What the plan was made of.
    pub(crate) settings: Settings,
    pub(crate) environment: Environment,
    pub(crate) wiring: Wiring,
    pub(crate) sandbox: Option<Sandbox>,
}

pub(crate) async fn run(arguments: RunArguments) -> Exit {
    let items = arguments.items.clone();
    let printing = Printing { format: arguments.workflow.output, items };
    match prepare(&arguments.workflow, arguments.flags()).await {
        Ok(Prepared { plan, sandbox, .. }) => carry_out(plan, sandbox, printing, Plan::run).await,
        Err(exit) => exit,
    }
}

/// How a run is shown.
pub(crate) struct Printing {
    pub(crate) format: OutputFormat,
    /// The file for a line of each item.
    pub(crate) items: Option<PathBuf>,
}

/// Carries a plan out in one of its ways, with what a person or a script wants to see of it.
pub(crate) async fn carry_out<F: Future<Output = RunResult>>(
    mut plan: Plan,
    sandbox: Option<Sandbox>,
    printing: Printing,
    way: impl FnOnce(Plan) -> F,
) -> Exit {
    let item_log = match printing.items.as_deref().map(ItemLog::create).transpose() {
        Ok(item_log) => item_log,
        Err(error) => return refused(&format!("`--items`: could not create the file: {error}")),
    };
    let bar = ProgressBar::hidden();
    logs::begin(&bar);
    let progress = Progress::new(&bar, plan.outcomes());
    plan.watch(progress.watcher());
    if let Some(item_log) = &item_log {
        plan.watch(item_log.watcher());
    }
    let failures = Failures::of(&mut plan);
    let subject = Subject::of(&plan);
    stop_on_signals(plan.stop());
    let result = way(plan).await;
    progress.finish();
    if let Some(sandbox) = sandbox {
        sandbox.stop().await;
    }
    output::data(&match printing.format {
        OutputFormat::Text => summary::text(&result, &failures, &subject),
        OutputFormat::Json => json(&result),
    });
    if let Some(Err(error)) = item_log.map(ItemLog::close) {
        output::error(&format!("`--items`: could not write the file: {error}"));
        return Exit::of(&result).at_least_with_failures();
    }
    Exit::of(&result)
}

/// Everything up to the first call: sandbox, settings, plan. What is wrong is printed.
pub(crate) async fn prepare(
    arguments: &WorkflowArguments,
    flags: Settings,
) -> Result<Prepared, Exit> {
    let mut environment = surroundings::environment();
    let sandbox = if arguments.sandbox {
        let sandbox = embedded::start().await.map_err(|error| refused(&error))?;
        embedded::turn_to(&sandbox, &mut environment);
        Some(sandbox)
    } else {
        None
    };
    let mut settings = arguments.settings(flags, &environment).map_err(|error| refused(&error))?;
    if arguments.sandbox {
        settings = settings.over(embedded::settings(&environment));
    }
    let wiring = Wiring::over_https().map_err(|error| refused(&error.to_string()))?;
    let plan = planned_over(&wiring, settings.clone(), &environment, arguments.output)?;
    output::warnings(plan.warnings());
    Ok(Prepared { plan, settings, environment, wiring, sandbox })
}

/// Checks settings. What is wrong is printed.
pub(crate) fn planned(
    settings: Settings,
    environment: &Environment,
    format: OutputFormat,
) -> Result<Plan, Exit> {
    let wiring = Wiring::over_https().map_err(|error| refused(&error.to_string()))?;
    planned_over(&wiring, settings, environment, format)
}

fn planned_over(
    wiring: &Wiring,
    settings: Settings,
    environment: &Environment,
    format: OutputFormat,
) -> Result<Plan, Exit> {
    let names = settings.names();
    settings.plan(environment, wiring).map_err(|problems| refuse(&problems, names, format))
}

pub(crate) fn refused(message: &str) -> Exit {
    output::error(message);
    Exit::Refused
}

/// Prints every problem; with `--output json` the result as well, for those who read only that.
fn refuse(problems: &Problems, names: (String, String), format: OutputFormat) -> Exit {
    output::problems(problems);
    let (workflow_id, action) = names;
    if format == OutputFormat::Json {
        output::data(&json(&RunResult::refused(workflow_id, action, problems)));
    }
    Exit::Refused
}

fn json(result: &RunResult) -> String {
    // A result is names, numbers and text: there is nothing that JSON could not hold.
    serde_json::to_string(result).unwrap_or_default()
}

/// The first signal ends the run well, the second at once.
pub(crate) fn stop_on_signals(stop: Stop) {
    tokio::spawn(async move {
        signal().await;
        stop.now("interrupted");
        output::note("Stopping: what is in flight finishes. Interrupt again to stop at once.");
        signal().await;
        std::process::exit(130);
    });
}

/// Waits for an interrupt, or for the signal by which services are ended.
async fn signal() {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        if let Ok(mut terminate) = signal(SignalKind::terminate()) {
            tokio::select! {
                _ = tokio::signal::ctrl_c() => {}
                _ = terminate.recv() => {}
            }
            return;
        }
    }
    // Where no signal can be waited for, none ends the run.
    if tokio::signal::ctrl_c().await.is_err() {
        std::future::pending::<()>().await;
    }
}
