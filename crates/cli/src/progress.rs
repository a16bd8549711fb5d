//! Progress on stderr: a bar where a person watches, a line from time to time elsewhere.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use clap::ValueEnum;
use console::Term;
use hrflow_connectors::{Event, Outcome};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use tokio::task::JoinHandle;

use crate::display::Display;
use crate::gauge::Gauge;
use crate::output;

/// How often the bar is drawn anew, so that its times do not stand still.
const REDRAW: Duration = Duration::from_secs(1);
/// How often a line is printed where there is no bar.
const LINE: Duration = Duration::from_secs(30);

/// How progress is shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum ProgressMode {
    /// A bar on a terminal, a line every 30 s elsewhere.
    #[default]
    Auto,
    /// A line every 30 s.
    Plain,
    /// Nothing.
    None,
}

/// What is shown, once it is known where.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shown {
    Bar,
    Lines,
    Nothing,
}

/// Shows the progress of a run.
pub(crate) struct Progress {
    bar: ProgressBar,
    gauge: Arc<Mutex<Gauge>>,
    shown: Shown,
    ticker: Option<JoinHandle<()>>,
}

impl Progress {
    /// Begins to show on the display's bar, or in lines.
    pub(crate) fn new(display: &Display, outcomes: &[Outcome]) -> Self {
        let gauge = Arc::new(Mutex::new(Gauge::new(outcomes, Instant::now())));
        let Display { bar, shown, .. } = display;
        let shown = *shown;
        let ticker = match shown {
            Shown::Bar => {
                bar.set_draw_target(ProgressDrawTarget::stderr());
                let (_, columns) = Term::stderr().size();
                bar.set_style(style(columns));
                let (bar, gauge) = (bar.clone(), gauge.clone());
                Some(tokio::spawn(every(REDRAW, move || draw(&bar, &lock(&gauge)))))
            }
            Shown::Lines => {
                let gauge = gauge.clone();
                Some(tokio::spawn(every(LINE, move || {
                    output::note(&lock(&gauge).line(Instant::now()));
                })))
            }
            Shown::Nothing => None,
        };
        Self { bar: bar.clone(), gauge, shown, ticker }
    }

    /// What follows the events of the run.
    pub(crate) fn watcher(&self) -> impl FnMut(&Event) + Send + 'static {
        let (bar, gauge, shown) = (self.bar.clone(), self.gauge.clone(), self.shown);
        move |event| {
            let mut gauge = lock(&gauge);
            gauge.record(event, Instant::now());
            if shown == Shown::Bar {
                draw(&bar, &gauge);
            }
        }
    }

    /// Takes the bar away, and prints no more lines.
    pub(crate) fn finish(&self) {
        if let Some(ticker) = &self.ticker {
            ticker.abort();
        }
        self.bar.finish_and_clear();
    }
}

fn lock(gauge: &Mutex<Gauge>) -> std::sync::MutexGuard<'_, Gauge> {
    gauge.lock().unwrap_or_else(PoisonError::into_inner)
}

async fn every(period: Duration, mut show: impl FnMut()) {
    loop {
        tokio::time::sleep(period).await;
        show();
    }
}

fn draw(bar: &ProgressBar, gauge: &Gauge) {
    // Where nobody knows how much there is, the bar stays empty.
    bar.set_length(gauge.total().unwrap_or(u64::MAX));
    bar.set_position(gauge.done());
    bar.set_message(gauge.line(Instant::now()));
}

/// On a narrow terminal the bar shrinks before the words do.
fn style(columns: u16) -> ProgressStyle {
    let template = match columns {
        0..80 => "{wide_msg}",
        80..120 => "{bar:10} {wide_msg}",
        _ => "{bar:30} {wide_msg}",
    };
    ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar())
}
