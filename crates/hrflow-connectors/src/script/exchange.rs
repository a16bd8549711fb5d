//! Questions and answers over a link, and what is made of an answer that does not come.

use std::sync::mpsc::RecvTimeoutError;
use std::time::{Duration, Instant};

use crate::script::host::Bounds;
use crate::script::link::Link;
use crate::script::process::{End, Process};
use crate::script::protocol::{Line, Sending};
use crate::{Evaluated, Hear, Stop};

/// How often it is looked whether the run is to end.
const LOOK_EVERY: Duration = Duration::from_millis(50);
/// What the user can set about the time, as messages name it.
const SETTING: &str = "`function_timeout`";
/// Says of a worker that it is none.
pub(super) const NO_WORKER: &str = "it answers as none does";

/// What comes over a link.
pub(super) enum Next {
    Line(Line),
    /// What is no line of an answer.
    Nonsense,
    /// Nothing, in time.
    Late,
    /// The run is to end.
    Stopped,
    /// Nothing more: the other end is not there any more.
    End,
}

/// What comes within that time.
pub(super) fn next_line(link: &Link, time: Duration, stop: &Stop) -> Next {
    let began = Instant::now();
    loop {
        let left = time.saturating_sub(began.elapsed());
        match link.lines.recv_timeout(left.min(LOOK_EVERY)) {
            Ok(text) => return Line::read(&text).map_or(Next::Nonsense, Next::Line),
            Err(RecvTimeoutError::Disconnected) => return Next::End,
            Err(RecvTimeoutError::Timeout) if stop.is_asked() => return Next::Stopped,
            Err(RecvTimeoutError::Timeout) if left.is_zero() => return Next::Late,
            Err(RecvTimeoutError::Timeout) => {}
        }
    }
}

/// The answer to one question, or what came instead; and the place of the program that was at work.
fn next_answer(link: &Link, time: Duration, stop: &Stop) -> (usize, Next) {
    let mut place = 0;
    loop {
        if stop.is_asked() {
            return (place, Next::Stopped);
        }
        match next_line(link, time, stop) {
            Next::Line(Line::Next) => place += 1,
            next => return (place, next),
        }
    }
}

/// The answers so far.
pub(super) struct Answers<'a> {
    given: Vec<Evaluated>,
    hear: Hear<'a>,
}

impl<'a> Answers<'a> {
    /// Each is heard at once, by its place.
    pub(super) fn new(hear: Hear<'a>) -> Self {
        Self { given: Vec::new(), hear }
    }

    pub(super) fn into_given(self) -> Vec<Evaluated> {
        self.given
    }

    pub(super) fn push(&mut self, answer: Evaluated) {
        (self.hear)(self.given.len(), &answer);
        self.given.push(answer);
    }
}

/// Items on their way through a pass.
pub(super) struct Exchange<'q, 'a, 'e> {
    questions: &'q [Vec<u8>],
    answers: &'a mut Answers<'e>,
    bounds: Bounds,
    /// How a new worker is to send its answers.
    sending: Sending,
}

impl<'q, 'a, 'e> Exchange<'q, 'a, 'e> {
    pub(super) fn of(
        questions: &'q [Vec<u8>],
        answers: &'a mut Answers<'e>,
        bounds: Bounds,
    ) -> Self {
        Self { questions, answers, bounds, sending: bounds.sending() }
    }

    /// How a new worker is to send its answers.
    pub(super) fn sending(&self) -> Sending {
        self.sending
    }

    /// Whether a question has no answer yet.
    pub(super) fn is_open(&self) -> bool {
        self.answers.given.len() < self.questions.len()
    }

    /// Asks what has no answer yet. Gives the link back where it can be used again.
    pub(super) fn go_on(&mut self, link: Link, stop: &Stop) -> Option<Link> {
        let left = self.questions.get(self.answers.given.len()..).unwrap_or_default().concat();
        // Where nobody takes them, nobody answers either.
        let _ = link.questions.send(left);
        while self.is_open() {
            let (place, next) = next_answer(&link, self.bounds.time, stop);
            match next {
                Next::Line(Line::Answer(answer)) => self.answers.push(answer),
                Next::Stopped => return None,
                Next::Late => {
                    let time = self.bounds.time;
                    return self.failed(place, format!("took longer than {time:?} ({SETTING})"));
                }
                Next::End => return self.ended(place, link),
                Next::Line(_) | Next::Nonsense => {
                    return self.failed(place, of_worker(NO_WORKER));
                }
            }
        }
        // A worker that sends answers one by one has served its turn.
        Some(link).filter(|link| link.sending == self.bounds.sending())
    }

    /// The item whose turn it is has failed in the program of that place.
    pub(super) fn fail(&mut self, place: usize, why: String) {
        self.answers.push(Evaluated::Failed(place, why));
    }

    fn failed(&mut self, place: usize, why: String) -> Option<Link> {
        self.fail(place, why);
        None
    }

    /// A worker has ended by itself. What it has not answered is asked once more, so that each answer
    /// is sent at once: then it is known which item the next one ends at.
    fn ended(&mut self, place: usize, link: Link) -> Option<Link> {
        let sending = link.sending;
        let end = link.process.map(Process::end);
        match sending {
            Sending::Together => {
                self.sending = Sending::OneByOne;
                None
            }
            Sending::OneByOne => {
                self.sending = self.bounds.sending();
                let is_of_worker = matches!(end, Some(End::BySignal | End::Unknown(_)));
                let why = why_ended(end, self.bounds);
                self.failed(place, if is_of_worker { of_worker(&why) } else { why })
            }
        }
    }
}

/// How whoever evaluates programs has ended.
pub(super) fn why_ended(end: Option<End>, bounds: Bounds) -> String {
    match end {
        Some(End::TooDeep) => "called itself too deeply".to_owned(),
        Some(End::TooMuch) => format!("used more than {} MB of memory", bounds.memory >> 20),
        Some(End::BySignal) => "it was ended by a signal".to_owned(),
        Some(End::Unknown(why)) => format!("it ended: {why}"),
        None => "the thread that runs jq programs ended".to_owned(),
    }
}

/// A failure for which the program is not known to be the cause.
fn of_worker(what: &str) -> String {
    format!("the process that runs jq programs failed: {what}")
}
