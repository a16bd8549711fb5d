//! The two ways out: data to stdout, everything else to stderr.

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "the one place that prints")]

use std::io::{Write, stdout};

use hrflow_connectors::{Problems, Warning};

/// Prints data. A reader that has gone away is no failure of ours.
pub(crate) fn data(text: &str) {
    let mut out = stdout().lock();
    let _ = out.write_all(text.as_bytes());
    if !text.ends_with('\n') {
        let _ = out.write_all(b"\n");
    }
    let _ = out.flush();
}

/// Where data goes that is too long to be held.
pub(crate) fn stream() -> impl Write {
    stdout().lock()
}

/// Prints a note to the person in front.
pub(crate) fn note(text: &str) {
    eprintln!("{text}");
}

/// Prints an error.
pub(crate) fn error(text: &str) {
    eprintln!("error: {text}");
}

/// Prints every problem with what was asked for.
pub(crate) fn problems(problems: &Problems) {
    for problem in problems.iter() {
        eprintln!("error: {}: {}", problem.place, problem.message);
        if let Some(hint) = &problem.hint {
            eprintln!("  hint: {hint}");
        }
    }
    let count = problems.count();
    let noun = if count == 1 { "problem" } else { "problems" };
    eprintln!("{count} {noun}; nothing was sent");
}

/// Prints what a person should know before a run begins.
pub(crate) fn warnings(warnings: &[Warning]) {
    for warning in warnings {
        note(&format!("warning: {warning}"));
    }
}

/// A number as people read it: `12,345`.
pub(crate) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::grouped;

    #[test]
    fn numbers_are_grouped_by_thousands() {
        let cases = [(0, "0"), (999, "999"), (1_000, "1,000"), (1_234_567, "1,234,567")];
        for (number, expected) in cases {
            assert_eq!(grouped(number), expected);
        }
    }
}
