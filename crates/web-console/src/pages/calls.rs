//! The calls of the last hour.

use std::time::Instant;

use askama::Template;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;

use super::Titled;
use crate::site::Console;
use crate::{Words, chart};

#[derive(Template)]
#[template(path = "calls.html")]
struct CallsBody {
    words: &'static Words,
    is_counted: bool,
    services: Vec<ServiceView>,
    pace: Option<String>,
}

struct ServiceView {
    name: &'static str,
    calls: String,
    refused: String,
    failed: String,
    latency: String,
    chart: String,
}

/// How both services answer.
pub(crate) async fn calls(State(console): State<Console>, headers: HeaderMap) -> Response {
    let words = Words::preferred(&headers);
    let counted = console.calls.as_ref().map(|calls| calls.last_hour(Instant::now()));
    let paces = console.paces.as_ref().map(|paces| paces()).unwrap_or_default();
    let paces: Vec<_> = paces.iter().map(|pace| format!("{pace:.1}")).collect();
    let body = CallsBody {
        words,
        is_counted: counted.is_some(),
        services: counted
            .into_iter()
            .flatten()
            .map(|it| {
                let latency = |milliseconds: u64| match milliseconds {
                    u64::MAX => "> 10 s".to_owned(),
                    milliseconds => format!("≤ {}", words.duration(milliseconds)),
                };
                let label = format!("{}, {}", it.service, words.per_minute);
                ServiceView {
                    name: it.service,
                    calls: words.number(it.calls),
                    refused: words.number(it.refused),
                    failed: words.number(it.failed),
                    latency: format!("{} / {}", latency(it.median), latency(it.slow)),
                    chart: chart::minutes(&it.minutes, &label),
                }
            })
            .collect(),
        pace: (!paces.is_empty()).then(|| format!("{} {}", paces.join(", "), words.per_second)),
    };
    console.page(words, Titled::new(words.calls, "calls"), &body)
}
