//! The exit codes, as the documentation lists them.

use hrflow_connectors::{Reason, Status};

/// How the program ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Exit {
    /// 0: everything asked for was done.
    Success,
    /// 1: the run had started and came to nothing, a check failed, or what was to be printed or
    /// saved could not be written.
    Fatal,
    /// 2: refused before anything was changed.
    Refused,
    /// 3: done, with failures.
    SuccessWithFailures,
    /// 128 and the signal's number: stopped early by a signal.
    Interrupted(Signal),
}

/// A signal that ends a run early.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Signal {
    /// `SIGINT`, as Ctrl-C sends it.
    Interrupt,
    /// `SIGTERM`, by which services are ended.
    Terminate,
}

impl Exit {
    /// The number that the process ends with.
    pub(crate) fn code(self) -> u8 {
        match self {
            Self::Success => 0,
            Self::Fatal => 1,
            Self::Refused => 2,
            Self::SuccessWithFailures => 3,
            Self::Interrupted(Signal::Interrupt) => 130,
            Self::Interrupted(Signal::Terminate) => 143,
        }
    }

    /// What a run's verdict means for whoever started it, or looks at what was recorded of it.
    pub(crate) fn of(status: Status, reason: Reason) -> Self {
        match status {
            Status::Success => Self::Success,
            Status::SuccessWithFailures => Self::SuccessWithFailures,
            Status::Fatal if reason.is_refusal() => Self::Refused,
            Status::Fatal => Self::Fatal,
        }
    }

    /// This exit of a run that a signal may have stopped. One that was refused had not begun.
    pub(crate) fn after(self, signal: Option<Signal>) -> Self {
        match (self, signal) {
            (Self::Refused, _) | (_, None) => self,
            (_, Some(signal)) => Self::Interrupted(signal),
        }
    }

    /// How bad it is: of several runs, the worst decides.
    pub(crate) fn severity(self) -> u8 {
        match self {
            Self::Success => 0,
            Self::SuccessWithFailures => 1,
            Self::Refused => 2,
            Self::Fatal => 3,
            Self::Interrupted(_) => 4,
        }
    }

    /// This exit, or one that says that something failed.
    pub(crate) fn at_least_with_failures(self) -> Self {
        match self {
            Self::Success => Self::SuccessWithFailures,
            Self::Fatal | Self::Refused | Self::SuccessWithFailures | Self::Interrupted(_) => self,
        }
    }
}
