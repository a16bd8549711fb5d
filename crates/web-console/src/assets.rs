//! The files that pages load, which are part of the program.

use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Router, http::StatusCode};

/// The style sheet, which reports carry within them.
pub(crate) const STYLE: &str = include_str!("../assets/style.css");

const CSS: &str = "text/css; charset=utf-8";
const JAVASCRIPT: &str = "text/javascript; charset=utf-8";
const FILES: [(&str, &str, &str); 4] = [
    ("icon.svg", "image/svg+xml", include_str!("../assets/icon.svg")),
    ("style.css", CSS, STYLE),
    ("htmx.min.js", JAVASCRIPT, include_str!("../assets/vendor/htmx.min.js")),
    ("sse.min.js", JAVASCRIPT, include_str!("../assets/vendor/sse.min.js")),
];

/// Their addresses hold the version, so that browsers may keep them.
pub(crate) const FOLDER: &str = concat!("/assets/", env!("CARGO_PKG_VERSION"));

pub(crate) fn router<S: Clone + Send + Sync + 'static>() -> Router<S> {
    Router::new().route(
        &format!("{FOLDER}/{{name}}"),
        get(async |axum::extract::Path(name): axum::extract::Path<String>| file(&name)),
    )
}

fn file(name: &str) -> Response {
    match FILES.iter().find(|(own, ..)| *own == name) {
        Some((_, kind, content)) => {
            ([(CONTENT_TYPE, *kind), (CACHE_CONTROL, "max-age=3600")], *content).into_response()
        }
        None => StatusCode::NOT_FOUND.into_response(),
    }
}
