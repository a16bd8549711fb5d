//! What the service answers over HTTP: whether it is well, how its workflows are, and its numbers.

use axum::Router;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;

use crate::metrics::Metrics;
use crate::shown::{Readiness, Shown};

/// The type of Prometheus' text format.
const PROMETHEUS: &str = "text/plain; version=0.0.4";

#[derive(Clone)]
struct Site {
    shown: Shown,
    metrics: Metrics,
}

/// The addresses of the service.
pub(crate) fn router(shown: Shown, metrics: Metrics) -> Router {
    Router::new()
        .route("/healthz", get(async || "ok\n"))
        .route("/readyz", get(readiness))
        .route("/metrics", get(metrics_text))
        .route("/status.json", get(status))
        .with_state(Site { shown, metrics })
}

/// A standby is ready, too: a deployment that replaces one process by another waits for that.
async fn readiness(State(site): State<Site>) -> Response {
    match site.shown.readiness() {
        Readiness::Active => "active\n".into_response(),
        Readiness::Standby => "standby\n".into_response(),
        Readiness::NotReady(why) => {
            (StatusCode::SERVICE_UNAVAILABLE, format!("{why}\n")).into_response()
        }
    }
}

async fn metrics_text(State(site): State<Site>) -> Response {
    match site.metrics.text() {
        Ok(text) => ([(header::CONTENT_TYPE, PROMETHEUS)], text).into_response(),
        Err(error) => (StatusCode::INTERNAL_SERVER_ERROR, error.to_string()).into_response(),
    }
}

async fn status(State(site): State<Site>) -> Response {
    match site.shown.status() {
        Some(status) => match serde_json::to_string(&status) {
            Ok(json) => ([(header::CONTENT_TYPE, "application/json")], json).into_response(),
            Err(error) => (StatusCode::INTERNAL_SERVER_ERROR, error.to_string()).into_response(),
        },
        None => (StatusCode::SERVICE_UNAVAILABLE, "not known yet\n").into_response(),
    }
}
