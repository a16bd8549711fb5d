//! What is wrong with a parameter, and how to mend it.

use std::fmt;

use super::Parameter;

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

    /// Names what was refused, as it was written, and the parameters that it concerns.
    pub fn of(
        self,
        written: impl Into<String>,
        parameters: impl IntoIterator<Item = Parameter>,
    ) -> ParameterProblem {
        ParameterProblem {
            parameter: written.into(),
            parameters: parameters.into_iter().collect(),
            message: self.message,
            hint: self.hint,
        }
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
    /// The parameters that it concerns: the one of that name, or the one that was probably meant;
    /// and those that it does not go together with.
    pub parameters: Vec<Parameter>,
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

/// Something about the parameters of a search that is allowed, and may surprise.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ParameterWarning {
    /// The parameters that it concerns, the first of which it is about.
    pub parameters: &'static [Parameter],
    /// What is read, as a sentence without a full stop.
    pub message: &'static str,
    /// How to say more clearly what is to be read.
    pub hint: &'static str,
}
