//! The progress of many runs at once.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use hrflow_connectors::{Event, Outcome};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use tokio::task::JoinHandle;

use crate::display::Display;
use crate::gauge::Gauge;
use crate::output;
use crate::progress::Shown;
use crate::units::grouped;

const REDRAW: Duration = Duration::from_secs(1);
const LINE: Duration = Duration::from_secs(30);
/// How many running workflows are named in one line.
const NAMED: usize = 3;

/// Shows how far the workflows are.
#[derive(Clone)]
pub(super) struct Board {
    shared: Arc<Shared>,
}

struct Shared {
    bar: ProgressBar,
    shown: Shown,
    state: Mutex<State>,
    ticker: Mutex<Option<JoinHandle<()>>>,
}

#[derive(Default)]
struct State {
    total: usize,
    done: usize,
    running: BTreeMap<String, Gauge>,
}

impl Board {
    /// Begins to show on the display's bar, or in lines.
    pub(super) fn new(display: &Display, names: impl Iterator<Item = String>) -> Self {
        let state = Mutex::new(State { total: names.count(), ..State::default() });
        let Display { bar, shown, .. } = display;
        let ticker = Mutex::default();
        let shared = Arc::new(Shared { bar: bar.clone(), shown: *shown, state, ticker });
        let board = Self { shared };
        let period = match shown {
            Shown::Nothing => return board,
            Shown::Lines => LINE,
            Shown::Bar => {
                bar.set_draw_target(ProgressDrawTarget::stderr());
                let style = ProgressStyle::with_template("{bar:10} {wide_msg}");
                bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
                REDRAW
            }
        };
        let ticking = board.clone();
        let ticker = tokio::spawn(async move {
            loop {
                ticking.show();
                tokio::time::sleep(period).await;
            }
        });
        *lock(&board.shared.ticker) = Some(ticker);
        board
    }

    /// What follows the events of a workflow's run.
    pub(super) fn watcher(
        &self,
        name: &str,
        outcomes: &'static [Outcome],
    ) -> impl FnMut(&Event) + Send + 'static {
        let (shared, name) = (self.shared.clone(), name.to_owned());
        move |event| {
            let mut state = lock(&shared.state);
            let now = Instant::now();
            let gauge = state.running.entry(name.clone());
            gauge.or_insert_with(|| Gauge::new(outcomes, now)).record(event, now);
        }
    }

    /// A workflow's run has ended.
    pub(super) fn finish(&self, name: &str) {
        let mut state = lock(&self.shared.state);
        state.running.remove(name);
        state.done += 1;
    }

    /// Takes the bar away, and prints no more lines.
    pub(super) fn clear(&self) {
        if let Some(ticker) = lock(&self.shared.ticker).take() {
            ticker.abort();
        }
        self.shared.bar.finish_and_clear();
    }

    fn show(&self) {
        let state = lock(&self.shared.state);
        let line = state.line(Instant::now());
        let (total, done) = (state.total as u64, state.done as u64);
        drop(state);
        match self.shared.shown {
            Shown::Bar => {
                self.shared.bar.set_length(total);
                self.shared.bar.set_position(done);
                self.shared.bar.set_message(line);
            }
            Shown::Lines => output::note(&line),
            Shown::Nothing => {}
        }
    }
}

impl State {
    /// `12/200 workflows  paris: Processing 143/3,000  4 %  1.6/s  lyon: …  and 6 more`.
    fn line(&self, now: Instant) -> String {
        let mut parts =
            vec![format!("{}/{} workflows", grouped(self.done as u64), grouped(self.total as u64))];
        let running = self.running.iter().take(NAMED);
        parts.extend(running.map(|(name, gauge)| format!("{name}: {}", gauge.line(now))));
        let more = self.running.len().saturating_sub(NAMED);
        if more > 0 {
            parts.push(format!("and {more} more"));
        }
        parts.join("  ")
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_few_of_those_that_run_are_named() {
        let now = Instant::now();
        let gauge = || Gauge::new(&[Outcome::Archived], now);
        let running = ["a", "b", "c", "d", "e"].map(|name| (name.to_owned(), gauge()));
        let state = State { total: 1_200, done: 3, running: running.into_iter().collect() };
        let expected =
            "3/1,200 workflows  a: Processing 0  b: Processing 0  c: Processing 0  and 2 more";
        assert_eq!(state.line(now), expected);
    }
}
