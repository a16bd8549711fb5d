//! Signals: the first stops a run after the requests in flight, the second quits at once.

use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use hrflow_connectors::Stop;
use indicatif::ProgressBar;
use tokio_util::sync::CancellationToken;

use crate::exit::{Exit, Signal};
use crate::output;

/// Why a run ends that a signal has stopped.
pub(crate) const INTERRUPTED: &str = "interrupted";

/// What is said at the first signal; it fits a narrow terminal.
const STOPPING: &str = "Stopping after open requests. Ctrl-C again quits at once.";

/// The signal that has stopped a run, if one has.
#[derive(Clone, Default)]
pub(crate) struct Interruption(Arc<OnceLock<Signal>>);

impl Interruption {
    /// Listens for signals from now on, and stops the run by the first.
    pub(crate) fn of(stop: Stop, bar: &ProgressBar) -> Self {
        let stops = Stops::default();
        stops.add(stop);
        Self::of_each(stops, bar)
    }

    /// The same for several runs, which the first signal stops all, and those that begin later.
    pub(crate) fn of_each(stops: Stops, bar: &ProgressBar) -> Self {
        let interruption = Self::default();
        let (heard, bar) = (interruption.clone(), bar.clone());
        tokio::spawn(async move {
            let signal = signal().await;
            if stops.interrupt() {
                // Nobody else sets it.
                let _ = heard.0.set(signal);
            }
            bar.suspend(|| output::note(STOPPING));
            let again = self::signal().await;
            std::process::exit(Exit::Interrupted(again).code().into());
        });
        interruption
    }

    /// The signal that has stopped the run.
    pub(crate) fn signal(&self) -> Option<Signal> {
        self.0.get().copied()
    }
}

/// What ends the runs that a signal ends.
#[derive(Clone, Default)]
pub(crate) struct Stops(Arc<Mutex<Known>>);

#[derive(Default)]
struct Known {
    stops: Vec<Stop>,
    is_interrupted: bool,
}

impl Stops {
    /// One more run, which ends at once where the signal came before it.
    pub(crate) fn add(&self, stop: Stop) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if known.is_interrupted {
            stop.interrupt(INTERRUPTED);
        }
        known.stops.push(stop);
    }

    /// Ends all of them. Whether there was one that was not ending already, by a failure.
    fn interrupt(&self) -> bool {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.is_interrupted = true;
        let goes_on = known.stops.iter().filter(|stop| stop.reason().is_none());
        goes_on.map(|stop| stop.interrupt(INTERRUPTED)).count() > 0
    }
}

/// Cancels a token by the first signal; the second quits at once.
pub(crate) fn cancel_by_signal(token: CancellationToken) {
    tokio::spawn(async move {
        signal().await;
        token.cancel();
        let again = signal().await;
        std::process::exit(Exit::Interrupted(again).code().into());
    });
}

/// Waits for a signal.
async fn signal() -> Signal {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        if let Ok(mut terminate) = signal(SignalKind::terminate()) {
            return tokio::select! {
                _ = tokio::signal::ctrl_c() => Signal::Interrupt,
                _ = terminate.recv() => Signal::Terminate,
            };
        }
    }
    // Where no signal can be waited for, none ends the run.
    if tokio::signal::ctrl_c().await.is_err() {
        std::future::pending::<()>().await;
    }
    Signal::Interrupt
}
