//! `undo`: takes the jobs out of the archive that a run has archived.

use std::fmt::Write;
use std::sync::Arc;

use hrflow_connectors::hrflow::Restorer;
use hrflow_connectors::{Environment, LeaseError, RunId, Settings, WorkflowState, error_chain};
use serde_json::json;
use tokio::task::JoinSet;

use crate::arguments::{OutputFormat, UndoArguments};
use crate::commands::refusal::Refusal;
use crate::commands::run::client_options;
use crate::commands::stored::{at, find, only_read, open, unreadable};
use crate::exit::Exit;
use crate::printable::{line, paragraph};
use crate::units::{counted, grouped};
use crate::{confirm, output, surroundings};

/// How many calls are made at a time.
const AT_A_TIME: usize = 8;
/// How many failures are shown.
const SHOWN: usize = 5;

pub(crate) async fn undo(arguments: UndoArguments) -> Exit {
    let prepared = prepared(&arguments, &surroundings::environment()).await;
    let undo = match prepared {
        Ok(undo) => undo,
        Err(refusal) => return refusal.print(OutputFormat::Text),
    };
    let question = format!(
        "This takes {} out of the archive.\n  board  {}",
        counted(undo.references.len() as u64, "job"),
        undo.restorer.board_key()
    );
    if arguments.dry_run {
        output::text(&format!(
            "Dry run: {} would be taken out of the archive.",
            counted(undo.references.len() as u64, "job")
        ));
        return Exit::Success;
    }
    if confirm::is_person(arguments.yes) && !confirm::is_answered(&question).await {
        return confirm::declined().print(OutputFormat::Text);
    }
    let run_id = undo.run_id.clone();
    // Asked for after the question: a person may take their time.
    let lease = match undo.workflow.hold().await {
        Ok(lease) => lease,
        Err(error) => return busy(error).print(arguments.state.output),
    };
    let undone = undo.carry_out().await;
    if let Err(error) = lease.release().await {
        output::error(&format!("could not unlock the workflow: {}", error_chain(&error)));
    }
    match arguments.state.output {
        OutputFormat::Text => output::text(&undone.text()),
        OutputFormat::Json => output::json(&undone.json(&run_id)),
    }
    undone.exit()
}

/// What is to be undone.
struct Undo {
    run_id: RunId,
    workflow: WorkflowState,
    restorer: Arc<Restorer>,
    references: Vec<String>,
}

/// What came of it.
#[derive(Default)]
struct Undone {
    restored: u64,
    missing: u64,
    failed: Vec<(String, String)>,
}

async fn prepared(arguments: &UndoArguments, environment: &Environment) -> Result<Undo, Refusal> {
    let runs = open(arguments.state.store(), environment).await?;
    let run = find(&runs, &arguments.run).await?;
    let run_id = run.record.run_id.clone();
    if run.is_alive && run.is_unfinished() {
        let why = format!("run {run_id} is in progress");
        return Err(Refusal::because(why).with_hint("stop it, or wait for it to end"));
    }
    let settings = arguments.over(Settings::of_run(&run.record, environment)?);
    let mut references = Vec::new();
    let items = runs.items(&run_id, |report| {
        if report.outcome == "archived" {
            references.extend(report.reference);
        }
    });
    items.await.map_err(unreadable)?;
    if references.is_empty() {
        return Err(Refusal::because(format!("run {run_id} has archived no job")));
    }
    let restorer = Restorer::connect(&settings, environment, &client_options()?)?;
    let store = only_read(at(arguments.state.store().as_ref(), environment)?);
    let workflow = WorkflowState::open(&store, &run.record.workflow_id).await;
    let workflow = workflow.map_err(unreadable)?;
    Ok(Undo { run_id, workflow, restorer: Arc::new(restorer), references })
}

/// A run of the workflow would archive what is taken out, or the other way round.
fn busy(error: LeaseError) -> Refusal {
    match error {
        LeaseError::Held(holder) => {
            Refusal::because(format!("a run of the workflow is in progress: locked by {holder}"))
                .with_hint("stop it, or wait for it to end")
        }
        LeaseError::Store(error) => unreadable(error),
    }
}

impl Undo {
    async fn carry_out(self) -> Undone {
        let mut undone = Undone::default();
        let mut calls = JoinSet::new();
        for reference in self.references {
            if calls.len() >= AT_A_TIME
                && let Some(Ok((reference, answer))) = calls.join_next().await
            {
                undone.note(reference, answer);
            }
            let restorer = self.restorer.clone();
            calls.spawn(async move {
                let answer = restorer.restore(&reference).await;
                (reference, answer.map_err(|error| error_chain(&error)))
            });
        }
        while let Some(Ok((reference, answer))) = calls.join_next().await {
            undone.note(reference, answer);
        }
        undone
    }
}

impl Undone {
    fn note(&mut self, reference: String, answer: Result<bool, String>) {
        match answer {
            Ok(true) => self.restored += 1,
            Ok(false) => self.missing += 1,
            Err(why) => self.failed.push((reference, why)),
        }
    }

    fn text(&self) -> String {
        let failed = self.failed.len() as u64;
        let mut text = format!("Undone: {} taken out of the archive", grouped(self.restored));
        for (count, what) in [(self.missing, "not on the board"), (failed, "failed")] {
            if count > 0 {
                let _ = write!(text, ", {} {what}", grouped(count));
            }
        }
        text.push_str(".\n");
        for (reference, why) in self.failed.iter().take(SHOWN) {
            let _ = writeln!(text, "  {}: {}", line(reference), paragraph(why));
        }
        if failed > 0 {
            text.push_str("hint: run the same command again; doing so twice is harmless\n");
        }
        text
    }

    fn json(&self, run_id: &RunId) -> String {
        let failed: Vec<_> = self
            .failed
            .iter()
            .map(|(reference, why)| json!({"reference": reference, "why": why}))
            .collect();
        let Self { restored, missing, .. } = self;
        let run_id = run_id.as_str();
        json!({"run_id": run_id, "restored": restored, "missing": missing, "failed": failed})
            .to_string()
    }

    fn exit(&self) -> Exit {
        match (self.failed.is_empty(), self.restored) {
            (true, _) => Exit::Success,
            (false, 0) => Exit::Fatal,
            (false, _) => Exit::SuccessWithFailures,
        }
    }
}
