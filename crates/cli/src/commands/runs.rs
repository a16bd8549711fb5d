//! `runs`: the runs in the store.

use std::fmt::Write;

use hrflow_connectors::{DeadLetter, ListedRun};
use serde_json::{Value, json};

use crate::arguments::{
    OutputFormat, RunsArguments, RunsCommand, RunsListArguments, RunsShowArguments,
};
use crate::commands::refusal::Refusal;
use crate::commands::stored::{address, find, open, unreadable};
use crate::exit::Exit;
use crate::output;
use crate::printable::{line, paragraph};
use crate::run_table::{kind, table};
use crate::surroundings;
use crate::units::{grouped, size, time};

pub(crate) async fn runs(arguments: RunsArguments) -> Exit {
    let done = match arguments.command {
        Some(RunsCommand::List(arguments)) => list(arguments).await,
        Some(RunsCommand::Show(arguments)) => show(arguments).await,
        None => list(arguments.list).await,
    };
    // What is listed is no run's result, so a refusal is none either.
    done.map_or_else(|refusal| refusal.print(OutputFormat::Text), |()| Exit::Success)
}

async fn list(arguments: RunsListArguments) -> Result<(), Refusal> {
    let environment = surroundings::environment();
    let given = arguments.state.store();
    let url = address(given.as_ref(), &environment)?;
    let runs = open(given, &environment).await?;
    let mut all = runs.list().await.map_err(unreadable)?;
    if let Some(workflow_id) = &arguments.workflow_id {
        all.retain(|run| run.record.workflow_id == *workflow_id);
    }
    let bytes: u64 = all.iter().map(|run| run.record.journal_bytes).sum();
    match arguments.state.output {
        OutputFormat::Json => {
            let runs: Vec<_> = all.iter().map(as_json).collect();
            let json = json!({"runs": runs, "journal_bytes": bytes, "store": url.to_string()});
            output::json(&json.to_string());
        }
        OutputFormat::Text if all.is_empty() => match &arguments.workflow_id {
            Some(id) => output::text(&format!("No runs of workflow `{}` in {url}.", line(id))),
            None => output::text(&format!("No runs in {url}.")),
        },
        OutputFormat::Text => {
            let table = table(&all);
            output::text(&format!("{table}\n\nstore     {url}\njournals  {}", size(bytes)));
        }
    }
    Ok(())
}

fn as_json(run: &ListedRun) -> Value {
    // A record is names, numbers and text: there is nothing that JSON could not hold.
    let mut json = serde_json::to_value(&run.record).unwrap_or_default();
    json["state"] = run.state().into();
    json
}

async fn show(arguments: RunsShowArguments) -> Result<(), Refusal> {
    let runs = open(arguments.state.store(), &surroundings::environment()).await?;
    let run = find(&runs, &arguments.run).await?;
    let letters = if arguments.failed {
        let letters = runs.dead_letters(&run.record.run_id).await;
        Some(letters.map_err(unreadable)?)
    } else {
        None
    };
    match arguments.state.output {
        OutputFormat::Json => {
            let mut json = as_json(&run);
            if let Some(letters) = letters {
                json["failed"] = json!(letters);
            }
            output::json(&json.to_string());
        }
        OutputFormat::Text => output::text(&text(&run, letters.as_deref())),
    }
    Ok(())
}

fn text(run: &ListedRun, letters: Option<&[DeadLetter]>) -> String {
    let record = &run.record;
    let mut text = format!(
        "run       {}\nworkflow  {}\naction    {}\nkind      {}\nstarted   {}\nstate     {}\n",
        record.run_id,
        line(&record.workflow_id),
        line(&record.action),
        kind(&record.kind),
        time(record.started_at),
        run.state(),
    );
    if let Some(result) = &record.result {
        let _ = writeln!(text, "status    {}", line(result["status"].as_str().unwrap_or_default()));
        if let Some(message) = result["message"].as_str() {
            let _ = writeln!(text, "message   {}", paragraph(message));
        }
        for (name, count) in result["outcomes"].as_object().into_iter().flatten() {
            let count = count.as_u64().map_or_else(|| count.to_string(), grouped);
            let _ = writeln!(text, "{:<9} {count}", line(name));
        }
    }
    let _ = writeln!(text, "journal   {}", size(record.journal_bytes));
    for letter in letters.into_iter().flatten() {
        let again = if letter.can_be_retried { "" } else { " (not retryable)" };
        let key = letter.key.to_string();
        let (key, stage) = (line(&key), line(&letter.stage));
        let _ = write!(text, "\n{key}: {stage}: {}{again}\n", paragraph(&letter.why));
        if let Some(item) = &letter.item {
            // An item is JSON.
            let item = serde_json::to_string(item).unwrap_or_default();
            let _ = writeln!(text, "  {}", paragraph(&item));
        }
    }
    let can_be_retried =
        letters.into_iter().flatten().filter(|letter| letter.can_be_retried).count();
    if can_be_retried > 0 {
        let _ = write!(text, "\nhint: `hrflow-connectors retry {}` retries them\n", record.run_id);
    } else if run.is_unfinished() && !run.is_alive {
        let _ = write!(text, "\nhint: `hrflow-connectors resume {}` continues it\n", record.run_id);
    }
    text
}
