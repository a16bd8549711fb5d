//! `doctor`: whether this machine is fit to run workflows, before there is one.

use hrflow_connectors::{
    Environment, Reached, Reply, StateStore, StoreUrl, WorkflowState, error_chain, reach,
};
use jiff::SignedDuration;
use serde_json::json;

use crate::arguments::{DoctorArguments, OutputFormat};
use crate::commands::refusal::Refusal;
use crate::commands::run::client_options;
use crate::commands::stored::at;
use crate::exit::Exit;
use crate::printable::paragraph;
use crate::units::duration;
use crate::{output, surroundings};

/// Credentials are refused where clocks differ by more.
const CLOCK_SKEW: SignedDuration = SignedDuration::from_secs(60);
/// The variables of credentials.
const CREDENTIALS: [&str; 4] = [
    "FRANCETRAVAIL_CLIENT_ID",
    "FRANCETRAVAIL_CLIENT_SECRET",
    "HRFLOW_API_SECRET",
    "HRFLOW_API_USER",
];
/// The variables by which requests go through a proxy.
const PROXIES: [&str; 4] = ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"];

/// What was found out of one thing.
struct Finding {
    name: &'static str,
    state: State,
    message: String,
    hint: Option<String>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Good,
    /// It may be as somebody wants it.
    Note,
    Bad,
}

pub(crate) async fn doctor(arguments: DoctorArguments) -> Exit {
    let environment = surroundings::environment();
    let findings = match findings(&arguments, &environment).await {
        Ok(findings) => findings,
        Err(refusal) => return refusal.print(OutputFormat::Text),
    };
    match arguments.state.output {
        OutputFormat::Text => output::text(&findings.iter().map(line).collect::<String>()),
        OutputFormat::Json => output::json(&as_json(&findings)),
    }
    if findings.iter().any(|found| found.state == State::Bad) { Exit::Fatal } else { Exit::Success }
}

async fn findings(
    arguments: &DoctorArguments,
    environment: &Environment,
) -> Result<Vec<Finding>, Refusal> {
    let state = at(arguments.state.store().as_ref(), environment)?;
    let reached = reach(environment, &client_options()?).await;
    let mut findings = vec![credentials(environment), proxy(environment)];
    findings.extend(reached.iter().map(address));
    findings.extend(clock(&reached));
    findings.push(store(&state).await);
    Ok(findings)
}

fn finding(name: &'static str, state: State, message: impl Into<String>) -> Finding {
    Finding { name, state, message: message.into(), hint: None }
}

fn credentials(environment: &Environment) -> Finding {
    let missing: Vec<_> =
        CREDENTIALS.into_iter().filter(|name| environment.get(name).is_none()).collect();
    if missing.is_empty() {
        return finding("Credentials", State::Good, "all four variables are set");
    }
    let found = finding("Credentials", State::Note, format!("not set: {}", missing.join(", ")));
    Finding { hint: Some("set them, or name them in each workflow file".to_owned()), ..found }
}

fn proxy(environment: &Environment) -> Finding {
    match PROXIES.into_iter().find(|name| environment.get(name).is_some()) {
        // Its address may hold a password.
        Some(name) => {
            finding("Proxy", State::Note, format!("requests go through that of `{name}`"))
        }
        None => finding("Proxy", State::Good, "none"),
    }
}

fn address(reached: &Reached) -> Finding {
    let Reached { name, variable, url, answer } = reached;
    match answer {
        Ok(Reply { time, .. }) => {
            let time = duration(u64::try_from(time.as_millis()).unwrap_or(u64::MAX));
            finding(name, State::Good, format!("{url} answers in {time}"))
        }
        Err(why) => {
            let hint =
                format!("check the network, the proxy, and `{variable}`, which sets the address");
            Finding { hint: Some(hint), ..finding(name, State::Bad, format!("{url}: {why}")) }
        }
    }
}

/// The clock of this machine, against the services'; none where none has said its own.
fn clock(reached: &[Reached]) -> Option<Finding> {
    let replies = reached.iter().filter_map(|reached| reached.answer.as_ref().ok());
    let worst = replies.filter_map(|reply| reply.clock_ahead).max_by_key(|ahead| ahead.abs())?;
    if worst.abs() <= CLOCK_SKEW {
        return Some(finding("Clock", State::Good, "agrees with the services"));
    }
    let by = duration(u64::try_from(worst.abs().as_millis()).unwrap_or(u64::MAX));
    let how = if worst.is_positive() { "fast" } else { "slow" };
    let found = finding("Clock", State::Bad, format!("{by} {how}"));
    Some(Finding { hint: Some("set the clock, for example by NTP".to_owned()), ..found })
}

async fn store(state: &StateStore) -> Finding {
    let StateStore::At { url, is_default, .. } = state else {
        return finding("Store", State::Good, "is open");
    };
    let absent = match url {
        StoreUrl::Sqlite(path) | StoreUrl::File(path) if !path.exists() => path.parent(),
        _ => None,
    };
    match absent {
        Some(_) if *is_default => {
            return finding(
                "Store",
                State::Good,
                format!("{url} does not exist yet; a run makes it"),
            );
        }
        Some(folder) if !folder.as_os_str().is_empty() && !folder.is_dir() => {
            let found = finding("Store", State::Bad, format!("{url}: the folder does not exist"));
            return Finding {
                hint: Some("make the folder, or correct the address".to_owned()),
                ..found
            };
        }
        Some(_) => {
            return finding(
                "Store",
                State::Good,
                format!("{url} does not exist yet; a run makes it"),
            );
        }
        None => {}
    }
    let probed = match WorkflowState::open(state, "").await {
        Ok(store) => store.probe().await,
        Err(error) => Err(error),
    };
    match probed {
        Ok(()) => finding("Store", State::Good, format!("{url} can be written")),
        Err(error) => {
            let hint = error.hint().map(str::to_owned);
            Finding { hint, ..finding("Store", State::Bad, error_chain(&error)) }
        }
    }
}

fn word(state: State) -> &'static str {
    match state {
        State::Good => "ok",
        State::Note => "note",
        State::Bad => "failed",
    }
}

fn line(found: &Finding) -> String {
    let Finding { name, state, message, hint } = found;
    let hint = hint.as_ref().map(|hint| format!("  hint: {}\n", paragraph(hint)));
    format!("{:<6}  {name}: {}\n{}", word(*state), paragraph(message), hint.unwrap_or_default())
}

fn as_json(findings: &[Finding]) -> String {
    let findings: Vec<_> = findings
        .iter()
        .map(|Finding { name, state, message, hint }| {
            json!({"name": name, "state": word(*state), "message": message, "hint": hint})
        })
        .collect();
    json!({"version": env!("CARGO_PKG_VERSION"), "findings": findings}).to_string()
}
