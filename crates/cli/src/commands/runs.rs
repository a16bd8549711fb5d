//! `runs`: the runs in the store.

use std::fmt::Write;

use comfy_table::{ContentArrangement, Table, presets};
use hrflow_connectors::{
    DeadLetter, Environment, Given, ListedRun, Runs, StateStore, error_chain, store_url,
};
use serde_json::{Value, json};

use crate::arguments::{
    OutputFormat, RunsArguments, RunsCommand, RunsListArguments, RunsShowArguments,
};
use crate::commands::refusal::Refusal;
use crate::exit::Exit;
use crate::output;
use crate::printable::{line, paragraph};
use crate::surroundings;
use crate::units::{grouped, size};

pub(crate) async fn runs(arguments: RunsArguments) -> Exit {
    let done = match arguments.command {
        RunsCommand::List(arguments) => list(arguments).await,
        RunsCommand::Show(arguments) => show(arguments).await,
    };
    // What is listed is no run's result, so a refusal is none either.
    done.map_or_else(|refusal| refusal.print(OutputFormat::Text), |()| Exit::Success)
}

/// The runs of the store that a flag or the environment names.
pub(crate) async fn open(given: Option<Given>, environment: &Environment) -> Result<Runs, Refusal> {
    let url = store_url(given.as_ref(), environment)?;
    let is_default = given.is_none() && environment.get("HRFLOW_CONNECTORS_STORE_URL").is_none();
    let state = StateStore::At { url, is_default, variables: environment.pairs() };
    Runs::open(&state).await.map_err(|error| Refusal::because(error_chain(&error)))
}

/// A run by its id, or a part of it that no other has.
pub(crate) async fn find(runs: &Runs, id: &str) -> Result<ListedRun, Refusal> {
    let found = runs.find(id).await.map_err(|error| Refusal::because(error_chain(&error)))?;
    found.ok_or_else(|| {
        let hint = "`hrflow-connectors runs list` lists the runs";
        Refusal::because(format!("`{id}` matches no run, or several")).with_hint(hint)
    })
}

async fn list(arguments: RunsListArguments) -> Result<(), Refusal> {
    let runs = open(arguments.state.store(), &surroundings::environment()).await?;
    let mut all = runs.list().await.map_err(|error| Refusal::because(error_chain(&error)))?;
    if let Some(workflow_id) = &arguments.workflow_id {
        all.retain(|run| run.record.workflow_id == *workflow_id);
    }
    let bytes: u64 = all.iter().map(|run| run.record.journal_bytes).sum();
    match arguments.state.output {
        OutputFormat::Json => {
            let runs: Vec<_> = all.iter().map(as_json).collect();
            output::json(&json!({"runs": runs, "journal_bytes": bytes}).to_string());
        }
        OutputFormat::Text if all.is_empty() => output::text("No runs in the store."),
        OutputFormat::Text => {
            let table = table(&all).trim_fmt();
            output::text(&format!("{table}\n\nJournals: {}", size(bytes)));
        }
    }
    Ok(())
}

fn table(runs: &[ListedRun]) -> Table {
    let mut table = Table::new();
    table.load_style(presets::NOTHING).set_content_arrangement(ContentArrangement::Disabled);
    table.set_header(["run", "workflow", "action", "began", "state", "status", "read", "failed"]);
    for run in runs {
        let result = run.record.result.as_ref().unwrap_or(&Value::Null);
        let count = |value: &Value| value.as_u64().map(grouped).unwrap_or_default();
        table.add_row([
            run.record.run_id.to_string(),
            line(&run.record.workflow_id).to_string(),
            line(&run.record.action).to_string(),
            run.record.started_at.strftime("%Y-%m-%d %H:%M:%SZ").to_string(),
            run.state().to_owned(),
            result["status"].as_str().unwrap_or_default().to_owned(),
            count(&result["events"]["read_success"]),
            count(&result["outcomes"]["failed"]),
        ]);
    }
    table
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
        Some(letters.map_err(|error| Refusal::because(error_chain(&error)))?)
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
        "run       {}\nworkflow  {}\naction    {}\nbegan     {}\nstate     {}\n",
        record.run_id,
        line(&record.workflow_id),
        line(&record.action),
        record.started_at,
        run.state(),
    );
    if let Some(result) = &record.result {
        let _ = writeln!(text, "status    {}", line(result["status"].as_str().unwrap_or_default()));
        if let Some(message) = result["message"].as_str() {
            let _ = writeln!(text, "message   {}", paragraph(message));
        }
        for (name, count) in result["outcomes"].as_object().into_iter().flatten() {
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
