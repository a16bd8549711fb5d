//! What surrounds the command line: the environment, which is read here only, and its own program.

#![allow(clippy::disallowed_methods, reason = "the one place that reads the environment")]

use std::sync::{Arc, LazyLock, Mutex, OnceLock, PoisonError};

use hrflow_connectors::{Environment, JqHost, Variable, WorkerCommand};

use crate::JQ_WORKER;

/// Names and values, in order.
type Variables = Arc<Vec<(String, String)>>;

/// Where jq programs are evaluated, once that is known.
static JQ_HOST: OnceLock<JqHost> = OnceLock::new();
/// The variables of a file, in its order.
static FILE: LazyLock<Mutex<Variables>> = LazyLock::new(Mutex::default);
/// The log filter's variable.
const LOG: &str = "HRFLOW_CONNECTORS_LOG";

/// The variables of the command line, beside those of the library.
pub const VARIABLES: [Variable; 4] = [
    Variable {
        name: LOG,
        description: "What to log: a level, or a filter such as `warn,hrflow_connectors=debug`.",
        default: "`info`",
    },
    Variable {
        name: "HRFLOW_CONNECTORS_CONSOLE_TOKEN",
        description: "The password of the console, with any user name. Without it, the console \
                      answers this machine only.",
        default: "",
    },
    Variable {
        name: "NO_COLOR",
        description: "Anything but an empty text switches colours off.",
        default: "",
    },
    Variable {
        name: "OTEL_EXPORTER_OTLP_ENDPOINT",
        description: "Collector that traces, metrics and logs are sent to, as protobuf over HTTP. \
                      The other variables of OpenTelemetry hold, too.",
        default: "nothing is sent",
    },
];

/// All variables whose text is readable, over those of a file.
pub(crate) fn environment() -> Environment {
    let own = std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)));
    of_file().iter().cloned().chain(own).collect()
}

/// Adds the variables of a file, for this command.
pub(crate) fn add(variables: Vec<(String, String)>) {
    *FILE.lock().unwrap_or_else(PoisonError::into_inner) = Arc::new(variables);
}

fn of_file() -> Variables {
    FILE.lock().unwrap_or_else(PoisonError::into_inner).clone()
}

/// A variable of the environment, or else of the file.
fn variable(name: &str) -> Option<String> {
    let own = std::env::var(name).ok();
    own.or_else(|| {
        of_file().iter().rev().find(|(known, _)| known == name).map(|(_, value)| value.clone())
    })
}

/// What to log.
pub(crate) fn log_filter() -> Option<String> {
    variable(LOG).filter(|text| !text.is_empty())
}

/// A variable of OpenTelemetry; an empty one counts as not set.
#[cfg(feature = "otlp")]
pub(crate) fn otel(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|text| !text.is_empty())
}

/// Whether `NO_COLOR` says that no colours are to be used.
pub(crate) fn refuses_colours() -> bool {
    std::env::var_os("NO_COLOR").is_some_and(|text| !text.is_empty())
}

/// Whether the terminal does no more than print lines.
pub(crate) fn has_dumb_terminal() -> bool {
    std::env::var_os("TERM").is_some_and(|name| name == "dumb")
}

/// How wide a page is to be, where `COLUMNS` says.
pub(crate) fn columns() -> Option<usize> {
    std::env::var("COLUMNS").ok()?.parse().ok()
}

/// Processes of this very program evaluate jq programs.
pub fn own_jq_host() -> JqHost {
    match WorkerCommand::own_program([JQ_WORKER]) {
        // Of the environment a worker gets the time zone only.
        Ok(command) => JqHost::Process(match std::env::var("TZ") {
            Ok(zone) => command.variable("TZ", zone),
            Err(_) => command,
        }),
        Err(error) => JqHost::Missing {
            why: format!("could not find the program that is running: {error}"),
            hint: "start it by its whole path".to_owned(),
        },
    }
}

/// Says where jq programs are evaluated. The first word stays.
pub(crate) fn set_jq_host(host: JqHost) {
    // Only one command line runs in a process at a time, and by the same program.
    let _ = JQ_HOST.set(host);
}

/// Where jq programs are evaluated.
pub(crate) fn jq_host() -> JqHost {
    JQ_HOST.get_or_init(own_jq_host).clone()
}
