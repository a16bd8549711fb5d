//! Every metric, an entry each.

use std::cell::RefCell;

use prometheus::core::Collector;
use prometheus::{
    CounterVec, Gauge, GaugeVec, HistogramOpts, HistogramVec, IntCounterVec, IntGauge, Opts,
    Registry,
};

/// Upper bounds of a request's time, in seconds.
const REQUEST_TIMES: [f64; 9] = [0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0, 30.0, 60.0];
/// Upper bounds of the time of a store's operation, in seconds.
const STORE_TIMES: [f64; 8] = [0.000_1, 0.000_3, 0.001, 0.01, 0.03, 0.1, 1.0, 10.0];

pub(super) struct Families {
    pub(super) registry: Registry,
    /// Every metric by its name: one that has no number yet is not in the registry's list.
    #[cfg_attr(not(feature = "otlp"), allow(dead_code, reason = "only OpenTelemetry asks"))]
    pub(super) declared: Vec<(String, Kind)>,
    pub(super) runs: IntCounterVec,
    pub(super) items_read: IntCounterVec,
    pub(super) items: IntCounterVec,
    pub(super) last_run: GaugeVec,
    pub(super) last_duration: GaugeVec,
    pub(super) last_success: GaugeVec,
    pub(super) next_run: GaugeVec,
    pub(super) health: GaugeVec,
    pub(super) jobs: GaugeVec,
    pub(super) journal: GaugeVec,
    pub(super) skipped: IntCounterVec,
    pub(super) running: IntGauge,
    pub(super) waiting: IntGauge,
    pub(super) requests: IntCounterVec,
    pub(super) request_time: HistogramVec,
    pub(super) wait_time: CounterVec,
    pub(super) pace: Gauge,
    pub(super) store_time: HistogramVec,
    pub(super) store_failures: IntCounterVec,
    pub(super) notifications: IntCounterVec,
    pub(super) active: IntGauge,
    pub(super) config_valid: IntGauge,
}

const WORKFLOW: &[&str] = &["workflow"];

/// What a metric does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// It grows.
    Counter,
    /// It is what it is now.
    Gauge,
    /// It counts by size.
    Histogram,
}

impl Families {
    #[allow(clippy::too_many_lines, reason = "it is a list")]
    pub(super) fn new() -> Result<Self, prometheus::Error> {
        let list = List { registry: Registry::new(), declared: RefCell::default() };
        let families = Self {
            runs: list.counter("runs_total", "Runs that have ended.", &["workflow", "status"])?,
            items_read: list.counter("items_read_total", "Offers that were read.", WORKFLOW)?,
            items: list.counter(
                "items_total",
                "Offers by how they ended at the board.",
                &["workflow", "outcome"],
            )?,
            last_run: list.gauge(
                "last_run_timestamp_seconds",
                "When the last run began.",
                WORKFLOW,
            )?,
            last_duration: list.gauge(
                "last_run_duration_seconds",
                "How long the last run took.",
                WORKFLOW,
            )?,
            last_success: list.gauge(
                "last_complete_success_timestamp_seconds",
                "When the last run ended that read everything and did not fail.",
                WORKFLOW,
            )?,
            next_run: list.gauge(
                "next_run_timestamp_seconds",
                "When the next run begins.",
                WORKFLOW,
            )?,
            health: list.gauge(
                "workflow_health",
                "1 for the word that tells how the workflow is, 0 for the others.",
                &["workflow", "health"],
            )?,
            jobs: list.gauge("board_jobs", "Jobs that the workflow has on its board.", WORKFLOW)?,
            journal: list.gauge(
                "journal_bytes",
                "Size of the journal of the last run.",
                WORKFLOW,
            )?,
            skipped: list.counter(
                "schedules_skipped_total",
                "Scheduled times that came while the last run still went on.",
                WORKFLOW,
            )?,
            running: list.one("runs_in_progress", "Runs that go on.")?,
            waiting: list.one("runs_waiting", "Runs that wait for one of the others to end.")?,
            requests: list.counter(
                "http_requests_total",
                "Requests by the status of the answer; `none` where there was no answer.",
                &["service", "status"],
            )?,
            request_time: list.histogram(
                "http_request_duration_seconds",
                "Time of a request.",
                "service",
                &REQUEST_TIMES,
            )?,
            wait_time: list.seconds(
                "wait_seconds_total",
                "Time that requests were asked to wait for, by cause.",
                &["service", "cause"],
            )?,
            pace: list.pace(
                "read_pace_requests_per_second",
                "Requests a second that reading keeps to, all accounts together.",
            )?,
            store_time: list.histogram(
                "store_operation_duration_seconds",
                "Time of an operation of the store.",
                "operation",
                &STORE_TIMES,
            )?,
            store_failures: list.counter(
                "store_failures_total",
                "Operations of the store that failed.",
                &["operation"],
            )?,
            notifications: list.counter(
                "notifications_total",
                "Messages by channel, and whether they were delivered.",
                &["channel", "result"],
            )?,
            active: list.one("active", "1 where this process runs the fleet, 0 on standby.")?,
            config_valid: list
                .one("config_valid", "1 where the files could be used when they were last read.")?,
            registry: list.registry.clone(),
            declared: Vec::new(),
        };
        let version = list.gauge("build_info", "The version of this program.", &["version"])?;
        version.with_label_values(&[env!("CARGO_PKG_VERSION")]).set(1.0);
        Ok(Self { declared: list.declared.into_inner(), ..families })
    }
}

/// Makes metrics, and adds each to the list of all.
struct List {
    registry: Registry,
    declared: RefCell<Vec<(String, Kind)>>,
}

impl List {
    fn add<T: Collector + Clone + 'static>(
        &self,
        kind: Kind,
        metric: T,
    ) -> Result<T, prometheus::Error> {
        let names = metric.desc().into_iter().map(|description| description.fq_name.clone());
        self.declared.borrow_mut().extend(names.map(|name| (name, kind)));
        self.registry.register(Box::new(metric.clone()))?;
        Ok(metric)
    }

    fn counter(
        &self,
        short: &str,
        help: &str,
        labels: &[&str],
    ) -> Result<IntCounterVec, prometheus::Error> {
        self.add(Kind::Counter, IntCounterVec::new(Opts::new(name(short), help), labels)?)
    }

    fn seconds(
        &self,
        short: &str,
        help: &str,
        labels: &[&str],
    ) -> Result<CounterVec, prometheus::Error> {
        self.add(Kind::Counter, CounterVec::new(Opts::new(name(short), help), labels)?)
    }

    fn gauge(
        &self,
        short: &str,
        help: &str,
        labels: &[&str],
    ) -> Result<GaugeVec, prometheus::Error> {
        self.add(Kind::Gauge, GaugeVec::new(Opts::new(name(short), help), labels)?)
    }

    fn one(&self, short: &str, help: &str) -> Result<IntGauge, prometheus::Error> {
        self.add(Kind::Gauge, IntGauge::new(name(short), help)?)
    }

    fn pace(&self, short: &str, help: &str) -> Result<Gauge, prometheus::Error> {
        self.add(Kind::Gauge, Gauge::new(name(short), help)?)
    }

    fn histogram(
        &self,
        short: &str,
        help: &str,
        label: &str,
        bounds: &[f64],
    ) -> Result<HistogramVec, prometheus::Error> {
        let options = HistogramOpts::new(name(short), help).buckets(bounds.to_vec());
        self.add(Kind::Histogram, HistogramVec::new(options, &[label])?)
    }
}

fn name(short: &str) -> String {
    format!("hrflow_connectors_{short}")
}
