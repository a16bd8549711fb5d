//! The process that evaluates jq programs: what runs in it.

use std::io::{self, BufRead, BufReader, ErrorKind, Stdin, Write, stdin, stdout};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use std::{process, thread};

use crate::script::bounds;
use crate::script::pass::Programs;
use crate::script::protocol::{Order, READY, REFUSED, Sending, answer};

/// How often the worker looks whether it is still wanted, and sends what it has to say.
const LOOK_EVERY: Duration = Duration::from_millis(50);
/// So much is sent at a time, in bytes, where answers need not be sent one by one.
const SENT_AT_ONCE: usize = 32 << 10;
/// As much as a pipe holds.
const READ_AT_ONCE: usize = 64 << 10;
/// A program that has gone on for so much longer than it may is not being watched by any run.
const FORSAKEN_AFTER: Duration = Duration::from_secs(10);

/// Evaluates jq programs for the process that has started this one, and returns when that wants no
/// more of it. This is all that a worker's command does; see [`WorkerCommand`](crate::WorkerCommand).
///
/// The number is what the process should end with.
pub fn run_jq_worker() -> u8 {
    // What a panic says is part of the item's failure; nobody reads it here.
    std::panic::set_hook(Box::new(|_| {}));
    match serve() {
        Ok(()) => 0,
        Err(_) => 1,
    }
}

fn serve() -> io::Result<()> {
    let mut input = BufReader::with_capacity(READ_AT_ONCE, stdin());
    let mut line = Vec::new();
    input.read_until(b'\n', &mut line)?;
    let order: Order = serde_json::from_slice(&line)?;
    let limited = |passes| match bounds::set(order.memory) {
        Ok(()) => Ok(passes),
        Err(error) => Err(format!("could not limit its memory: {error}")),
    };
    let output = &Output::new(order.sending);
    let passes = match order.compile().and_then(limited) {
        Ok(passes) => passes,
        Err(why) => return output.say(REFUSED, &why),
    };
    thread::scope(|scope| {
        thread::Builder::new().spawn_scoped(scope, || watch(output, order.time))?;
        let evaluating = thread::Builder::new()
            .stack_size(bounds::STACK)
            .spawn_scoped(scope, move || evaluate(&passes, input, output))?;
        let ended = evaluating.join().unwrap_or_else(|_| Err(ErrorKind::Other.into()));
        // Nothing is left for the other thread to watch over.
        process::exit(i32::from(ended.is_err()))
    })
}

/// Answers questions until there are no more.
fn evaluate(passes: &[Programs], mut input: BufReader<Stdin>, output: &Output) -> io::Result<()> {
    output.say(READY, "")?;
    let mut line = Vec::new();
    loop {
        if input.buffer().is_empty() {
            output.wait();
            output.send_all()?;
        }
        if input.read_until(b'\n', &mut line)? == 0 {
            return Ok(());
        }
        output.begin();
        answer(passes, &line, |answer| output.answer(answer))?;
        line.clear();
    }
}

/// What the worker says, and since when it has been at work on the next thing that it will say.
struct Output {
    sending: Sending,
    unsent: Mutex<Vec<u8>>,
    start: Instant,
    /// In milliseconds from the start; 0 where it waits for questions.
    since: AtomicU64,
}

impl Output {
    fn new(sending: Sending) -> Self {
        let (unsent, since) = (Mutex::default(), AtomicU64::new(0));
        Self { sending, unsent, start: Instant::now(), since }
    }

    fn say(&self, what: u8, text: &str) -> io::Result<()> {
        let text = text.replace(['\r', '\n'], " ");
        self.unsent().extend_from_slice(format!("{}{text}\n", char::from(what)).as_bytes());
        self.send_all()
    }

    /// Says one line of an answer. A program has ended, and perhaps another begins.
    fn answer(&self, line: &[u8]) -> io::Result<()> {
        self.begin();
        let mut unsent = self.unsent();
        unsent.extend_from_slice(line);
        match self.sending {
            Sending::Together if unsent.len() < SENT_AT_ONCE => Ok(()),
            Sending::Together | Sending::OneByOne => send(&mut unsent),
        }
    }

    fn send_all(&self) -> io::Result<()> {
        send(&mut self.unsent())
    }

    fn unsent(&self) -> MutexGuard<'_, Vec<u8>> {
        self.unsent.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn begin(&self) {
        self.since.store(self.now().max(1), Ordering::Relaxed);
    }

    fn wait(&self) {
        self.since.store(0, Ordering::Relaxed);
    }

    fn now(&self) -> u64 {
        self.start.elapsed().as_millis().try_into().unwrap_or(u64::MAX)
    }

    /// For how long it has been at work.
    fn at_work(&self) -> Duration {
        match self.since.load(Ordering::Relaxed) {
            0 => Duration::ZERO,
            since => Duration::from_millis(self.now().saturating_sub(since)),
        }
    }
}

fn send(unsent: &mut Vec<u8>) -> io::Result<()> {
    let mut out = stdout().lock();
    out.write_all(unsent)?;
    out.flush()?;
    unsent.clear();
    Ok(())
}

/// Sends what a slow program keeps waiting, and ends the process where nobody is left to end it: a
/// program that does not come to its end does not notice that its questions have ended.
fn watch(output: &Output, time: Duration) {
    let parent = bounds::parent();
    let most = time.saturating_add(FORSAKEN_AFTER);
    loop {
        thread::sleep(LOOK_EVERY);
        let is_forsaken = bounds::parent() != parent || output.at_work() > most;
        if is_forsaken || output.send_all().is_err() {
            process::exit(1);
        }
    }
}
