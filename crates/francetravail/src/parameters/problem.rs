//! What is wrong with a parameter, and how to mend it.

use std::fmt;

/// Why a value was refused, without the name of its parameter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rejection {
    /// What is wrong, as a sentence without a full stop.
    pub message: String,
    /// How to mend it, where that is known.
    pub hint: Option<String>,
}

impl Rejection {
    /// A refusal without a hint.
    pub fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), hint: None }
    }

    /// Adds how to mend it.
    #[must_use]
    pub fn with_hint(self, hint: impl Into<String>) -> Self {
        Self { hint: Some(hint.into()), ..self }
    }

    /// Adds a hint where there is one.
    #[must_use]
    pub(crate) fn with_hint_from(self, hint: Option<String>) -> Self {
        Self { hint, ..self }
    }

    /// Names the parameter that was refused.
    pub fn of(self, parameter: impl Into<String>) -> ParameterProblem {
        ParameterProblem { parameter: parameter.into(), message: self.message, hint: self.hint }
    }
}

impl fmt::Display for Rejection {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.message)?;
        match &self.hint {
            Some(hint) => write!(formatter, " (hint: {hint})"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for Rejection {}

/// One mistake in the parameters of a search.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParameterProblem {
    /// The name as it was written.
    pub parameter: String,
    /// What is wrong, as a sentence without a full stop.
    pub message: String,
    /// How to mend it, where that is known.
    pub hint: Option<String>,
}

impl fmt::Display for ParameterProblem {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "`{}`: {}", self.parameter, self.message)?;
        match &self.hint {
            Some(hint) => write!(formatter, " (hint: {hint})"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for ParameterProblem {}
