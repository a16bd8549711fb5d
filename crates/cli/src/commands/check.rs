//! `check`: validates a workflow, asks both services, moves nothing.

use hrflow_connectors::francetravail::check_codes;
use hrflow_connectors::{Checked, Plan, SettingKey, store_url};
use serde_json::json;

use crate::arguments::{CheckArguments, OutputFormat};
use crate::commands::run::{Prepared, prepare};
use crate::exit::Exit;
use crate::output;
use crate::printable::paragraph;

pub(crate) async fn check(arguments: CheckArguments) -> Exit {
    let CheckArguments { workflow, settings } = arguments;
    match prepare(&workflow, settings.settings()).await {
        Ok(prepared) => ask(prepared, workflow.output).await,
        Err(refusal) => refusal.print(workflow.output),
    }
}

async fn ask(mut prepared: Prepared, format: OutputFormat) -> Exit {
    let (services, codes) = tokio::join!(prepared.plan.check(), codes(&prepared));
    let mut answers: Vec<_> = services.into_iter().chain(codes).collect();
    let has_own_steps = prepared.settings.logics.as_ref().is_some_and(|logics| !logics.is_empty())
        || prepared.settings.get(SettingKey::Format).is_some();
    // What is known to fail is not asked again.
    if has_own_steps && answers.iter().all(|checked| checked.answer.is_ok()) {
        answers.push(prepared.plan.rehearse().await);
    }
    match format {
        OutputFormat::Text => output::text(&answers.iter().map(line).collect::<String>()),
        OutputFormat::Json => output::json(&as_json(&prepared.plan, &answers)),
    }
    if answers.iter().all(|checked| checked.answer.is_ok()) { Exit::Success } else { Exit::Fatal }
}

async fn codes(prepared: &Prepared) -> Vec<Checked> {
    let Prepared { settings, environment, wiring, sandbox, .. } = prepared;
    // What a sandbox says is not kept for the real service.
    let given = settings.get(SettingKey::Store);
    let is_kept = sandbox.is_none() || given.is_some();
    let store = store_url(given, environment).ok().filter(|_| is_kept);
    check_codes(&settings.sections, store.as_ref(), environment, wiring).await
}

fn line(checked: &Checked) -> String {
    match &checked.answer {
        Ok(said) => format!("ok      {}: {}\n", checked.service, paragraph(said)),
        Err(why) => format!("failed  {}: {}\n", checked.service, paragraph(why)),
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
    json!({
        "workflow_id": plan.workflow_id(),
        "action": plan.action(),
        "services": services,
        "warnings": plan.warnings(),
    })
    .to_string()
}
