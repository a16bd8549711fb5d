//! `--metrics-file`: counters in a file that a collector reads, kept current while something runs.

use std::path::PathBuf;
use std::time::Duration;

use hrflow_connectors::{AnswerHook, Run, RunResult, error_chain};
use serve::Metrics;
use tokio::task::JoinHandle;

use crate::commands::refusal::Refusal;
use crate::{output, telemetry};

/// Collectors look about so often.
const EVERY: Duration = Duration::from_secs(15);

/// Writes the file now and then.
pub(crate) struct Writing {
    path: PathBuf,
    metrics: Metrics,
    task: JoinHandle<()>,
}

/// Begins to write the file.
pub(crate) fn keep(path: PathBuf, metrics: Metrics) -> Writing {
    let (kept, counted) = (path.clone(), metrics.clone());
    let task = tokio::spawn(async move {
        loop {
            tokio::time::sleep(EVERY).await;
            write(&kept, &counted);
        }
    });
    Writing { path, metrics, task }
}

impl Writing {
    /// Writes the last numbers.
    pub(crate) fn finish(self) {
        self.task.abort();
        write(&self.path, &self.metrics);
    }
}

/// Counters, which a collector is given where there is one.
pub(crate) fn metrics() -> Result<Metrics, Refusal> {
    let metrics = Metrics::new().map_err(|error| Refusal::because(error_chain(&error)))?;
    telemetry::observe(&metrics);
    Ok(metrics)
}

/// One run whose numbers are written to a file, where somebody asked for that.
pub(crate) struct Counting(Option<(Option<PathBuf>, Metrics)>);

impl Counting {
    /// Nothing is counted.
    pub(crate) fn none() -> Self {
        Self(None)
    }

    pub(crate) fn new(path: Option<PathBuf>) -> Result<Self, Refusal> {
        if path.is_none() && !telemetry::sends_metrics() {
            return Ok(Self::none());
        }
        let metrics = metrics()?;
        Ok(Self(Some((path, metrics))))
    }

    /// Counts requests.
    pub(crate) fn answer_hook(&self) -> Option<AnswerHook> {
        self.0.as_ref().map(|(_, metrics)| metrics.answer_hook())
    }

    /// Carries the run out, and writes the file while it goes on and when it has ended.
    pub(crate) async fn counted(self, mut run: Run) -> RunResult {
        let Some((path, metrics)) = self.0 else { return run.run().await };
        run.watch(metrics.watcher(run.workflow_id()));
        let writing = path.map(|path| keep(path, metrics.clone()));
        let result = run.run().await;
        metrics.ended(&result);
        if let Some(writing) = writing {
            writing.finish();
        }
        result
    }
}

/// A file that cannot be written fails no run.
fn write(path: &std::path::Path, metrics: &Metrics) {
    if let Err(why) = metrics.write(path) {
        output::warning(&format!("`--metrics-file`: {why}"), None);
    }
}
