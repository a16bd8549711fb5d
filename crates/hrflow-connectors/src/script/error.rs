//! Why a jq program is refused, with the place in it.

use std::fmt;

use crate::problem::{Problem, Side};
use crate::script::withheld::Withheld;

/// So much of a line is shown, at the most.
const SHOWN: usize = 160;

/// Why a program is refused, with the place in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScriptError {
    reason: Reason,
    source: String,
    /// Where in the source, in bytes.
    at: usize,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Reason {
    NotJq(String),
    Withheld(&'static Withheld),
}

impl ScriptError {
    /// The text is no jq program. The place is where `found`, a part of the source, begins; the end
    /// where nothing was found.
    pub(super) fn not_jq(source: &str, message: impl Into<String>, found: Option<&str>) -> Self {
        Self::at(source, Reason::NotJq(message.into()), found)
    }

    /// The program uses something that is not available to programs.
    pub(super) fn withheld(source: &str, withheld: &'static Withheld, found: Option<&str>) -> Self {
        Self::at(source, Reason::Withheld(withheld), found)
    }

    fn at(source: &str, reason: Reason, found: Option<&str>) -> Self {
        let end = source.trim_end().len();
        let at = found
            .map(|found| (found.as_ptr() as usize).wrapping_sub(source.as_ptr() as usize))
            .filter(|at| *at < end && source.is_char_boundary(*at))
            .unwrap_or(end);
        Self { reason, source: source.to_owned(), at }
    }

    /// What to do instead, where that is known.
    pub fn hint(&self) -> Option<&'static str> {
        match &self.reason {
            Reason::NotJq(_) => None,
            Reason::Withheld(withheld) => Some(withheld.hint),
        }
    }

    /// The mistake, as every other mistake of a workflow is reported.
    pub fn to_problem(&self, place: impl fmt::Display) -> Problem {
        let message = match &self.reason {
            Reason::NotJq(_) => format!("not a jq program: {self}"),
            Reason::Withheld(_) => self.to_string(),
        };
        let problem = Problem::new(Side::Workflow, place, message);
        match self.hint() {
            Some(hint) => problem.with_hint(hint),
            None => problem,
        }
    }
}

/// The message, then the line with a mark below the place.
impl fmt::Display for ScriptError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let before = &self.source[..self.at];
        let number = before.matches('\n').count() + 1;
        let line = before.rfind('\n').map_or(0, |newline| newline + 1);
        let text = self.source[line..].lines().next().unwrap_or_default();
        let column = self.source[line..self.at].chars().count();
        match &self.reason {
            Reason::NotJq(message) => formatter.write_str(message)?,
            Reason::Withheld(withheld) => write!(formatter, "{withheld}")?,
        }
        writeln!(formatter, " (line {number}, column {})", column + 1)?;
        // Of a long line only what stands around the place is shown.
        let hidden =
            if text.chars().count() > SHOWN { column.saturating_sub(SHOWN / 2) } else { 0 };
        let shown: String = text.chars().skip(hidden).take(SHOWN).collect();
        let mark = column - hidden;
        writeln!(formatter, "    {shown}")?;
        write!(formatter, "    {:mark$}^", "")
    }
}

impl std::error::Error for ScriptError {}
