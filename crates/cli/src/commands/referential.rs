//! `referential`: the codes that a search takes.

use std::fmt::Write;

use hrflow_connectors::francetravail::{
    ConnectorAuth, REFERENTIALS, Referential, ReferentialEntry, referential as fetch,
};
use hrflow_connectors::{
    ClientOptions, Environment, Given, Place, StoreUrl, nearest_name, store_url,
};
use jiff::Timestamp;

use crate::arguments::{OutputFormat, ReferentialArguments};
use crate::commands::embedded;
use crate::exit::Exit;
use crate::output;
use crate::printable::line;

pub(crate) async fn referential(arguments: ReferentialArguments) -> Exit {
    let Some(name) = &arguments.name else {
        output::text(&all());
        return Exit::Success;
    };
    let Some((name, ..)) = REFERENTIALS.iter().find(|(known, ..)| known == name) else {
        output::error_with_hint(&format!("unknown list `{name}`"), Some(&meant(name)));
        return Exit::Refused;
    };
    let asked_at = Timestamp::now();
    match list(name, &arguments).await {
        Ok(list) => {
            if list.fetched_at < asked_at {
                output::note(&age(&list, asked_at));
            }
            let found: Vec<_> =
                list.entries.iter().filter(|entry| entry.matches(&arguments.search)).collect();
            if found.is_empty() {
                let searched = line(&arguments.search);
                output::note(&format!("No code of `{name}` matches `{searched}`."));
            }
            match arguments.output {
                OutputFormat::Text if found.is_empty() => {}
                OutputFormat::Text => output::text(&text(&found)),
                // Codes and labels are text: there is nothing that JSON could not hold.
                OutputFormat::Json => {
                    output::json(&serde_json::to_string(&found).unwrap_or_default());
                }
            }
            Exit::Success
        }
        Err((exit, message)) => {
            output::error(&message);
            exit
        }
    }
}

/// The list that was probably meant: by a slip in its name, or by the parameter that takes its codes.
fn meant(name: &str) -> String {
    let of_parameter: Vec<_> = REFERENTIALS
        .iter()
        .filter(|(_, parameter, _)| parameter.eq_ignore_ascii_case(name))
        .map(|(list, ..)| format!("`{list}`"))
        .collect();
    if !of_parameter.is_empty() {
        return format!("the codes of `{name}` are in {}", of_parameter.join(" and "));
    }
    match nearest_name(name, REFERENTIALS.iter().map(|(list, ..)| *list)) {
        Some(list) => format!("did you mean `{list}`?"),
        None => "run `hrflow-connectors referential` to see all lists".to_owned(),
    }
}

async fn list(name: &str, arguments: &ReferentialArguments) -> Result<Referential, (Exit, String)> {
    let refused = |message: String| (Exit::Refused, message);
    let (environment, sandbox) = embedded::place(arguments.sandbox).await.map_err(refused)?;
    let auth = credentials(&environment).map_err(refused)?;
    let store = place(arguments, &environment).map_err(refused)?;
    let client_options = ClientOptions::over_https().map_err(|error| refused(error.to_string()))?;
    let list = fetch(name, auth, &store, &environment, &client_options).await;
    if let Some(sandbox) = sandbox {
        sandbox.stop().await;
    }
    list.map_err(|error| (Exit::Fatal, error.to_string()))
}

fn credentials(environment: &Environment) -> Result<ConnectorAuth, String> {
    let get = |name: &str| {
        let missing = || format!("`{name}` is not set in the environment");
        environment.get(name).map(str::to_owned).ok_or_else(missing)
    };
    Ok(ConnectorAuth::new(get("FRANCETRAVAIL_CLIENT_ID")?, get("FRANCETRAVAIL_CLIENT_SECRET")?))
}

/// Where lists are kept. What a sandbox says is not kept for the real service.
fn place(arguments: &ReferentialArguments, environment: &Environment) -> Result<StoreUrl, String> {
    if arguments.sandbox && arguments.store.is_none() {
        return Ok(StoreUrl::Memory);
    }
    let given =
        arguments.store.as_ref().map(|url| Given::text(url, Place::Flag("--store".to_owned())));
    store_url(given.as_ref(), environment).map_err(|problem| problem.to_string())
}

/// How old a kept list is.
fn age(list: &Referential, now: Timestamp) -> String {
    let minutes = now.duration_since(list.fetched_at).as_mins();
    let age = match minutes {
        0..60 => format!("{minutes} min"),
        _ => format!("{} h", minutes / 60),
    };
    format!("cached {age} ago (refreshed daily)")
}

fn all() -> String {
    let mut text = String::new();
    for (name, parameter, what) in REFERENTIALS {
        let _ = writeln!(text, "{name:<18} {parameter:<16} {what}");
    }
    text.push_str("\n`hrflow-connectors referential NAME --search TEXT` finds codes.\n");
    text
}

fn text(entries: &[&ReferentialEntry]) -> String {
    let mut text = String::new();
    for entry in entries {
        let code = line(entry.code.as_deref().unwrap_or_default());
        let _ = writeln!(text, "{code:<8} {}", line(&entry.label));
    }
    text
}
