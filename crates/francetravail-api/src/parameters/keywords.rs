//! Words that an offer must have.

use super::value::not_empty;
use super::{Form, ParameterValue, Rejection};

/// The most expressions that the service takes (documented).
const MOST: usize = 7;
const SHORTEST: usize = 2;
/// What may stand in an expression beside letters, digits and spaces (documented).
const SIGNS: &str = "@#$%^&+./-\"";

/// One to seven words or expressions, all of which an offer must match.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Keywords(Vec<String>);

impl Keywords {
    /// The expressions.
    pub fn expressions(&self) -> &[String] {
        &self.0
    }
}

impl ParameterValue for Keywords {
    const FORM: Form = Form::Text;

    fn parse(text: &str) -> Result<Self, Rejection> {
        let expressions: Vec<String> =
            not_empty(text)?.split(',').map(|part| part.trim().to_owned()).collect();
        if expressions.len() > MOST {
            let found = expressions.len();
            return Err(Rejection::new(format!("has {found} expressions; the most is {MOST}")));
        }
        expressions.iter().try_for_each(|expression| check_expression(expression))?;
        Ok(Self(expressions))
    }

    fn wire(&self) -> String {
        self.0.join(",")
    }
}

fn check_expression(expression: &str) -> Result<(), Rejection> {
    if expression.is_empty() {
        return Err(Rejection::new("has a comma with nothing before or after it"));
    }
    if expression.chars().count() < SHORTEST {
        let message = format!("`{expression}` is too short; the least is {SHORTEST} characters");
        return Err(Rejection::new(message));
    }
    match expression.chars().find(|&character| !is_allowed(character)) {
        Some(character) => Err(not_allowed(expression, character)),
        None => Ok(()),
    }
}

fn is_allowed(character: char) -> bool {
    character.is_alphanumeric() || character == ' ' || SIGNS.contains(character)
}

fn not_allowed(expression: &str, character: char) -> Rejection {
    let message = format!("`{expression}` holds {character:?}, which the service does not take");
    Rejection::new(message).with_hint(format!("use letters, digits, spaces and {SIGNS}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: Option<&str>) {
        let found = Keywords::parse(text).ok().map(|keywords| keywords.wire());
        assert_eq!(found.as_deref(), expected, "{text}");
    }

    #[test]
    fn up_to_seven_expressions_of_two_characters_are_taken() {
        check("boulanger", Some("boulanger"));
        check("chef de projet , BTP", Some("chef de projet,BTP"));
        check("élève ingénieur", Some("élève ingénieur"));
        check("C++,\"data engineer\"", Some("C++,\"data engineer\""));
        check("ab,cd,ef,gh,ij,kl,mn", Some("ab,cd,ef,gh,ij,kl,mn"));
        check("ab,cd,ef,gh,ij,kl,mn,op", None);
        check("C", None);
        check("ab,", None);
        check("l'eau", None);
        check("", None);
        check("   ", None);
    }
}
