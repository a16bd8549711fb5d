//! `items`: how each item of a run ended.

use std::fmt::Write as _;
use std::io::{BufWriter, Write};

use hrflow_connectors::{ItemReport, error_chain};

use crate::arguments::{ItemsArguments, OutputFormat};
use crate::commands::refusal::Refusal;
use crate::commands::stored::{find, open};
use crate::exit::Exit;
use crate::printable::{self, gate_json};
use crate::{output, surroundings};

pub(crate) async fn items(arguments: ItemsArguments) -> Exit {
    let listed = listed(arguments).await;
    listed.map_or_else(|refusal| refusal.print(OutputFormat::Text), |()| Exit::Success)
}

/// Prints as it reads: a run may have a million items.
async fn listed(arguments: ItemsArguments) -> Result<(), Refusal> {
    let runs = open(arguments.state.store(), &surroundings::environment()).await?;
    let run = find(&runs, &arguments.run).await?;
    let run_id = &run.record.run_id;
    let is_json = arguments.state.output == OutputFormat::Json;
    let mut out = BufWriter::new(output::stream());
    let mut print = |text: &str| {
        // Where it cannot be written, stdout says so at the end.
        let _ = out.write_all(text.as_bytes());
    };
    if is_json {
        print(&format!("{{\"run_id\":\"{run_id}\",\"items\":["));
    }
    let mut is_first = true;
    let told = runs
        .items(run_id, |report| {
            if arguments.outcome.as_ref().is_some_and(|outcome| *outcome != report.outcome) {
                return;
            }
            match (is_json, std::mem::replace(&mut is_first, false)) {
                (true, true) => print(&json(&report)),
                (true, false) => print(&format!(",{}", json(&report))),
                (false, _) => print(&line(&report)),
            }
        })
        .await;
    if is_json {
        print("]}\n");
    }
    drop(out);
    told.map_err(|error| Refusal::because(error_chain(&error)))
}

fn json(report: &ItemReport) -> String {
    // A report is text: there is nothing that JSON could not hold.
    gate_json(&serde_json::to_string(report).unwrap_or_default())
}

fn line(report: &ItemReport) -> String {
    let reference = printable::line(report.reference.as_deref().unwrap_or("(no reference)"));
    let mut line = format!("{reference:<10} {}", printable::line(&report.outcome));
    for part in [&report.stage, &report.why].into_iter().flatten() {
        let _ = write!(line, "   {}", printable::line(part));
    }
    line.push('\n');
    line
}
