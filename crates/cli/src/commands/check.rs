//! `check`: validates a workflow, asks both services, moves nothing.

use hrflow_connectors::{Checked, Plan};
use serde_json::json;

use crate::arguments::{OutputFormat, WorkflowArguments};
use crate::commands::run::prepare;
use crate::exit::Exit;
use crate::output;

pub(crate) async fn check(arguments: WorkflowArguments) -> Exit {
    match prepare(&arguments).await {
        Ok(prepared) => ask(&prepared.plan, arguments.output).await,
        Err(exit) => exit,
    }
}

async fn ask(plan: &Plan, format: OutputFormat) -> Exit {
    let answers = plan.check().await;
    output::data(&match format {
        OutputFormat::Text => answers.iter().map(line).collect::<String>(),
        OutputFormat::Json => as_json(plan, &answers),
    });
    if answers.iter().all(|checked| checked.answer.is_ok()) { Exit::Success } else { Exit::Fatal }
}

fn line(checked: &Checked) -> String {
    match &checked.answer {
        Ok(said) => format!("ok      {}: {said}\n", checked.service),
        Err(why) => format!("failed  {}: {why}\n", checked.service),
    }
}

fn as_json(plan: &Plan, answers: &[Checked]) -> String {
    let services: Vec<_> = answers
        .iter()
        .map(|Checked { service, answer }| {
            let text = answer.as_ref().unwrap_or_else(|why| why);
            json!({"service": service, "ok": answer.is_ok(), "message": text})
        })
        .collect();
    json!({"workflow_id": plan.workflow_id(), "action": plan.action(), "services": services})
        .to_string()
}
