//! Several runs at once: one view of them, and one signal that ends them.

use std::sync::Arc;

use hrflow_connectors::Run;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use super::board::Board;
use crate::display::Display;
use crate::signals::{Interruption, Stops};

/// Runs that are shown and interrupted together. Clones are the same.
#[derive(Clone)]
pub(super) struct Together {
    board: Board,
    stops: Stops,
    interruption: Interruption,
}

impl Together {
    /// Begins to show the progress of workflows with these names, and to listen for signals.
    pub(super) fn begin(display: &Display, names: impl Iterator<Item = String>) -> Self {
        let stops = Stops::default();
        let interruption = Interruption::of_each(stops.clone(), &display.bar);
        Self { board: Board::new(display, names), stops, interruption }
    }

    /// A run is about to begin.
    pub(super) fn watch(&self, name: &str, run: &mut Run) {
        run.watch(self.board.watcher(name, run.outcomes()));
        self.stops.add(run.stop());
    }

    /// A run has ended.
    pub(super) fn finish(&self, name: &str) {
        self.board.finish(name);
    }

    /// All of them have ended; a signal may have been why.
    pub(super) fn end(self) -> Interruption {
        self.board.clear();
        self.interruption
    }
}

/// Carries tasks out in their order, so many at once, each on a thread that is free.
pub(super) async fn so_many_at_once<T: Send + 'static>(
    most: usize,
    tasks: impl Iterator<Item = impl Future<Output = T> + Send + 'static>,
) -> Vec<T> {
    let slots = Arc::new(Semaphore::new(most));
    let mut running = JoinSet::new();
    for task in tasks {
        let task = Box::pin(task);
        // Taken here, because tasks would come to it in any order. Nobody closes the semaphore.
        let slot = slots.clone().acquire_owned().await;
        running.spawn(async move {
            let result = task.await;
            drop(slot);
            result
        });
    }
    running.join_all().await
}
