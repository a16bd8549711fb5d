//! Why a command does nothing, and how that is said.

use std::fmt::Display;

use hrflow_connectors::{Hint, Problem, Problems, Reason, RunResult, refused};

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
    Message {
        /// Why.
        message: String,
        /// What to do about it.
        hint: Option<String>,
    },
}

impl Refusal {
    /// It cannot be done, for a reason that a person reads.
    pub(crate) fn because(why: impl Display) -> Self {
        Self::Message { message: why.to_string(), hint: None }
    }

    /// The same, and what to do about it.
    pub(crate) fn with_hint(self, hint: impl Into<String>) -> Self {
        match self {
            Self::Message { message, .. } => Self::Message { message, hint: Some(hint.into()) },
            Self::Problems { .. } => self,
        }
    }

    /// Prints it; with `--output json` the result as well, for those who read only that.
    pub(crate) fn print(self, format: OutputFormat) -> Exit {
        match &self {
            Self::Problems { problems, .. } => output::problems(problems),
            Self::Message { message, hint } => output::error_with_hint(message, hint.as_deref()),
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
            Self::Message { message, hint } => {
                let (workflow_id, action) = (String::new(), String::new());
                let refused = RunResult::refused(workflow_id, action, Reason::BadWorkflow, message);
                RunResult { hints: hint.map(Hint::Text).into_iter().collect(), ..refused }
            }
        }
    }
}

impl From<Problem> for Refusal {
    fn from(problem: Problem) -> Self {
        let Problem { place, message, hint, .. } = problem;
        Self::Message { message: format!("{place}: {message}"), hint }
    }
}

impl From<Problems> for Refusal {
    fn from(problems: Problems) -> Self {
        Self::Problems { problems, workflow_id: String::new(), action: String::new() }
    }
}

/// A result as JSON.
pub(crate) fn as_json(result: &RunResult) -> String {
    hints::value(result).to_string()
}
