//! `check`: validates a workflow and tests both connections, without writing.

use hrflow_connectors::francetravail::{Duty, DutyState, check_codes, duties};
use hrflow_connectors::{
    Checked, ClientOptions, Environment, Run, SettingKey, Settings, store_url,
};
use serde_json::{Value, json};

use crate::arguments::{CheckArguments, OutputFormat};
use crate::commands::run::{Prepared, prepare};
use crate::commands::{fleet, store_check};
use crate::exit::Exit;
use crate::output;
use crate::printable::paragraph;

pub(crate) async fn check(arguments: CheckArguments) -> Exit {
    if fleet::is_folder(&arguments.workflow.subject) {
        return fleet::check(arguments).await;
    }
    let CheckArguments { workflow, settings, fleet } = arguments;
    if let Some(refusal) = fleet::refusal_of_one(&fleet, &workflow.subject) {
        return refusal.print(workflow.output);
    }
    let Prepared { run, settings, environment, client_options, sandbox } =
        match prepare(&workflow, settings.settings()).await {
            Ok(prepared) => prepared,
            Err(refusal) => return refusal.print(workflow.output),
        };
    let place = if sandbox.is_some() { Place::Sandbox } else { Place::Real };
    let examined = examine(run, &settings, &environment, &client_options, place).await;
    match workflow.output {
        OutputFormat::Text => {
            let duties = examined.duties.iter().map(duty_line).collect::<String>();
            output::text(&(duties + &examined.lines()));
        }
        OutputFormat::Json => output::json(&examined.json().to_string()),
    }
    if examined.is_well() { Exit::Success } else { Exit::Fatal }
}

/// Where a workflow is checked.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    /// Against the services that it is for.
    Real,
    /// Against an embedded sandbox, of which nothing is kept.
    Sandbox,
}

/// A workflow, and what came of checking it.
pub(crate) struct Examined {
    run: Run,
    answers: Vec<Checked>,
    duties: Vec<Duty>,
}

/// Asks both services, the store, and the code lists, and tries logics and format on real offers.
pub(crate) async fn examine(
    mut run: Run,
    settings: &Settings,
    environment: &Environment,
    client_options: &ClientOptions,
    place: Place,
) -> Examined {
    let given = settings.get(SettingKey::Store);
    // What the sandbox does is not kept, unless somebody names a store.
    let is_kept = place == Place::Real || given.is_some();
    let store = if is_kept { store_check::checked(&run).await } else { None };
    let kept_codes = store_url(given, environment).ok().filter(|_| is_kept);
    let (services, codes) = tokio::join!(
        run.check(),
        check_codes(&settings.sections, kept_codes.as_ref(), environment, client_options)
    );
    let mut answers: Vec<_> = services.into_iter().chain(store).chain(codes).collect();
    let has_own_steps = settings.logics.as_ref().is_some_and(|logics| !logics.is_empty())
        || settings.get(SettingKey::Format).is_some();
    // What is known to fail is not asked again.
    if has_own_steps && answers.iter().all(|checked| checked.answer.is_ok()) {
        answers.push(run.rehearse().await);
    }
    Examined { run, answers, duties: duties(settings) }
}

impl Examined {
    pub(crate) fn is_well(&self) -> bool {
        self.answers.iter().all(|checked| checked.answer.is_ok())
    }

    /// A line for each answer; what fails stands last, where it is seen.
    pub(crate) fn lines(&self) -> String {
        self.answers.iter().map(line).collect()
    }

    pub(crate) fn json(&self) -> Value {
        as_json(&self.run, &self.answers, &self.duties)
    }
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

fn as_json(run: &Run, answers: &[Checked], duties: &[Duty]) -> Value {
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
}
