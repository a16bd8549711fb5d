//! `state`: what a workflow keeps in the store, to look at and to put right.

use std::fmt::Write;

use hrflow_connectors::{ForgetError, Holder, StateReport, StateStore, WorkflowState, error_chain};
use serde_json::json;

use crate::arguments::{
    ChangeStateArguments, OneStateArguments, OutputFormat, StateCommand, StateCommandArguments,
};
use crate::commands::refusal::Refusal;
use crate::commands::stored::{at, only_read, unreadable};
use crate::exit::Exit;
use crate::printable::line;
use crate::units::{grouped, time};
use crate::{confirm, output, surroundings};

pub(crate) async fn state(arguments: StateCommandArguments) -> Exit {
    let done = match arguments.command {
        StateCommand::Show(arguments) => show(arguments).await,
        StateCommand::Unlock(arguments) => unlock(arguments).await,
        StateCommand::Forget(arguments) => forget(arguments).await,
    };
    done.map_or_else(|refusal| refusal.print(OutputFormat::Text), |()| Exit::Success)
}

async fn open(arguments: &OneStateArguments) -> Result<(WorkflowState, StateStore), Refusal> {
    let store = at(arguments.state.store().as_ref(), &surroundings::environment())?;
    let state = WorkflowState::open(&only_read(store.clone()), &arguments.workflow_id).await;
    let state = state.map_err(unreadable)?;
    Ok((state, store))
}

async fn show(arguments: OneStateArguments) -> Result<(), Refusal> {
    let (state, store) = open(&arguments).await?;
    let report = state.report().await.map_err(unreadable)?;
    match arguments.state.output {
        OutputFormat::Text => output::text(&text(&arguments.workflow_id, &report, &store)),
        OutputFormat::Json => {
            let holder = report.holder.as_ref().map(ToString::to_string);
            let json = json!({"workflow_id": arguments.workflow_id, "token": report.token,
                "missing": report.missing, "locked_by": holder});
            output::json(&json.to_string());
        }
    }
    Ok(())
}

fn text(workflow_id: &str, report: &StateReport, store: &StateStore) -> String {
    let mut text = format!("workflow   {}\n", line(workflow_id));
    match &report.token {
        Some(token) => {
            let last = token.last_complete_reading.map_or_else(|| "never".to_owned(), time);
            let _ = writeln!(text, "delivered  {}", grouped(token.delivered));
            let _ = writeln!(text, "missing    {}", grouped(report.missing));
            let _ = writeln!(text, "complete   {last}");
            if let Some(verified) = token.verified_at {
                let _ = writeln!(text, "verified   {}", time(verified));
            }
        }
        None => text.push_str("delivered  nothing is kept\n"),
    }
    let holder = report.holder.as_ref().map(ToString::to_string);
    let _ = writeln!(text, "locked by  {}", line(holder.as_deref().unwrap_or("nobody")));
    if let StateStore::At { url, .. } = store {
        let _ = writeln!(text, "store      {url}");
    }
    text
}

async fn unlock(arguments: ChangeStateArguments) -> Result<(), Refusal> {
    let (state, _) = open(&arguments.of).await?;
    let workflow = line(&arguments.of.workflow_id).to_string();
    let holder = state.report().await.map_err(unreadable)?.holder;
    let Some(holder) = holder.filter(|holder| !holder.is_over() || arguments.yes) else {
        output::text(&format!("Workflow `{workflow}` is not locked."));
        return Ok(());
    };
    let question = format!(
        "Workflow `{workflow}` is locked by {holder}.\nTwo runs at a time can undo each other's \
         work."
    );
    if confirm::is_person(arguments.yes) && !confirm::is_answered(&question).await {
        return Err(confirm::declined());
    }
    let taken: Option<Holder> = state.unlock().await.map_err(unreadable)?;
    let holder = taken.unwrap_or(holder);
    output::text(&format!("Unlocked `{workflow}`, which was locked by {holder}."));
    Ok(())
}

async fn forget(arguments: ChangeStateArguments) -> Result<(), Refusal> {
    let (state, _) = open(&arguments.of).await?;
    let workflow = line(&arguments.of.workflow_id).to_string();
    let report = state.report().await.map_err(unreadable)?;
    let delivered = report.token.map_or(0, |token| token.delivered);
    let question = format!(
        "This forgets {} delivered items of workflow `{workflow}`: the next run sends them again, \
         and a mirror archives none of their jobs before it has adopted them.",
        grouped(delivered)
    );
    if confirm::is_person(arguments.yes) && !confirm::is_answered(&question).await {
        return Err(confirm::declined());
    }
    let forgotten = state.forget().await.map_err(|error| {
        let refusal = Refusal::because(error_chain(&error));
        match error {
            ForgetError::Locked(_) => {
                refusal.with_hint("`state unlock` takes a lock from a dead run")
            }
            ForgetError::Store(_) => refusal,
        }
    })?;
    output::text(&if forgotten {
        format!("Forgot the state of `{workflow}`. Past runs stay listed.")
    } else {
        format!("Workflow `{workflow}` has no state.")
    });
    Ok(())
}
