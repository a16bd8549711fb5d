//! Traces, metrics and logs for a collector of OpenTelemetry, where its variables name one.

#![cfg_attr(not(feature = "otlp"), allow(clippy::unused_self, reason = "there is nothing to send"))]

#[cfg(feature = "otlp")]
pub(crate) use otlp::Telemetry;

/// Nothing is sent by a program that was built without.
#[cfg(not(feature = "otlp"))]
#[derive(Default)]
pub(crate) struct Telemetry;

#[cfg(not(feature = "otlp"))]
impl Telemetry {
    pub(crate) fn start() -> Self {
        Self
    }

    pub(crate) fn layers(&self) -> Vec<Layers> {
        Vec::new()
    }

    pub(crate) fn finish(self) {}
}

/// What logging is extended with.
pub(crate) type Layers =
    Box<dyn tracing_subscriber::Layer<tracing_subscriber::Registry> + Send + Sync>;

/// Whether metrics are sent to a collector.
pub(crate) fn sends_metrics() -> bool {
    #[cfg(feature = "otlp")]
    return otlp::sends(otlp::Signal::Metrics);
    #[cfg(not(feature = "otlp"))]
    return false;
}

/// Gives the numbers of this process to the collector, too.
pub(crate) fn observe(metrics: &serve::Metrics) {
    #[cfg(feature = "otlp")]
    metrics.observed_by(&*opentelemetry::global::meter_provider());
    #[cfg(not(feature = "otlp"))]
    let _ = metrics;
}

#[cfg(feature = "otlp")]
mod otlp {
    use opentelemetry::trace::TracerProvider;
    use opentelemetry_appender_tracing::layer::OpenTelemetryTracingBridge;
    use opentelemetry_otlp::{LogExporter, MetricExporter, SpanExporter};
    use opentelemetry_sdk::Resource;
    use opentelemetry_sdk::error::OTelSdkResult;
    use opentelemetry_sdk::logs::SdkLoggerProvider;
    use opentelemetry_sdk::metrics::SdkMeterProvider;
    use opentelemetry_sdk::trace::SdkTracerProvider;
    use tracing_subscriber::filter::LevelFilter;
    use tracing_subscriber::{EnvFilter, Layer};

    use super::Layers;
    use crate::{logs, output, surroundings};

    const SERVICE: &str = "hrflow-connectors";

    /// What can be sent.
    #[derive(Clone, Copy)]
    pub(super) enum Signal {
        Traces,
        Metrics,
        Logs,
    }

    impl Signal {
        /// The word in the names of variables.
        fn word(self) -> &'static str {
            match self {
                Self::Traces => "TRACES",
                Self::Metrics => "METRICS",
                Self::Logs => "LOGS",
            }
        }
    }

    /// Whether the variables name a collector for it.
    pub(super) fn sends(signal: Signal) -> bool {
        let variable = surroundings::otel;
        let word = signal.word();
        let is_off = variable("OTEL_SDK_DISABLED").is_some_and(|text| text == "true")
            || variable(&format!("OTEL_{word}_EXPORTER")).is_some_and(|text| text == "none");
        let endpoints =
            ["OTEL_EXPORTER_OTLP_ENDPOINT", &format!("OTEL_EXPORTER_OTLP_{word}_ENDPOINT")];
        !is_off && endpoints.iter().any(|name| variable(name).is_some())
    }

    /// What sends.
    #[derive(Default)]
    pub(crate) struct Telemetry {
        traces: Option<SdkTracerProvider>,
        metrics: Option<SdkMeterProvider>,
        logs: Option<SdkLoggerProvider>,
    }

    impl Telemetry {
        /// Begins to send where the variables of OpenTelemetry say so. What cannot be sent is a
        /// warning.
        pub(crate) fn start() -> Self {
            let mut telemetry = Self::default();
            if sends(Signal::Traces)
                && let Some(exporter) = built(SpanExporter::builder().with_http().build())
            {
                let provider = SdkTracerProvider::builder().with_resource(resource());
                telemetry.traces = Some(provider.with_batch_exporter(exporter).build());
            }
            if sends(Signal::Metrics)
                && let Some(exporter) = built(MetricExporter::builder().with_http().build())
            {
                let provider = SdkMeterProvider::builder().with_resource(resource());
                let provider = provider.with_periodic_exporter(exporter).build();
                opentelemetry::global::set_meter_provider(provider.clone());
                telemetry.metrics = Some(provider);
            }
            if sends(Signal::Logs)
                && let Some(exporter) = built(LogExporter::builder().with_http().build())
            {
                let provider = SdkLoggerProvider::builder().with_resource(resource());
                telemetry.logs = Some(provider.with_batch_exporter(exporter).build());
            }
            telemetry
        }

        /// The layers for traces and logs. They only take events of this program: the exporter would
        /// otherwise export its own requests without end.
        pub(crate) fn layers(&self) -> Vec<Layers> {
            let only_ours = |level| EnvFilter::new(format!("off,{}", logs::of_ours(level)));
            let traces = self.traces.as_ref().map(|provider| {
                let layer = tracing_opentelemetry::layer().with_tracer(provider.tracer(SERVICE));
                let layer = layer.with_location(false).with_threads(false);
                layer.with_filter(only_ours(LevelFilter::DEBUG)).boxed()
            });
            let logs = self.logs.as_ref().map(|provider| {
                let layer = OpenTelemetryTracingBridge::new(provider);
                layer.with_filter(only_ours(LevelFilter::INFO)).boxed()
            });
            traces.into_iter().chain(logs).collect()
        }

        /// Sends what has not been sent.
        pub(crate) fn finish(self) {
            warn("traces", self.traces.map(|provider| provider.shutdown()));
            warn("metrics", self.metrics.map(|provider| provider.shutdown()));
            warn("logs", self.logs.map(|provider| provider.shutdown()));
        }
    }

    fn resource() -> Resource {
        let version = opentelemetry::KeyValue::new("service.version", env!("CARGO_PKG_VERSION"));
        // `OTEL_SERVICE_NAME` and `OTEL_RESOURCE_ATTRIBUTES` are read by the library.
        let builder = Resource::builder().with_attribute(version);
        match surroundings::otel("OTEL_SERVICE_NAME") {
            Some(_) => builder.build(),
            None => builder.with_service_name(SERVICE).build(),
        }
    }

    fn built<T, E: std::fmt::Display>(exporter: Result<T, E>) -> Option<T> {
        let failed = |error| output::warning(&format!("OpenTelemetry: {error}"), None);
        exporter.map_err(failed).ok()
    }

    fn warn(what: &str, ended: Option<OTelSdkResult>) {
        if let Some(Err(error)) = ended {
            let message = format!("OpenTelemetry: not all {what} could be sent: {error}");
            output::warning(&message, None);
        }
    }
}
