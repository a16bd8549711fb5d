//! Why a command does nothing, and how that is said.

use std::fmt::Display;

use hrflow_connectors::{Problems, Reason, RunResult, refused};

use crate::arguments::OutputFormat;
use crate::exit::Exit;
use crate::hints;
use crate::output;

/// Why a command does nothing.
#[derive(Debug)]
pub(crate) enum Refusal {
    /// What was asked for is wrong.
    Problems {
        /// Every mistake.
        problems: Problems,
        /// The workflow's name, as far as it can be read.
        workflow_id: String,
        /// The action's name, as far as it can be read.
        action: String,
    },
    /// It cannot be done.
    Message(String),
}

impl Refusal {
    /// It cannot be done, for a reason that a person reads.
    pub(crate) fn because(why: impl Display) -> Self {
        Self::Message(why.to_string())
    }

    /// Prints it; with `--output json` the result as well, for those who read only that.
    pub(crate) fn print(self, format: OutputFormat) -> Exit {
        match &self {
            Self::Problems { problems, .. } => output::problems(problems),
            Self::Message(message) => output::error(message),
        }
        if format == OutputFormat::Json {
            output::json(&as_json(&self.into_result()));
        }
        Exit::Refused
    }

    fn into_result(self) -> RunResult {
        match self {
            Self::Problems { problems, workflow_id, action } => {
                refused(workflow_id, action, &problems)
            }
            Self::Message(message) => {
                let (workflow_id, action) = (String::new(), String::new());
                RunResult::refused(workflow_id, action, Reason::BadWorkflow, message)
            }
        }
    }
}

/// A result as JSON.
pub(crate) fn as_json(result: &RunResult) -> String {
    hints::value(result).to_string()
}
