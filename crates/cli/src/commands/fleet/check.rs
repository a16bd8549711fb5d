//! `check FOLDER`: validates every workflow of a folder and tests its connections.

use std::fmt::Write;

use futures::StreamExt;
use serde_json::json;

use super::{in_its_place, open};
use crate::arguments::{CheckArguments, OutputFormat};
use crate::commands::check::{Examined, Place, examine};
use crate::commands::refusal::Refusal;
use crate::exit::Exit;
use crate::output;
use crate::printable::line;
use crate::units::{counted, grouped};

pub(crate) async fn check(arguments: CheckArguments) -> Exit {
    let CheckArguments { workflow, settings, fleet } = arguments;
    in_its_place(&workflow, async |environment| {
        let flags = workflow.over(settings.settings());
        let opened = open(&workflow, &fleet, flags, environment).await?;
        let place = if workflow.sandbox { Place::Sandbox } else { Place::Real };
        let launcher = &opened.launcher;
        let examined = opened.workflows.iter().map(async |checked| {
            let (environment, options) = (launcher.environment(), launcher.client_options());
            let run = checked.plan(environment, options)?;
            let settings = &checked.workflow.settings;
            let examined = examine(run, settings, environment, options, place).await;
            Ok::<_, Refusal>((checked.workflow.name.clone(), examined))
        });
        let mut examined = futures::stream::iter(examined).buffered(opened.jobs);
        let mut all = Vec::new();
        while let Some(examined) = examined.next().await {
            all.push(examined?);
        }
        all.sort_by(|(left, _), (right, _)| left.cmp(right));
        Ok(print(&all, workflow.output))
    })
    .await
}

fn print(all: &[(String, Examined)], format: OutputFormat) -> Exit {
    let failed = all.iter().filter(|(_, examined)| !examined.is_well()).count();
    match format {
        OutputFormat::Json => {
            let workflows: Vec<_> = all
                .iter()
                .map(|(name, examined)| {
                    let mut json = examined.json();
                    json["name"] = name.as_str().into();
                    json["ok"] = examined.is_well().into();
                    json
                })
                .collect();
            output::json(&json!({"workflows": workflows, "ok": failed == 0}).to_string());
        }
        OutputFormat::Text => {
            let mut text = String::new();
            for (name, examined) in all {
                let _ = writeln!(text, "{}", line(name));
                for answer in examined.lines().lines() {
                    let _ = writeln!(text, "  {answer}");
                }
            }
            let how = match failed {
                0 => "all ok".to_owned(),
                failed => format!("{} failed", grouped(failed as u64)),
            };
            output::text(&format!("{text}\n{}: {how}", counted(all.len() as u64, "workflow")));
        }
    }
    if failed == 0 { Exit::Success } else { Exit::Fatal }
}
