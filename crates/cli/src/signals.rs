//! Signals: the first stops a run after the requests in flight, the second quits at once.

use std::sync::{Arc, OnceLock};

use hrflow_connectors::Stop;
use indicatif::ProgressBar;

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
        Self::of_all(vec![stop], bar)
    }

    /// The same for several runs, which the first signal stops all.
    pub(crate) fn of_all(stops: Vec<Stop>, bar: &ProgressBar) -> Self {
        let interruption = Self::default();
        let (heard, bar) = (interruption.clone(), bar.clone());
        tokio::spawn(async move {
            let signal = signal().await;
            // A run that was ending already, by a failure, is not one that was interrupted.
            let stops = stops.iter().filter(|stop| stop.reason().is_none());
            if stops.clone().count() > 0 && heard.0.set(signal).is_ok() {
                stops.for_each(|stop| stop.interrupt(INTERRUPTED));
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
