//! Numbers for who collects them, in the text format of Prometheus.

mod families;
#[cfg(feature = "otlp")]
mod otlp;

use std::fs;
use std::io::Write;
use std::path::Path;
use std::sync::Arc;

use api_client::{AnswerHook, Answered};
use hrflow_connectors::{Event, FleetStatus, Health, RunResult, Status, WaitCause, WorkflowStatus};
use prometheus::{Encoder, TextEncoder};
use store::{StoreHook, StoreUse};

use families::Families;

/// Why there are no metrics.
#[derive(Debug, thiserror::Error)]
#[error("could not count: {0}")]
pub struct MetricsError(#[from] prometheus::Error);

/// Counts what runs, calls and stores do.
#[derive(Clone)]
pub struct Metrics(Arc<Families>);

impl Metrics {
    /// All at zero.
    pub fn new() -> Result<Self, MetricsError> {
        Ok(Self(Arc::new(Families::new()?)))
    }

    /// Gives everything to an OpenTelemetry provider, too.
    #[cfg(feature = "otlp")]
    pub fn observed_by(&self, provider: &dyn opentelemetry::metrics::MeterProvider) {
        otlp::observe(&self.0, provider);
    }

    /// Counts requests to both services.
    pub fn answer_hook(&self) -> AnswerHook {
        let families = self.0.clone();
        Arc::new(move |Answered { service, status, duration }| {
            let status = status.map_or_else(|| "none".to_owned(), |status| status.to_string());
            families.requests.with_label_values(&[service, &status]).inc();
            families.request_time.with_label_values(&[service]).observe(duration.as_secs_f64());
        })
    }

    /// Counts operations of stores.
    pub fn store_hook(&self) -> StoreHook {
        let families = self.0.clone();
        Arc::new(move |StoreUse { operation, duration, is_failure }| {
            families.store_time.with_label_values(&[operation]).observe(duration.as_secs_f64());
            if is_failure {
                families.store_failures.with_label_values(&[operation]).inc();
            }
        })
    }

    /// Counts what happens in a run.
    pub fn watcher(&self, workflow_id: &str) -> impl FnMut(&Event) + Send + 'static {
        let families = self.0.clone();
        let workflow_id = workflow_id.to_owned();
        let read = families.items_read.with_label_values(&[&workflow_id]);
        move |event| match event {
            Event::Read { items } => read.inc_by(*items),
            Event::Ended { ending, .. } => {
                if let Some(outcome) = ending.outcome() {
                    families.items.with_label_values(&[&workflow_id, outcome.name()]).inc();
                }
            }
            Event::Waiting(wait) => {
                let cause = match wait.cause {
                    WaitCause::RateLimit => "rate_limit",
                    WaitCause::Retry => "retry",
                    WaitCause::Pace => "pace",
                };
                let waited = families.wait_time.with_label_values(&[wait.service, cause]);
                waited.inc_by(wait.duration.as_secs_f64());
            }
            _ => {}
        }
    }

    /// A run has ended.
    pub fn ended(&self, result: &RunResult) {
        let RunResult { workflow_id, status, started_at, duration_ms, .. } = result;
        let families = &self.0;
        families.runs.with_label_values(&[workflow_id.as_str(), status.name()]).inc();
        // What was refused did not begin.
        if result.reason.is_refusal() {
            return;
        }
        let labels = &[workflow_id.as_str()];
        families.last_run.with_label_values(labels).set(seconds(*started_at));
        let duration = std::time::Duration::from_millis(*duration_ms).as_secs_f64();
        families.last_duration.with_label_values(labels).set(duration);
        if result.complete && *status != Status::Fatal && !result.interrupted {
            let ended = started_at
                .checked_add(jiff::SignedDuration::from_millis(duration_ms.cast_signed()))
                .unwrap_or(*started_at);
            families.last_success.with_label_values(labels).set(seconds(ended));
        }
    }

    /// How the workflows of a fleet are now.
    pub fn status(&self, status: &FleetStatus) {
        let families = &self.0;
        // A workflow whose file is gone is shown no more.
        families.health.reset();
        families.jobs.reset();
        families.next_run.reset();
        for workflow in &status.workflows {
            self.workflow(workflow);
        }
    }

    fn workflow(&self, workflow: &WorkflowStatus) {
        let families = &self.0;
        let id = workflow.workflow_id.as_str();
        let assessment = &workflow.assessment;
        for health in Health::ALL {
            let is_so = f64::from(u8::from(health == assessment.health));
            families.health.with_label_values(&[id, health.name()]).set(is_so);
        }
        if let Some(jobs) = assessment.jobs {
            #[allow(clippy::cast_precision_loss, reason = "nobody has 2^52 jobs")]
            families.jobs.with_label_values(&[id]).set(jobs as f64);
        }
        if let Some(at) = assessment.last_success_at {
            families.last_success.with_label_values(&[id]).set(seconds(at));
        }
        if let Some(at) = workflow.next_run_at {
            families.next_run.with_label_values(&[id]).set(seconds(at));
        }
    }

    /// How many bytes the journal of a workflow's last run takes.
    pub fn journal(&self, workflow_id: &str, bytes: u64) {
        #[allow(clippy::cast_precision_loss, reason = "no journal has 2^52 bytes")]
        self.0.journal.with_label_values(&[workflow_id]).set(bytes as f64);
    }

    /// How fast reading may go at present.
    pub fn paces(&self, paces: &[f64]) {
        self.0.pace.set(paces.iter().sum());
    }

    /// How many runs go on, and how many wait for their turn.
    pub fn load(&self, running: usize, waiting: usize) {
        self.0.running.set(i64::try_from(running).unwrap_or(i64::MAX));
        self.0.waiting.set(i64::try_from(waiting).unwrap_or(i64::MAX));
    }

    /// Times that came while the last run still went on.
    pub fn skipped(&self, workflow_id: &str, times: usize) {
        self.0.skipped.with_label_values(&[workflow_id]).inc_by(times as u64);
    }

    /// Whether this process holds the lease of its fleet.
    pub fn active(&self, is_active: bool) {
        self.0.active.set(i64::from(is_active));
    }

    /// Whether the files could be used when they were last read.
    pub fn config(&self, is_valid: bool) {
        self.0.config_valid.set(i64::from(is_valid));
    }

    /// A message was delivered, or could not be.
    pub fn notified(&self, channel: &str, is_delivered: bool) {
        let result = if is_delivered { "delivered" } else { "failed" };
        self.0.notifications.with_label_values(&[channel, result]).inc();
    }

    /// Everything, in the text format of Prometheus.
    pub fn text(&self) -> Result<String, MetricsError> {
        let mut text = Vec::new();
        TextEncoder::new().encode(&self.0.registry.gather(), &mut text)?;
        Ok(String::from_utf8_lossy(&text).into_owned())
    }

    /// Writes everything to a file, whole or not at all.
    pub fn write(&self, path: &Path) -> Result<(), String> {
        let text = self.text().map_err(|error| error.to_string())?;
        let beside = path.with_extension(format!("{}.tmp", std::process::id()));
        let written = fs::File::create(&beside)
            .and_then(|mut file| file.write_all(text.as_bytes()))
            .and_then(|()| fs::rename(&beside, path));
        written.map_err(|error| {
            // The file is nobody's by now.
            let _ = fs::remove_file(&beside);
            format!("could not write `{}`: {error}", path.display())
        })
    }
}

impl std::fmt::Debug for Metrics {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Metrics")
    }
}

#[allow(clippy::cast_precision_loss, reason = "a second is exact in our time")]
fn seconds(time: jiff::Timestamp) -> f64 {
    time.as_second() as f64
}
