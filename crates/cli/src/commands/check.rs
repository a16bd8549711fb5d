//! `check`: validates a workflow and tests both connections, without writing.

use hrflow_connectors::francetravail::{Duty, DutyState, check_codes, duties};
use hrflow_connectors::{Checked, Run, SettingKey, store_url};
use serde_json::json;

use crate::arguments::{CheckArguments, OutputFormat};
use crate::commands::run::{Prepared, prepare};
use crate::commands::store_check;
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
    let store = match &prepared.sandbox {
        // What the sandbox does is not kept, unless somebody names a store.
        Some(_) if prepared.settings.get(SettingKey::Store).is_none() => None,
        Some(_) | None => store_check::checked(&prepared.run).await,
    };
    let (services, codes) = tokio::join!(prepared.run.check(), codes(&prepared));
    let mut answers: Vec<_> = services.into_iter().chain(store).chain(codes).collect();
    let has_own_steps = prepared.settings.logics.as_ref().is_some_and(|logics| !logics.is_empty())
        || prepared.settings.get(SettingKey::Format).is_some();
    // What is known to fail is not asked again.
    if has_own_steps && answers.iter().all(|checked| checked.answer.is_ok()) {
        answers.push(prepared.run.rehearse().await);
    }
    let duties = duties(&prepared.settings);
    match format {
        OutputFormat::Text => {
            // What fails stands last, where it is seen.
            let lines = duties.iter().map(duty_line).chain(answers.iter().map(line));
            output::text(&lines.collect::<String>());
        }
        OutputFormat::Json => output::json(&as_json(&prepared.run, &answers, &duties)),
    }
    if answers.iter().all(|checked| checked.answer.is_ok()) { Exit::Success } else { Exit::Fatal }
}

async fn codes(prepared: &Prepared) -> Vec<Checked> {
    let Prepared { settings, environment, client_options, sandbox, .. } = prepared;
    // What a sandbox says is not kept for the real service.
    let given = settings.get(SettingKey::Store);
    let is_kept = sandbox.is_none() || given.is_some();
    let store = store_url(given, environment).ok().filter(|_| is_kept);
    check_codes(&settings.sections, store.as_ref(), environment, client_options).await
}

fn line(checked: &Checked) -> String {
    match &checked.answer {
        Ok(said) => format!("ok      {}: {}\n", checked.service, paragraph(said)),
        Err(error) => {
            let text = format!("failed  {}: {}\n", checked.service, paragraph(&error.message));
            match &error.hint {
                Some(hint) => format!("{text}  hint: {}\n", paragraph(hint)),
                None => text,
            }
        }
    }
}

/// What the licence of the offers asks for: `met` by the workflow, or a `duty` of its operator.
fn duty_line(duty: &Duty) -> String {
    let state = match duty.state {
        DutyState::Met => "met ",
        DutyState::Operator => "duty",
    };
    format!("{state}    licence, art. {}: {}\n", duty.article, paragraph(&duty.message))
}

fn as_json(run: &Run, answers: &[Checked], duties: &[Duty]) -> String {
    let services: Vec<_> = answers
        .iter()
        .map(|Checked { service, answer }| {
            let hint = answer.as_ref().err().and_then(|error| error.hint.as_ref());
            let text = answer.as_ref().unwrap_or_else(|error| &error.message);
            let mut json = json!({"service": service, "ok": answer.is_ok(), "message": text});
            if let Some(hint) = hint {
                json["hint"] = json!(hint);
            }
            json
        })
        .collect();
    json!({
        "workflow_id": run.workflow_id(),
        "action": run.action(),
        "services": services,
        "warnings": run.warnings(),
        "duties": duties,
    })
    .to_string()
}
