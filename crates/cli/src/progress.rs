//! The progress bar: counts, rate, and what is waited for.

use std::io::{IsTerminal, stderr};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use hrflow_connectors::{Counts, Event, Outcome, WaitCause};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::units::grouped;

/// Waits shorter than this are not worth a word.
const WORTH_A_WORD: Duration = Duration::from_millis(900);

/// Shows the progress of a run. Hidden where stderr is not a terminal.
pub(crate) struct Progress {
    bar: ProgressBar,
    state: Arc<Mutex<State>>,
}

struct State {
    counts: Counts,
    waiting: Option<(String, Instant)>,
}

impl Progress {
    /// Begins to show on `bar`.
    pub(crate) fn new(bar: &ProgressBar, outcomes: &[Outcome]) -> Self {
        if stderr().is_terminal() {
            bar.set_draw_target(ProgressDrawTarget::stderr());
            bar.set_style(style());
            bar.enable_steady_tick(Duration::from_millis(200));
        }
        let state = State { counts: Counts::of(outcomes), waiting: None };
        Self { bar: bar.clone(), state: Arc::new(Mutex::new(state)) }
    }

    /// What follows the events of the run.
    pub(crate) fn watcher(&self) -> impl FnMut(&Event) + Send + 'static {
        let (bar, state) = (self.bar.clone(), self.state.clone());
        move |event| {
            let mut state = state.lock().unwrap_or_else(PoisonError::into_inner);
            state.counts.record(event);
            match event {
                Event::Listed { total } => bar.set_length(*total),
                Event::Waiting(wait) if wait.duration >= WORTH_A_WORD => {
                    let words = match wait.cause {
                        WaitCause::RateLimit => "allows more calls",
                        WaitCause::Retry => "is asked again",
                    };
                    let text = format!("{} {words}", wait.service);
                    state.waiting = Some((text, Instant::now() + wait.duration));
                }
                _ => {}
            }
            bar.set_position(state.counts.items_ended());
            bar.set_message(state.message());
        }
    }

    /// Takes the bar away.
    pub(crate) fn finish(&self) {
        self.bar.finish_and_clear();
    }
}

impl State {
    fn message(&mut self) -> String {
        let outcomes = self
            .counts
            .outcomes
            .iter()
            .filter(|(outcome, count)| *count > 0 || outcome.is_change())
            .map(|(outcome, count)| format!("{} {outcome}", grouped(count)));
        let mut parts: Vec<String> = outcomes.collect();
        let now = Instant::now();
        self.waiting = self.waiting.take().filter(|(_, until)| *until > now);
        if let Some((text, until)) = &self.waiting {
            let seconds = until.duration_since(now).as_secs_f64().ceil();
            parts.push(format!("{text} in {seconds} s"));
        }
        parts.join(" · ")
    }
}

fn style() -> ProgressStyle {
    ProgressStyle::with_template("{bar:30} {human_pos}/{human_len} {per_sec:.0} {wide_msg}")
        .unwrap_or_else(|_| ProgressStyle::default_bar())
}
