//! The same numbers for OpenTelemetry: each time they are collected, they are read where they are
//! counted.

use opentelemetry::KeyValue;
use opentelemetry::metrics::{Meter, MeterProvider};
use prometheus::Registry;
use prometheus::proto::{LabelPair, Metric, MetricFamily};

use super::families::{Families, Kind};

/// Gives every metric to a provider. Histograms come as their sums and counts.
pub(super) fn observe(families: &Families, provider: &dyn MeterProvider) {
    let meter = provider.meter("hrflow-connectors");
    let registry = &families.registry;
    for (name, kind) in &families.declared {
        match kind {
            Kind::Counter => {
                counter(&meter, registry, name, name, |it| it.get_counter().get_value());
            }
            Kind::Gauge => gauge(&meter, registry, name),
            Kind::Histogram => {
                let (sum, count) = (format!("{name}_sum"), format!("{name}_count"));
                counter(&meter, registry, name, &sum, |it| it.get_histogram().get_sample_sum());
                #[allow(clippy::cast_precision_loss, reason = "nobody counts to 2^52")]
                let counted = |it: &Metric| it.get_histogram().get_sample_count() as f64;
                counter(&meter, registry, name, &count, counted);
            }
        }
    }
}

fn counter(
    meter: &Meter,
    registry: &Registry,
    family: &str,
    name: &str,
    value: fn(&Metric) -> f64,
) {
    let (registry, family) = (registry.clone(), family.to_owned());
    let callback = move |instrument: &dyn opentelemetry::metrics::AsyncInstrument<f64>| {
        for metric in metrics(&registry, &family) {
            instrument.observe(value(&metric), &attributes(metric.get_label()));
        }
    };
    // It is kept by the meter.
    let _ = meter.f64_observable_counter(name.to_owned()).with_callback(callback).build();
}

fn gauge(meter: &Meter, registry: &Registry, name: &str) {
    let (registry, family) = (registry.clone(), name.to_owned());
    let callback = move |instrument: &dyn opentelemetry::metrics::AsyncInstrument<f64>| {
        for metric in metrics(&registry, &family) {
            let value = metric.get_gauge().get_value();
            instrument.observe(value, &attributes(metric.get_label()));
        }
    };
    let _ = meter.f64_observable_gauge(name.to_owned()).with_callback(callback).build();
}

fn metrics(registry: &Registry, family: &str) -> Vec<Metric> {
    let families = registry.gather().into_iter();
    let own = families.filter(|it| it.name() == family);
    own.flat_map(|it: MetricFamily| it.get_metric().to_vec()).collect()
}

fn attributes(labels: &[LabelPair]) -> Vec<KeyValue> {
    let attribute =
        |label: &LabelPair| KeyValue::new(label.name().to_owned(), label.value().to_owned());
    labels.iter().map(attribute).collect()
}
