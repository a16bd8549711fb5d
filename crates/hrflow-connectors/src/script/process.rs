//! A process that evaluates programs, as the run sees it.

use std::ffi::OsString;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::path::PathBuf;
use std::process::{Child, ChildStderr, Command, ExitStatus, Stdio};
use std::sync::mpsc::channel;
use std::thread;

use crate::script::link::Link;
use crate::script::protocol::Sending;

/// So much of a line is read, at the most: more than any worker has to say that does what it should.
const LONGEST_LINE: u64 = 256 << 20;
/// So much is read of what a worker says when it crashes.
const LAST_WORDS: u64 = 4 << 10;

/// How a worker is started: a command whose whole work is
/// [`run_jq_worker`](crate::run_jq_worker).
///
/// It gets no environment but what is named here, so no secret is within its reach.
#[derive(Clone, Debug)]
pub struct WorkerCommand {
    program: PathBuf,
    arguments: Vec<OsString>,
    variables: Vec<(String, String)>,
}

impl WorkerCommand {
    /// A program with its arguments.
    pub fn new(
        program: impl Into<PathBuf>,
        arguments: impl IntoIterator<Item = impl Into<OsString>>,
    ) -> Self {
        let arguments = arguments.into_iter().map(Into::into).collect();
        Self { program: program.into(), arguments, variables: Vec::new() }
    }

    /// The program that is running, with other arguments.
    pub fn own_program(
        arguments: impl IntoIterator<Item = impl Into<OsString>>,
    ) -> io::Result<Self> {
        // The link leads to the very file, even where another has been put in its place since.
        let itself = PathBuf::from("/proc/self/exe");
        let program = if itself.exists() { itself } else { std::env::current_exe()? };
        Ok(Self::new(program, arguments))
    }

    /// Adds a variable of its environment, such as `TZ`.
    #[must_use]
    pub fn variable(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.variables.push((name.into(), value.into()));
        self
    }

    /// Starts a worker.
    pub(super) fn start(&self, sending: Sending) -> io::Result<Link> {
        let mut command = Command::new(&self.program);
        command
            .args(&self.arguments)
            .env_clear()
            .envs(self.variables.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        // An interrupt from the terminal is the run's to hear.
        #[cfg(unix)]
        std::os::unix::process::CommandExt::process_group(&mut command, 0);
        let mut process = Process { child: command.spawn()?, stderr: None };
        let taken =
            (process.child.stdin.take(), process.child.stdout.take(), process.child.stderr.take());
        let (Some(mut stdin), Some(stdout), Some(stderr)) = taken else {
            return Err(io::ErrorKind::BrokenPipe.into());
        };
        process.stderr = Some(stderr);
        let (questions, asked) = channel::<Vec<u8>>();
        let (answers, lines) = channel();
        // A pipe that is full, or empty, holds up a thread: so neither is the run's.
        named("jq-questions").spawn(move || {
            for questions in asked {
                if stdin.write_all(&questions).is_err() {
                    break;
                }
            }
        })?;
        named("jq-answers").spawn(move || {
            let mut stdout = BufReader::new(stdout);
            while let Some(line) = next_line(&mut stdout) {
                if answers.send(line).is_err() {
                    break;
                }
            }
        })?;
        Ok(Link { questions, lines, sending, process: Some(process) })
    }
}

fn named(name: &str) -> thread::Builder {
    thread::Builder::new().name(name.to_owned())
}

/// A whole line; none where there is none any more.
fn next_line(from: &mut impl BufRead) -> Option<Vec<u8>> {
    let mut line = Vec::new();
    from.take(LONGEST_LINE).read_until(b'\n', &mut line).ok()?;
    line.ends_with(b"\n").then_some(line)
}

/// A worker. It is ended when it is dropped.
#[derive(Debug)]
pub(super) struct Process {
    child: Child,
    stderr: Option<ChildStderr>,
}

/// How a worker has ended by itself.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum End {
    /// Its program has called itself too deeply.
    TooDeep,
    /// Its program has used too much memory.
    TooMuch,
    /// Somebody has ended it who ends this process as well, or an administrator: the program has no
    /// part in it.
    BySignal,
    /// By what cannot be told.
    Unknown(String),
}

impl Process {
    /// How it has ended.
    pub(super) fn end(mut self) -> End {
        // It has closed its output, so either it has ended or it is of no use any more.
        let _ = self.child.kill();
        let mut words = Vec::new();
        if let Some(stderr) = self.stderr.take() {
            // Whatever cannot be read says nothing about the end.
            let _ = stderr.take(LAST_WORDS).read_to_end(&mut words);
        }
        match self.child.wait() {
            Ok(status) => end_of(status, &String::from_utf8_lossy(&words)),
            Err(error) => End::Unknown(error.to_string()),
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // Where it cannot be ended it has ended.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[cfg(unix)]
fn end_of(status: ExitStatus, words: &str) -> End {
    use rustix::process::Signal;
    use std::os::unix::process::ExitStatusExt;
    let signal = status.signal().and_then(Signal::from_named_raw);
    match signal {
        Some(Signal::SEGV | Signal::BUS) => End::TooDeep,
        Some(Signal::TERM | Signal::INT | Signal::HUP | Signal::QUIT) => End::BySignal,
        Some(Signal::KILL) => {
            End::Unknown("it was killed, perhaps because the machine had no memory left".to_owned())
        }
        _ => end_by_words(status, words),
    }
}

#[cfg(not(unix))]
fn end_of(status: ExitStatus, words: &str) -> End {
    end_by_words(status, words)
}

/// What the language's runtime says before it aborts.
fn end_by_words(status: ExitStatus, words: &str) -> End {
    if words.contains("overflowed its stack") {
        End::TooDeep
    } else if words.contains("memory allocation") {
        End::TooMuch
    } else {
        End::Unknown(status.to_string())
    }
}
