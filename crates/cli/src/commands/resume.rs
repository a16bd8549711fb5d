//! `resume`: continues an interrupted or stopped run.

use hrflow_connectors::{
    DeadLetter, Environment, ListedRun, Run, RunId, RunKind, Runs, Settings, Status, error_chain,
};

use crate::arguments::{OutputFormat, RecordedArguments, ResumeArguments};
use crate::commands::refusal::Refusal;
use crate::commands::run::{Printing, carry_out, checked};
use crate::commands::stored::{find, open};
use crate::display::Display;
use crate::exit::Exit;
use crate::{output, surroundings};

pub(crate) async fn resume(arguments: ResumeArguments, display: Display) -> Exit {
    let ResumeArguments { run, recorded } = arguments;
    let environment = surroundings::environment();
    let resumed = resumed(run.as_deref(), &recorded, &environment).await;
    let printing = Printing { format: recorded.output, items: recorded.items, display, show: 0 };
    match resumed {
        Ok(Resumed::Run(run)) => carry_out(*run, printing, Run::run).await,
        Ok(Resumed::Retry(run, of, letters)) => {
            carry_out(*run, printing, |run| run.retry(of, letters)).await
        }
        Ok(Resumed::Ended(run)) => print_ended(&run, printing.format),
        Err(refusal) => refusal.print(printing.format),
    }
}

/// What there is of a run.
enum Resumed {
    /// It reads the origin.
    Run(Box<Run>),
    /// It retries what failed in another run.
    Retry(Box<Run>, RunId, Vec<DeadLetter>),
    /// Nothing.
    Ended(Box<ListedRun>),
}

async fn resumed(
    run: Option<&str>,
    recorded: &RecordedArguments,
    environment: &Environment,
) -> Result<Resumed, Refusal> {
    let runs = open(recorded.store(), environment).await?;
    let run = match run {
        Some(run) => find(&runs, run).await?,
        None => newest_unfinished(&runs).await?,
    };
    if !run.is_unfinished() {
        return Ok(Resumed::Ended(Box::new(run)));
    }
    if let RunKind::Apply { .. } = run.record.kind {
        let why = format!("run {} applies a plan", run.record.run_id);
        let hint = "run `apply` with the same plan again: it continues where it stopped";
        return Err(Refusal::because(why).with_hint(hint));
    }
    let settings = Settings::of_run(&run.record, environment)?;
    let mut resumed = checked(recorded.over(settings), environment)?;
    let kind = run.record.kind.clone();
    resumed.resume(run);
    let resumed = Box::new(resumed);
    if let RunKind::Retry { of } = kind {
        let letters = runs.dead_letters(&of).await;
        let letters = letters.map_err(|error| Refusal::because(error_chain(&error)))?;
        return Ok(Resumed::Retry(resumed, of, letters));
    }
    Ok(Resumed::Run(resumed))
}

/// The newest run with something left to do: before one that another process is at, one that
/// nobody is at.
///
/// Where there is none, the newest run is not taken for the one that was meant: a process that
/// died before its run began has left no run, and the result of another would be taken for its own.
async fn newest_unfinished(runs: &Runs) -> Result<ListedRun, Refusal> {
    let all = runs.list().await.map_err(|error| Refusal::because(error_chain(&error)))?;
    let newest = all.first().map(|run| (run.record.run_id.clone(), how_it_ended(run)));
    let (alive, left): (Vec<_>, Vec<_>) =
        all.into_iter().filter(ListedRun::is_unfinished).partition(|run| run.is_alive);
    left.into_iter().chain(alive).next().ok_or_else(|| match newest {
        None => Refusal::because("nothing to resume: no runs in the store"),
        Some((run_id, how)) => {
            let hint =
                format!("the newest run, {run_id}, {how}; `resume {run_id}` prints its result");
            Refusal::because("nothing to resume: every run in the store has ended").with_hint(hint)
        }
    })
}

/// A run with nothing left to do: its own result is printed once more.
fn print_ended(run: &ListedRun, format: OutputFormat) -> Exit {
    let run_id = &run.record.run_id;
    output::note(&format!("Run {run_id} {}; nothing to resume.", how_it_ended(run)));
    let (Some(result), Some((status, reason))) = (&run.record.result, run.record.verdict()) else {
        return Exit::Refused;
    };
    if format == OutputFormat::Json {
        output::json(&result.to_string());
    }
    Exit::of(status, reason)
}

fn how_it_ended(run: &ListedRun) -> String {
    match run.record.verdict() {
        Some((Status::Success, _)) => "succeeded".to_owned(),
        Some((Status::SuccessWithFailures, _)) => "ended with failures".to_owned(),
        Some((Status::Fatal, _)) => "failed".to_owned(),
        None => format!("is {}", run.state()),
    }
}
