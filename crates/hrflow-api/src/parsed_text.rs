//! What text parsing finds.

use serde::Deserialize;

/// What was found in one text.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
pub struct ParsedText {
    /// The findings, by kind.
    #[serde(default)]
    pub parsing: Findings,
}

/// The findings that belong to a job.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Findings {
    /// Skills that are learned.
    pub skills_hard: Vec<String>,
    /// Skills that are a way of being.
    pub skills_soft: Vec<String>,
    /// Languages.
    pub languages: Vec<String>,
    /// What is to be done.
    pub tasks: Vec<String>,
    /// Certifications.
    pub certifications: Vec<String>,
    /// Courses.
    pub courses: Vec<String>,
    /// Interests.
    pub interests: Vec<String>,
}
