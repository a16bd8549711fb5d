//! The two ways out: data to stdout, everything else to stderr.
//!
//! What could not be written to stdout is kept until the end of the command, which fails by it. A
//! reader that has gone away, as `head` does, is no failure.

use std::io::{self, ErrorKind, Write, stderr, stdout};
use std::sync::{Mutex, PoisonError};

use hrflow_connectors::{Problem, Problems, Warning};

use crate::printable::{gate, gate_json, paragraph};
use crate::units::counted;

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

/// Asks the person in front; the answer is typed on the same line.
pub(crate) fn prompt(text: &str) {
    // In one piece, so that nothing that is typed comes between. Where nobody can be told, nobody
    // answers.
    let _ = stderr().lock().write_all(format!("{} ", gate(text)).as_bytes());
}

/// Prints an error.
pub(crate) fn error(text: &str) {
    error_with_hint(text, None);
}

/// Prints an error, and what to do about it.
pub(crate) fn error_with_hint(text: &str, hint: Option<&str>) {
    message("error", text, hint);
}

/// Prints every problem with what was asked for.
pub(crate) fn problems(problems: &Problems) {
    for Problem { place, message, hint, .. } in problems.iter() {
        error_with_hint(&format!("{place}: {message}"), hint.as_deref());
    }
    let count = problems.count() as u64;
    say(&format!("{}; nothing was sent", counted(count, "problem")));
}

/// Prints what a person should know before a run begins.
pub(crate) fn warnings(warnings: &[Warning]) {
    for Warning { place, message, hint } in warnings {
        warning(&format!("{place}: {message}"), hint.as_deref());
    }
}

/// Prints a warning, and what to do about it.
pub(crate) fn warning(text: &str, hint: Option<&str>) {
    message("warning", text, hint);
}

/// The one form of a message: what kind it is, what it says, and the hint on a line of its own.
fn message(kind: &str, text: &str, hint: Option<&str>) {
    let hint = hint.map(|hint| format!("\n  hint: {}", paragraph(hint)));
    say(&format!("{kind}: {}{}", paragraph(text), hint.unwrap_or_default()));
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
