//! What is wrong with what a user wrote: where, what, and how to mend it.

use std::fmt;

/// One mistake.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Where it stands: a place in a file, a flag or a variable.
    pub place: String,
    /// What is wrong.
    pub message: String,
    /// How to mend it, where that is known.
    pub hint: Option<String>,
    /// Whose parameters are wrong.
    pub side: Side,
}

/// The part of a workflow that a problem lies in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Side {
    /// The origin's parameters or authentication.
    Origin,
    /// The target's parameters or authentication.
    Target,
    /// The workflow itself.
    Workflow,
}

impl Problem {
    /// A mistake at a place.
    pub fn new(side: Side, place: impl fmt::Display, message: impl Into<String>) -> Self {
        Self { place: place.to_string(), message: message.into(), hint: None, side }
    }

    /// Adds how to mend it.
    #[must_use]
    pub fn with_hint(self, hint: impl Into<String>) -> Self {
        Self { hint: Some(hint.into()), ..self }
    }

    /// The failure of what cannot begin because of it.
    pub(crate) fn into_end_error(self) -> engine::EndError {
        let Self { place, message, hint, .. } = self;
        let message = format!("{place}: {message}");
        engine::EndError::run(message).not_retryable().with_hint(hint)
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}: {}", self.place, self.message)?;
        match &self.hint {
            Some(hint) => write!(
                formatter,
                "
  hint: {hint}"
            ),
            None => Ok(()),
        }
    }
}

/// Every mistake at once; never empty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problems(Vec<Problem>);

impl Problems {
    /// The mistakes, where there are any.
    pub fn check(problems: Vec<Problem>) -> Result<(), Self> {
        if problems.is_empty() { Ok(()) } else { Err(Self(problems)) }
    }

    /// Mistakes that are known to be there.
    pub(crate) fn from_found(found: Vec<Problem>) -> Self {
        Self(found)
    }

    /// The mistakes, in the order in which they were found.
    pub fn iter(&self) -> impl Iterator<Item = &Problem> {
        self.0.iter()
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        self.0.len()
    }
}

impl From<Problem> for Problems {
    fn from(problem: Problem) -> Self {
        Self(vec![problem])
    }
}

impl From<Problems> for Vec<Problem> {
    fn from(problems: Problems) -> Self {
        problems.0
    }
}

impl fmt::Display for Problems {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, problem) in self.0.iter().enumerate() {
            let separator = if index == 0 { "" } else { "\n" };
            write!(formatter, "{separator}{problem}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Problems {}

/// The known name that was probably meant.
pub fn nearest<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    known
        .into_iter()
        .map(|candidate| (likeness(name, candidate), candidate))
        .filter(|(likeness, _)| *likeness > 0.8)
        .max_by(|(left, _), (right, _)| left.total_cmp(right))
        .map(|(_, candidate)| candidate)
}

fn likeness(name: &str, candidate: &str) -> f64 {
    let plain = |text: &str| text.to_lowercase().replace(['-', '_'], "");
    strsim::jaro_winkler(&plain(name), &plain(candidate))
}

#[cfg(test)]
mod tests {
    use super::nearest;

    #[test]
    fn a_near_miss_finds_the_name_that_was_meant() {
        let known = ["workflow_id", "pull_parameters", "persist", "incremental"];
        assert_eq!(nearest("workflowId", known), Some("workflow_id"));
        assert_eq!(nearest("pull-parameter", known), Some("pull_parameters"));
        assert_eq!(nearest("persistent", known), Some("persist"));
        assert_eq!(nearest("schedule", known), None);
    }
}
