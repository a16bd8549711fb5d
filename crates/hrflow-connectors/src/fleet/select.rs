//! Which workflows of a fleet are meant.

use globset::{Glob, GlobMatcher};

use crate::problem::{Problem, Side};

/// Patterns of names. Those that begin with `!` exclude; where there are only such, every other
/// workflow is taken.
#[derive(Clone, Debug, Default)]
pub struct Selection {
    taken: Vec<GlobMatcher>,
    excluded: Vec<GlobMatcher>,
}

impl Selection {
    /// Reads patterns such as `paris-*` and `!*-test`.
    pub fn parse(patterns: &[String]) -> Result<Self, Problem> {
        let mut selection = Self::default();
        for pattern in patterns {
            let (list, glob) = match pattern.strip_prefix('!') {
                Some(glob) => (&mut selection.excluded, glob),
                None => (&mut selection.taken, pattern.as_str()),
            };
            let glob = Glob::new(glob).map_err(|error| {
                let message = format!("is not a pattern: {}", error.kind());
                Problem::new(Side::Workflow, format!("`{pattern}`"), message)
            })?;
            list.push(glob.compile_matcher());
        }
        Ok(selection)
    }

    /// Whether a workflow of that name is meant.
    pub fn takes(&self, name: &str) -> bool {
        let matches = |globs: &[GlobMatcher]| globs.iter().any(|glob| glob.is_match(name));
        (self.taken.is_empty() || matches(&self.taken)) && !matches(&self.excluded)
    }
}
