//! `run`: one run of an action, with what a person or a script wants to see of it.

use std::path::PathBuf;

use hrflow_connectors::{ClientOptions, Environment, Item, Run, RunResult, Settings, error_chain};
use sandbox::Sandbox;
use serde_json::json;
use serve::with_pings;

use crate::arguments::{OutputFormat, RunArguments, WorkflowArguments};
use crate::commands::refusal::{Refusal, as_json};
use crate::commands::{embedded, fleet, store_check};
use crate::display::Display;
use crate::exit::Exit;
use crate::failures::Failures;
use crate::item_log::{self, ItemLog};
use crate::metrics_file::Counting;
use crate::progress::Progress;
use crate::signals::Interruption;
use crate::subject::Subject;
use crate::{confirm, hints, output, samples, summary, surroundings};

/// A run that is ready to begin, with the sandbox that it may need.
pub(crate) struct Prepared {
    pub(crate) run: Run,
    /// What the run was made of.
    pub(crate) settings: Settings,
    pub(crate) environment: Environment,
    pub(crate) client_options: ClientOptions,
    pub(crate) sandbox: Option<Sandbox>,
}

pub(crate) async fn run(arguments: RunArguments, display: Display) -> Exit {
    let subject = &arguments.workflow.subject;
    if fleet::is_folder(subject) {
        return fleet::run(arguments, display).await;
    }
    if let Some(refusal) = fleet::refusal_of_one(&arguments.fleet, subject) {
        return refusal.print(arguments.workflow.output);
    }
    let items = arguments.items.clone();
    let format = arguments.workflow.output;
    let printing = Printing { format, items, display, show: arguments.show };
    let prepared = match Counting::new(arguments.metrics_file.clone()) {
        Ok(counting) => prepare_counted(&arguments.workflow, arguments.flags(), counting).await,
        Err(refusal) => Err(refusal),
    };
    let (prepared, counting) = match prepared {
        Ok(prepared) => prepared,
        Err(refusal) => return refusal.print(format),
    };
    let Prepared { run, sandbox, settings, environment, client_options } = prepared;
    // What a sandbox loses, nobody misses.
    if sandbox.is_none()
        && confirm::is_person(arguments.yes)
        && let Some(question) = confirm::question_of_run(&run).await
        && !confirm::is_answered(&question).await
    {
        return confirm::declined().print(format);
    }
    // What is wrong with the addresses was found by the check.
    let addresses = settings.ping(&environment).unwrap_or_default();
    let way = |run: Run| {
        let workflow_id = run.workflow_id().to_owned();
        let run = counting.counted(run);
        async move { with_pings(&client_options.transport, &addresses, &workflow_id, run).await }
    };
    let exit = Box::pin(carry_out(run, printing, way)).await;
    if let Some(sandbox) = sandbox {
        sandbox.stop().await;
    }
    exit
}

/// How a run is shown.
pub(crate) struct Printing {
    pub(crate) format: OutputFormat,
    /// The file for a line of each item; `-` for stdout.
    pub(crate) items: Option<PathBuf>,
    /// How progress is shown.
    pub(crate) display: Display,
    /// How many formatted jobs of a dry run are printed.
    pub(crate) show: usize,
}

impl Printing {
    fn open_items(&self) -> Result<Option<ItemLog>, Refusal> {
        let Some(path) = &self.items else { return Ok(None) };
        if item_log::is_stdout(path) && self.format == OutputFormat::Json {
            let why = "`--items -`: the result is printed to stdout, too";
            let hint = "name a file, or leave out `--output json`";
            return Err(Refusal::because(why).with_hint(hint));
        }
        let opened = ItemLog::open(path);
        opened.map(Some).map_err(|error| {
            Refusal::because(format!("`--items`: could not write to `{}`: {error}", path.display()))
        })
    }

    fn print(&self, result: &RunResult, summary: &str, shown: &[Item]) {
        match (self.format, &self.items) {
            (OutputFormat::Json, _) if self.show > 0 => {
                let mut json = hints::value(result);
                json["shown"] = json!(shown);
                output::json(&json.to_string());
            }
            (OutputFormat::Json, _) => output::json(&as_json(result)),
            (OutputFormat::Text, Some(path)) if item_log::is_stdout(path) => output::note(summary),
            (OutputFormat::Text, _) => output::text(summary),
        }
    }
}

/// Carries a run out in one of its ways, with what a person or a script wants to see of it.
pub(crate) async fn carry_out<F: Future<Output = RunResult>>(
    mut run: Run,
    printing: Printing,
    way: impl FnOnce(Run) -> F,
) -> Exit {
    let item_log = match printing.open_items() {
        Ok(item_log) => item_log,
        Err(refusal) => return refusal.print(printing.format),
    };
    let progress = Progress::new(&printing.display, run.outcomes());
    run.watch(progress.watcher());
    if let Some(item_log) = &item_log {
        run.watch(item_log.watcher());
    }
    let shown = samples::of(&mut run, printing.show);
    let failures = Failures::of(&mut run);
    let subject = Subject::of(&run, &surroundings::environment());
    let interruption = Interruption::of(run.stop(), &printing.display.bar);
    let result = way(run).await;
    progress.finish();
    let exit = Exit::of(result.status, result.reason).after(interruption.signal());
    let closed = item_log.map(|item_log| item_log.close(&result));
    let shown = shown.taken();
    if printing.format == OutputFormat::Text {
        samples::print(&shown);
    }
    printing.print(&result, &summary::text(&result, &failures.collected(), &subject), &shown);
    if let Some(Err(error)) = closed {
        output::error(&format!("`--items`: could not write every line: {error}"));
        return exit.at_least_with_failures();
    }
    exit
}

/// Everything up to the first call. Warnings are printed.
pub(crate) async fn prepare(
    arguments: &WorkflowArguments,
    flags: Settings,
) -> Result<Prepared, Refusal> {
    prepare_counted(arguments, flags, Counting::none()).await.map(|(prepared, _)| prepared)
}

/// The same, with every request counted.
async fn prepare_counted(
    arguments: &WorkflowArguments,
    flags: Settings,
    counting: Counting,
) -> Result<(Prepared, Counting), Refusal> {
    let (environment, sandbox) =
        embedded::place(arguments.sandbox).await.map_err(Refusal::because)?;
    let mut settings = arguments.settings(flags, &environment)?;
    if arguments.sandbox {
        settings = settings.over(embedded::settings(&environment));
    }
    let mut client_options = client_options()?;
    client_options.on_answer = counting.answer_hook();
    let run = checked_over(&client_options, settings.clone(), &environment)?;
    output::warnings(&run.warnings());
    if sandbox.is_none() {
        store_check::warn_of_memory(&run);
    }
    Ok((Prepared { run, settings, environment, client_options, sandbox }, counting))
}

/// Checks settings, and makes a run of them.
pub(crate) fn checked(settings: Settings, environment: &Environment) -> Result<Run, Refusal> {
    checked_over(&client_options()?, settings, environment)
}

pub(crate) fn client_options() -> Result<ClientOptions, Refusal> {
    let mut client_options =
        ClientOptions::over_https().map_err(|error| Refusal::because(error_chain(&error)))?;
    client_options.jq = surroundings::jq_host();
    Ok(client_options)
}

fn checked_over(
    client_options: &ClientOptions,
    settings: Settings,
    environment: &Environment,
) -> Result<Run, Refusal> {
    let (workflow_id, action) = settings.names();
    let checked = settings.plan(environment, client_options);
    checked.map_err(|problems| Refusal::Problems { problems, workflow_id, action })
}
