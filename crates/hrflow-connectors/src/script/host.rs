//! Where the programs of a run are evaluated, and what they may use.

use std::iter;
use std::sync::Arc;
use std::time::Duration;

use jaq_json::Val;
use serde::Deserialize;

use crate::script::Script;
use crate::script::exchange::{Answers, Exchange, NO_WORKER, Next, next_line, why_ended};
use crate::script::link::Link;
use crate::script::pass::Programs;
use crate::script::process::{Process, WorkerCommand};
use crate::script::protocol::{Line, Order, Sending, evaluated, question};
use crate::script::text::shortened;
use crate::{Evaluated, Hear, Item, Pass, Problem, Problems, ProgramHost, Side, Stop};

/// A worker that has not compiled its programs by then does not work.
const START_TIME: Duration = Duration::from_secs(30);
/// Answers that a worker sends together wait for much less.
const SHORT_TIME: Duration = Duration::from_secs(1);

/// Where jq programs are evaluated.
#[derive(Clone, Debug, Default)]
pub enum JqHost {
    /// On a thread of this process: the weaker of the two. A program that passes its time is left
    /// alone, and goes on for as long as this process; its memory and its depth have no bound.
    #[default]
    Thread,
    /// In a process of its own, which is ended when a program passes its bounds.
    Process(WorkerCommand),
    /// Nowhere: a run with jq programs is refused.
    Missing {
        /// Why there is none.
        why: String,
        /// What to do about it.
        hint: String,
    },
}

/// What a program may use for one item.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Bounds {
    pub(crate) time: Duration,
    /// In bytes.
    pub(crate) memory: u64,
}

impl Bounds {
    /// Where the time is short, answers must not wait.
    pub(super) fn sending(self) -> Sending {
        if self.time < SHORT_TIME { Sending::OneByOne } else { Sending::Together }
    }
}

/// The programs of a run, and who evaluates them.
pub(crate) struct Host {
    passes: Arc<Vec<Programs>>,
    bounds: Bounds,
    place: Place,
}

enum Place {
    /// Right here, without any bound: for runs that can be repeated.
    Here,
    Thread(Option<Link>),
    Process(WorkerCommand, Option<Link>),
}

/// Why the programs of a run cannot be evaluated at all.
#[derive(Debug)]
pub(crate) struct NoHost {
    pub(crate) message: String,
    pub(crate) hint: Option<String>,
}

impl From<NoHost> for Problems {
    fn from(NoHost { message, hint }: NoHost) -> Self {
        let problem = Problem::new(Side::Workflow, "jq programs", message);
        match hint {
            Some(hint) => problem.with_hint(hint).into(),
            None => problem.into(),
        }
    }
}

impl Host {
    /// Right here, without any bound.
    pub(crate) fn here(passes: Vec<Pass<Script>>) -> Self {
        let bounds = Bounds { time: Duration::MAX, memory: u64::MAX };
        Self { passes: programs(passes), bounds, place: Place::Here }
    }

    /// A host that has begun to work.
    pub(crate) fn start(
        host: &JqHost,
        passes: Vec<Pass<Script>>,
        bounds: Bounds,
        stop: &Stop,
    ) -> Result<Self, NoHost> {
        let place = match host {
            JqHost::Thread => Place::Thread(None),
            JqHost::Process(command) => Place::Process(command.clone(), None),
            JqHost::Missing { why, hint } => {
                return Err(NoHost { message: why.clone(), hint: Some(hint.clone()) });
            }
        };
        let mut host = Self { passes: programs(passes), bounds, place };
        match host.link(bounds.sending(), stop) {
            Ok(link) => host.keep(link),
            Err(message) => return Err(NoHost { message, hint: None }),
        }
        Ok(host)
    }

    /// Asks until each question has its answer, or the run is to end.
    fn ask(&mut self, questions: &[Vec<u8>], stop: &Stop, answers: &mut Answers<'_>) {
        let mut exchange = Exchange::of(questions, answers, self.bounds);
        while exchange.is_open() && !stop.is_asked() {
            match self.link(exchange.sending(), stop) {
                Ok(link) => {
                    if let Some(link) = exchange.go_on(link, stop) {
                        self.keep(link);
                    }
                }
                // A worker that was not waited for has failed nobody.
                Err(_) if stop.is_asked() => {}
                Err(why) => exchange.fail(0, why),
            }
        }
    }

    fn here_and_now(&self, pass: usize, item: &Item) -> Evaluated {
        let Some(pass) = self.passes.get(pass) else {
            return Evaluated::Failed(0, "there is no such program".to_owned());
        };
        match Val::deserialize(&**item) {
            Ok(value) => evaluated(pass.apply(&value, || {}), pass),
            Err(error) => Evaluated::Failed(0, shortened(&error)),
        }
    }

    fn keep(&mut self, link: Link) {
        match &mut self.place {
            Place::Here => {}
            Place::Thread(kept) | Place::Process(_, kept) => *kept = Some(link),
        }
    }

    /// The link that is kept, or a new one.
    fn link(&mut self, sending: Sending, stop: &Stop) -> Result<Link, String> {
        let Self { passes, bounds, place } = self;
        match place {
            Place::Here => Err("no link is needed".to_owned()),
            Place::Thread(link) => match link.take() {
                Some(link) => Ok(link),
                None => Link::to_thread(passes.clone(), sending)
                    .map_err(|error| format!("could not start a thread for jq programs: {error}")),
            },
            Place::Process(command, link) => match link.take() {
                Some(link) => Ok(link),
                None => started(command, &Order::new(passes, *bounds, sending), *bounds, stop)
                    .map_err(|why| {
                        format!("could not start the process that runs jq programs: {why}")
                    }),
            },
        }
    }
}

impl ProgramHost for Host {
    fn evaluate(
        &mut self,
        pass: usize,
        items: &[&Item],
        stop: &Stop,
        hear: Hear<'_>,
    ) -> Vec<Option<Evaluated>> {
        let mut answers = Answers::new(hear);
        match self.place {
            Place::Here => {
                let going = items.iter().take_while(|_| !stop.is_asked());
                going.for_each(|item| answers.push(self.here_and_now(pass, item)));
            }
            Place::Thread(_) | Place::Process(..) => {
                let questions: Vec<_> = items.iter().map(|item| question(pass, item)).collect();
                self.ask(&questions, stop, &mut answers);
            }
        }
        let given = answers.into_given().into_iter().map(Some);
        given.chain(iter::repeat_with(|| None)).take(items.len()).collect()
    }
}

fn programs(passes: Vec<Pass<Script>>) -> Arc<Vec<Programs>> {
    Arc::new(passes.into_iter().map(Programs).collect())
}

/// A worker that has compiled its programs.
fn started(
    command: &WorkerCommand,
    order: &Order,
    bounds: Bounds,
    stop: &Stop,
) -> Result<Link, String> {
    let link = command.start(order.sending).map_err(|error| error.to_string())?;
    // An order is texts and numbers: there is nothing that could not be written.
    let mut order = serde_json::to_vec(order).unwrap_or_default();
    order.push(b'\n');
    // Where nobody takes it, nobody answers either.
    let _ = link.questions.send(order);
    match next_line(&link, START_TIME, stop) {
        Next::Line(Line::Ready) => Ok(link),
        Next::Line(Line::Refused(why)) => Err(why),
        Next::Line(Line::Next | Line::Answer(_)) | Next::Nonsense => Err(NO_WORKER.to_owned()),
        Next::Late => Err(format!("it has not begun to work in {} s", START_TIME.as_secs())),
        Next::Stopped => Err("the run was stopped".to_owned()),
        Next::End => Err(why_ended(link.process.map(Process::end), bounds)),
    }
}
