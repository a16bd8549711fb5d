//! The two ways out: data to stdout, everything else to stderr.
//!
//! What could not be written to stdout is kept until the end of the command, which fails by it. A
//! reader that has gone away, as `head` does, is no failure.

use std::io::{self, ErrorKind, Write, stderr, stdout};
use std::sync::{Mutex, PoisonError};

use hrflow_connectors::{Problems, Warning};

use crate::printable::{gate, gate_json, paragraph};

/// The first failure to write to stdout.
static FAILURE: Mutex<Option<io::Error>> = Mutex::new(None);

/// Prints data for people.
pub(crate) fn text(text: &str) {
    print(&mut Stdout, &gate(text));
}

/// Prints data for programs.
pub(crate) fn json(text: &str) {
    print(&mut Stdout, &gate_json(text));
}

/// Where data goes that is too long to be held, and fit to be printed.
pub(crate) fn stream() -> impl Write {
    Stdout
}

/// Whether stdout takes anything at all, asked before anything is done whose result would be lost.
pub(crate) fn probe() -> io::Result<()> {
    #[cfg(unix)]
    {
        use std::os::fd::AsFd;
        // Nothing is written; what cannot be written to says so all the same.
        let _nothing = std::fs::File::from(stdout().as_fd().try_clone_to_owned()?).write(&[])?;
    }
    Ok(())
}

/// What could not be written since this was asked for last.
pub(crate) fn failure() -> Option<io::Error> {
    FAILURE.lock().unwrap_or_else(PoisonError::into_inner).take()
}

/// Prints a note to the person in front.
pub(crate) fn note(text: &str) {
    say(text);
}

/// Prints an error.
pub(crate) fn error(text: &str) {
    say(&format!("error: {}", paragraph(text)));
}

/// Prints every problem with what was asked for.
pub(crate) fn problems(problems: &Problems) {
    for problem in problems.iter() {
        error(&problem.to_string());
    }
    let count = problems.count();
    let noun = if count == 1 { "problem" } else { "problems" };
    say(&format!("{count} {noun}; nothing was sent"));
}

/// Prints what a person should know before a run begins.
pub(crate) fn warnings(warnings: &[Warning]) {
    for warning in warnings {
        say(&format!("warning: {}", paragraph(&warning.to_string())));
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

fn say(text: &str) {
    // Where nobody can be told, there is nobody to tell that.
    let _ = print_to(&mut stderr().lock(), &gate(text));
}

fn print(out: &mut impl Write, text: &str) {
    // Kept by the writer itself.
    let _ = print_to(out, text);
}

fn print_to(out: &mut impl Write, text: &str) -> io::Result<()> {
    out.write_all(text.as_bytes())?;
    if !text.ends_with('\n') {
        out.write_all(b"\n")?;
    }
    out.flush()
}

/// Stdout, whose failures are kept.
struct Stdout;

impl Stdout {
    fn keep<T>(result: io::Result<T>) -> io::Result<T> {
        result.map_err(|error| {
            let kind = error.kind();
            if kind != ErrorKind::BrokenPipe {
                let mut failure = FAILURE.lock().unwrap_or_else(PoisonError::into_inner);
                failure.get_or_insert(error);
            }
            kind.into()
        })
    }
}

impl Write for Stdout {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        Self::keep(stdout().lock().write(bytes))
    }

    fn flush(&mut self) -> io::Result<()> {
        Self::keep(stdout().lock().flush())
    }
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
