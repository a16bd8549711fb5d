//! The exit codes, as the documentation lists them.

use hrflow_connectors::{RunResult, Status};
use serde_json::Value;

/// How the program ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Exit {
    /// 0: everything asked for was done.
    Success,
    /// 1: the run had started and came to nothing.
    Fatal,
    /// 2: refused before anything was sent.
    Refused,
    /// 3: done, with failures.
    SuccessWithFailures,
}

impl Exit {
    /// The number that the process ends with.
    pub(crate) fn code(self) -> u8 {
        match self {
            Self::Success => 0,
            Self::Fatal => 1,
            Self::Refused => 2,
            Self::SuccessWithFailures => 3,
        }
    }

    /// What a run's result means for whoever started it.
    pub(crate) fn of(result: &RunResult) -> Self {
        match result.status {
            Status::Success => Self::Success,
            Status::SuccessWithFailures => Self::SuccessWithFailures,
            Status::Fatal if result.reason.is_refusal() => Self::Refused,
            Status::Fatal => Self::Fatal,
        }
    }

    /// The same of a result that was recorded.
    pub(crate) fn of_recorded(result: &Value) -> Self {
        match result["status"].as_str() {
            Some("success") => Self::Success,
            Some("success_with_failures") => Self::SuccessWithFailures,
            Some("fatal") => Self::Fatal,
            _ => Self::Refused,
        }
    }

    /// This exit, or one that says that something failed.
    pub(crate) fn at_least_with_failures(self) -> Self {
        match self {
            Self::Success => Self::SuccessWithFailures,
            Self::Fatal | Self::Refused | Self::SuccessWithFailures => self,
        }
    }
}
