//! The one place where the command line reads the environment.

#![allow(clippy::disallowed_methods, reason = "the one place that reads the environment")]

use hrflow_connectors::Environment;

/// The log filter's variable.
const LOG: &str = "HRFLOW_CONNECTORS_LOG";

/// All variables whose text is readable.
pub(crate) fn environment() -> Environment {
    std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
        .collect()
}

/// What to log.
pub(crate) fn log_filter() -> Option<String> {
    std::env::var(LOG).ok().filter(|text| !text.is_empty())
}
