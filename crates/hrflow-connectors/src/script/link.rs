//! The way to whoever evaluates programs: questions go there, lines come back.

use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;

use crate::script::bounds::STACK;
use crate::script::pass::Programs;
use crate::script::process::Process;
use crate::script::protocol::{Sending, answer};

/// The way to whoever evaluates programs. Whoever drops it wants no more of them.
pub(super) struct Link {
    pub(super) questions: Sender<Vec<u8>>,
    pub(super) lines: Receiver<Vec<u8>>,
    pub(super) sending: Sending,
    /// The process at the other end, where it is one.
    pub(super) process: Option<Process>,
}

impl Link {
    /// To a thread of this process. It cannot be ended, but only left alone with what it does.
    pub(super) fn to_thread(
        passes: std::sync::Arc<Vec<Programs>>,
        sending: Sending,
    ) -> std::io::Result<Self> {
        let (questions, asked) = channel::<Vec<u8>>();
        let (answers, lines) = channel();
        let evaluate = move || {
            for question in asked.iter().flat_map(|lines| split(&lines)) {
                if answer(&passes, &question, |line| answers.send(line.to_vec())).is_err() {
                    break;
                }
            }
        };
        thread::Builder::new().name("jq".to_owned()).stack_size(STACK).spawn(evaluate)?;
        Ok(Self { questions, lines, sending, process: None })
    }
}

/// The lines of a text, each with its end.
fn split(lines: &[u8]) -> Vec<Vec<u8>> {
    lines.split_inclusive(|byte| *byte == b'\n').map(<[u8]>::to_vec).collect()
}
